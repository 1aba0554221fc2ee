"""Company names in the one form in which they are compared."""


def normalized_name(name: str) -> str:
    """`name` without what two spellings of one firm differ in: accents, case, punctuation, legal form at the end."""
    raise NotImplementedError
