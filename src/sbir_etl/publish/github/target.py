"""Where on GitHub pull requests go, with whose token, whose review is asked for, and how patiently."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from pydantic import SecretStr

from sbir_etl.errors import InvalidInput

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How a request that fails for a passing reason is tried again: a rate limit, an answer 5xx, a lost connection."""

    attempts: int = 5
    first_wait_seconds: float = 1.0
    """Doubled from try to try, unless GitHub names a time itself."""
    longest_wait_seconds: float = 120.0
    """A rate limit that lasts longer ends the publication for now."""
    secondary_limit_seconds: float = 60.0
    """Waited after a secondary rate limit that names no time; GitHub asks for a minute at least."""
    between_writes_seconds: float = 1.0
    """GitHub asks clients that write to leave a second between two writes."""
    answer_seconds: int = 30


@dataclass(frozen=True, kw_only=True)
class Target:
    """A repository on GitHub and what it takes to write to it.

    The token needs Contents and Pull requests (both read and write) on this one repository. It is sent to `api_url`
    and shown nowhere: not in the repr, not in a message, not in a log.

    Raises:
        InvalidInput: a field cannot be what it should.
    """

    repository: str
    """owner/name"""
    token: SecretStr
    api_url: str = "https://api.github.com"
    """`https://<host>/api/v3` for GitHub Enterprise Server."""
    reviewers: tuple[str, ...] = ()
    """Logins; a team is written as organization/team."""
    patience: Patience = Patience()

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", self.repository, re.ASCII):
            raise InvalidInput(f"GitHub repository: got {self.repository!r}, wanted owner/name")
        # A client that finds such a token in a header says so in an exception, with the header.
        if not re.fullmatch(r"[!-~]+", self.token.get_secret_value()):
            raise InvalidInput(
                "GitHub token: got one that is empty or has blanks in it, wanted the bare token; store it anew"
            )
        url = urlsplit(self.api_url)
        if url.scheme != "https" and not (url.scheme == "http" and url.hostname in _LOOPBACK):
            raise InvalidInput(f"GitHub API: got {self.api_url!r}, wanted an https address: the token is sent to it")
