"""`python -m sbir_etl` is `sbir-etl`."""

from sbir_etl.cli import main

main()
