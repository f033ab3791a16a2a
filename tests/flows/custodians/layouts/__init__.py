"""The household of book.py in every layout, as custodians write it. Nothing here is copied from a real file."""
