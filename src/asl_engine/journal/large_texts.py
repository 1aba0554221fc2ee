"""Large texts are kept apart from the rows, each once per execution: a state's output is the next one's input."""

from collections.abc import Iterator
from hashlib import blake2b
from typing import Final, NamedTuple

_LONGEST_INLINE: Final = 256
"""Shorter texts take less room in their row than a reference and a row of their own."""


class Placed(NamedTuple):
    """What a row holds of a text: the text itself, or the digest by which it is found."""

    text: str | None
    digest: bytes | None


class LargeTexts:
    """The large texts that one execution brings to a commit."""

    def __init__(self) -> None:
        self._digests: dict[str, bytes] = {}

    def place(self, text: str | None) -> Placed:
        if text is None or len(text) <= _LONGEST_INLINE:
            return Placed(text, None)
        digest = self._digests.get(text)
        if digest is None:
            digest = self._digests[text] = blake2b(text.encode(), digest_size=16).digest()
        return Placed(None, digest)

    def rows(self, execution: int) -> Iterator[tuple[int, bytes, str]]:
        """The rows of the table `documents`."""
        return ((execution, digest, text) for text, digest in self._digests.items())
