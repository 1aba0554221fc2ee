"""What the profile says of columns and groups, and when it speaks of drift."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from sbir_etl.awards.profile import ColumnProfile, Drift, DriftLimits, Group, Profile, profile
from sbir_etl.awards.reading import read_csv
from sbir_etl.awards.schema import NAMES

Rows = Iterable[Mapping[str, str]]
WriteCsv = Callable[[Rows], Path]

ROWS = (
    {"company": "Acme", "award_amount": "100.50", "zip": "-", "award_year": "2019"},
    {"company": "Acme", "award_amount": "1,000", "zip": "", "award_year": "2018", "state": "N/A"},
    {"company": "Byte Works", "award_amount": "none", "award_year": "2019", "abstract": "x" * 500, "state": "MA "},
)


def profile_of(csv_path: Path, before: Profile | None = None) -> Profile:
    folder = csv_path.parent
    raw = folder / "raw.parquet"
    read_csv(csv_path, raw, folder / "unreadable.parquet", scratch=folder)
    return profile(raw, before=before, limits=DriftLimits(), scratch=folder)


def column(made: Profile, name: str) -> ColumnProfile:
    return made.columns[NAMES.index(name)]


def test_a_text_column_is_described(write_csv: WriteCsv) -> None:
    made = profile_of(write_csv(ROWS))

    assert made.rows == 3
    assert column(made, "company") == ColumnProfile(
        name="company",
        header="Company",
        nulls=0,
        placeholders=0,
        distinct=2,
        min_length=4,
        max_length=10,
        mean_length=6.0,
        top=(("Acme", 2), ("Byte Works", 1)),
        minimum="Acme",
        maximum="Byte Works",
    )


def test_blanks_and_placeholders_are_told_apart(write_csv: WriteCsv) -> None:
    found = column(profile_of(write_csv(ROWS)), "zip")

    assert (found.nulls, found.placeholders, found.distinct) == (1, 1, 1)
    assert found.top == (("-", 1), ("02101", 1))


def test_amounts_and_dates_range_by_value(write_csv: WriteCsv) -> None:
    made = profile_of(write_csv([*ROWS, {"proposal_award_date": "1/2/1999"}]))

    amounts, dates = column(made, "award_amount"), column(made, "proposal_award_date")
    assert (amounts.minimum, amounts.maximum) == ("100.50", "124999.50")
    assert (dates.minimum, dates.maximum) == ("1999-01-02", "2018-10-15")


def test_an_empty_column_has_no_range(write_csv: WriteCsv) -> None:
    found = column(profile_of(write_csv(ROWS)), "uei")

    assert (found.nulls, found.top, found.minimum, found.mean_length) == (3, (), None, None)


def test_long_texts_count_whole_and_show_their_beginning(write_csv: WriteCsv) -> None:
    found = column(profile_of(write_csv(ROWS)), "abstract")

    assert found.max_length == 500
    assert found.top[1] == ("x" * 100, 1)


def test_abstracts_are_one_when_they_begin_alike(write_csv: WriteCsv) -> None:
    texts = ["x" * 300, "x" * 300 + " and on", "x" * 299 + "y", "x" * 100]
    found = column(profile_of(write_csv([{"abstract": text} for text in texts])), "abstract")

    assert found.distinct == 3
    assert found.top == (("x" * 100, 2), ("x" * 100, 1), ("x" * 100, 1))


def test_groups_count_awards_and_exact_dollars(write_csv: WriteCsv) -> None:
    made = profile_of(write_csv(ROWS))

    assert made.by_year == (
        Group(label="2018", awards=1, dollars="1000.00"),
        Group(label="2019", awards=2, dollars="100.50"),
    )
    assert [(group.label, group.awards) for group in made.by_state] == [("MA", 2), ("(none)", 1)]
    assert [group.label for group in made.by_agency] == ["Department of Defense"]
    assert [group.label for group in made.by_phase] == ["Phase I"]


def test_no_rows_make_an_empty_profile(write_csv: WriteCsv) -> None:
    made = profile_of(write_csv([]))

    assert (made.rows, made.by_year, column(made, "company").distinct) == (0, (), 0)


def test_nothing_drifts_between_equal_files(write_csv: WriteCsv) -> None:
    made = profile_of(write_csv(ROWS))

    assert profile_of(write_csv(ROWS), before=made).drift == ()


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ({"zip": ""}, Drift(column="zip", measure="share of nulls", before="0.00%", now="50.00%")),
        ({"zip": "-"}, Drift(column="zip", measure="share of placeholders", before="0.00%", now="50.00%")),
        ({"city": "Salem"}, Drift(column="city", measure="distinct values", before="1", now="2")),
        ({"abstract": "x" * 100}, Drift(column="abstract", measure="mean length", before="43.0", now="71.5")),
        (
            {"agency": "Department of Energy"},
            Drift(column="agency", measure="awards of Department of Energy", before="0", now="100"),
        ),
    ],
)
def test_what_moves_beyond_the_limits_is_reported(write_csv: WriteCsv, now: dict[str, str], expected: Drift) -> None:
    before = profile_of(write_csv([{}] * 200))

    assert expected in profile_of(write_csv([{}] * 100 + [now] * 100), before=before).drift


def test_a_column_the_former_profile_lacks_does_not_drift(write_csv: WriteCsv) -> None:
    before = replace(profile_of(write_csv([{}])), columns=())

    assert profile_of(write_csv(ROWS), before=before).drift == ()


def test_of_persons_only_counts_are_shown(write_csv: WriteCsv) -> None:
    made = profile_of(write_csv([{"pi_name": "Ann Poe", "contact_email": "ann@acme.test", "pi_phone": "() -"}]))

    for name in ("pi_name", "contact_email", "pi_phone"):
        found = column(made, name)
        assert (found.top, found.minimum, found.maximum) == ((), None, None)
    assert column(made, "pi_name").distinct == column(made, "pi_phone").placeholders == 1
