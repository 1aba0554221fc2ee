"""What the graph consists of: labels, keys, typed properties and relationships, declared once for every store.

The names of properties are those of the awards' and companies' columns wherever they come from one. Types are the
ones Cypher stores share; there is no decimal among them, so an amount is kept twice: as dollars for questions, and in
cents, whose sum is exact.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["TEXT", "INTEGER", "FLOAT", "DATE"]


@dataclass(frozen=True, kw_only=True)
class Property:
    """A typed property; every one but a key may be absent."""

    name: str
    kind: Kind = "TEXT"


@dataclass(frozen=True, kw_only=True)
class Node:
    """A label; `properties[0]` is its key, unique and never absent; `indexed` are those that questions start from."""

    label: str
    properties: tuple[Property, ...]
    indexed: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The name of the property that identifies a node."""
        return self.properties[0].name


@dataclass(frozen=True, kw_only=True)
class Relationship:
    """A relationship type, from one label to another; at most one of a type between two nodes."""

    type: str
    start: str
    end: str
    properties: tuple[Property, ...] = ()


def _text(*names: str) -> tuple[Property, ...]:
    return tuple(Property(name=name) for name in names)


AWARD = Node(
    label="Award",
    properties=(
        *_text("award_id", "award_title", "agency", "branch", "phase", "program", "agency_tracking_number", "contract"),
        Property(name="phase_number", kind="INTEGER"),
        Property(name="award_year", kind="INTEGER"),
        Property(name="award_amount", kind="FLOAT"),
        Property(name="award_amount_cents", kind="INTEGER"),
        Property(name="proposal_award_date", kind="DATE"),
        Property(name="contract_end_date", kind="DATE"),
        *_text("solicitation_number", "solicitation_year", "topic_code"),
        *_text("company", "uei", "duns", "city", "state", "zip", "number_employees"),
        *_text("hubzone_owned", "socially_and_economically_disadvantaged", "woman_owned", "content_hash"),
    ),
    indexed=("award_year", "agency_tracking_number", "contract"),
)
COMPANY = Node(
    label="Company",
    properties=_text("company_id", "name", "normalized_name", "uei", "duns", "city", "state", "zip", "website"),
    indexed=("normalized_name", "uei", "duns"),
)
AGENCY = Node(label="Agency", properties=_text("agency_id", "name", "branch"))
INVESTIGATOR = Node(
    label="Investigator",
    properties=_text("investigator_id", "name", "normalized_name", "email"),
    indexed=("normalized_name", "email"),
)
RESEARCH_INSTITUTION = Node(label="ResearchInstitution", properties=_text("institution_id", "name"))
TOPIC = Node(label="Topic", properties=_text("topic_id", "agency", "topic_code"))

NODES = (AWARD, COMPANY, AGENCY, INVESTIGATOR, RESEARCH_INSTITUTION, TOPIC)

RELATIONSHIPS = (
    Relationship(type="AWARDED_TO", start="Award", end="Company"),
    Relationship(type="FUNDED_BY", start="Award", end="Agency"),
    Relationship(type="LED_BY", start="Award", end="Investigator"),
    Relationship(type="CONDUCTED_WITH", start="Award", end="ResearchInstitution"),
    Relationship(type="UNDER", start="Award", end="Topic"),
    Relationship(type="FOLLOWS", start="Award", end="Award", properties=_text("evidence")),
)

# The graph's own metadata: one node that says which run made it. It is no part of the data and of no count.
STAMP = Node(label="Refresh", properties=_text("run_id"))


def outgoing(node: Node) -> tuple[Relationship, ...]:
    """The relationships that start at nodes of that label."""
    return tuple(each for each in RELATIONSHIPS if each.start == node.label)


def node(label: str) -> Node:
    """The declared node with that label."""
    return next(node for node in NODES if node.label == label)
