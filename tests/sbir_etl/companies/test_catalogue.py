import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sbir_etl.awards.sample import exports
from sbir_etl.companies.catalogue import HEADER, Catalogue, read_catalogue

Rows = list[dict[str, Any]]
Read = Callable[[Path], tuple[Catalogue, Rows]]

UEI = "ABCDEFGH1234"


@pytest.fixture
def read(tmp_path: Path, rows_of: Callable[[Path], Rows]) -> Read:
    def run(folder: Path) -> tuple[Catalogue, Rows]:
        path = tmp_path / "catalogue.parquet"
        return read_catalogue(folder, catalogue=path, scratch=tmp_path), rows_of(path)

    return run


def firm(name: str, **cells: str) -> dict[str, str]:
    return {"Company Name": name} | {key.replace("_", " "): cell for key, cell in cells.items()}


def test_the_sample_writes_the_header_that_is_read_here() -> None:
    assert exports.HEADER == HEADER


def test_identifiers_and_zip_codes_stay_text(export_file: Callable[..., Path], read: Read) -> None:
    _, (row,) = read(export_file([firm("Aspen Optics", DUNs="012345678", ZIP="01801", State="MA")]))
    assert (row["catalogue_id"], row["duns"], row["zip"]) == ("DUNS:012345678", "012345678", "01801")


def test_copies_across_files_are_merged(export_file: Callable[..., Path], read: Read) -> None:
    export_file([firm("Aspen Optics, Inc.", UEI=UEI, State="CO")], "a-company_search_1.csv")
    folder = export_file(
        [firm("ASPEN OPTICS", DUNs="012345678", UEI=UEI), firm("Aspen Optics", State="CO"), firm("Birch Labs")],
        "b-company_search_2.csv",
    )
    catalogue, rows = read(folder)
    assert [row["catalogue_id"] for row in rows] == ["NAME:birch labs", f"UEI:{UEI}"]
    assert catalogue == Catalogue(
        files=("a-company_search_1.csv", "b-company_search_2.csv"), rows=4, firms=2, warnings=()
    )


def test_a_drifted_header_is_a_warning_and_the_known_columns_are_found(
    export_file: Callable[..., Path], read: Read
) -> None:
    folder = export_file(
        [firm("Aspen Optics", duns="012345678", Motto="Look")], header=["Motto", "duns", "company  name"]
    )
    (folder / "nasa-company_search_1.csv").write_text('Motto,duns,company  name\nLook,012345678,"Aspen Optics"\n')
    catalogue, rows = read(folder)
    assert [(row["name"], row["duns"], row["state"]) for row in rows] == [("Aspen Optics", "012345678", None)]
    missing, unknown = catalogue.warnings
    assert missing.startswith("nasa-company_search_1.csv: columns missing: UEI, Number Awards")
    assert unknown == "nasa-company_search_1.csv: columns unknown: Motto"


def test_a_file_without_names_is_left_out_with_a_warning(export_file: Callable[..., Path], read: Read) -> None:
    folder = export_file([{"UEI": UEI}], header=["UEI", "State"])
    catalogue, rows = read(folder)
    assert rows == []
    assert catalogue.warnings[-1] == "nasa-company_search_1.csv: no column Company Name, the file is left out"


def test_odd_rows_are_counted_and_left_out(export_file: Callable[..., Path], read: Read) -> None:
    folder = export_file([firm("Aspen Optics"), firm(" - ")])
    with (folder / "nasa-company_search_1.csv").open("a") as stream:
        stream.write("\ntoo,short\n")
    catalogue, rows = read(folder)
    assert len(rows) == 1
    assert catalogue.warnings == (
        "nasa-company_search_1.csv: 1 rows do not have the header's 14 fields and are left out",
        "nasa-company_search_1.csv: 1 rows name no company and are left out",
    )


def test_bytes_that_are_no_utf_8_and_a_byte_order_mark_do_no_harm(export_file: Callable[..., Path], read: Read) -> None:
    folder = export_file([])
    (folder / "nasa-company_search_1.csv").write_bytes(b"\xef\xbb\xbfCompany Name,UEI\nPi\xf1on Labs," + UEI.encode())
    catalogue, (row,) = read(folder)
    assert row["catalogue_id"] == f"UEI:{UEI}"
    assert catalogue.warnings[-1] == "nasa-company_search_1.csv: 1 rows have bytes that are not UTF-8"


def test_a_file_saved_as_utf_16_is_read(export_file: Callable[..., Path], read: Read) -> None:
    folder = export_file([firm("Piñon Labs")])
    path = folder / "nasa-company_search_1.csv"
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-16")
    catalogue, (row,) = read(folder)
    assert (row["name"], catalogue.warnings) == ("Piñon Labs", ())


def test_a_cell_that_is_too_large_costs_its_row_only(export_file: Callable[..., Path], read: Read) -> None:
    folder = export_file([firm("A" * 200_000), firm("Aspen Optics")])
    catalogue, (row,) = read(folder)
    assert row["name"] == "Aspen Optics"
    assert "1 rows do not have" in catalogue.warnings[0]


def test_what_is_called_like_an_export_but_is_no_file_is_left_out(export_file: Callable[..., Path], read: Read) -> None:
    folder = export_file([firm("Aspen Optics")])
    os.mkfifo(folder / "a-company_search_1.csv")
    (folder / "b-company_search_1.csv").mkdir()
    (folder / "c-company_search_1.csv").symlink_to("nowhere")
    catalogue, rows = read(folder)
    assert len(rows) == 1
    assert len(catalogue.warnings) == 3


@pytest.mark.parametrize("folder", ["empty", "missing"])
def test_no_exports_are_an_empty_catalogue(tmp_path: Path, folder: str, read: Read) -> None:
    (tmp_path / "empty").mkdir()
    assert read(tmp_path / folder) == (Catalogue(files=(), rows=0, firms=0, warnings=()), [])
