"""What GitHub's refusals mean for the person who runs the refresh, and which of them pass by themselves."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Any

from github import GithubException, RateLimitExceededException
from github.GithubException import RateLimitExceededExceedsMaxWait
from requests import RequestException
from requests.exceptions import RetryError
from urllib3.exceptions import MaxRetryError

from sbir_etl.errors import InvalidInput, TransientError


class Permission(StrEnum):
    """What a token must be allowed on the repository, in the words of GitHub's page for fine-grained tokens."""

    METADATA = "Metadata: read"
    CONTENTS = "Contents: read and write"
    PULL_REQUESTS = "Pull requests: read and write"


@contextmanager
def explained(repository: str, doing: str, permission: Permission) -> Iterator[None]:
    """What goes wrong within is raised as what it means, unchained: the frames and requests behind it hold the token.

    Raises:
        InvalidInput: GitHub refused for a reason that stays until somebody changes something.
        TransientError: GitHub could not be reached, was in trouble or limits the rate; asking again later may help.
    """
    try:
        yield
    except RateLimitExceededException as error:
        raise TransientError(f"{repository}: {_rate_limit(error)}, wanted to {doing}; run it again later") from None
    except GithubException as error:
        raise _refused(repository, doing, permission, error) from None
    except RequestException as error:
        raise TransientError(f"{repository}: {_trouble(error)}, wanted to {doing}; run it again later") from None


def says(error: GithubException, words: str) -> bool:
    """Whether GitHub's answer has these words in it, in whatever field."""
    return words.lower() in _answer(error).lower()


def _refused(repository: str, doing: str, permission: Permission, error: GithubException) -> InvalidInput:
    answer = f"{error.status} {_answer(error)}".strip()
    return InvalidInput(
        f"{repository}: GitHub answered {answer} when asked to {doing}, wanted {_remedy(permission, error)}"
    )


def _remedy(permission: Permission, error: GithubException) -> str:
    match error.status:
        case 401:
            return (
                "a token that is valid; this one was mistyped, revoked or has expired: "
                f"make a new one for this repository ({Permission.CONTENTS}, {Permission.PULL_REQUESTS}) and store it"
            )
        case 403:
            return _permitted(permission, error.headers or {})
        case 404:
            return (
                f"something this token can see; check the name, and that the token was made for this repository with "
                f"{permission} (GitHub hides what a token may not see)"
            )
        case 409 if says(error, "empty"):
            return "a repository with a first commit; push a base branch to it"
        case 422:
            return "a request that GitHub accepts; correct what it names, or the repository's rules that forbid it"
        case _:
            return "the request to be accepted; see what GitHub says about the repository"


def _permitted(permission: Permission, headers: Mapping[str, str]) -> str:
    if "x-github-sso" in headers:
        return "a token that the organization accepts; authorize it for single sign-on in the token's settings"
    # Told for fine-grained tokens and for classic ones, each in its own header.
    accepted = headers.get("x-accepted-github-permissions") or headers.get("x-accepted-oauth-scopes")
    asked = f" (GitHub asks for {accepted})" if accepted else ""
    return (
        f"the permission {permission}{asked}; give it to the token in its settings, "
        "and see that no rule of the repository or organization forbids it"
    )


def _rate_limit(error: RateLimitExceededException) -> str:
    wait = error.wait if isinstance(error, RateLimitExceededExceedsMaxWait) else None
    return f"GitHub limits the rate and asks to wait {wait:.0f} s" if wait else "GitHub limits the rate"


def _trouble(error: RequestException) -> str:
    cause = error.args[0] if error.args else None
    if isinstance(error, RetryError) and isinstance(cause, MaxRetryError):
        return f"GitHub answered only with failures ({cause.reason})"
    return f"GitHub could not be reached ({type(error).__name__})"


def _answer(error: GithubException) -> str:
    data: Any = error.data
    if not isinstance(data, dict):
        return str(data or "")
    details = [_detail(detail) for detail in data.get("errors") or ()]
    return ": ".join(part for part in (str(data.get("message", "")), "; ".join(details)) if part)


def _detail(detail: object) -> str:
    """GitHub's lists of errors have texts, or objects with a message or at least a field and a code."""
    if not isinstance(detail, dict):
        return str(detail)
    named = " ".join(str(detail[key]) for key in ("resource", "field", "code") if detail.get(key))
    return str(detail.get("message") or named)
