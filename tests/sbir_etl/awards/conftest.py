"""Award files as small as a test needs them."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest

from sbir_etl.awards.schema import HEADER, NAMES

AWARD = {
    "company": "Example Optics, Inc.",
    "award_title": "A quiet laser",
    "agency": "Department of Defense",
    "branch": "Navy",
    "phase": "Phase I",
    "program": "SBIR",
    "agency_tracking_number": "N18-0001",
    "contract": "N68335-18-C-0001",
    "proposal_award_date": "2018-10-15",
    "contract_end_date": "2019-04-15",
    "solicitation_number": "2018.1",
    "solicitation_year": "2018",
    "topic_code": "N18-001",
    "award_year": "2019",
    "award_amount": "124999.50",
    "uei": "",
    "duns": "012345678",
    "hubzone_owned": "N",
    "socially_and_economically_disadvantaged": "N",
    "woman_owned": "Y",
    "number_employees": "12",
    "company_website": "https://example.com",
    "address1": "1 Main Street",
    "city": "Boston",
    "state": "MA",
    "zip": "02101",
    "abstract": "A laser that makes no noise,\nor hardly any.",
    "contact_name": "Ann Example",
    "contact_phone": "(617) 555-0100",
    "contact_email": "ann@example.com",
    "pi_name": "Bob Example",
    "pi_phone": "(617) 555-0101",
    "pi_email": "bob@example.com",
}

Rows = Iterable[Mapping[str, str]]
HEADER_LINE = (",".join(HEADER) + "\n").encode()


def _csv_bytes(rows: Rows) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        values = AWARD | dict(row)
        writer.writerow([values.get(name, "") for name in NAMES])
    return text.getvalue().encode()


@pytest.fixture
def csv_bytes() -> Callable[[Rows], bytes]:
    """Rows as CSV without the header; what a row does not say is as in AWARD."""
    return _csv_bytes


@pytest.fixture
def write_csv(tmp_path: Path) -> Callable[[bytes | Rows], Path]:
    """Write a file of the header and a body, which is bytes or rows that say where they differ from AWARD."""

    def write(body: bytes | Rows) -> Path:
        path = tmp_path / "award_data.csv"
        path.write_bytes(HEADER_LINE + (body if isinstance(body, bytes) else _csv_bytes(body)))
        return path

    return write
