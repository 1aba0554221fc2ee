"""A durable engine for the Amazon States Language that speaks the AWS Step Functions API."""
