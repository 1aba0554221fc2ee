"""One firm's awards as records of the file: projects with a first and perhaps a second phase."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sbir_etl.awards.sample import dirt, prose, words
from sbir_etl.awards.sample.agencies import AGENCIES, DEFENSE, HEALTH, Agency, Occasion
from sbir_etl.awards.sample.draws import Draws, Weighted
from sbir_etl.awards.sample.firms import LAST_YEAR, Firm, Person

Record = dict[str, str]

_FIRST_STTR_YEAR: Final = 1994
_MONTHS: Final = Weighted(
    ((1, 7), (2, 7), (3, 8), (4, 8), (5, 9), (6, 9), (7, 10), (8, 13), (9, 14), (10, 6), (11, 6), (12, 5))
)
_ROUND_AMOUNTS: Final = {
    1: Weighted(
        ((150_000, 9), (149_999, 6), (149_998, 4), (149_993, 3), (125_000, 4), (100_000, 8), (50_000, 4), (225_000, 2))
    ),
    2: Weighted(((750_000, 14), (749_999, 5), (1_000_000, 6), (1_500_000, 2), (999_999, 3))),
}
_AMOUNTS: Final = {
    1: (
        (0.0, 20_000), (0.05, 50_000), (0.25, 100_000), (0.5, 143_000), (0.75, 172_000), (0.95, 225_000),
        (1.0, 320_000),
    ),
    2: (
        (0.0, 150_000), (0.05, 490_000), (0.25, 743_000), (0.5, 752_000), (0.75, 1_000_000), (0.95, 1_560_000),
        (0.9985, 3_000_000), (0.9997, 5_400_000), (1.0, 12_000_000),
    ),
}  # fmt: skip
_SENTENCES_DEFENSE: Final = ((0.0, 4), (0.5, 11), (0.95, 15), (0.998, 20), (1.0, 56))
_SENTENCES_CIVIL: Final = ((0.0, 5), (0.5, 16), (0.95, 33), (0.998, 42), (1.0, 86))


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What the phases of one piece of work share."""

    agency: Agency
    branch: str
    program: str
    year: int
    topic: str
    title: str
    investigator: Person


def draw_records(draws: Draws, firm: Firm, serials: Iterator[int]) -> Iterator[Record]:
    """All awards of `firm`, each with the next of the serial numbers."""
    remaining = firm.awards
    while remaining > 0:
        project = _project(draws, firm)
        phase = 2 if draws.chance(0.1) else 1
        first = _record(draws, firm, project, phase=phase, serial=next(serials))
        yield first
        remaining -= 1
        if phase == 1 and remaining and draws.chance(0.41):
            yield _second_phase(draws, firm, project, first, next(serials))
            remaining -= 1


def _second_phase(draws: Draws, firm: Firm, project: Project, first: Record, serial: int) -> Record:
    second = _record(draws, firm, project, phase=2, serial=serial)
    if draws.chance(0.05):
        return second | {key: first[key] for key in ("agency_tracking_number", "contract")}
    return second


def _project(draws: Draws, firm: Firm) -> Project:
    agency = firm.home if draws.chance(0.8) else draws.weighted(AGENCIES)
    branch = draws.weighted(agency.branches)
    year = draws.between(firm.first_year, firm.last_year)
    if year == LAST_YEAR and draws.chance(0.7):
        year -= draws.between(1, 4)  # the last year has only begun
    program = "STTR" if year >= _FIRST_STTR_YEAR and draws.chance(0.16) else "SBIR"
    occasion = Occasion(branch=branch, program=program, phase=1, year=year, topic="", serial=0)
    return Project(
        agency=agency,
        branch=branch,
        program=program,
        year=year,
        topic=agency.topic(draws, occasion),
        title=prose.title(draws, firm.field),
        investigator=draws.pick(firm.investigators),
    )


def _record(draws: Draws, firm: Firm, project: Project, *, phase: int, serial: int) -> Record:
    year = min(project.year + (phase - 1) * draws.between(1, 2), LAST_YEAR)
    occasion = Occasion(
        branch=project.branch, program=project.program, phase=phase, year=year, topic=project.topic, serial=serial
    )
    return {
        "award_title": dirt.title_text(draws, project.title, year),
        "agency": project.agency.name,
        "branch": project.branch,
        "phase": "Phase I" if phase == 1 else "Phase II",
        "program": "" if draws.chance(0.0001) else project.program,
        "agency_tracking_number": project.agency.tracking(draws, occasion),
        "contract": _contract(draws, project.agency, occasion),
        "award_year": str(year),
        "award_amount": dirt.amount_text(draws, _dollars(draws, phase, year)),
        "abstract": _abstract(draws, firm, project, year),
        **_dates(draws, phase, year),
        **_solicitation(draws, project, year),
        **_company(draws, firm, year),
        **_people(draws, firm, project, year),
        **_institution(draws, project, year),
    }


def _contract(draws: Draws, agency: Agency, occasion: Occasion) -> str:
    year = occasion.year
    blank = 0.98 if year < 1995 else 0.84 if year < 2000 else 0.22 if year < 2003 else 0.03
    return "" if draws.chance(blank) else agency.contract(draws, occasion)


def _dollars(draws: Draws, phase: int, year: int) -> int:
    amount = draws.weighted(_ROUND_AMOUNTS[phase]) if draws.chance(0.3) else draws.quantile(_AMOUNTS[phase])
    # Awards were a third of today's in the first years, and have grown to them by 2010.
    return amount * (1000 - max(0, 2010 - year) * 24) // 1000


