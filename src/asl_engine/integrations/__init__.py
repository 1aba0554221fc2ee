"""What a Task's Resource can name, one small module per service."""
