"""What tags pointed to, and when; and having one point there again."""
