"""The agencies that make awards: their shares, branches, and how each numbers its proposals and contracts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sbir_etl.awards.sample.draws import Draws, Weighted

Numbering = Callable[[Draws, "Occasion"], str]


@dataclass(frozen=True, slots=True)
class Occasion:
    """What an identifier may be made of; `serial` is unique among all awards of a file."""

    branch: str
    program: str
    phase: int
    year: int
    topic: str
    serial: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Agency:
    name: str
    branches: Weighted[str]
    tracking: Numbering
    contract: Numbering
    topic: Numbering


_LETTERS: Final = {
    "Air Force": "F", "Navy": "N", "Army": "A", "Missile Defense Agency": "B", "Special Operations Command": "S",
    "Defense Advanced Research Projects Agency": "D", "Defense Health Program": "H", "Defense Logistics Agency": "L",
}  # fmt: skip
_INSTITUTES: Final = ("CA", "HL", "AI", "GM", "MH", "NS", "DK", "AG", "EY", "DA", "HD", "ES")
_OFFICES: Final = ("FA8650", "FA8649", "N68335", "N00014", "W911NF", "W31P4Q", "HQ0147", "W81XWH", "FA9453", "M67854")


def _plain(_draws: Draws, occasion: Occasion) -> str:
    return str(10_000 + occasion.serial)


def _defense_tracking(draws: Draws, occasion: Occasion) -> str:
    if occasion.year < 2000:
        return _plain(draws, occasion)
    letter = _LETTERS.get(occasion.branch, "O")
    if occasion.phase == 2:
        return f"{letter}2-{10_000 + occasion.serial}"
    # The last two groups are the serial, so that numbers stay unique however many awards there are.
    group, last = divmod(occasion.serial, 10_000)
    return f"{letter}{occasion.year % 100:02}{draws.pick('123ABD')}-{group:03}-{last:04}"


def _defense_contract(draws: Draws, occasion: Occasion) -> str:
    kind = "P" if occasion.phase == 1 and occasion.serial % 3 else "C"
    return f"{draws.pick(_OFFICES)}-{occasion.year % 100:02}-{kind}-{occasion.serial % 10_000:04}"


def _defense_topic(draws: Draws, occasion: Occasion) -> str:
    letter = "AF" if occasion.branch == "Air Force" else _LETTERS.get(occasion.branch, "OSD")
    return f"{letter}{occasion.year % 100:02}{draws.pick('123')}-{draws.digits(3)}"


def _grant(draws: Draws, occasion: Occasion) -> str:
    mechanism = ("R41", "R42") if occasion.program == "STTR" else ("R43", "R44")
    return f"{mechanism[occasion.phase - 1]}{draws.pick(_INSTITUTES)}{occasion.serial:06}"


def _health_contract(draws: Draws, occasion: Occasion) -> str:
    return f"{occasion.phase}{_grant(draws, occasion)}-0{occasion.phase}"


def _energy_contract(_draws: Draws, occasion: Occasion) -> str:
    return (
        f"DE-SC{occasion.serial:07}" if occasion.year > 2008 else f"DE-FG02-{occasion.year % 100:02}ER{occasion.serial}"
    )


def _science_number(_draws: Draws, occasion: Occasion) -> str:
    return f"{occasion.year % 100:02}{occasion.serial:06}"


def _space_contract(_draws: Draws, occasion: Occasion) -> str:
    return (
        f"80NSSC{occasion.year % 100:02}C{occasion.serial:05}" if occasion.year > 2016 else f"NNX{occasion.serial:06}P"
    )


def _farm_number(_draws: Draws, occasion: Occasion) -> str:
    return f"{occasion.year}-{occasion.serial:05}"


def _letter_topic(draws: Draws, _occasion: Occasion) -> str:
    return f"{draws.pick('ABCEHST')}{draws.between(1, 20)}"


def _number_topic(draws: Draws, _occasion: Occasion) -> str:
    return str(draws.between(1, 480))


def _space_topic(draws: Draws, _occasion: Occasion) -> str:
    return f"{draws.pick('AHSTZ')}{draws.between(1, 12)}.{draws.digits(2)}"


def _branches(*shares: tuple[str, int]) -> Weighted[str]:
    return Weighted(shares)


DEFENSE: Final = Agency(
    name="Department of Defense",
    branches=_branches(
        ("Air Force", 33), ("Navy", 27), ("Army", 18), ("Defense Advanced Research Projects Agency", 6),
        ("Missile Defense Agency", 5), ("Defense Health Program", 4), ("Special Operations Command", 3),
        ("Defense Logistics Agency", 2), ("Defense Threat Reduction Agency", 1),
    ),
    tracking=_defense_tracking, contract=_defense_contract, topic=_defense_topic,
)  # fmt: skip
HEALTH: Final = Agency(
    name="Department of Health and Human Services",
    branches=_branches(("National Institutes of Health", 64), ("", 30),
                       ("Centers for Disease Control and Prevention", 4), ("Food and Drug Administration", 2)),
    tracking=_grant, contract=_health_contract, topic=_number_topic,
)  # fmt: skip
SCIENCE: Final = Agency(
    name="National Science Foundation", branches=_branches(("", 1)), tracking=_science_number, contract=_science_number,
    topic=_letter_topic,
)  # fmt: skip


def _civil(name: str, contract: Numbering, *branches: tuple[str, int], topic: Numbering = _letter_topic) -> Agency:
    return Agency(name=name, branches=_branches(*branches), tracking=_plain, contract=contract, topic=topic)


AGENCIES: Final = Weighted(
    (
        (DEFENSE, 4700),
        (HEALTH, 2200),
        (_civil("National Aeronautics and Space Administration", _space_contract, ("", 1), topic=_space_topic), 1000),
        (_civil("Department of Energy", _energy_contract, ("", 96), ("ARPA-E", 4), topic=_number_topic), 700),
        (SCIENCE, 710),
        (_civil("Department of Agriculture", _farm_number, ("", 1)), 200),
        (_civil("Environmental Protection Agency", _plain, ("", 1)), 120),
        (
            _civil(
                "Department of Commerce",
                _plain,
                ("National Oceanic and Atmospheric Administration", 50),
                ("National Institute of Standards and Technology", 40),
                ("", 10),
            ),
            100,
        ),
        (_civil("Department of Transportation", _plain, ("", 1)), 90),
        (_civil("Department of Education", _plain, ("Institute of Education Sciences", 70), ("", 30)), 80),
        (_civil("Department of Homeland Security", _plain, ("", 1)), 40),
        (_civil("Nuclear Regulatory Commission", _plain, ("", 1)), 20),
        (_civil("Department of the Interior", _plain, ("", 1)), 2),
    )
)
