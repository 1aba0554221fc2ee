"""Talking to the server: transactions that are tried again, and what goes wrong in our own words."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from neo4j import READ_ACCESS, Driver, GraphDatabase, ManagedTransaction, Result, unit_of_work
from neo4j.exceptions import AuthError, ClientError, ConfigurationError, DriverError, Forbidden, Neo4jError

from sbir_etl.errors import GateFailed, InvalidInput, SbirEtlError, TransientError

T = TypeVar("T")

_SCHEMES = ("bolt://", "bolt+s", "neo4j://", "neo4j+s")
_RATE_LIMIT = "Neo.ClientError.Security.AuthenticationRateLimit"
_NO_DATABASE = "Neo.ClientError.Database.DatabaseNotFound"


@dataclass(frozen=True, kw_only=True)
class Neo4jConfig:
    """Where the server is, and how much is asked of it at a time.

    `uri` is `bolt://host:port` for one server, `neo4j://host:port` for a cluster whose leader may change, with `+s`
    for TLS. `max_stale_share` is the largest share of the awards, or of all nodes, that one load may find gone;
    above it the load is refused before anything is written, and 1.0 allows everything. A batch is one transaction:
    of at most `batch_rows` nodes and relationships and about `batch_bytes`, whichever comes first.
    """

    uri: str
    user: str = "neo4j"
    password: str = field(repr=False)
    database: str = "neo4j"
    max_stale_share: float = 0.05
    batch_rows: int = 5_000
    batch_bytes: int = 8 * 1024 * 1024
    connect_timeout_seconds: float = 10.0
    transaction_timeout_seconds: float = 120.0
    retry_seconds: float = 60.0


class Connection:
    """One driver, used by one thread."""

    def __init__(self, driver: Driver, config: Neo4jConfig) -> None:
        self._driver = driver
        self._config = config

    def write(self, work: Callable[[ManagedTransaction], T]) -> T:
        """Runs `work` in one transaction, and again after a deadlock, a leader switch or a broken connection."""
        bounded = unit_of_work(timeout=self._config.transaction_timeout_seconds)(work)
        with self._driver.session(database=self._config.database) as session:
            return session.execute_write(bounded)

    def declare(self, statements: Sequence[str]) -> None:
        """Runs statements that Neo4j wants in transactions of their own, such as those that create an index."""
        with self._driver.session(database=self._config.database) as session:
            for statement in statements:
                session.run(statement).consume()

    @contextmanager
    def reading(self, cypher: str, **parameters: object) -> Iterator[Result]:
        """The result of a read-only query, to be read while the context is open."""
        with (
            self._driver.session(database=self._config.database, default_access_mode=READ_ACCESS) as session,
            session.begin_transaction(timeout=self._config.transaction_timeout_seconds) as transaction,
        ):
            yield transaction.run(cypher, parameters)

    def ask(self, cypher: str) -> Sequence[Sequence[Any]]:
        """All rows of a read-only query; tried again as `write` is."""

        @unit_of_work(timeout=self._config.transaction_timeout_seconds)
        def read(transaction: ManagedTransaction) -> Sequence[Sequence[Any]]:
            return transaction.run(cypher).values()

        with self._driver.session(database=self._config.database) as session:
            return session.execute_read(read)


@contextmanager
def connected(config: Neo4jConfig) -> Iterator[Connection]:
    """A connection that was proven to work. Raises: InvalidInput, TransientError or GateFailed for what goes wrong."""
    if not config.uri.startswith(_SCHEMES):
        # The driver would speak to Neo4j's web address too, in a way that is still a preview.
        raise InvalidInput(f"Neo4j at {config.uri}: no such protocol; wanted an address such as bolt://localhost:7687")
    try:
        with GraphDatabase.driver(
            config.uri,
            auth=(config.user, config.password),
            connection_timeout=config.connect_timeout_seconds,
            connection_acquisition_timeout=2 * config.connect_timeout_seconds,
            max_transaction_retry_time=config.retry_seconds,
            notifications_min_severity="OFF",
            telemetry_disabled=True,
        ) as driver:
            _verify(driver, config)
            yield Connection(driver, config)
    except (Neo4jError, DriverError) as error:
        raise explained(error, config) from error


def _verify(driver: Driver, config: Neo4jConfig) -> None:
    try:
        driver.verify_connectivity()
    except ValueError as error:
        # So the driver reports a host that has no address.
        raise _unreachable(error, config) from error


def explained(error: Neo4jError | DriverError, config: Neo4jConfig) -> SbirEtlError:
    """What went wrong, as one of our own errors: permanent when trying again cannot help.

    Driver and server never repeat a password in a message; neither do we.
    """
    place = f"Neo4j at {config.uri}"
    match error:
        case AuthError() | Forbidden() if error.code != _RATE_LIMIT:
            return InvalidInput(
                f"{place}: user {config.user!r} was refused ({error.code}); wanted one who may read, write and create "
                "indexes. Put the right name and password into the secret"
            )
        case ConfigurationError():
            return InvalidInput(f"{place}: {error}; wanted an address such as bolt://localhost:7687")
        case ClientError() if error.code == _NO_DATABASE:
            return InvalidInput(f"{place}: there is no database {config.database!r}; wanted one that exists")
        case ClientError() if error.code != _RATE_LIMIT and not error.is_retryable():
            return GateFailed(f"{place}: {error.message}; wanted it to take the run's tables as they are")
        case _:
            return _unreachable(error, config)


def _unreachable(error: Exception, config: Neo4jConfig) -> TransientError:
    reason = str(error).partition("\n")[0] or type(error).__name__
    return TransientError(
        f"Neo4j at {config.uri}: {reason}; wanted an answer. Look whether the server runs, can be reached from here, "
        "and has room on its disk; then start again"
    )
