"""Nothing but a sound definition is deployed: ten ways to spoil it are each caught, by us and by two strangers."""

import copy
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asl_engine.language.validate import diagnose
from tests.infrastructure.cdk.conftest import ROOT

REFRESH = ROOT / "infrastructure/step-functions/weekly-refresh-state-machine.json"
FRESHNESS = ROOT / "infrastructure/cdk/deployment/freshness.json"
Definition = dict[str, Any]
Run = Callable[..., subprocess.CompletedProcess[str]]

# Both are AWS's own: the schema with its path checks, and what the console's editor runs.
STRANGERS = """
const validate = require("asl-validator");
const { getLanguageService } = require("amazon-states-language-service");
const { TextDocument } = require("vscode-languageserver-textdocument");
const service = getLanguageService({});
const texts = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
Promise.all(texts.map(async (text) => {
  const document = TextDocument.create("file:///definition.asl.json", "asl", 1, text);
  const found = await service.doValidation(document, service.parseJSONDocument(document));
  const errors = validate(JSON.parse(text), { checkPaths: true, checkArn: true }).errors;
  return [...errors.map((each) => `${each["Error code"]}: ${each.Message}`), ...found.map((each) => each.message)];
})).then((answers) => console.log(JSON.stringify(answers)));
"""


def a_next_that_leads_nowhere(definition: Definition) -> None:
    definition["States"]["IngestionChecks"]["Next"] = "EnrichmentCheck"


def a_start_that_is_not_there(definition: Definition) -> None:
    definition["StartAt"] = "DownloadCsv"


def a_state_nobody_reaches(definition: Definition) -> None:
    definition["States"]["EnrichmentChecks"]["Next"] = "LoadNeo4j"
    del definition["States"]["CheckReset"]


def a_state_without_an_end(definition: Definition) -> None:
    del definition["States"]["CreatePR"]["End"]
    definition["States"]["CreatePR"].pop("Next", None)


def a_broken_path(definition: Definition) -> None:
    definition["States"]["LoadNeo4j"]["ResultPath"] = "load"


def a_choice_without_a_comparison(definition: Definition) -> None:
    definition["States"]["CheckChanges"]["Choices"][0] = {"Variable": "$.body.changed", "Next": "ProcessPipeline"}


def a_catch_that_leads_nowhere(definition: Definition) -> None:
    definition["States"]["SmokeChecks"]["Catch"][0]["Next"] = "ErrorHandlers"


def a_timeout_that_is_text(definition: Definition) -> None:
    definition["States"]["DownloadCSV"]["TimeoutSeconds"] = "900"


def a_branch_that_leaves_the_parallel_state(definition: Definition) -> None:
    branch = definition["States"]["ProcessPipeline"]["Branches"][0]["States"]["ValidateDataset"]
    del branch["End"]
    branch["Next"] = "IngestionChecks"


def a_type_that_does_not_exist(definition: Definition) -> None:
    definition["States"]["EndNoChanges"]["Type"] = "Success"


def a_retry_that_never_names_an_error(definition: Definition) -> None:
    del definition["States"]["DownloadCSV"]["Retry"][0]["ErrorEquals"]


MUTATIONS = (
    a_next_that_leads_nowhere,
    a_start_that_is_not_there,
    a_state_nobody_reaches,
    a_state_without_an_end,
    a_broken_path,
    a_choice_without_a_comparison,
    a_catch_that_leads_nowhere,
    a_timeout_that_is_text,
    a_branch_that_leaves_the_parallel_state,
    a_type_that_does_not_exist,
    a_retry_that_never_names_an_error,
)


def spoilt(mutation: Callable[[Definition], None]) -> str:
    definition = copy.deepcopy(json.loads(REFRESH.read_text(encoding="utf-8")))
    mutation(definition)
    return json.dumps(definition)


@pytest.mark.parametrize("path", [REFRESH, FRESHNESS], ids=lambda path: path.stem)
def test_what_is_deployed_has_no_fault_that_we_know_of(path: Path) -> None:
    assert diagnose(path.read_text(encoding="utf-8")) == ()


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_our_validator_catches(mutation: Callable[[Definition], None]) -> None:
    assert [each for each in diagnose(spoilt(mutation)) if each.severity == "ERROR"]


def test_two_strangers_find_no_fault_in_what_is_deployed_and_one_in_everything_spoilt(
    node: Run, tmp_path: Path
) -> None:
    texts = [REFRESH.read_text(encoding="utf-8"), FRESHNESS.read_text(encoding="utf-8"), *map(spoilt, MUTATIONS)]
    (tmp_path / "texts.json").write_text(json.dumps(texts), encoding="utf-8")
    done = node(STRANGERS, str(tmp_path / "texts.json"))
    assert done.returncode == 0, done.stderr
    refresh, freshness, *of_the_spoilt = json.loads(done.stdout)
    assert (refresh, freshness) == ([], [])
    missed = [mutation.__name__ for mutation, found in zip(MUTATIONS, of_the_spoilt, strict=True) if not found]
    assert missed == []
