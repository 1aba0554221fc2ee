"""The plots: which groups they show, and that nothing of a stand-alone SVG is left in them."""

from sbir_etl.awards.profile import Group
from sbir_etl.report import charts


def group(label: str, awards: int = 1, dollars: str = "1.00") -> Group:
    return Group(label=label, awards=awards, dollars=dollars)


def test_years_come_in_order_and_without_gaps() -> None:
    years = charts.yearly([group("1987"), group("1984"), group("unknown"), group("0203"), group("19a4"), group("")])

    assert [year.label for year in years] == ["1984", "1985", "1986", "1987"]
    assert [year.awards for year in years] == [1, 0, 0, 1]


def test_the_rest_is_added_up_exactly() -> None:
    ranked = charts.ranked([group("CA", 5, "0.30"), group("MA", 3, "0.20"), group("VA", 2, "0.10")], 1)

    assert ranked == (group("CA", 5, "0.30"), group("2 others", 5, "0.30"))


def test_one_more_than_the_limit_is_shown_rather_than_called_others() -> None:
    assert [one.label for one in charts.ranked([group("A"), group("B")], 1)] == ["A", "B"]


def test_agencies_have_their_usual_short_names() -> None:
    assert charts.short_name("Department of Health and Human Services") == "HHS"
    assert charts.short_name("Department of Very Long Names") == "Department of V…"
    assert charts.short_name("") == "unknown"


def test_a_plot_holds_its_values_and_no_script_style_comment_or_identity() -> None:
    plot = charts.bars_by_group(
        [group("Department of Defense", 103_166), group("<b>&\x07", 4)], charts.awards_of, "Awards"
    )

    assert "<title>DoD: 103,166</title>" in plot
    assert "&lt;b&gt;&amp;" in plot
    for unwanted in ("<script", "<style", "<!--", "<desc", " id=", "tooltip-overlay", "http://pygal"):
        assert unwanted not in plot


def test_a_plot_is_the_same_every_time() -> None:
    years = [group(str(year), year) for year in range(1990, 2000)]

    assert charts.columns_by_year(years, charts.dollars_of, "Dollars") == charts.columns_by_year(
        years, charts.dollars_of, "Dollars"
    )


def test_a_plot_by_year_marks_decades_and_round_figures() -> None:
    years = [group(str(year), 10, "5000000000") for year in range(1985, 2006)]

    plot = charts.columns_by_year(years, charts.dollars_of, "Dollars")

    for mark in (">1990</text>", ">2000</text>", ">$4 B</text>"):
        assert mark in plot
    assert ">1986</text>" not in plot
    assert "<title>1986: $5.00 B</title>" in plot


def test_phases_are_shown_as_shares() -> None:
    plot = charts.shares_by_phase([group("Phase I", 69, "24"), group("Phase II", 31, "76")], "Phases")

    for share in ("69.0 %", "31.0 %", "24.0 %", "76.0 %"):
        assert share in plot


def test_nothing_to_plot_is_said_in_words() -> None:
    assert "No awards" in charts.bars_by_group([], charts.awards_of, "Awards")
    assert "No dollars" in charts.columns_by_year([], charts.dollars_of, "Dollars")
    assert "No phases" in charts.shares_by_phase([], "Phases")
