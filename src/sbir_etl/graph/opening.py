"""Which store the settings ask for: Neo4j where a server is named, else the embedded graph in the storage."""

from pathlib import Path

from sbir_etl import credentials
from sbir_etl.graph.store import GraphStore
from sbir_etl.settings import Neo4j, Settings
from sbir_etl.storage import Storage


def open_graph(settings: Settings, storage: Storage, scratch: Path) -> GraphStore:
    """Raises: InvalidInput when Neo4j's password is missing."""
    if settings.neo4j is not None:
        return _neo4j(settings.neo4j, settings.thresholds.max_stale_share, scratch)
    from sbir_etl.graph.embedded import EmbeddedGraph  # each store's library is only imported where it is used

    return EmbeddedGraph(storage, scratch)


def _neo4j(server: Neo4j, max_stale_share: float, scratch: Path) -> GraphStore:
    from sbir_etl.graph.neo4j import Neo4jConfig, Neo4jGraph

    password = credentials.obtain(
        credentials.NEO4J_PASSWORD, value=server.password, secret=server.password_secret
    ).get_secret_value()
    config = Neo4jConfig(
        uri=server.uri,
        user=server.user,
        password=password,
        database=server.database,
        max_stale_share=max_stale_share,
    )
    return Neo4jGraph(config, scratch)
