"""The files a run leaves behind, by name; every later step and every reader finds them here."""

import json
from dataclasses import asdict
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter

from sbir_etl.refresh import Refresh

AWARDS: Final = "awards.parquet"
REJECTS: Final = "rejects.parquet"
ISSUES: Final = "issues.parquet"
VALIDATION: Final = "validation.json"
PROFILE: Final = "profile.json"
CHANGES: Final = "changes.parquet"
CHANGE_SUMMARY: Final = "changes.json"
COMPANIES: Final = "companies.parquet"
AWARD_COMPANIES: Final = "award_companies.parquet"
MATCHES: Final = "matches.parquet"
CANDIDATES: Final = "candidates.csv"
ENRICHMENT: Final = "enrichment.json"
EXPECTED_FIGURES: Final = "expected_figures.json"
REPORT: Final = "report.html"
SUMMARY: Final = "report.md"
ERROR: Final = "error.json"

Document = TypeVar("Document")


def write_document(refresh: Refresh, name: str, document: Any) -> None:  # noqa: ANN401 - any dataclass
    """Store a dataclass as readable JSON under the run."""
    text = json.dumps(asdict(document), indent=2, ensure_ascii=False, default=str)
    refresh.storage.write(refresh.artefact(name), f"{text}\n".encode())


def read_document(refresh: Refresh, name: str, kind: type[Document], *, run_id: str | None = None) -> Document:
    """The document `name` of this run, or of another one. Raises: MissingObject."""
    key = refresh.artefact(name) if run_id is None else f"runs/{run_id}/{name}"
    return TypeAdapter(kind).validate_json(refresh.storage.read(key))
