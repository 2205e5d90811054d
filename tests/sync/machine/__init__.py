"""Whole nodes over real HTTP, tablets as the browser has them, and everything that goes wrong between them."""
