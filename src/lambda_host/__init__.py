"""A local AWS Lambda for Python handlers: the Runtime API, the Invoke API, one process per function."""
