"""The Lambda functions: one table from which CDK, the local host and the tests all read.

A handler turns the task's payload into typed values, calls its step, and returns the step's result as plain JSON. The
payload is what the state machine sends: `execution` (from the context object), `input` (the execution's input) and what
the step itself asks for.
"""

import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, is_dataclass
from typing import Any, Final, get_type_hints

from sbir_etl import clock, disk, imports, logs, metrics
from sbir_etl import settings as settings_module
from sbir_etl.errors import GateFailed, SbirEtlError
from sbir_etl.refresh import Execution, Refresh, read_input, salvage_input, typed
from sbir_etl.settings import Settings
from sbir_etl.storage import open_storage

log = logging.getLogger(__name__)

Handler = Callable[[dict[str, Any], object], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Function:
    """One Lambda function; its step is the function of the same name in `sbir_etl.steps.<step>`.

    `takes_any_input`: it works with an execution's input that every other function refuses.
    """

    step: str
    memory_mb: int = 1024
    timeout_seconds: int = 890
    takes_any_input: bool = False

    @property
    def name(self) -> str:
        """The function's name, as the definition's tasks call it."""
        return f"sbir-etl-{self.step.replace('_', '-')}"

    @property
    def handler(self) -> str:
        """What the Lambda runtime is told to run."""
        return f"sbir_etl.lambdas.{self.step}"


# The timeout stays under the task's 900 s, so that Lambda's own message about it reaches the state machine.
FUNCTIONS: Final = {
    function.step: function
    for function in (
        Function(step="download_csv", memory_mb=2048),
        Function(step="validate_dataset", memory_mb=2048),
        Function(step="profile_inputs", memory_mb=2048),
        Function(step="ingestion_checks", memory_mb=2048),
        Function(step="enrichment_checks", memory_mb=2048),
        Function(step="reset_neo4j"),
        Function(step="load_neo4j", memory_mb=2048),
        Function(step="smoke_checks", memory_mb=2048),
        Function(step="create_pr"),
        Function(step="record_error", memory_mb=512, timeout_seconds=110, takes_any_input=True),
    )
}


def run(step: str, event: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """Call one step with a task's payload, and log how it went.

    Raises: whatever the step raises, its message led by the state's name.
    """
    payload = dict(event)
    execution: Execution = typed(Execution, payload.pop("execution", {}))
    about = {"execution": execution.id, "run": execution.name, "state": execution.state, "attempt": execution.attempt}
    with logs.about({**about, metrics.STEP: step}):
        log.info("step started")
        seconds = clock.stopwatch()
        try:
            result = _call(step, execution, payload, settings)
        except Exception as error:
            if isinstance(error, SbirEtlError):
                error.args = (f"{execution.state}: {error}",)
            _log_failure(step, error, seconds())
            raise
        log.info("step finished", extra=metrics.document(step, result, seconds=seconds(), at=clock.now()))
    return result


def _log_failure(step: str, error: Exception, seconds: float) -> None:
    """One line, without the stack: the runtime client logs that by itself when the handler raises."""
    known = error.figures if isinstance(error, GateFailed) else {}
    published = metrics.document(step, known, seconds=seconds, at=clock.now(), failed=True)
    log.error("step failed", extra={"error_type": type(error).__name__, "error_message": str(error), **published})


def _function(step: str) -> Callable[[Refresh, Any], Any]:
    module = f"sbir_etl.steps.{step}"
    imports.load(module)
    function: Callable[[Refresh, Any], Any] = getattr(sys.modules[module], step)
    return function


def _call(step: str, execution: Execution, payload: dict[str, Any], settings: Settings) -> dict[str, Any]:
    function = _function(step)
    _refresh_type, request_type, _result_type = get_type_hints(function).values()
    read = salvage_input if FUNCTIONS[step].takes_any_input else read_input
    given = read(payload.pop("input", {}))
    request = typed(request_type, payload)
    with disk.working_folder(settings.scratch, step) as scratch:
        refresh = Refresh(
            execution=execution,
            input=given,
            settings=settings,
            storage=open_storage(settings.storage_for(given.s3_bucket)),
            scratch=scratch,
        )
        result = function(refresh, request)
    assert is_dataclass(result)
    assert not isinstance(result, type)
    return asdict(result)


def __getattr__(name: str) -> Handler:
    """The handler of a step: `sbir_etl.lambdas.download_csv`, made when the runtime asks for it.

    Asking imports the step, so that its heavy libraries load while the function initialises and not while its first
    task waits; and only that step's.
    """
    if name not in FUNCTIONS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    _function(name)
    logs.set_up()

    def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
        return run(name, event, settings_module.from_environment())

    return handle
