"""``/app/``: the tablet app as it is served."""
