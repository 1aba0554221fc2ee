"""CreatePR: write the report, open the pull request with it, and say what the whole refresh came to."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sbir_etl import artefacts, checksums, vintages
from sbir_etl.awards.changes import ChangeSummary
from sbir_etl.awards.profile import Profile
from sbir_etl.awards.rules import ValidationSummary
from sbir_etl.companies.matching import EnrichmentSummary
from sbir_etl.graph.figures import GraphFigures
from sbir_etl.publish.destination import publisher_for
from sbir_etl.publish.proposal import Proposal, Published
from sbir_etl.refresh import Refresh, VintageRequest
from sbir_etl.report.contents import Artefact, Gate, Report
from sbir_etl.report.page import render_html
from sbir_etl.report.summary import render_markdown

LABELS = ("data-refresh",)
PUBLISHED_DOCUMENTS = (
    artefacts.VALIDATION,
    artefacts.PROFILE,
    artefacts.CHANGE_SUMMARY,
    artefacts.ENRICHMENT,
    artefacts.FIGURES,
)


@dataclass(frozen=True, kw_only=True)
class Created:
    """The refresh in figures, and where its report and pull request are."""

    pr_url: str
    report: str
    vintage: str
    rows: int
    accepted: int
    duplicates: int
    rejected: int
    changes: Mapping[str, int]
    match_rate: float | None
    nodes: int
    relationships: int


def create_pr(refresh: Refresh, request: VintageRequest) -> Created:
    """Render the report from the run's documents and publish it. A rerun updates the same branch."""
    report = _report(refresh, request)
    page, summary = render_html(report), render_markdown(report)
    refresh.storage.write(refresh.artefact(artefacts.REPORT), page.encode())
    refresh.storage.write(refresh.artefact(artefacts.SUMMARY), summary.encode())
    published = _publish(refresh, report, page=page, summary=summary)
    return Created(
        pr_url=published.url,
        report=_url(refresh, artefacts.REPORT),
        vintage=request.vintage,
        rows=report.validation.rows,
        accepted=report.validation.accepted,
        duplicates=report.validation.duplicates,
        rejected=report.validation.rejected,
        changes={kind: getattr(report.changes, kind) for kind in ("added", "changed", "cosmetic", "removed")},
        match_rate=report.enrichment.match_rate,
        nodes=sum(report.graph.nodes.values()),
        relationships=sum(report.graph.relationships.values()),
    )


def _report(refresh: Refresh, request: VintageRequest) -> Report:
    manifest = vintages.stored(refresh.storage, request.vintage)
    assert manifest is not None, "DownloadCSV stored the vintage before any other step could run"
    validation = artefacts.read_document(refresh, artefacts.VALIDATION, ValidationSummary)
    return Report(
        run_id=refresh.run_id,
        execution_arn=refresh.execution.id,
        started_at=refresh.execution.started_at,
        vintage=manifest,
        validation=validation,
        profile=artefacts.read_document(refresh, artefacts.PROFILE, Profile),
        changes=artefacts.read_document(refresh, artefacts.CHANGE_SUMMARY, ChangeSummary),
        enrichment=artefacts.read_document(refresh, artefacts.ENRICHMENT, EnrichmentSummary),
        graph=artefacts.read_document(refresh, artefacts.FIGURES, GraphFigures),
        gates=tuple(_gates(refresh, validation)),
        artefacts=tuple(_artefacts(refresh)),
    )


def _gates(refresh: Refresh, validation: ValidationSummary) -> list[Gate]:
    thresholds = refresh.settings.thresholds
    checks = artefacts.read_document(refresh, artefacts.INGESTION, artefacts.Ingestion).verdicts
    measured = Gate(
        title="Pass rate", found=f"{validation.pass_rate:.2%}", wanted=f"at least {thresholds.min_pass_rate:.0%}"
    )
    return [measured, *(_gate(check.check, check.description) for check in checks)]


def _gate(check: str, description: str) -> Gate:
    found, _, wanted = description.partition(", wanted ")
    return Gate(title=_title(check), found=found, wanted=wanted)


def _title(check: str) -> str:
    words = check.replace("_", " ").replace("sttr", "STTR")
    return words[0].upper() + words[1:]


def _artefacts(refresh: Refresh) -> list[Artefact]:
    entries = refresh.storage.entries(f"runs/{refresh.run_id}")
    names = [(entry.key.rsplit("/", 1)[-1], entry.size) for entry in entries]
    return [
        Artefact(name=name, href=name, bytes=size)
        for name, size in names
        if name not in (artefacts.REPORT, artefacts.SUMMARY) and not name.endswith(checksums.SUFFIX)
    ]


def _url(refresh: Refresh, name: str) -> str:
    """Where a browser finds an artefact; a folder's path becomes a file:// URL."""
    place = f"{refresh.storage.url}/{refresh.artefact(name)}"
    return place if "://" in place else Path(place).absolute().as_uri()


def _publish(refresh: Refresh, report: Report, *, page: str, summary: str) -> Published:
    date = f"{report.started_at:%Y-%m-%d}"
    documents = {name: refresh.storage.read(refresh.artefact(name)) for name in PUBLISHED_DOCUMENTS}
    manifest = refresh.storage.read(vintages.key(report.vintage.sha256, vintages.MANIFEST))
    files = {
        **documents,
        vintages.MANIFEST: manifest,
        artefacts.REPORT: page.encode(),
        artefacts.SUMMARY: summary.encode(),
    }
    return publisher_for(refresh.settings).publish(
        Proposal(
            branch=f"data-refresh/{date}",
            base=refresh.settings.github.base if refresh.settings.github else "main",
            title=f"SBIR data refresh {date}",
            body_markdown=f"{summary}\n[The whole report]({_url(refresh, artefacts.REPORT)})\n",
            files={f"refreshes/{date}/{name}": content for name, content in sorted(files.items())},
            labels=LABELS,
            commit_message=f"SBIR data refresh {date}\n\nRun {report.run_id}\nVintage {report.vintage.sha256}\n",
            committed_at=report.started_at,
        )
    )
