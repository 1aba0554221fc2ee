"""Deciding: from a definition and where an execution stands to new events and commands, without any I/O."""
