"""What follows from records by pure functions: asked by pages, reports and exports instead of each working it out."""
