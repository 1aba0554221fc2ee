"""The 42 columns of SBIR.gov's award file, as the SBA's data dictionary defines them.

Source of every length, obligation and format: the SBA "Award data dictionary" workbook, sheet "Awards"; `source` is the
dictionary's field name. Where the file is known to differ from the dictionary (agencies by their long names, phases as
"Phase I"), the file's practice is noted beside the column.
"""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["text", "code", "date", "year", "money", "count", "flag", "phone", "email", "url"]


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column; `max_length` in characters (None: any length), `mandatory` for every award without exception."""

    header: str
    name: str
    kind: Kind
    source: str
    max_length: int | None = None
    mandatory: bool = False


def _column(header: str, kind: Kind, source: str, max_length: int | None = None, *, mandatory: bool = False) -> Column:
    return Column(
        header=header,
        name=header.lower().replace(" ", "_"),
        kind=kind,
        source=source,
        max_length=max_length,
        mandatory=mandatory,
    )


COLUMNS: Final = (
    _column("Company", "text", "Company Name", 255, mandatory=True),
    _column("Award Title", "text", "Title", 255, mandatory=True),
    # The dictionary allows 2-4 characters here; the file has the long names instead ("Department of Defense").
    _column("Agency", "code", "Agency", mandatory=True),
    _column("Branch", "text", "Branch"),
    # The dictionary says "1" or "2"; the file says "Phase I" or "Phase II".
    _column("Phase", "code", "Phase", mandatory=True),
    _column("Program", "code", "Program", 4, mandatory=True),
    _column("Agency Tracking Number", "code", "Agency Tracking Number", 60, mandatory=True),
    _column("Contract", "code", "Contract/Grant #", 20),
    _column("Proposal Award Date", "date", "Proposal Award Date"),
    _column("Contract End Date", "date", "Contract End Date"),
    _column("Solicitation Number", "code", "Solicitation Number", 55),
    _column("Solicitation Year", "year", "Solicitation Year", 4, mandatory=True),
    _column("Solicitation Close Date", "date", "Solicitation Close Date"),
    _column("Proposal Receipt Date", "date", "Proposal Receipt Date", mandatory=True),
    _column("Date of Notification", "date", "Date of Notification"),
    _column("Topic Code", "code", "Topic Code", 15, mandatory=True),
    _column("Award Year", "year", "Award Year", 4, mandatory=True),
    _column("Award Amount", "money", "Award Amount", mandatory=True),
    _column("UEI", "code", "UEI", 12, mandatory=True),
    _column("Duns", "code", "DUNS", 9),
    _column("HUBZone Owned", "flag", "HubZone Owned", 1, mandatory=True),
    _column(
        "Socially and Economically Disadvantaged", "flag", "Socially and Economically Disadvantaged", 1, mandatory=True
    ),
    _column("Woman Owned", "flag", "Women-Owned", 1, mandatory=True),
    _column("Number Employees", "count", "Number of Employees"),
    _column("Company Website", "url", "Company Url", 255),
    _column("Address1", "text", "Address 1", 80, mandatory=True),
    _column("Address2", "text", "Address 2", 80),
    _column("City", "text", "City", 40, mandatory=True),
    _column("State", "code", "State", 2, mandatory=True),
    _column("Zip", "code", "Zip", 10, mandatory=True),
    _column("Abstract", "text", "Abstract", mandatory=True),
    _column("Contact Name", "text", "Contact Name", 50),
    _column("Contact Title", "text", "Contact Title", 100),
    _column("Contact Phone", "phone", "Contact Phone", mandatory=True),
    _column("Contact Email", "email", "Contact Email", 50, mandatory=True),
    _column("PI Name", "text", "PI Name", 50),
    _column("PI Title", "text", "PI Title", 100),
    _column("PI Phone", "phone", "PI Phone", mandatory=True),
    _column("PI Email", "email", "PI Email", 50, mandatory=True),
    # The research institution's fields belong to STTR awards only.
    _column("RI Name", "text", "RI Name", 255),
    _column("RI POC Name", "text", "RI POC Name", 50),
    _column("RI POC Phone", "phone", "RI POC Phone"),
)

HEADER: Final = tuple(column.header for column in COLUMNS)
NAMES: Final = tuple(column.name for column in COLUMNS)
# What the file says of persons; a report counts these columns and shows nothing of what is in them.
PERSONAL: Final = frozenset(name for name in NAMES if name.startswith(("contact_", "pi_", "ri_poc_")))
BY_NAME: Final = {column.name: column for column in COLUMNS}
