"""The report people read, as one HTML page and its Markdown twin."""
