"""The generator of the example firm: one household book in YAML, written out as custodians would deliver it.

`python -m examples.maple_wealth.generate` rewrites extracts/ and reference/ in place. Nothing here reads the clock or
a random source that is not seeded: the same book gives the same bytes.
"""
