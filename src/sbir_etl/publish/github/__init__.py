"""Pull requests on GitHub, through its REST API."""
