"""The companies behind the awards: names, identities and their match against company catalogues."""
