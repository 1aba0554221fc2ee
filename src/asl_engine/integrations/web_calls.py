"""Requests to any web API, and how Step Functions shows what it answered."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Final

from asl_engine.language.values import JSON

if TYPE_CHECKING:
    import httpx

_TIMEOUT_SECONDS: Final = 60


class NoAnswer(Exception):
    """The API could not be reached, or broke off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebRequest:
    method: str
    url: str
    headers: Sequence[tuple[str, str]] = ()
    query: Sequence[tuple[str, str]] = ()
    body: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAnswer:
    status: int
    reason: str
    headers: Mapping[str, list[str]] = field(default_factory=dict)
    text: str = ""

    @property
    def succeeded(self) -> bool:
        return 200 <= self.status < 300

    def shown(self) -> JSON:
        """As the task's result."""
        return {
            "Headers": {name: list(values) for name, values in self.headers.items()},
            "ResponseBody": self.body(),
            "StatusCode": self.status,
            "StatusText": self.reason,
        }

    def body(self) -> JSON:
        try:
            parsed: JSON = json.loads(self.text)
        except ValueError:
            return self.text
        return parsed


class WebClient:
    """Never follows a redirect: Step Functions shows it."""

    def __init__(self) -> None:
        self._made: httpx.AsyncClient | None = None

    async def call(self, request: WebRequest) -> WebAnswer:
        """Raises: NoAnswer."""
        httpx = await asyncio.to_thread(import_module, "httpx")  # takes a while, the first time
        try:
            answer = await self._client().request(
                request.method,
                request.url,
                headers=list(request.headers),
                params=list(request.query) or None,
                content=request.body,
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NoAnswer(f"{type(error).__name__}: {error}") from error
        headers: dict[str, list[str]] = {}
        for name, value in answer.headers.multi_items():
            headers.setdefault(name, []).append(value)
        return WebAnswer(status=answer.status_code, reason=answer.reason_phrase, headers=headers, text=answer.text)

    async def close(self) -> None:
        if self._made is not None:
            await self._made.aclose()

    def _client(self) -> "httpx.AsyncClient":
        if self._made is None:
            import httpx

            self._made = httpx.AsyncClient(timeout=_TIMEOUT_SECONDS, trust_env=False)
        return self._made


def text_of(value: JSON) -> str:
    """Texts go as they are, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def pairs(values: Mapping[str, JSON]) -> list[tuple[str, str]]:
    """A list stands for a name that is there more than once.

    >>> pairs({"a": ["1", 2], "b": True})
    [('a', '1'), ('a', '2'), ('b', 'true')]
    """
    return [
        (name, text_of(item))
        for name, value in values.items()
        for item in (value if isinstance(value, list) else [value])
    ]
