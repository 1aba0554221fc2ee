"""Which publisher the settings ask for: GitHub where a repository is named, else the local git repository."""

from sbir_etl import credentials
from sbir_etl.errors import InvalidInput
from sbir_etl.publish.local_git import LocalGit
from sbir_etl.publish.proposal import Publisher
from sbir_etl.settings import GitHub, Settings


def publisher_for(settings: Settings) -> Publisher:
    """Raises: InvalidInput when neither is set, or GitHub's token is missing."""
    if settings.github is not None:
        return _github(settings.github)
    if settings.pull_requests is None:
        raise InvalidInput(
            "SBIR_ETL_PULL_REQUESTS: not set, wanted the folder of the git repository that takes the pull request; "
            "set it, or SBIR_ETL_GITHUB_REPOSITORY"
        )
    return LocalGit(settings.pull_requests)


def _github(github: GitHub) -> Publisher:
    from sbir_etl.publish.github.publisher import GitHubPublisher  # PyGithub takes half a second to import
    from sbir_etl.publish.github.target import Target

    token = credentials.obtain(credentials.GITHUB_TOKEN, value=github.token, secret=github.token_secret)
    return GitHubPublisher(
        Target(repository=github.repository, token=token, api_url=github.api_url, reviewers=github.reviewers)
    )
