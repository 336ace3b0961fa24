"""What is wanted and what runs, as files that every version reads. Standard library only."""
