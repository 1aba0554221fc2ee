"""What the documents name exists: files, links, make targets, commands, options and settings."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sbir_etl import metrics, settings
from sbir_etl.cli.app import app
from sbir_etl.doctor.here import Plan, checks
from sbir_etl.local import Workspace

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
TEXTS = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in DOCUMENTS}


@pytest.mark.parametrize("name", TEXTS)
def test_links_lead_to_files(name: str) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", TEXTS[name])
    missing = [link for link in links if not ((ROOT / name).parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("name", TEXTS)
def test_make_targets_that_are_named_exist(name: str) -> None:
    named = set(re.findall(r"(?:^    (?:\$ )?|`)make ([a-z][a-z0-9-]*)", TEXTS[name], re.MULTILINE))
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("name", TEXTS)
def test_commands_and_options_that_are_named_exist(name: str) -> None:
    for command, rest in re.findall(r"sbir-etl ((?:runs |graph )?[a-z]+)([^`\n]*)", TEXTS[name]):
        shown = CliRunner().invoke(app, [*command.split(), "--help"], env={"COLUMNS": "200"})
        assert shown.exit_code == 0, command
        for option in re.findall(r"(?<!\S)--[a-z-]+", rest):
            assert option in shown.output, f"{command} {option}"


def test_every_make_target_has_a_line_of_help() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = set(re.findall(r"^\.PHONY: (\S+)", makefile, re.MULTILINE))
    helped = set(re.findall(r"^([a-z][a-z0-9-]*):.*## ", makefile, re.MULTILINE))
    assert phony == helped


class Watched(dict[str, str]):
    """An environment that notes which names it is asked for."""

    def __init__(self, **given: str) -> None:
        super().__init__(given)
        self.asked: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


def test_every_setting_that_is_read_is_known_and_in_the_table_and_the_other_way_round() -> None:
    environment = Watched(SBIR_ETL_NEO4J_URI="bolt://localhost", SBIR_ETL_GITHUB_REPOSITORY="acme/awards")
    settings.from_environment(environment)
    documented = set(re.findall(r"^\| (SBIR_ETL_\w+) \|", settings.__doc__ or "", re.MULTILINE))
    assert documented == {f"{settings.PREFIX}{name}" for name in settings.NAMES} == environment.asked


def test_dagster_is_made_to_work_over_the_workspace_as_the_functions_do() -> None:
    """In the shell's words: a command that prints them would be longer than the two lines it saves."""
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\ndagster:")[2].partition("\n\n")[0]
    given = dict(re.findall(r"(SBIR_ETL_\w+)=(\S+)", recipe.replace('"', "").replace("$$place", "/workspace")))
    assert given == Workspace(Path("/workspace")).environment()


def test_the_table_of_metrics_is_the_declaration() -> None:
    rows = re.findall(r"^ +\| `(\w+)` \| (.+) \| (`\w+`|every step) \|$", TEXTS["docs/aws.md"], re.MULTILINE)
    assert rows == [
        (each.name, each.meaning, f"`{each.step}`" if each.step else "every step") for each in metrics.METRICS
    ]


def test_the_checks_of_the_doctor_are_named() -> None:
    (here,) = re.findall(r"it looks at this machine: ([^.]+)\.", TEXTS["docs/aws.md"])
    plan = Plan(settings=settings.Settings(), workspace=ROOT, port=0)
    assert here.split(", ") == list(checks(plan))


def test_no_module_reads_the_environment_but_the_settings() -> None:
    readers = {
        str(path.relative_to(ROOT / "src"))
        for path in (ROOT / "src/sbir_etl").rglob("*.py")
        if re.search(r"os\.(environ|getenv)", path.read_text(encoding="utf-8"))
    }
    assert readers <= {"sbir_etl/settings.py"}


def test_no_module_reads_the_clock_but_the_clock() -> None:
    readers = {
        str(path.relative_to(ROOT / "src"))
        for path in (ROOT / "src/sbir_etl").rglob("*.py")
        if re.search(r"datetime\.now\(|date\.today\(|time\.time\(", path.read_text(encoding="utf-8"))
    }
    assert readers <= {"sbir_etl/clock.py"}


def test_the_architecture_names_every_package() -> None:
    architecture = TEXTS["docs/architecture.md"]
    rooms = [path.parent.name for path in (ROOT / "src/asl_engine").glob("*/__init__.py")]
    assert [room for room in rooms if f"`{room}/`" not in architecture] == []
