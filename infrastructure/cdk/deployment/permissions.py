"""What each function may do: the S3 keys it reads, writes and removes, and nothing else of the account.

A test runs every step against a stand-in for S3 and compares its requests with this table.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Access:
    """Key patterns in the bucket; the rest says whether it needs the GitHub token, the graph's server, the alerts."""

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    github: bool = False
    neo4j: bool = False
    topic: bool = False


CURRENT: Final = "current.json"
VINTAGES: Final = "vintages/*"
RUNS: Final = "runs/*"
GRAPHS: Final = "graph/*"
COMPANIES: Final = "companies/*"

ACCESS: Final = {
    "download_csv": Access(reads=(CURRENT, VINTAGES), writes=(VINTAGES,)),
    "validate_dataset": Access(reads=(VINTAGES,), writes=(RUNS,)),
    "profile_inputs": Access(reads=(VINTAGES, RUNS, COMPANIES), writes=(RUNS,)),
    "ingestion_checks": Access(reads=(VINTAGES, RUNS), writes=(RUNS,)),
    "enrichment_checks": Access(reads=(RUNS,), writes=(RUNS,)),
    "reset_neo4j": Access(reads=(CURRENT,), removes=(GRAPHS,), neo4j=True),
    "load_neo4j": Access(reads=(RUNS,), writes=(RUNS, GRAPHS), removes=(GRAPHS,), neo4j=True),
    "smoke_checks": Access(
        reads=(CURRENT, RUNS, GRAPHS, VINTAGES), writes=(CURRENT, RUNS), removes=(GRAPHS,), neo4j=True
    ),
    "create_pr": Access(reads=(RUNS, VINTAGES), writes=(RUNS,), github=True),
    "record_error": Access(writes=(RUNS,), topic=True),
}
