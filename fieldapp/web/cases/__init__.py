"""Support cases on the desk: their list, the needs that wait for one, the page of each, and what is done to it."""
