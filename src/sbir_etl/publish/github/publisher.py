"""Publishes a proposal as a pull request on GitHub."""

from sbir_etl.publish.github.target import Target
from sbir_etl.publish.proposal import Proposal, Published


class GitHubPublisher:
    """Publishes into a repository on GitHub: one commit on the proposal's branch, and a pull request to its base."""

    def __init__(self, target: Target) -> None:
        self._target = target

    def publish(self, proposal: Proposal) -> Published:
        """Put the proposal on its branch and open or update its pull request."""
        raise NotImplementedError
