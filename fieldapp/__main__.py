"""``python -m fieldapp``: the command, for where its script is on no path."""

from __future__ import annotations

from fieldapp.cli import main

if __name__ == "__main__":
    main(prog_name="fieldapp")
