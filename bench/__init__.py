"""What things cost here, each beside a limit measured in the same run. ``python -m bench``."""
