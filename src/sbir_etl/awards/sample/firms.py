"""Invented firms: names and their variants, identifiers, people, and how many awards they win."""

from dataclasses import dataclass
from typing import Final

from sbir_etl.awards.sample import words
from sbir_etl.awards.sample.agencies import AGENCIES, Agency
from sbir_etl.awards.sample.draws import Draws, Weighted
from sbir_etl.awards.sample.prose import FIELDS, Field

FIRST_YEAR: Final = 1983
LAST_YEAR: Final = 2026

# Awards per firm: 44 % have one, the median is two, the top 1 % hold a quarter of all.
_AWARDS: Final = (
    (0.0, 1),
    (0.44, 1),
    (0.56, 3),
    (0.75, 5),
    (0.9, 10),
    (0.97, 25),
    (0.99, 57),
    (0.999, 240),
    (1.0, 823),
)
_EMPLOYEES: Final = ((0.0, 1), (0.25, 4), (0.5, 14), (0.75, 48), (0.95, 210), (1.0, 500))
_STARTS: Final = Weighted([(year, 20 + min(year - FIRST_YEAR, 20) * 3) for year in range(FIRST_YEAR, LAST_YEAR + 1)])
_STATES: Final = Weighted([((state, cities), weight) for state, weight, cities in words.STATES])
_DESIGNATORS: Final = Weighted(words.DESIGNATORS)
_KINDS: Final = (
    "Technologies",
    "Systems",
    "Sciences",
    "Research",
    "Labs",
    "Engineering",
    "Solutions",
    "Group",
    "Works",
)
_PATTERNS: Final = Weighted(
    (
        ("{coined}", 9), ("{coined} {kind}", 13), ("{coined} {industry}", 28), ("{coined} {industry} {kind}", 14),
        ("{stem} {industry} {kind}", 19), ("{stem} {industry}", 4), ("{surname} & {partner} {industry}", 6),
        ("{surname} {partner} {kind}", 5), ("{stem}", 1), ("The {stem} {kind}", 1),
    )
)  # fmt: skip
_MAIL_ENDS: Final = ("com", "com", "com", "com", "net", "org", "io")
# SAM.gov leaves out O and I, which read as digits, and never starts with a zero. A letter now and then keeps any
# nine characters from looking like a DUNS number.
_UEI_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_UEI_CHARACTERS: Final = _UEI_LETTERS + "0123456789"
_UEI_SINCE: Final = 2022


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    name: str
    title: str
    phone: str
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    address1: str
    address2: str
    city: str
    state: str
    zip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Firm:
    """One firm; `labels` are the spellings of its name that occur, the usual one first; `home` awards it most."""

    labels: tuple[str, ...]
    field: Field
    home: Agency
    uei: str
    duns: str
    place: Place
    website: str
    employees: int
    hubzone: str
    disadvantaged: str
    woman: str
    contact: Person
    investigators: tuple[Person, ...]
    first_year: int
    last_year: int
    awards: int


