"""SBIR.gov award rows: reading, cleaning, rules, identity, profile and changes."""
