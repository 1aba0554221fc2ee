"""Which store the settings ask for: Neo4j where a server is named, else the embedded graph in the storage."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sbir_etl import credentials
from sbir_etl.graph.store import GraphStore
from sbir_etl.settings import Neo4j, Settings
from sbir_etl.storage import Storage

if TYPE_CHECKING:
    from sbir_etl.graph.neo4j import Neo4jConfig


def open_graph(settings: Settings, storage: Storage, scratch: Path) -> GraphStore:
    """Raises: InvalidInput when Neo4j's password is missing."""
    if settings.neo4j is not None:
        return _neo4j(settings.neo4j, settings.thresholds.max_stale_share, scratch)
    from sbir_etl.graph.embedded import EmbeddedGraph  # each store's library is only imported where it is used

    return EmbeddedGraph(storage, scratch)


def neo4j_config(server: Neo4j) -> "Neo4jConfig":
    """How to reach a server, with its password. Raises: InvalidInput when that is missing."""
    from sbir_etl.graph.neo4j import Neo4jConfig

    password = credentials.obtain(credentials.NEO4J_PASSWORD, value=server.password, secret=server.password_secret)
    return Neo4jConfig(uri=server.uri, user=server.user, password=password.get_secret_value(), database=server.database)


def _neo4j(server: Neo4j, max_stale_share: float, scratch: Path) -> GraphStore:
    from sbir_etl.graph.neo4j import Neo4jGraph

    return Neo4jGraph(replace(neo4j_config(server), max_stale_share=max_stale_share), scratch)
