"""What a valid definition looks like, rule by rule; `language.validate` is the way in."""
