"""What goes into the functions' zip, and that it fits."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import package
import pytest

from sbir_etl.lambdas import FUNCTIONS
from tests.infrastructure.cdk.conftest import ROOT


def test_the_functions_get_the_locked_packages_without_those_of_the_engine_and_the_command_line() -> None:
    lock = "uvicorn==1 \\\n    --hash=sha256:aa\nduckdb==2 ; python_version > '3' \\\n    --hash=sha256:bb\nrich==1\n"
    assert package.requirements(lock) == "duckdb==2 ; python_version > '3' \\\n    --hash=sha256:bb\n"
    whole = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert all(f"\n{name}==" in f"\n{whole}" for name in package.LEFT_OUT)


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("sbir_etl/lambdas.py", True),
        ("botocore/data/sns/2010-03-31/service-2.json.gz", True),
        ("botocore/data/partitions.json", True),
        ("botocore/data/ec2/2016-11-15/service-2.json.gz", False),
        ("numpy/linalg/tests/test_linalg.py", False),
        ("dagster/components/testing/utils.py", True),
        ("bin/dagster", False),
    ],
)
def test_what_no_function_reads_is_left_out(name: str, needed: bool) -> None:  # noqa: FBT001 - a table's column
    assert package.is_needed(name) is needed


def test_the_same_files_give_the_same_zip(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner" / "a.py").write_text("a = 1\n", encoding="utf-8")
    (folder / "b.py").write_text("b = 1\n", encoding="utf-8")
    assert package.unzipped_bytes(folder) == 12
    package.write_zip(folder, tmp_path / "one.zip")
    os.utime(folder / "b.py", (0, 0))
    (folder / "b.py").chmod(0o600)
    package.write_zip(folder, tmp_path / "two.zip")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as archive:
        assert archive.namelist() == ["b.py", "inner/a.py"]


def test_bytecode_is_the_same_each_time_and_is_taken_without_a_look_at_the_source(tmp_path: Path) -> None:
    compiled = []
    for name in ("one", "two"):
        folder = tmp_path / name
        (folder / "sqlalchemy" / "orm").mkdir(parents=True)
        for path in (folder / "a.py", folder / "sqlalchemy" / "orm" / "b.py"):
            path.write_text("names = {'x', 'y', 'z'} if __file__ else frozenset(('p', 'q'))\n", encoding="utf-8")
        package.compile_into(folder, Path(sys.executable))
        (bytecode,) = folder.rglob("*.pyc")
        compiled.append(bytecode.read_bytes())
    assert compiled[0] == compiled[1]
    assert b"/var/task/a.py" in compiled[0]
    hashed, looks_at_source = 0b01, 0b10
    assert int.from_bytes(compiled[0][4:8], "little") & (hashed | looks_at_source) == hashed


def test_without_a_python_of_that_version_there_is_no_bytecode() -> None:
    assert package.compiler("3.2") is None
    assert package.compiler(f"{sys.version_info.major}.{sys.version_info.minor}") == Path(sys.executable)


@pytest.mark.slow
def test_what_is_zipped_for_lambda_stays_under_its_limit(tmp_path: Path) -> None:
    package.build(tmp_path / "lambda")
    assert package.unzipped_bytes(tmp_path / "lambda") < package.LIMIT_BYTES


@pytest.mark.slow
def test_every_handler_is_imported_from_what_the_zip_holds_alone(tmp_path: Path) -> None:
    """Built for this machine, since wheels for arm64 cannot run here."""
    interpreter, target = package.local()
    package.build(tmp_path / "lambda", **target)
    asked = "; ".join(f"sbir_etl.lambdas.{step}" for step in FUNCTIONS)
    lazy = "sbir_etl.publish.github.publisher, sbir_etl.graph.neo4j, sbir_etl.assets.graph, sbir_etl.assets.ingestion"
    clients = "import boto3; [boto3.client(each, region_name='us-east-2') for each in ('sns', 'secretsmanager')]"
    script = f"import sbir_etl.lambdas; {asked}; import {lazy}; {clients}"
    # -S: nothing of the environment that the tests run in.
    done = subprocess.run(
        [interpreter, "-S", "-B", "-c", script],
        env={"PYTHONPATH": str(tmp_path / "lambda")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
