"""The files a run leaves behind, by name; every later step and every reader finds them here."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter, ValidationError

from sbir_etl.errors import GateFailed, MissingObject
from sbir_etl.refresh import Refresh

AWARDS: Final = "awards.parquet"
REJECTS: Final = "rejects.parquet"
ISSUES: Final = "issues.parquet"
VALIDATION: Final = "validation.json"
PROFILE: Final = "profile.json"
INGESTION: Final = "ingestion.json"
CHANGES: Final = "changes.parquet"
CHANGE_SUMMARY: Final = "changes.json"
COMPANIES: Final = "companies.parquet"
AWARD_COMPANIES: Final = "award_companies.parquet"
MATCHES: Final = "matches.parquet"
CANDIDATES: Final = "candidates.csv"
ENRICHMENT: Final = "enrichment.json"
CATALOGUE: Final = "catalogue.json"
CATALOGUE_FIRMS: Final = "catalogue.parquet"
EXPECTED_FIGURES: Final = "expected_figures.json"
FIGURES: Final = "graph.json"
REPORT: Final = "report.html"
SUMMARY: Final = "report.md"
ERROR: Final = "error.json"

Document = TypeVar("Document")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What one ingestion check found."""

    check: str
    passed: bool
    description: str


@dataclass(frozen=True, kw_only=True)
class Ingestion:
    """The verdicts in the order of the checks."""

    verdicts: tuple[Verdict, ...]


def write_document(refresh: Refresh, name: str, document: Any) -> None:  # noqa: ANN401 - any dataclass
    """Store a dataclass as readable JSON under the run."""
    text = json.dumps(asdict(document), indent=2, ensure_ascii=False, default=str)
    refresh.storage.write(refresh.artefact(name), f"{text}\n".encode())


def read_document(refresh: Refresh, name: str, kind: type[Document]) -> Document:
    """A document this run wrote in an earlier step. Raises: MissingObject, GateFailed."""
    return _document(refresh, refresh.artefact(name), kind)


def document_of_run(refresh: Refresh, name: str, kind: type[Document], run_id: str | None) -> Document | None:
    """The document as another run wrote it, for comparison; None without such a run, or when it was tidied away."""
    if run_id is None:
        return None
    try:
        return _document(refresh, f"runs/{run_id}/{name}", kind)
    except MissingObject:
        return None


def _document(refresh: Refresh, key: str, kind: type[Document]) -> Document:
    content = refresh.storage.read(key)
    try:
        return TypeAdapter(kind).validate_json(content)
    except ValidationError as error:
        raise GateFailed(
            f"{refresh.storage.url}/{key}: got {len(content):,} bytes that are not the {kind.__name__} that was "
            f"written there ({error.errors()[0]['msg']}). Restore it from a backup or an earlier version of the object"
        ) from error
