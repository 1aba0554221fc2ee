"""A JSON value together with its text, each made from the other at most once.

The state of an execution is read as a value and kept, compared and shown as text; passing documents around
instead of values is what keeps a 256 KiB state from being serialised again at every state it only passes through.
"""

import json
import re
from collections.abc import Sequence
from typing import Final

from asl_engine.language.values import JSON

PAYLOAD_LIMIT_BYTES: Final = 262_144
"""The most that a state may take, return or hand to a task (service quotas of Step Functions)."""

_UNREAD: Final = object()
_encode: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
_encode_ascii: Final = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def serialise(value: object) -> str:
    """The compact text of a value.

    Raises:
        ValueError: it holds a number that JSON does not have (infinity, not a number).
        RecursionError: it is nested too deeply.
    """
    text = _encode(value)
    return text if _is_unicode(text) else _encode_ascii(value)


def storable(text: str) -> str:
    """The same JSON in a text that can be stored: half a surrogate pair, which no encoding has, is escaped."""
    return text if _is_unicode(text) else _LONE_SURROGATE.sub(lambda half: f"\\u{ord(half.group()):04x}", text)


def _is_unicode(text: str) -> bool:
    return text.isascii() or _LONE_SURROGATE.search(text) is None


class Document:
    """Immutable: neither `value` nor `text` may be changed by whoever reads it."""

    __slots__ = ("_text", "_value")

    def __init__(self, value: JSON | object = _UNREAD, text: str | None = None) -> None:
        self._value = value
        self._text = text

    @classmethod
    def of(cls, value: JSON) -> "Document":
        """A document whose text is there at once. Raises what `serialise` raises."""
        return cls(value, serialise(value))

    @classmethod
    def parsed(cls, text: str) -> "Document":
        """A document whose value is read from the text when somebody asks for it."""
        return cls(text=text)

    @classmethod
    def array(cls, items: "Sequence[Document]") -> "Document":
        """The array of these documents, made of the texts they already have."""
        return cls([item.value for item in items], "[" + ",".join([item.text for item in items]) + "]")

    @property
    def value(self) -> JSON:
        if self._value is _UNREAD:
            self._value = json.loads(self.text)
        return self._value  # type: ignore[return-value]  # the sentinel has just been replaced

    @property
    def text(self) -> str:
        text = self._text
        if text is None:
            text = self._text = serialise(self._value)
        return text

    def exceeds_limit(self) -> bool:
        """Whether the text takes more than 256 KiB in UTF-8."""
        text = self.text
        if len(text) * 4 <= PAYLOAD_LIMIT_BYTES:
            return False
        return len(text) > PAYLOAD_LIMIT_BYTES or len(text.encode()) > PAYLOAD_LIMIT_BYTES

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Document) and (self is other or self.text == other.text)

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Document({self.text})"
