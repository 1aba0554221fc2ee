"""How every page looks: environments that escape everything, one stylesheet, one way to write numbers."""

from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from sbir_etl.report import numbers
from sbir_etl.report.text import Markdown, apart, code, escape_markdown, header, plain, safe_href


@cache
def environment(package: str = "sbir_etl.report") -> Environment:
    """For HTML: templates of `package` first, then the shared ones (`layout.html`, `theme.css`)."""
    loader = ChoiceLoader([PackageLoader(package), PackageLoader("sbir_etl.report")])
    return _with_filters(Environment(autoescape=True, loader=loader, **_options()))


@cache
def markdown_environment() -> Environment:
    """For Markdown: what a template prints is escaped unless it is `Markdown` already."""
    loader = PackageLoader("sbir_etl.report")
    made = Environment(autoescape=False, loader=loader, finalize=_escaped, **_options())  # noqa: S701 - finalize escapes
    made.filters |= {"code": code, "markdown": Markdown}
    return _with_filters(made)


def _options() -> dict[str, Any]:
    return {"undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True, "keep_trailing_newline": True}


def _with_filters(made: Environment) -> Environment:
    made.filters |= {
        "count": numbers.count,
        "dollars": numbers.dollars,
        "exact_dollars": numbers.exact_dollars,
        "header": header,
        "percent": numbers.percent,
        "safe_href": safe_href,
        "shown": plain,
        "size": numbers.size,
    }
    made.globals |= {"apart": apart, "plural": numbers.plural, "share_of": numbers.share_of}
    return made


def _escaped(value: object) -> str:
    return value if isinstance(value, Markdown) else escape_markdown(value)
