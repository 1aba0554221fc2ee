"""Pull requests with the result of a refresh."""
