"""What tablets send that is theirs alone: sealed work, backup files, and what is counted of it."""
