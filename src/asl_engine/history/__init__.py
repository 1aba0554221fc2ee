"""What happened in an execution, as typed events, and the fold of events into where it stands."""
