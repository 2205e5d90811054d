"""Signing in and out, sessions, and forms that were sent when a session had ended."""
