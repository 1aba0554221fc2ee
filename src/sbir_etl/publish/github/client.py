"""The connection to GitHub: authenticated, paced, and patient within bounds."""

from types import TracebackType

from github import Auth, Github, GithubRetry
from github.GithubException import RateLimitExceededExceedsMaxWait
from urllib3 import HTTPResponse, Retry
from urllib3.connectionpool import ConnectionPool

from sbir_etl.publish.github.target import Patience, Target

_API_VERSION = "2022-11-28"
_METHODS = frozenset({"GET", "POST", "PATCH"})


def connect(target: Target) -> Github:
    """A client that sends nothing yet; close it after use."""
    patience = target.patience
    return Github(
        base_url=target.api_url,
        auth=Auth.Token(target.token.get_secret_value()),
        timeout=patience.answer_seconds,
        retry=_retry(patience),
        per_page=100,
        seconds_between_requests=0,
        seconds_between_writes=patience.between_writes_seconds,
        api_version=_API_VERSION,
        user_agent="sbir-etl",
    )


class _BoundedRetry(GithubRetry):
    """Also what GitHub names itself as a time to wait is only waited for within bounds."""

    def increment(  # type: ignore[override]  # declared as in the library, which departs from its own parent
        self,
        method: str | None = None,
        url: str | None = None,
        response: HTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> Retry:
        wait = self.get_retry_after(response) if response else None
        if response and wait and self.max_rate_limit_wait is not None and wait > self.max_rate_limit_wait:
            raise RateLimitExceededExceedsMaxWait(response.status, wait=wait)
        return super().increment(method, url, response, error, _pool, _stacktrace)


def _retry(patience: Patience) -> GithubRetry:
    """Every request may be sent again: objects are found by their content, and what exists is looked up again."""
    return _BoundedRetry(
        total=patience.attempts - 1,
        backoff_factor=patience.first_wait_seconds,
        backoff_max=patience.longest_wait_seconds,
        secondary_rate_wait=patience.secondary_limit_seconds,
        max_rate_limit_wait=patience.longest_wait_seconds,
        status_forcelist=[429, *range(500, 600)],
        allowed_methods=_METHODS,
    )
