"""Acting: claims executions, decides, commits, then dispatches tasks and timers."""
