"""Whether a token can do on GitHub what a refresh asks of it."""

import base64
from contextlib import closing

from github import Github

from sbir_etl import credentials
from sbir_etl.doctor.findings import Finding, ok
from sbir_etl.publish.github.client import connect
from sbir_etl.publish.github.refusals import Permission, explained
from sbir_etl.publish.github.target import Patience, Target
from sbir_etl.settings import GitHub

_QUICK = Patience(attempts=1, longest_wait_seconds=1, secondary_limit_seconds=1, answer_seconds=5)


def rights(github: GitHub) -> Finding:
    """Reads the base branch and the pull requests, and stores a blob that nothing refers to, which GitHub tidies away.

    That the token may also open pull requests only shows when it does. Raises: InvalidInput, TransientError.
    """
    token = credentials.obtain(credentials.GITHUB_TOKEN, value=github.token, secret=github.token_secret)
    target = Target(repository=github.repository, token=token, api_url=github.api_url, patience=_QUICK)
    with closing(connect(target)) as client:
        _try(client, github)
    return ok(
        f"{github.repository}: the token sees {github.base}, may write contents and read pull requests; "
        "whether it may open one shows when it does"
    )


def _try(client: Github, github: GitHub) -> None:
    name = github.repository
    with explained(name, "find the repository", Permission.METADATA):
        repository = client.get_repo(name)
    with explained(name, f"read the base branch {github.base}", Permission.CONTENTS):
        repository.get_git_ref(f"heads/{github.base}")
    with explained(name, "store a file", Permission.CONTENTS):
        repository.create_git_blob(base64.b64encode(b"sbir-etl doctor\n").decode(), "base64")
    with explained(name, "list the pull requests", Permission.PULL_REQUESTS):
        head = f"{repository.owner.login}:data-refresh"  # one that there is not, so that the answer is short
        repository.get_pulls(state="open", head=head, base=github.base).get_page(0)
