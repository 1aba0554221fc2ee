"""The command line: `sbir-etl` and its commands."""

from sbir_etl.cli.app import main

__all__ = ["main"]
