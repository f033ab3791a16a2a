"""A book in batches: households handed to workers as Parquet, answers brought back as Parquet, so that no process holds the book.

hand_over   the checked book → buckets of households, each read alone by whoever works on it
work        one batch: read, decide, render, write down; on any process of any machine that sees the folder
results     what a batch leaves behind, complete or not at all; found again by the next run
workplace   the folder in which all this lies, and its lock
merge       the batches' rows → the files of the run folder
"""
