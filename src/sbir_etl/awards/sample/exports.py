"""The company-search exports beside a sample: several overlapping files, a part of the firms, fewer identifiers."""

import csv
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from sbir_etl.awards.sample.agencies import DEFENSE, HEALTH, SCIENCE
from sbir_etl.awards.sample.draws import Draws
from sbir_etl.awards.sample.firms import Firm

HEADER: Final = (
    "Company Name", "UEI", "DUNs", "Number Awards", "Address 1", "Address 2", "City", "State", "ZIP", "Country",
    "Hubzone Owned", "Women Owned", "Socially Economically Disadvantaged", "Company URL",
)  # fmt: skip
# The site exports at most ten thousand rows at a time.
_MOST_ROWS: Final = 9_900
# Firms listed under a name that is misspelt, or a part of theirs and another firm's: work for the matching.
_ODD: Final = 0.03
_NAMES: Final = {DEFENSE.name: "dow", HEALTH.name: "hhs-nih", SCIENCE.name: "nsf"}


class CompanyExports:
    """Open export files, one per kind of agency; a new one is begun when one is full."""

    def __init__(self, folder: Path) -> None:
        self.paths: list[Path] = []
        self._folder = folder
        self._files = ExitStack()
        # csv has no public name for its writer's type
        self._writers: dict[str, Any] = {}
        self._rows: dict[str, int] = {}

    def __enter__(self) -> "CompanyExports":
        self._folder.mkdir(parents=True, exist_ok=True)
        for old in self._folder.glob("*company_search*.csv"):
            old.unlink()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.close()

    def add(self, draws: Draws, firm: Firm) -> None:
        """List `firm` where the site would: most firms once, some in several files, some nowhere."""
        if not draws.chance(0.74):
            return
        row = _odd_row(draws, firm) if draws.chance(_ODD) else _row(draws, firm)
        self._write(_NAMES.get(firm.home.name, "other"), row)
        if draws.chance(0.12):
            self._write(draws.pick(("nasa", "other")), row)
        if firm.awards > 100:
            self._write("over-100-awards", row)

    def _write(self, group: str, row: tuple[str, ...]) -> None:
        written = self._rows.get(group, 0)
        if written % _MOST_ROWS == 0:
            self._writers[group] = self._open(group, written // _MOST_ROWS)
        self._writers[group].writerow(row)
        self._rows[group] = written + 1

    def _open(self, group: str, number: int) -> Any:  # noqa: ANN401 - csv has no public name for its writer's type
        path = self._folder / f"{group}-company_search_{1_700_000_000 + number}.csv"
        self.paths.append(path)
        stream = self._files.enter_context(path.open("w", encoding="utf-8", newline=""))
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(HEADER)
        return writer


def _odd_row(draws: Draws, firm: Firm) -> tuple[str, ...]:
    """Without identifiers, so that the name has to do."""
    words = firm.labels[0].split()
    if len(words) > 2 and draws.chance(0.4):
        name = f"{words[0]} LLC"
    else:
        slip = draws.between(1, len(words[0]) - 1)
        name = " ".join([words[0][:slip] + words[0][slip + 1 :], *words[1:]])
    return _described(replace(firm, uei="", duns=""), name)


def _row(draws: Draws, firm: Firm) -> tuple[str, ...]:
    name = firm.labels[0] if draws.chance(0.85) else draws.pick(firm.labels).upper()
    known = replace(firm, uei=firm.uei if draws.chance(0.75) else "", duns=firm.duns if draws.chance(0.68) else "")
    return _described(known, name)


def _described(firm: Firm, name: str) -> tuple[str, ...]:
    place = firm.place
    return (
        name,
        firm.uei,
        firm.duns,
        str(firm.awards),
        place.address1,
        place.address2,
        place.city,
        place.state,
        place.zip,
        "US",
        firm.hubzone,
        firm.woman,
        firm.disadvantaged,
        firm.website,
    )
