"""Who may log in: the registry's password files, and the replacing of namespaces' logins."""
