"""A workspace that Dagster's runs work over, set as it is for a process: through the environment."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sbir_etl.awards.sample import write_sample
from sbir_etl.local import Workspace

ROWS = 150


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small award file with its catalogue."""
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder, rows=ROWS, seed=7)
    return folder


@pytest.fixture(scope="session")
def settings_of() -> Callable[[Path], dict[str, str]]:
    """The settings of a workspace in a folder."""
    return lambda folder: Workspace(folder).environment()


@pytest.fixture
def environment(tmp_path: Path, settings_of: Callable[[Path], dict[str, str]]) -> dict[str, str]:
    """The settings of a workspace in the test's folder."""
    return settings_of(tmp_path)


@pytest.fixture
def workspace(tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """That folder, this process set to work over it."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return tmp_path
