"""The weekly refresh of the SBIR.gov award data."""
