"""Photos: their bytes and parts, who may see them, and what of them no record names."""