def _date(year: int, month: int, day: int) -> str:
    """`month` may lie after December of `year`."""
    return f"{year + (month - 1) // 12}-{(month - 1) % 12 + 1:02}-{day:02}"


def _dates(draws: Draws, phase: int, year: int) -> Record:
    missing = 0.83 if year < 2005 else 0.8 if year < 2010 else 0.017
    if draws.chance(missing):
        return dict.fromkeys(("proposal_award_date", "contract_end_date", *_CALENDAR), "")
    month = draws.weighted(_MONTHS)
    calendar_year = year - 1 if month >= 10 else year
    if draws.chance(0.023):
        calendar_year -= 1
    day = draws.between(1, 28)
    months = draws.between(6, 12) if phase == 1 else draws.between(18, 27)
    if draws.chance(0.001):
        months = -months
    return {
        "proposal_award_date": _date(calendar_year, month, day),
        "contract_end_date": "" if draws.chance(0.02) else _date(calendar_year, month + months, day),
        **_calendar(draws, calendar_year, month),
    }


_CALENDAR: Final = ("solicitation_close_date", "proposal_receipt_date", "date_of_notification")


def _calendar(draws: Draws, year: int, month: int) -> Record:
    if year < 2015 or draws.chance(0.5):
        return dict.fromkeys(_CALENDAR, "")
    return {
        name: _date(year, month - back, draws.between(1, 28)) for name, back in zip(_CALENDAR, (9, 9, 2), strict=True)
    }


def _solicitation(draws: Draws, project: Project, year: int) -> Record:
    known = draws.chance(0.05 if year < 1995 else 0.2 if year < 2005 else 0.5 if year < 2015 else 0.88)
    return {
        "solicitation_number": _solicitation_number(draws, project, year) if known else "",
        "solicitation_year": str(project.year) if known or draws.chance(0.5) else "",
        "topic_code": project.topic if draws.chance(0.94 if known else 0.17) else "",
    }


def _solicitation_number(draws: Draws, project: Project, year: int) -> str:
    if project.agency is DEFENSE:
        return f"{project.year}.{draws.pick('1234AB')}"
    if project.agency is HEALTH:
        return f"PA{year % 100:02}-{draws.digits(3)}"
    return f"{project.program}-{project.year % 100:02}-{draws.between(1, 2)}"


def _company(draws: Draws, firm: Firm, year: int) -> Record:
    place = firm.place
    label = firm.labels[0] if draws.chance(0.8) else draws.pick(firm.labels)
    return {
        "company": dirt.company_text(draws, label),
        "uei": firm.uei if draws.chance(0.8 if year < 2005 else 0.96) else "",
        "duns": dirt.duns_text(draws, firm.duns) if firm.duns and draws.chance(_duns_share(year)) else "",
        "hubzone_owned": firm.hubzone,
        "socially_and_economically_disadvantaged": firm.disadvantaged,
        "woman_owned": firm.woman,
        "number_employees": dirt.employees_text(draws, firm.employees),
        "company_website": firm.website,
        "address1": place.address1,
        "address2": place.address2,
        "city": place.city,
        "state": dirt.state_text(draws, place.state),
        "zip": dirt.zip_text(draws, place.zip),
    }


def _duns_share(year: int) -> float:
    if year < 2000:
        return 0.55
    return 0.985 if year < 2022 else 0.3


def _people(draws: Draws, firm: Firm, project: Project, year: int) -> Record:
    contact, investigator = firm.contact, project.investigator
    return {
        "contact_name": contact.name,
        "contact_title": contact.title,
        "contact_phone": dirt.phone_text(draws, contact.phone, year),
        "contact_email": dirt.email_text(draws, contact.email, year),
        "pi_name": investigator.name,
        "pi_title": investigator.title,
        "pi_phone": dirt.phone_text(draws, investigator.phone, year),
        "pi_email": dirt.email_text(draws, investigator.email, year),
    }


def _institution(draws: Draws, project: Project, year: int) -> Record:
    if project.program == "SBIR":
        return {"ri_name": "", "ri_poc_name": "", "ri_poc_phone": ""}
    return {
        "ri_name": draws.pick(words.UNIVERSITIES),
        "ri_poc_name": f"{draws.pick(words.GIVEN_NAMES)} {draws.pick(words.SURNAMES)} ",
        "ri_poc_phone": dirt.phone_text(draws, f"({draws.between(201, 989)}) 555-{draws.digits(4)}", year),
    }


def _abstract(draws: Draws, firm: Firm, project: Project, year: int) -> str:
    if draws.chance(_blank_share(year)):
        return draws.pick(("", "", "", "N/A", "-", "Not Available"))
    if project.agency is DEFENSE:
        return prose.abstract(draws, firm.field, draws.quantile(_SENTENCES_DEFENSE), " ")
    sentences = draws.quantile(_SENTENCES_CIVIL)
    return dirt.aged(draws, prose.abstract(draws, firm.field, sentences, _separator(draws, project.agency, year)))


def _blank_share(year: int) -> float:
    if year < 2005:
        return 0.2 if year < 1995 else 0.6 if year < 2001 else 0.1
    return 0.015


def _separator(draws: Draws, agency: Agency, year: int) -> str:
    if year < 2005 or agency is not HEALTH:
        return "\n" if draws.chance(0.04) else " "
    return "\n" if draws.chance(0.1 if year < 2011 else 0.72) else " "
