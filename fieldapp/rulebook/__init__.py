"""Changing the rules: a draft is looked at before it is saved, with what it would do and what is odd about it."""
