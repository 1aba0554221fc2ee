"""Build the one zip of all Lambda functions, without Docker: locked wheels for arm64, and this project's code.

The same inputs give the same bytes, so that a deploy of an unchanged project changes nothing.

    python infrastructure/cdk/package.py [--platform x86_64-manylinux_2_34] [--python 3.13] [--zip build/lambda.zip]
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
ZIP: Final = ROOT / "build" / "lambda.zip"
PLATFORM: Final = "aarch64-manylinux_2_34"  # Amazon Linux 2023
PYTHON: Final = "3.13"
LIMIT_BYTES: Final = 250 * 1024 * 1024
"""What Lambda takes, unzipped."""

# Only the engine, the command line or the local host of the functions imports these, or Lambda brings it itself.
# cryptography is PyGithub's for GitHub Apps; a token needs none of it. Dagster talks gRPC to its own servers, and
# parses selections of assets with ANTLR; a run in process does neither.
LEFT_OUT: Final = frozenset({
    "annotated-doc", "antlr4-python3-runtime", "awslambdaric", "cryptography", "grpcio", "grpcio-health-checking",
    "jsonata-python", "protobuf", "pygments", "rich", "shellingham", "simplejson", "snapshot-restore-py", "starlette",
    "typer", "uvicorn",
})  # fmt: skip
AWS_SERVICES: Final = frozenset({"secretsmanager", "sns"})
"""The only services the steps call through boto3; botocore describes four hundred."""
UNREAD: Final = re.compile(r"/tests?/|^bin/|\.(pyi|pyx|pxd|h|a|pth)$|/__pycache__/|^\.lock$")
# Large, and imported by no step: its bytecode would take the room of what is.
UNCOMPILED: Final = re.compile(
    r"/(cffi|pycparser|duckdb/experimental|fsspec/implementations|numpy/(f2py|ma|polynomial|testing)|pydantic/v1"
    r"|sqlalchemy/(ext|orm|testing|dialects/(mssql|mysql|oracle|postgresql)))/"
)
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def requirements(lock: str) -> str:
    """The lock without what the functions never import."""
    entries = re.split(r"^(?=\S)", lock, flags=re.MULTILINE)
    return "".join(each for each in entries if re.split(r"[=\s]", each, maxsplit=1)[0] not in LEFT_OUT)


def is_needed(name: str) -> bool:
    """Whether a file of the installed packages goes into the zip; `name` is its path from their folder."""
    described = re.match(r"botocore/data/([^/]+)/", name)
    return not UNREAD.search(name) and (described is None or described[1] in AWS_SERVICES)


def install(folder: Path, *, platform: str = PLATFORM, python: str = PYTHON) -> None:
    """Put the locked packages and `sbir_etl` into an empty folder, as they will lie in the zip."""
    lock = folder.with_name(f"{folder.name}.txt")
    lock.write_text(requirements((ROOT / "requirements.txt").read_text(encoding="utf-8")), encoding="utf-8")
    uv = Path(sys.executable).with_name("uv")
    wanted = ("--python-platform", platform, "--python-version", python, "--only-binary", ":all:")
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--target", folder, *wanted, "-r", lock],
        check=True,
    )
    shutil.copytree(ROOT / "src" / "sbir_etl", folder / "sbir_etl")
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not is_needed(path.relative_to(folder).as_posix()):
            path.unlink()


def compiler(python: str = PYTHON) -> Path | None:
    """An interpreter of that version, whose bytecode Lambda's can read; None when this machine has none."""
    if python == f"{sys.version_info.major}.{sys.version_info.minor}":
        return Path(sys.executable)
    find = [str(Path(sys.executable).with_name("uv")), "python", "find", "--no-python-downloads", python]
    found = subprocess.run(find, capture_output=True, text=True, check=False)
    return Path(found.stdout.strip()) if found.returncode == 0 else None


def local() -> tuple[Path, dict[str, str]]:
    """What can run here: an interpreter, of Lambda's version where there is one, and the target to build for."""
    interpreter = compiler() or Path(sys.executable)
    asked = "import sys; print('%d.%d' % sys.version_info[:2])"
    version = subprocess.run([interpreter, "-c", asked], capture_output=True, text=True, check=True).stdout.strip()
    return interpreter, {"platform": f"{os.uname().machine}-manylinux_2_34", "python": version}


def compile_into(folder: Path, interpreter: Path) -> None:
    """Put bytecode beside the sources: on Lambda, whose disk is read-only, every cold start compiles them otherwise.

    It is taken without a look at the source's time, which a zip does not keep; names in it are those on Lambda, and the
    seed is fixed, so that the same sources give the same bytes.
    """
    options = ["-q", "--invalidation-mode", "unchecked-hash", "-s", str(folder), "-p", "/var/task"]
    subprocess.run(
        [interpreter, "-S", "-m", "compileall", *options, "-x", UNCOMPILED.pattern, folder],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )


def unzipped_bytes(folder: Path) -> int:
    """What Lambda's limit is about."""
    return sum(path.stat().st_size for _, path in _files(folder))


def write_zip(folder: Path, target: Path) -> None:
    """Zip a folder."""
    partial = target.with_suffix(".partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, path in _files(folder):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, path.read_bytes())
    partial.replace(target)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path


def build(folder: Path, *, platform: str = PLATFORM, python: str = PYTHON) -> None:
    """Fill an empty folder with what will lie in the zip; without bytecode where nothing here can write it."""
    install(folder, platform=platform, python=python)
    interpreter = compiler(python)
    if interpreter is None:
        sys.stderr.write(f"no Python {python} here: the zip has no bytecode, so its cold starts take twice as long\n")
    else:
        compile_into(folder, interpreter)


def main(arguments: list[str] | None = None) -> None:
    """`make package`; another platform is for running the zip on this machine, where no limit holds."""
    chosen = _parser().parse_args(arguments)
    target: Path = chosen.zip
    folder = target.with_suffix("")
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    build(folder, platform=chosen.platform, python=chosen.python)
    unzipped = unzipped_bytes(folder)
    if unzipped >= LIMIT_BYTES and chosen.platform == PLATFORM:
        sys.exit(f"{folder}: {unzipped:,} bytes, wanted less than the {LIMIT_BYTES:,} that Lambda takes")
    write_zip(folder, target)
    sys.stdout.write(f"{target}: {unzipped / 1e6:.0f} MB unzipped, {target.stat().st_size / 1e6:.0f} MB zipped\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Build the zip of the Lambda functions")
    parser.add_argument("--platform", default=PLATFORM, help="as uv names it (default: %(default)s)")
    parser.add_argument("--python", default=PYTHON, help="(default: %(default)s)")
    parser.add_argument("--zip", type=Path, default=ZIP, help="(default: %(default)s)")
    return parser


if __name__ == "__main__":
    main()
