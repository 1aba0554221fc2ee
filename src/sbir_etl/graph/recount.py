"""Who is one person, and which award follows which, counted a second time to judge the loader by.

The loader answers both in SQL, over all rows at once; here the same rules are told in Python, one group at a time.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import NamedTuple

from sbir_etl.graph.tables import YEARS_UNDER_ONE_TOPIC


def count_people(sightings: Iterable[tuple[str, str, str | None]]) -> int:
    """Counts investigators in triples of name, company and e-mail address, sorted by name.

    A name is one person per company, and one in all companies that its addresses tie together.

    >>> count_people([("ANN LEE", "A", "ann@home.org"), ("ANN LEE", "B", "ann@home.org"), ("ANN LEE", "C", None)])
    2
    """
    return sum(_count_homes(list(group)) for _, group in groupby(sightings, key=itemgetter(0)))


def _count_homes(sightings: Sequence[tuple[str, str, str | None]]) -> int:
    homes = [{company} for company in {company for _, company, _ in sightings}]
    by_email = defaultdict(set)
    for _, company, email in sightings:
        if email is not None:
            by_email[email].add(company)
    for companies in by_email.values():
        tied = [home for home in homes if home & companies]
        homes = [home for home in homes if not home & companies] + [set().union(*tied)]
    return len(homes)


class Project(NamedTuple):
    """What decides whether an award of phase I or II follows another; a tuple, for there is one per award."""

    company_id: str
    agency: str
    branch: str | None
    program: str
    phase: int
    year: int | None
    awarded_on: date | None
    tracking: str | None
    title: str | None
    topic: str | None

    def came_before(self, other: "Project") -> bool:
        """By the dates where both are known, else by the years."""
        if self.awarded_on and other.awarded_on:
            return self.awarded_on < other.awarded_on
        return self.year is not None and other.year is not None and self.year < other.year

    def is_same_work_as(self, other: "Project") -> bool:
        """Whether tracking number or title say so."""
        return _same(self.tracking, other.tracking) or _same(self.title, other.title)

    def shares_topic_with(self, other: "Project") -> bool:
        """Whether the topic is the same, and the years are not too far apart."""
        if self.year is None or other.year is None or not _same(self.topic, other.topic):
            return False
        return other.year - self.year <= YEARS_UNDER_ONE_TOPIC


def count_successions(projects: Iterable[Project]) -> int:
    """Counts the phase II awards with exactly one best predecessor; sorted by company, agency, branch and program."""
    one_line = attrgetter("company_id", "agency", "branch", "program")
    return sum(_count_in_line(list(group)) for _, group in groupby(projects, key=one_line))


def _count_in_line(projects: Sequence[Project]) -> int:
    first = [project for project in projects if project.phase == 1]
    return sum(len(_predecessors(first, project)) == 1 for project in projects if project.phase == 2)


def _predecessors(first: Sequence[Project], project: Project) -> Sequence[Project]:
    earlier = [each for each in first if each.came_before(project)]
    same_work = [each for each in earlier if each.is_same_work_as(project)]
    return same_work or [each for each in earlier if each.shares_topic_with(project)]


def _same(one: str | None, other: str | None) -> bool:
    return one is not None and one == other
