"""Talking to the API server: the connection, requests, their repeats and what may go wrong."""
