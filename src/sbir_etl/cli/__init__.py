"""The command line: `sbir-etl` and its commands."""

import sys
from typing import Final

INTERRUPTED: Final = 130


def main() -> None:
    """Run the command line; Ctrl-C ends it without a traceback, also while it is still being imported."""
    try:
        from sbir_etl.cli import app  # takes a second

        app.main()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
