"""The SQLite journal: definitions, executions and their events, committed before anything outside sees them."""
