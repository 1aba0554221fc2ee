"""TestState: one state on trial, with its services mocked or called."""
