"""What a refresh proposes to the people who keep the data: a branch, one commit and a page to read and merge.

A `Publisher` is the port; where the proposal goes (a local git repository, GitHub) is its implementation's business.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """A pull request before it exists. `files` maps paths in the repository to their whole content."""

    branch: str
    base: str
    title: str
    body_markdown: str
    files: Mapping[str, bytes]
    labels: tuple[str, ...] = ()
    commit_message: str
    committed_at: datetime
    """Author's and committer's date; zone-aware. The same proposal gives the same commit."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """Where the proposal now stands."""

    url: str
    branch: str
    commit: str
    created: bool
    """False when the branch was there already: the same week's proposal was updated or found unchanged."""


class Publisher(Protocol):
    """Opens or updates the pull request of a branch; publishing the same proposal again changes nothing."""

    def publish(self, proposal: Proposal) -> Published:
        """Put the files on the proposal's branch as one commit on top of its base, and a page beside them.

        Raises:
            InvalidInput: the proposal, or the place it should go to, is wrong; nothing was published.
            TransientError: the place did not take it this time; publishing again finishes what was begun.
        """
        ...
