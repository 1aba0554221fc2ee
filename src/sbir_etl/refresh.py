"""One refresh as a step sees it: the execution it belongs to, the execution's input, and where its artefacts lie."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from pydantic import ConfigDict, StrictBool, TypeAdapter, ValidationError

from sbir_etl import checksums, vintages
from sbir_etl.errors import InvalidInput, problems
from sbir_etl.settings import Settings
from sbir_etl.storage import Storage, open_storage

SOURCE_URL = "https://data.www.sbir.gov/mod_awarddatapublic/award_data.csv"
S3_BUCKET = "sbir-etl-production-data"


@dataclass(frozen=True, kw_only=True)
class Execution:
    """The context object's part that every task passes on; `attempt` counts retries from 0."""

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")

    id: str
    name: str
    started_at: datetime
    state: str
    attempt: int = 0


@dataclass(frozen=True, kw_only=True)
class RefreshInput:
    """The input of the execution; every key is optional.

    `force_refresh` goes on with an unchanged file; `reset_graph` asks for ResetNeo4j before the load; with `dry_run`
    that only counts what it would remove, and the execution ends there;
    `companies_source` names another folder (or prefix) of company-search CSVs than `companies/` of the bucket.
    """

    __pydantic_config__: ClassVar = ConfigDict(extra="forbid")

    # Strict: a string that says "false" must not count as true.
    force_refresh: StrictBool = False
    source_url: str = SOURCE_URL
    s3_bucket: str = S3_BUCKET
    reset_graph: StrictBool = False
    dry_run: StrictBool = False
    companies_source: str | None = None


_INPUT: TypeAdapter[RefreshInput] = TypeAdapter(RefreshInput)


def read_input(value: object) -> RefreshInput:
    """The execution's input, checked. Raises: InvalidInput that names every key that is wrong."""
    try:
        given = _INPUT.validate_python(value)
    except ValidationError as error:
        raise InvalidInput(_described(error)) from error
    if given.dry_run and not given.reset_graph:
        # It would be a refresh in earnest.
        raise InvalidInput("input.dry_run: got true without reset_graph, wanted both: it is the reset that is tried")
    return given


def salvage_input(value: object) -> RefreshInput:
    """What is right in an execution's input, defaults for the rest: enough to record that the input is wrong."""
    good = RefreshInput()
    for key, part in value.items() if isinstance(value, dict) else ():
        try:
            good = replace(good, **{key: getattr(read_input({key: part}), key)})
        except InvalidInput:
            continue
    return good


def _described(error: ValidationError) -> str:
    known = ", ".join(field.name for field in fields(RefreshInput))
    return f"{problems(error, 'input')}; wanted an object with these optional keys: {known}"


@dataclass(frozen=True, kw_only=True)
class Refresh:
    """What a step works with.

    `scratch` is a local folder of this invocation alone; it is removed when the step returns.
    """

    execution: Execution
    input: RefreshInput
    settings: Settings
    storage: Storage
    scratch: Path
    # By key, what this step has fetched and checked: two parts of it that read the same file need not do so twice.
    _fetched: dict[str, Path] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def run_id(self) -> str:
        """The run's id is the execution's name: what the engineer types to look at either."""
        return self.execution.name

    def artefact(self, name: str) -> str:
        """The storage key of one of this run's artefacts."""
        return f"runs/{self.run_id}/{name}"

    def fetch(self, name: str, *, run_id: str | None = None) -> Path:
        """A local file with one of the artefacts that this run kept, or another. Raises: MissingObject, GateFailed."""
        run = run_id or self.run_id
        folder = self.scratch / run
        folder.mkdir(exist_ok=True)
        return self._checked(f"runs/{run}/{name}", folder)

    def vintage_file(self, sha256: str, name: str) -> Path:
        """A local file with one of the Parquet files of a vintage. Raises: MissingObject, GateFailed."""
        return self._checked(vintages.key(sha256, name), self.scratch)

    def _checked(self, key: str, into: Path) -> Path:
        if key not in self._fetched:
            self._fetched[key] = checksums.fetch(self.storage, key, into)
        return self._fetched[key]

    def company_exports(self) -> Path:
        """A local folder with the company-search CSVs; empty when there are none, which is no failure."""
        source = self.input.companies_source
        if source is not None and "://" not in source:
            return self._local_exports(source)
        storage, prefix = (self.storage, "companies") if source is None else (open_storage(source), "")
        folder, fetched = self.scratch / "company_exports", self.scratch / "fetched_exports"
        for each in (folder, fetched):
            each.mkdir(exist_ok=True)
        for entry in storage.entries(prefix):
            name = PurePosixPath(entry.key).name
            if name.endswith(".csv"):
                # Copied, not moved: a storage that is a folder gives the original.
                shutil.copyfile(storage.fetch(entry.key, fetched), folder / name)
        return folder

    def _local_exports(self, source: str) -> Path:
        if not self.settings.local_sources:
            raise InvalidInput(f"companies_source: got the path {source!r}, wanted a URL; paths are for local runs")
        if not Path(source).is_dir():
            raise InvalidInput(f"companies_source: no folder at {source}; give the folder of the company-search CSVs")
        return Path(source)

    def keep(self, path: Path) -> None:
        """Store a file made in scratch as the artefact of the same name, with its checksum."""
        key = self.artefact(path.name)
        checksums.store(self.storage, key, path)
        self._fetched.pop(key, None)


@dataclass(frozen=True, kw_only=True)
class VintageRequest:
    """What most steps ask for beyond execution and input.

    `vintage` is the SHA-256 of the file this run is about, `live_run_id` the run that was live when it began.
    """

    vintage: str
    live_run_id: str | None


def typed(kind: type[Any], value: Mapping[str, Any]) -> Any:  # noqa: ANN401 - the caller's dataclass comes back
    """`value` as the dataclass `kind`, checked field by field. Raises: InvalidInput."""
    try:
        return TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        raise InvalidInput(f"{problems(error, kind.__name__)}; wanted what the state machine sends") from error
