"""The tests, and what they share."""

import gc

# What is imported and collected stays, and most else goes without being looked for: a tenth of the time went into
# looking through all of it again and again. See ``little_is_looked_through`` in ``sparing``.
gc.set_threshold(100_000, 50, 50)
