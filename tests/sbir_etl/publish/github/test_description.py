"""Every call of these tests is held against GitHub's official description: what departs from it is seen."""

import httpx
import pytest

from tests.github_api.description import Tools
from tests.sbir_etl.publish.conftest import TOKEN, Workplace


@pytest.fixture
def client(workplace: Workplace, description_tools: Tools | str) -> httpx.Client:
    if isinstance(description_tools, str):
        pytest.skip(f"the calls are not held against GitHub's description: {description_tools}")
    return httpx.Client(
        base_url=f"{workplace.target.api_url}/repos/{workplace.target.repository}",
        headers={"Authorization": f"token {TOKEN}"},
    )


def taken(workplace: Workplace) -> str:
    [deviation] = workplace.guard.deviations
    workplace.guard.deviations.clear()
    return deviation


def test_a_request_that_departs_from_the_description_is_seen(workplace: Workplace, client: httpx.Client) -> None:
    with client:
        client.post("/pulls", json={"head": "data-refresh/2026-11-24", "title": "No base"})

    assert "must have required property 'base'" in taken(workplace)


def test_an_answer_that_departs_from_the_description_is_seen(workplace: Workplace, client: httpx.Client) -> None:
    workplace.repository.labels["bug"] = {"description": "No color"}

    with client:
        client.get("/labels/bug")

    assert "must have required property 'color'" in taken(workplace)


def test_an_operation_nobody_described_is_seen(workplace: Workplace, client: httpx.Client) -> None:
    with client:
        client.get("/commits")

    assert "NO_PATH_MATCHED" in taken(workplace)
