"""The functions behind the state machine's tasks, one module per task, named as its state."""
