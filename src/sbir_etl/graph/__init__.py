"""The award graph: its declared schema and the stores that hold it."""
