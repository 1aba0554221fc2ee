"""The web page that shows executions: its files, and the streams that keep it up to date."""
