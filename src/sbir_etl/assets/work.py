"""What assets work with, and how a step materialises one of them in its own process.

The step's run is on an ephemeral instance: no daemon, no home folder, no telemetry, and no log but the step's own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import dagster as dg

# An instance would import them when it is made, SQLAlchemy with them, which `imports.load` would not see.
import dagster._core.storage.event_log
import dagster._core.storage.runs
from dagster._core.errors import DagsterAssetCheckFailedError

from sbir_etl.errors import GateFailed
from sbir_etl.refresh import Refresh, VintageRequest

_PRIVATE: Final = {"telemetry": {"enabled": False}}
_QUIET: Final = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True, kw_only=True)
class Work:
    """The refresh that assets are made for; what it is about is asked when an asset is made, not before."""

    refresh: Refresh
    request: Callable[[], VintageRequest]


def materialise(asset: dg.AssetsDefinition, *, behind: dg.AssetChecksDefinition, work: Work) -> Any:  # noqa: ANN401 - the value of any asset
    """Run blocking checks of what `asset` is made from, then make it, if they all passed. Returns the asset's value.

    Raises: GateFailed with every check that did not pass; whatever the asset raises, as it is.
    """
    with dg.DagsterInstance.ephemeral(str(work.refresh.scratch), settings=_PRIVATE) as instance:
        try:
            result = dg.materialize_to_memory(
                [behind, asset],
                selection=dg.AssetSelection.assets(asset) | dg.AssetSelection.checks(behind),
                resources={"work": work},
                instance=instance,
                run_config=_QUIET,
            )
        except DagsterAssetCheckFailedError as error:
            raise GateFailed(f"{_failed_checks(instance)}. Look at the run's Parquet files for the rows") from error
        return result.output_for_node(asset.key.to_python_identifier())


def _failed_checks(instance: dg.DagsterInstance) -> str:
    (run,) = instance.get_runs()
    events = instance.all_logs(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION)
    evaluations = [event.asset_check_evaluation for event in events]
    return "; ".join(f"{each.check_name}: {each.description}" for each in evaluations if each and not each.passed)
