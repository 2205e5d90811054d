"""Programs that measure one thing in a process of their own, and tell it as a line of JSON."""
