"""What SolaKube knows of the registry program, CNCF distribution, and relies on in its configuration."""
