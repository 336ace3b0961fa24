"""What the end-to-end tests work with: programs run as a user runs them, names, certificates, diagnoses."""
