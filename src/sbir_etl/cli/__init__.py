"""The command line: `sbir-etl` and its commands."""
