"""The AWS JSON 1.0 face of the engine: one function per Step Functions action."""
