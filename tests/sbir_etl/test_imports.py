"""What is imported for good is left out of the garbage collector's work."""

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sbir_etl import imports

LASTING = "import gc\nkept = [object()]\ncollecting = gc.isenabled()\n"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "lasting_module.py").write_text(LASTING, encoding="utf-8")
    (tmp_path / "broken_module.py").write_text("1 / 0\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    yield "lasting_module"
    sys.modules.pop("lasting_module", None)
    gc.unfreeze()


def is_collected(thing: object) -> bool:
    return any(each is thing for each in gc.get_objects())


def test_an_import_is_not_interrupted_by_collections_and_its_objects_stay_out_of_them(module: str) -> None:
    imports.load(module)
    loaded = sys.modules[module]
    assert not loaded.collecting
    assert not is_collected(loaded.kept)
    assert gc.isenabled()


def test_nothing_more_is_kept_when_the_module_was_imported_before(module: str) -> None:
    imports.load(module)
    later = [object()]
    imports.load(module)
    assert is_collected(later)


def test_after_an_import_that_fails_there_are_collections_again(module: str) -> None:
    with pytest.raises(ZeroDivisionError):
        imports.load(module.replace("lasting", "broken"))
    assert gc.isenabled()
