"""The next vintage of an award file: rewritten, extended and thinned as the published one is between two downloads.

The shares are those seen between two snapshots about eight months apart. Every rewrite is known to be one that means
something or one that does not (case, punctuation, number formats), so a comparison of the two files can be held to it.
Rows that share their identifiers, and rows no gate lets through, stay as they are.
"""

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path
from typing import Final

from sbir_etl.awards.sample.draws import Draws
from sbir_etl.awards.sample.firms import draw_firm
from sbir_etl.awards.sample.records import Record, draw_records
from sbir_etl.awards.schema import COLUMNS

_REMOVED: Final = 0.001
_ADDED: Final = 0.003
_NEW_FIRM_NUMBERS: Final = 50_000_000

Rewrite = Callable[[Draws, str], str]


@dataclass(frozen=True, kw_only=True)
class Mutations:
    """What a next vintage did, in awards: `changed` where it means something, `rewritten` only where it does not.

    `by_field` counts the meaningful changes per column name.
    """

    added: int
    removed: int
    changed: int
    rewritten: int
    by_field: Mapping[str, int]


@dataclass(kw_only=True)
class Tally:
    """Counts as the records go by; complete once the last one has."""

    added: int = 0
    removed: int = 0
    changed: int = 0
    rewritten: int = 0
    by_field: Counter[str] = field(default_factory=Counter)

    def mutations(self) -> Mutations:
        return Mutations(
            added=self.added,
            removed=self.removed,
            changed=self.changed,
            rewritten=self.rewritten,
            by_field=dict(sorted(self.by_field.items())),
        )


def next_records(path: Path, seed: int, tally: Tally) -> Iterator[Record]:
    """The records of the file that follows the one at `path`; the new ones come last."""
    repeated, rows = _survey(path)
    draws = Draws(seed, "vintage")
    for record in _read(path):
        if not _is_usable(record) or _identity(record) in repeated:
            yield record
        elif draws.chance(_REMOVED):
            tally.removed += 1
        else:
            yield _rewritten(draws, record, tally)
    for record in islice(_new_records(Draws(seed, "added"), rows, seed), max(1, int(rows * _ADDED))):
        tally.added += 1
        yield record


def _read(path: Path) -> Iterator[Record]:
    names = [column.name for column in COLUMNS]
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream, strict=True)
        next(reader)
        for fields in reader:
            yield dict(zip(names, fields, strict=True))


def _survey(path: Path) -> tuple[set[bytes], int]:
    """The identities that occur more than once, and the number of records."""
    seen: set[bytes] = set()
    repeated: set[bytes] = set()
    rows = 0
    for record in _read(path):
        rows += 1
        identity = _identity(record)
        (repeated if identity in seen else seen).add(identity)
    return repeated, rows


def _identity(record: Record) -> bytes:
    parts = (record[name].strip() for name in ("agency_tracking_number", "contract", "phase"))
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=8).digest()


def _is_usable(record: Record) -> bool:
    amount = record["award_amount"].replace(",", "")
    return (
        len(record["award_title"].strip()) > len("N/A")
        and amount.replace(".", "", 1).isdecimal()
        and float(amount) > 0
        and bool(record["program"])
    )


def _new_records(draws: Draws, rows: int, seed: int) -> Iterator[Record]:
    # Serial numbers beyond those of the file, and beyond those of a vintage made with another seed.
    serials = count(2 * rows + seed % 1000 * 1000)
    while True:
        firm = draw_firm(draws, _NEW_FIRM_NUMBERS + next(serials), most_awards=6)
        yield from filter(_is_usable, draw_records(draws, firm, serials))


def _rewritten(draws: Draws, record: Record, tally: Tally) -> Record:
    changes: Record = {}
    meaningful = False
    for name, share, meaning, rewrite in _REWRITES:
        if name in changes or not draws.chance(share):
            continue
        after = rewrite(draws, record[name])
        if after != record[name]:
            changes[name] = after
            tally.by_field.update([name] if meaning else [])
            meaningful |= meaning
    tally.changed += meaningful
    tally.rewritten += bool(changes) and not meaningful
    return record | changes


def _other_case(_draws: Draws, text: str) -> str:
    if "&amp;" in text:
        return text  # "&AMP;" is the same character: cleaning would leave nothing changed
    return text.upper() if text.upper() != text else text.title()


def _renamed(draws: Draws, text: str) -> str:
    return f"{draws.pick(('New', 'United', 'American', 'First'))} {text}"


def _extended(draws: Draws, text: str) -> str:
    return f"{text} Revision {draws.between(2, 99)} of the summary." if len(text) > 20 else text


def _repunctuated(_draws: Draws, text: str) -> str:
    return text.removesuffix(".") if len(text) > 20 else text


def _short_year(_draws: Draws, text: str) -> str:
    return text[2:] if text[:4].isdecimal() and text[4:5] == "." else text


def _other_site(draws: Draws, text: str) -> str:
    return f"https://www.{draws.pick(('get', 'try', 'go'))}{draws.digits(4)}.com" if text else text


def _closing_slash(_draws: Draws, text: str) -> str:
    return text.removesuffix("/") if text.endswith("/") else f"{text}/" if text else text


def _other_phone(draws: Draws, text: str) -> str:
    return f"({draws.between(201, 989)}) {draws.between(200, 999)}-{draws.digits(4)}" if text else text


def _dashed_phone(_draws: Draws, text: str) -> str:
    return text.replace("(", "").replace(") ", "-") if len(text) == 14 else text


def _later(draws: Draws, text: str) -> str:
    return f"{int(text[:4]) + 1}{text[4:]}" if len(text) == 10 and draws.chance(0.9) else text


def _other_day(_draws: Draws, text: str) -> str:
    return f"{text[:8]}{int(text[8:]) % 28 + 1:02}" if len(text) == 10 else text


def _year_before(_draws: Draws, text: str) -> str:
    return str(int(text) - 1) if text > "1990" else text


def _head_count(draws: Draws, text: str) -> str:
    return str(int(text) + draws.between(1, 9)) if text.isdecimal() else text


def _amended(draws: Draws, text: str) -> str:
    return str(int(float(text.replace(",", ""))) + draws.between(1, 60) * 500)


def _longer_zip(draws: Draws, text: str) -> str:
    return f"{text}-{draws.digits(4)}" if len(text) == 5 else text


# (column, share of awards, whether it means anything, how)
_REWRITES: Final[tuple[tuple[str, float, bool, Rewrite], ...]] = (
    ("company", 0.17, False, _other_case),
    ("company", 0.02, True, _renamed),
    ("abstract", 0.20, True, _extended),
    ("abstract", 0.16, False, _repunctuated),
    ("solicitation_number", 0.52, False, _short_year),
    ("company_website", 0.13, True, _other_site),
    ("company_website", 0.14, False, _closing_slash),
    ("contact_phone", 0.12, True, _other_phone),
    ("contact_phone", 0.12, False, _dashed_phone),
    ("contract_end_date", 0.16, True, _later),
    ("number_employees", 0.15, True, _head_count),
    ("award_amount", 0.087, True, _amended),
    ("proposal_award_date", 0.07, True, _other_day),
    ("award_year", 0.016, True, _year_before),
    ("zip", 0.003, True, _longer_zip),
)
