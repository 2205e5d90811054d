"""The folder and database of this node: backup, restore, noticing copies, who is at work, what can be wrong."""
