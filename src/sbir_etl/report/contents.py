"""What a report of one refresh is made from: the summaries the steps measured, and where their files lie.

The report computes nothing new about the data; it only adds up what must agree (every record of the file is an award,
a duplicate or a reject, and every award is in the graph) and says so when it does not.
"""

from dataclasses import dataclass
from datetime import datetime

from sbir_etl.awards.changes import ChangeSummary
from sbir_etl.awards.profile import Profile
from sbir_etl.awards.rules import ValidationSummary
from sbir_etl.companies.matching import EnrichmentSummary
from sbir_etl.graph.figures import GraphFigures
from sbir_etl.vintages import Manifest


@dataclass(frozen=True, kw_only=True)
class Gate:
    """A check that would have stopped the run: what it measured and what it wanted, in words for people."""

    title: str
    found: str
    wanted: str
    passed: bool = True


@dataclass(frozen=True, kw_only=True)
class Artefact:
    """A file of the run. `href` is relative to the report's own place, or absolute."""

    name: str
    href: str
    description: str = ""
    bytes: int | None = None


@dataclass(frozen=True, kw_only=True)
class Report:
    """One refresh, ready to be told. `gates` and `artefacts` are shown in the order given."""

    run_id: str
    execution_arn: str
    started_at: datetime
    vintage: Manifest
    validation: ValidationSummary
    profile: Profile
    changes: ChangeSummary
    enrichment: EnrichmentSummary
    graph: GraphFigures
    gates: tuple[Gate, ...] = ()
    artefacts: tuple[Artefact, ...] = ()
