"""Two steps as Dagster assets behind blocking checks; `sbir_etl.definitions` completes them to the whole refresh."""
