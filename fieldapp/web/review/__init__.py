"""The supervisor's pages: the queue, decisions about many, doubles, who is to visit whom."""
