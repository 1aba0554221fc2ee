"""Numbers as people read them: 219,500 awards, $82.2 B, 99.98 %."""

from decimal import Decimal

_DASH = "–"
_UNITS = ((Decimal(10**9), "B"), (Decimal(10**6), "M"), (Decimal(10**3), "k"))
_BYTE_UNITS = ((10**9, "GB"), (10**6, "MB"), (10**3, "kB"))


def count(value: float | None) -> str:
    """
    >>> count(219500)
    '219,500'
    """
    return _DASH if value is None else f"{value:,.0f}"


def dollars(value: str | Decimal | int) -> str:
    """Three significant figures and a unit; whole dollars under a thousand.

    >>> dollars("82159000000.00")
    '$82.2 B'
    >>> dollars("-1500")
    '-$1.50 k'
    """
    amount = Decimal(value)
    sign = "-" if amount < 0 else ""
    for unit, name in _UNITS:
        scaled = abs(amount) / unit
        # 999.6 M would round to $1,000 M
        if scaled >= Decimal("0.9995"):
            return f"{sign}${_three_figures(scaled)} {name}"
    return f"{sign}${abs(amount):,.0f}"


def round_dollars(value: str | Decimal | float) -> str:
    """For the marks of an axis, which are round anyway.

    >>> round_dollars(4e9), round_dollars(2500)
    ('$4 B', '$2.5 k')
    """
    figure, *unit = dollars(round(Decimal(value))).split(" ")
    return " ".join([figure.rstrip("0").rstrip(".") if "." in figure else figure, *unit])


def exact_dollars(value: str | Decimal | int) -> str:
    """
    >>> exact_dollars("1234567.5")
    '$1,234,567.50'
    """
    return f"${Decimal(value):,.2f}"


def size(value: int) -> str:
    """
    >>> size(394394570)
    '394 MB'
    """
    for unit, name in _BYTE_UNITS:
        if value >= unit:
            return f"{_three_figures(Decimal(value) / unit)} {name}"
    return f"{value} B"


def percent(share: float | None) -> str:
    """A share between 0 and 1; never rounded to 100 % or 0 % when it is not.

    >>> percent(0.99998), percent(1.0), percent(0.6558), percent(0.00002)
    ('> 99.9 %', '100 %', '65.6 %', '< 0.1 %')
    """
    if share is None:
        return _DASH
    if share in (0, 1):
        return f"{share:.0%}".replace("%", " %")
    hundredths = share * 100
    if round(hundredths, 1) >= 100:
        return "> 99.9 %"
    if round(hundredths, 1) <= 0:
        return "< 0.1 %"
    return f"{hundredths:.1f} %"


def share_of(part: float, whole: float) -> float:
    """`part / whole`, 0 when there is nothing to take a share of."""
    return part / whole if whole else 0.0


def plural(number: int, noun: str, nouns: str | None = None) -> str:
    """
    >>> plural(1, "award"), plural(2, "company", "companies")
    ('1 award', '2 companies')
    """
    return f"{count(number)} {noun if number == 1 else nouns or noun + 's'}"


def _three_figures(scaled: Decimal) -> str:
    places = 2 if scaled < Decimal("9.995") else 1 if scaled < Decimal("99.95") else 0
    return f"{scaled:,.{places}f}"
