"""Award text made fit to show: it is hostile input, and may hold anything that fits in a CSV cell."""

import re
import unicodedata
from typing import Final

from sbir_etl.awards.schema import COLUMNS

# Controls, direction overrides, private use, unassigned: nothing a reader can see, and much that can mislead one.
_UNSEEN: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
# A colon only where GitHub would make a link or an emoji of it, a full stop only after www.
_MARKDOWN: Final = re.compile(r"[\\`*_\[\]<>|~&!$]|:(?=//|\w+:)|(?<=www)\.", re.IGNORECASE)
_NOTIFIES: Final = re.compile(r"[@#](?=\w)")
_WORD_JOINER: Final = "\u2060"
_HEADERS: Final = {column.name: column.header for column in COLUMNS}
_HARMLESS_LINK: Final = re.compile(r"(https?|file):|[^:]*\Z", re.IGNORECASE)


class Markdown(str):
    """Text that is Markdown already: it is printed as it stands."""

    __slots__ = ()


def plain(text: object, limit: int = 160) -> str:
    """One line of visible characters, cut at `limit` with an ellipsis.

    >>> plain("Laser\\x00  head\\u202e\\n& more", 12)
    'Laser head…'
    """
    # Characters that show nothing are dropped before the cut is made; the slice only bounds the work.
    seen = " ".join("".join(map(_visible, str(text)[: limit * 8])).split())
    return seen if len(seen) <= limit else f"{seen[: limit - 1].rstrip()}…"


def apart(before: str, after: str, limit: int = 140) -> tuple[str, str]:
    """Both texts from shortly before the place where they part, each cut at `limit`.

    >>> apart("We study the flow of heat in alloys of tin.", "We study the flow of heat in alloys of lead.", 24)
    ('…of tin.', '…of lead.')
    """
    one, other = plain(before, len(before) + 1), plain(after, len(after) + 1)
    if max(len(one), len(other)) <= limit:
        return one, other
    same = next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    start = max(0, same - limit // 4)
    start = one.find(" ", start, same) + 1 or start
    lead = "…" if start else ""
    return lead + plain(one[start:], limit), lead + plain(other[start:], limit)


def header(column: str) -> str:
    """A column as the file's first line writes it.

    >>> header("award_title"), header("something else")
    ('Award Title', 'something else')
    """
    return _HEADERS.get(column, column)


def safe_href(href: str) -> str:
    """The link if following it can only open a page or a file, else a link to nowhere.

    >>> safe_href("awards.parquet"), safe_href("javascript:alert(1)")
    ('awards.parquet', '#')
    """
    return href if _HARMLESS_LINK.match(href) else "#"


def escape_markdown(text: object) -> str:
    r"""The text as itself in GitHub-flavoured Markdown, in a table cell too; it links, notifies and formats nothing.

    Mentions and issue references are found by GitHub after escapes are resolved: an invisible joiner breaks them.

    >>> escape_markdown("50 *%* of [A|B] <i>")
    '50 \\*%\\* of \\[A\\|B\\] \\<i\\>'
    """
    return _NOTIFIES.sub(lambda found: found[0] + _WORD_JOINER, _MARKDOWN.sub(r"\\\g<0>", plain(text, 1000)))


def code(text: object) -> Markdown:
    r"""The text as a code span, in a table cell too.

    >>> code("a|b `c`")
    "`a\\|b 'c'`"
    """
    return Markdown("`" + plain(text, 400).replace("`", "'").replace("|", "\\|") + "`")


def _visible(character: str) -> str:
    return " " if unicodedata.category(character) in _UNSEEN else character
