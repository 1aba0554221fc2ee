"""Build the one zip of all Lambda functions, without Docker: locked wheels for arm64, and this project's code.

The same inputs give the same bytes, so that a deploy of an unchanged project changes nothing.
"""

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
# cryptography is PyGithub's for GitHub Apps; a token needs none of it.
LEFT_OUT: Final = frozenset({
    "annotated-doc", "awslambdaric", "cryptography", "jsonata-python", "pygments", "rich", "shellingham", "simplejson",
    "snapshot-restore-py", "starlette", "typer", "uvicorn",
})  # fmt: skip
AWS_SERVICES: Final = frozenset({"secretsmanager", "sns"})
"""The only services the steps call through boto3; botocore describes four hundred."""
UNREAD: Final = re.compile(r"/tests?/|^bin/|\.(pyi|pyx|pxd|h|a|pth)$|/__pycache__/|^\.lock$")
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


def main() -> None:
    """`make package`."""
    folder = ROOT / "build" / "lambda"
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(exist_ok=True)
    install(folder)
    unzipped = unzipped_bytes(folder)
    if unzipped >= LIMIT_BYTES:
        sys.exit(f"{folder}: {unzipped:,} bytes, wanted less than the {LIMIT_BYTES:,} that Lambda takes")
    write_zip(folder, ZIP)
    zipped = ZIP.stat().st_size
    sys.stdout.write(f"{ZIP.relative_to(ROOT)}: {unzipped / 1e6:.0f} MB unzipped, {zipped / 1e6:.0f} MB zipped\n")


if __name__ == "__main__":
    main()
