"""How every page looks: one Jinja environment that escapes everything, one stylesheet, one way to write numbers."""

from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from sbir_etl.report import numbers
from sbir_etl.report.text import plain, safe_href


@cache
def environment(package: str = "sbir_etl.report") -> Environment:
    """Templates of `package` first, then the shared ones (`theme.css`, `layout.html`)."""
    made = Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("sbir_etl.report")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {
        "count": numbers.count,
        "dollars": numbers.dollars,
        "exact_dollars": numbers.exact_dollars,
        "percent": numbers.percent,
        "safe_href": safe_href,
        "shown": plain,
        "size": numbers.size,
    }
    made.globals |= {"plural": numbers.plural, "share_of": numbers.share_of}
    return made
