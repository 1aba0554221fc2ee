"""The files that a distributed Map takes its items from: JSON, JSON Lines, CSV and Parquet.

See https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemreader.html
"""

import base64
import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from importlib import import_module
from itertools import islice
from typing import Final, TypeAlias

from asl_engine.language.values import JSON

Configuration: TypeAlias = Mapping[str, JSON]
"""A ReaderConfig."""

_DELIMITERS: Final = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}
_GZIP: Final = b"\x1f\x8b"


class UnreadableItems(Exception):
    """The file does not hold items of the kind that was promised."""


def items(content: bytes, configuration: Configuration) -> list[JSON]:
    """The items of one file, as many of them as `MaxItems` wants; a compressed file is unpacked.

    Raises:
        UnreadableItems
    """
    kind = configuration.get("InputType", "JSON")
    reader = _READERS.get(str(kind))
    if reader is None:
        raise UnreadableItems(f"ReaderConfig.InputType: got '{kind}', wanted one of {', '.join(_READERS)}")
    try:
        unpacked = gzip.decompress(content) if content.startswith(_GZIP) else content
        return list(islice(reader(unpacked, configuration), max_items(configuration)))
    except (ValueError, EOFError, csv.Error, gzip.BadGzipFile) as error:
        raise UnreadableItems(f"The file is no valid {kind}: {error}") from error


def max_items(configuration: Configuration) -> int | None:
    """None is all of them, as 0 is."""
    limit = configuration.get("MaxItems")
    return int(limit) or None if isinstance(limit, int | float | str) else None


def _json_items(content: bytes, configuration: Configuration) -> Iterator[JSON]:
    document: JSON = json.loads(content.decode("utf-8-sig"))
    pointer = configuration.get("ItemsPointer")
    found = _pointed(document, str(pointer)) if pointer else document
    match found:
        case list():
            yield from found
        case dict():
            yield from ({"Key": key, "Value": value} for key, value in found.items())
        case _:
            raise UnreadableItems("Attempting to map over non-iterable node.")


def _pointed(document: JSON, pointer: str) -> JSON:
    """RFC 6901."""
    value = document
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        match value:
            case dict() if name in value:
                value = value[name]
            case list() if name.isdigit() and int(name) < len(value):
                value = value[int(name)]
            case _:
                raise UnreadableItems(f"ReaderConfig.ItemsPointer: '{pointer}' leads nowhere in the file")
    return value


def _json_lines(content: bytes, _configuration: Configuration) -> Iterator[JSON]:
    return (json.loads(line) for line in content.decode("utf-8-sig").splitlines() if line.strip())


def _csv_items(content: bytes, configuration: Configuration) -> Iterator[JSON]:
    """Values without a header are left out, headers without a value have an empty one."""
    delimiter = _DELIMITERS.get(str(configuration.get("CSVDelimiter", "COMMA")), ",")
    text = io.StringIO(content.decode("utf-8-sig"), newline="")
    rows = (row for row in csv.reader(text, delimiter=delimiter) if row)
    given = configuration.get("CSVHeaders")
    if configuration.get("CSVHeaderLocation", "FIRST_ROW") == "FIRST_ROW":
        headers = next(rows, [])
    elif isinstance(given, list):
        headers = [str(header) for header in given]
    else:
        raise UnreadableItems("ReaderConfig.CSVHeaders: wanted a list, because CSVHeaderLocation is GIVEN")
    for row in rows:
        padded = [*row, *[""] * (len(headers) - len(row))]
        yield dict(zip(headers, padded, strict=False))


def _parquet_items(content: bytes, _configuration: Configuration) -> Iterator[JSON]:
    try:
        parquet = import_module("pyarrow.parquet")
    except ImportError as error:
        raise UnreadableItems("Reading Parquet needs the package pyarrow, which is not installed") from error
    for batch in parquet.ParquetFile(io.BytesIO(content)).iter_batches():
        yield from (_plain(row) for row in batch.to_pylist())


def _plain(value: object) -> JSON:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case dict():
            return {str(key): _plain(item) for key, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case _:
            return _text(value)


def _text(value: object) -> str | float:
    match value:
        case bytes():
            return base64.b64encode(value).decode("ascii")
        case datetime() | date() | time():
            return value.isoformat()
        case Decimal():
            return float(value)
        case _:
            return str(value)


_READERS: Final[Mapping[str, Callable[[bytes, Configuration], Iterable[JSON]]]] = {
    "JSON": _json_items,
    "JSONL": _json_lines,
    "CSV": _csv_items,
    "PARQUET": _parquet_items,
}