def draw_firm(draws: Draws, number: int, *, most_awards: int) -> Firm:
    """The firm with this number, unique in a file; it wins at most `most_awards`."""
    field = draws.pick(FIELDS)
    name = _name(draws, field)
    awards = min(draws.quantile(_AWARDS), most_awards)
    span = min(awards // 3 + draws.below(6), LAST_YEAR - FIRST_YEAR) if awards > 1 else 0
    first_year = min(draws.weighted(_STARTS), LAST_YEAR - span)
    domain = f"{_slug(name)[:22]}.{draws.pick(_MAIL_ENDS)}"
    return Firm(
        labels=_labels(draws, field, name, awards),
        field=field,
        home=draws.weighted(AGENCIES),
        uei=_uei(draws) if draws.chance(_uei_share(first_year + span)) else "",
        duns=_duns(draws, number) if first_year < _UEI_SINCE and draws.chance(0.94) else "",
        place=_place(draws),
        website=_website(draws, domain),
        employees=draws.quantile(_EMPLOYEES),
        hubzone=_flag(draws, 0.024),
        disadvantaged=_flag(draws, 0.073),
        woman=_flag(draws, 0.145),
        contact=_person(draws, domain),
        investigators=tuple(_person(draws, domain) for _ in range(1 + min(awards // 4, 12))),
        first_year=first_year,
        last_year=first_year + span,
        awards=awards,
    )


def _name(draws: Draws, field: Field) -> str:
    # Coined words and long names most of the time: two firms rarely have the same name.
    pattern = draws.weighted(_PATTERNS)
    return pattern.format(
        coined=draws.pick(words.SYLLABLES_FIRST)
        + draws.pick(words.SYLLABLES_MIDDLE)
        + draws.pick(words.SYLLABLES_LAST),
        stem=draws.pick(words.STEMS),
        surname=draws.pick(words.SURNAMES),
        partner=draws.pick(words.SURNAMES),
        industry=draws.pick(field.industry),
        kind=draws.pick(_KINDS),
    )


def _labels(draws: Draws, field: Field, name: str, awards: int) -> tuple[str, ...]:
    usual = name + draws.weighted(_DESIGNATORS)
    spellings = [usual.upper() if draws.chance(0.18) else usual]
    if awards > 1 and draws.chance(0.02):
        spellings.append(_name(draws, field) + draws.weighted(_DESIGNATORS))  # the firm was renamed
    spellings += [_respelled(draws, name, usual) for _ in range(min(awards // 2, 4)) if draws.chance(0.35)]
    return tuple(dict.fromkeys(spellings))


def _respelled(draws: Draws, name: str, usual: str) -> str:
    match draws.below(6):
        case 0:
            return usual.upper()
        case 1:
            return usual.replace(".", "").replace(",", "")
        case 2:
            return usual.replace(" & ", " and ")
        case 3:
            return usual.replace(" ", "  ", 1)
        case _:
            return name + draws.weighted(_DESIGNATORS)


def _uei_share(last_year: int) -> float:
    return 0.97 if last_year >= _UEI_SINCE else 0.42


def _uei(draws: Draws) -> str:
    letters = [draws.pick(_UEI_LETTERS if place % 4 == 0 else _UEI_CHARACTERS) for place in range(12)]
    return "".join(letters)


def _duns(draws: Draws, number: int) -> str:
    # The factor is prime to the modulus, so that no two firms get the same last eight digits.
    first = "0" if draws.chance(0.42) else str(draws.between(1, 9))
    return first + str(number * 48_271_607 % 10**8).zfill(8)


def _place(draws: Draws) -> Place:
    state, cities = draws.weighted(_STATES)
    city, prefix = draws.pick(cities)
    street = f"{draws.between(1, 9900)} {draws.pick(words.STREETS)}"
    return Place(
        address1=street.upper() if draws.chance(0.1) else street,
        address2=f"Suite {draws.between(1, 600)}" if draws.chance(0.13) else "",
        city=city.upper() if draws.chance(0.12) else city,
        state=state,
        zip=prefix + draws.digits(2) + (f"-{draws.digits(4)}" if draws.chance(0.25) else ""),
    )


def _website(draws: Draws, domain: str) -> str:
    match draws.below(10):
        case 0 | 1 | 2 | 3:
            return ""
        case 4:
            return domain
        case 5:
            return f"https://{domain}/"
        case _:
            return f"http://www.{domain}"


def _flag(draws: Draws, yes: float) -> str:
    share = draws.share()
    return "Y" if share < yes else "U" if share > 0.996 else "N"


def _person(draws: Draws, domain: str) -> Person:
    given, surname = draws.pick(words.GIVEN_NAMES), draws.pick(words.SURNAMES)
    return Person(
        name=f"{given} {surname} " if draws.chance(0.96) else f"{surname}, {given}",
        title=draws.pick(words.JOB_TITLES) if draws.chance(0.3) else "",
        phone=f"({draws.between(201, 989)}) {draws.between(200, 999)}-{draws.digits(4)}",
        email=f"{given[0].lower()}{_slug(surname)}@{domain}",
    )


def _slug(text: str) -> str:
    return "".join(letter for letter in text.lower() if "a" <= letter <= "z" or letter.isdecimal())
