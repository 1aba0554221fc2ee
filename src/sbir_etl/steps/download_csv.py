"""DownloadCSV: fetch the award file, guard it, store it as a vintage, and say whether it differs from the live one."""

from dataclasses import dataclass

from sbir_etl import sources, vintages
from sbir_etl.awards import gates, reading
from sbir_etl.refresh import Refresh
from sbir_etl.sources import Fetched, Validators


@dataclass(frozen=True, kw_only=True)
class DownloadCsvRequest:
    """Nothing beyond the execution and its input."""


@dataclass(frozen=True, kw_only=True)
class Downloaded:
    """`changed`: the file is not the live one. `live_run_id` is the run that is live as this refresh begins."""

    changed: bool
    reason: str
    vintage: str
    live_run_id: str | None
    rows: int
    bytes: int


def download_csv(refresh: Refresh, _request: DownloadCsvRequest) -> Downloaded:
    """Fetch the source; parse and store it if it was never stored before.

    A file that fails a guard is not stored. Raises: SourceRejected, SourceUnavailable, InvalidInput, GateFailed.
    """
    live = vintages.live(refresh.storage)
    known = vintages.stored(refresh.storage, live.vintage) if live else None
    source, local_allowed = refresh.input.source_url, refresh.settings.local_sources
    if known and sources.is_still(source, sha256=known.sha256, size=known.bytes, local_allowed=local_allowed):
        return _outcome(known, live, reason=_reason(known, live))
    fetched = sources.fetch(
        source,
        refresh.scratch / vintages.AWARD_DATA,
        known=_validators(known, source),
        local_allowed=local_allowed,
    )
    if fetched is None:
        assert known is not None
        return _outcome(known, live, reason="the server says the file is the one that is live")
    manifest = vintages.stored(refresh.storage, fetched.sha256) or _stored_anew(refresh, fetched, live)
    return _outcome(manifest, live, reason=_reason(manifest, live))


def _validators(known: vintages.Manifest | None, source: str) -> Validators | None:
    if known is None or known.source != source:
        return None
    return Validators(etag=known.etag, last_modified=known.last_modified)


def _stored_anew(refresh: Refresh, fetched: Fetched, live: vintages.Current | None) -> vintages.Manifest:
    folder = refresh.scratch
    files = {name: folder / name for name in (vintages.AWARD_DATA, vintages.RAW, vintages.UNREADABLE)}
    read = reading.read_csv(files[vintages.AWARD_DATA], files[vintages.RAW], files[vintages.UNREADABLE], scratch=folder)
    thresholds = refresh.settings.thresholds
    gates.reconciled(read)
    gates.readable_enough(read, thresholds)
    gates.no_row_drop(read.rows, live.rows if live else None, thresholds)
    manifest = vintages.Manifest(
        sha256=fetched.sha256,
        bytes=fetched.size,
        rows=read.rows,
        readable=read.readable,
        unreadable=read.unreadable,
        source=sources.shown(refresh.input.source_url),
        etag=fetched.validators.etag,
        last_modified=fetched.validators.last_modified,
        downloaded_at=refresh.execution.started_at,
    )
    return vintages.store(refresh.storage, manifest, files)


def _reason(manifest: vintages.Manifest, live: vintages.Current | None) -> str:
    if live is None:
        return "nothing is live yet"
    if manifest.sha256 == live.vintage:
        return "the file has the SHA-256 of the live vintage"
    return f"the file differs from the live vintage {live.vintage[:12]}"


def _outcome(manifest: vintages.Manifest, live: vintages.Current | None, *, reason: str) -> Downloaded:
    return Downloaded(
        changed=live is None or manifest.sha256 != live.vintage,
        reason=reason,
        vintage=manifest.sha256,
        live_run_id=live.run_id if live else None,
        rows=manifest.rows,
        bytes=manifest.bytes,
    )
