"""Files of items."""

import gzip
import importlib.util
import json
from collections.abc import Mapping

import pytest

from asl_engine.integrations.item_files import UnreadableItems, items
from asl_engine.language.values import JSON


@pytest.mark.parametrize(
    ("content", "configuration", "wanted"),
    [
        (b'[{"a": 1}, 2, null]', {}, [{"a": 1}, 2, None]),
        (b"\xef\xbb\xbf[1]", {"InputType": "JSON"}, [1]),
        (b'{"a": 1, "b": [2]}', {}, [{"Key": "a", "Value": 1}, {"Key": "b", "Value": [2]}]),
        (b'{"x/y": [{"i": [1, 2]}]}', {"ItemsPointer": "/x~1y/0/i"}, [1, 2]),
        (b"[1, 2, 3]", {"MaxItems": 2}, [1, 2]),
        (b"[1, 2, 3]", {"MaxItems": 0}, [1, 2, 3]),
        (b'{"a": 1}\n\n{"a": 2}\r\n', {"InputType": "JSONL"}, [{"a": 1}, {"a": 2}]),
        (b"a,b\n1,2\n", {"InputType": "CSV"}, [{"a": "1", "b": "2"}]),
        (b'a|b\n"1|x"|2\n', {"InputType": "CSV", "CSVDelimiter": "PIPE"}, [{"a": "1|x", "b": "2"}]),
        (
            b"1,2\n",
            {"InputType": "CSV", "CSVHeaderLocation": "GIVEN", "CSVHeaders": ["a", "b"]},
            [{"a": "1", "b": "2"}],
        ),
        (b"", {"InputType": "CSV"}, []),
    ],
)
def test_items_are_read_from_each_kind_of_file(
    content: bytes, configuration: Mapping[str, JSON], wanted: list[JSON]
) -> None:
    assert items(content, configuration) == wanted
    assert items(gzip.compress(content), configuration) == wanted


def test_rows_of_a_csv_are_as_long_as_their_header() -> None:
    content = b"a,b\n1\n1,2,3\n   \n,,\n\n"
    assert items(content, {"InputType": "CSV"}) == [
        {"a": "1", "b": ""},
        {"a": "1", "b": "2"},
        {"a": "   ", "b": ""},
        {"a": "", "b": ""},
    ]


@pytest.mark.parametrize(
    ("content", "configuration", "problem"),
    [
        (b"[1", {}, "The file is no valid JSON: "),
        (b'{"a"}', {"InputType": "JSONL"}, "The file is no valid JSONL: "),
        (b"\xff\xff", {"InputType": "CSV"}, "The file is no valid CSV: "),
        (b"\x1f\x8b broken", {}, "The file is no valid JSON: "),
        (b"1", {}, "Attempting to map over non-iterable node."),
        (b"{}", {"ItemsPointer": "/a"}, "ReaderConfig.ItemsPointer: '/a' leads nowhere in the file"),
        (b"[]", {"ItemsPointer": "/0"}, "ReaderConfig.ItemsPointer: '/0' leads nowhere in the file"),
        (b"", {"InputType": "XML"}, "ReaderConfig.InputType: got 'XML', wanted one of JSON, JSONL, CSV, PARQUET"),
        (b"", {"InputType": "CSV", "CSVHeaderLocation": "GIVEN"}, "ReaderConfig.CSVHeaders: wanted a list"),
    ],
)
def test_a_file_of_another_kind_says_what_is_wrong(
    content: bytes, configuration: Mapping[str, JSON], problem: str
) -> None:
    with pytest.raises(UnreadableItems) as caught:
        items(content, configuration)
    assert str(caught.value).startswith(problem)


@pytest.mark.skipif(importlib.util.find_spec("pyarrow") is not None, reason="pyarrow is installed")
def test_parquet_without_its_package_says_what_is_missing() -> None:
    with pytest.raises(UnreadableItems, match="needs the package pyarrow"):
        items(b"PAR1", {"InputType": "PARQUET"})


def test_parquet_is_read() -> None:
    pytest.importorskip("pyarrow", reason="reading Parquet needs pyarrow: pip install pyarrow")
    import datetime as dt
    from decimal import Decimal
    from io import BytesIO

    pyarrow = importlib.import_module("pyarrow")
    rows = [{"a": 1, "when": dt.date(2026, 1, 2), "raw": b"\xff", "sum": Decimal("1.5"), "many": [{"x": None}]}]
    written = BytesIO()
    importlib.import_module("pyarrow.parquet").write_table(pyarrow.Table.from_pylist(rows), written)
    read = items(written.getvalue(), {"InputType": "PARQUET"})
    assert json.loads(json.dumps(read)) == [
        {"a": 1, "when": "2026-01-02", "raw": "/w==", "sum": 1.5, "many": [{"x": None}]}
    ]
