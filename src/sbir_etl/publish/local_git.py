"""Pull requests without a server: a bare git repository in a folder, and beside it a page per pull request."""

from pathlib import Path

from sbir_etl.publish.proposal import Proposal, Published


class LocalGit:
    """Publishes into `folder`: `repository.git` (created when absent) and `pull-requests/<branch>.html`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def publish(self, proposal: Proposal) -> Published:
        raise NotImplementedError(proposal.branch)
