"""What a refresh would need, looked at before it is started: here, or in the account where it is deployed."""
