"""Settings from the environment."""

from pathlib import Path

import pytest

from sbir_etl.errors import InvalidInput
from sbir_etl.settings import Settings, from_environment


def test_an_empty_environment_gives_the_defaults() -> None:
    assert from_environment({}) == Settings()


def test_the_bucket_of_the_input_is_the_storage_unless_one_is_set() -> None:
    assert Settings().storage_for("some-bucket") == "s3://some-bucket"
    assert from_environment({"SBIR_ETL_STORAGE": "/data"}).storage_for("some-bucket") == "/data"


def test_paths_and_thresholds_are_read() -> None:
    settings = from_environment(
        {
            "SBIR_ETL_SCRATCH": "/fast",
            "SBIR_ETL_PULL_REQUESTS": "/pulls",
            "SBIR_ETL_LOCAL_SOURCES": "1",
            "SBIR_ETL_SNS_TOPIC_ARN": "arn:topic",
            "SBIR_ETL_MIN_PASS_RATE": "0.5",
        }
    )
    assert (settings.scratch, settings.pull_requests) == (Path("/fast"), Path("/pulls"))
    assert settings.local_sources
    assert settings.sns_topic_arn == "arn:topic"
    assert settings.thresholds.min_pass_rate == 0.5
    assert settings.thresholds.max_row_drop == 0.05


@pytest.mark.parametrize("text", ["much", "1.5", "-1"])
def test_a_threshold_that_is_no_share_is_named(text: str) -> None:
    with pytest.raises(InvalidInput, match=f"SBIR_ETL_MAX_ROW_DROP: got '{text}', wanted a share between 0 and 1"):
        from_environment({"SBIR_ETL_MAX_ROW_DROP": text})


@pytest.mark.parametrize(
    ("variable", "texts"),
    [
        ("SBIR_ETL_LOCAL_SOURCES", ("yes", "true", "2")),
        (
            "SBIR_ETL_GITHUB_REPOSITORY",
            ("awards", "acme/data/awards", "https://github.com/acme/awards", "acme/my awards"),
        ),
        ("SBIR_ETL_GITHUB_API", ("api.github.com", "ftp://x", "https://")),
        ("SBIR_ETL_NEO4J_URI", ("localhost:7687", "http://localhost:7474", "bolt+x://localhost", "bolt://")),
    ],
)
def test_a_setting_that_cannot_be_meant_is_named_at_once(variable: str, texts: tuple[str, ...]) -> None:
    for text in texts:
        with pytest.raises(InvalidInput, match=f"{variable}: got .*, wanted "):
            from_environment({"SBIR_ETL_GITHUB_REPOSITORY": "acme/awards", variable: text})


def test_blanks_around_a_setting_are_not_meant() -> None:
    given = {"SBIR_ETL_LOCAL_SOURCES": " 0", "SBIR_ETL_NEO4J_URI": " \n", "SBIR_ETL_GITHUB_REPOSITORY": "acme/awards\n"}
    settings = from_environment(given)
    assert (settings.local_sources, settings.neo4j) == (False, None)
    assert settings.github is not None
    assert settings.github.repository == "acme/awards"


def test_github_is_configured_by_its_repository_and_the_token_is_never_shown() -> None:
    assert from_environment({"SBIR_ETL_GITHUB_TOKEN": "unused"}).github is None
    settings = from_environment(
        {
            "SBIR_ETL_GITHUB_REPOSITORY": "acme/awards",
            "SBIR_ETL_GITHUB_TOKEN": "s3cr3t-token",
            "SBIR_ETL_GITHUB_REVIEWERS": "ana, acme/data ,",
        }
    )
    assert settings.github is not None
    assert settings.github.reviewers == ("ana", "acme/data")
    assert (settings.github.base, settings.github.api_url) == ("main", "https://api.github.com")
    assert "s3cr3t" not in repr(settings)


@pytest.mark.parametrize(
    ("variable", "wanted"),
    [
        ("SBIR_ETL_MAX_ROWDROP", "SBIR_ETL_MAX_ROW_DROP;"),
        ("SBIR_ETL_NEO4J_URL", "SBIR_ETL_NEO4J_URI;"),
        ("SBIR_ETL_COLOUR_OF_THE_REPORT", "a name of the table at the top of sbir_etl/settings.py;"),
    ],
)
def test_a_misspelt_setting_is_refused_and_the_nearest_name_told(variable: str, wanted: str) -> None:
    with pytest.raises(InvalidInput, match=f"^{variable}: got a name that no setting has, wanted {wanted}"):
        from_environment({variable: "0.5", "PATH": "/bin"})


def test_what_the_tests_are_told_by_the_environment_is_no_misspelt_setting() -> None:
    told = ("SBIR_ETL_REAL_ROWS", "SBIR_ETL_REHEARSE_DEPLOY", "SBIR_ETL_REQUIRE_NEO4J")
    assert from_environment(dict.fromkeys(told, "1")) == Settings()
