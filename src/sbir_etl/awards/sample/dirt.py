"""The dirt of the published file: what thirty years of forms, scripts and encodings did to clean text."""

from typing import Final

from sbir_etl.awards.sample.draws import Draws

# (share of texts, what is replaced, by what): spreadsheet and word-processor characters, entities, doubly encoded
# text, control characters of Windows-1252, the line separator that naive readers take for the end of a row.
_AGEING: Final = (
    (0.16, "'", "\u2019"),
    (0.09, "-", "\u2013"),
    (0.10, ", ", ",\u00a0"),
    (0.035, "'", "â€™"),
    (0.02, " and ", "Â\u00a0and "),
    (0.02, "& ", "&amp; "),
    (0.02, '"', "&quot;"),
    (0.008, "'", "&#039;"),
    (0.004, "'", "&rsquo;"),
    (0.01, "; ", ";\u202f"),
    (0.006, ": ", ":\u2028"),
    (0.004, "'", "\x92"),
    (0.003, "(1)", "\uf0b7"),
    (0.004, "micro", "micro\u00ad"),
    (0.003, "for ", "for\u200b "),
    (0.002, "'", "\ufffd"),
    (0.006, "prototype", "prototype™"),
)


def aged(draws: Draws, text: str) -> str:
    """`text` with the marks of its way through other people's programs."""
    share = draws.share()
    for portion, clean, dirty in _AGEING:
        if share < portion:
            return text.replace(clean, dirty)
        share -= portion
    return text


def company_text(draws: Draws, label: str) -> str:
    share = draws.share()
    if share < 0.11:
        return f"{label} "
    if share < 0.113:
        slip = draws.between(1, len(label) - 1)
        return label[:slip] + label[slip + 1 :]
    return label.replace("&", "&amp;") if share < 0.5 else label


def title_text(draws: Draws, title: str, year: int) -> str:
    """Mostly `title`; now and then upper case, entities, a placeholder, or something a spreadsheet would run."""
    share = draws.share()
    if share < 0.0003:
        return f"=({title})"
    if share < (0.012 if year < 2003 else 0.0005):
        return draws.pick(("", "N/A", "-", " "))
    if share < 0.09:
        return title.upper()
    if share < 0.11:
        return title.replace(" and ", " &amp; ").replace("'", "&#039;")
    return title


def amount_text(draws: Draws, dollars: int) -> str:
    share = draws.share()
    if share < 0.0008:
        return "" if share < 0.0003 else "0"
    if share < 0.1:
        return f"{dollars - 1}.{draws.between(1, 99):02}"
    if share < 0.12:
        return f"{dollars}.5"
    if share < 0.123:
        return f"{dollars:,}.00"
    return str(dollars)


def duns_text(draws: Draws, duns: str) -> str:
    share = draws.share()
    if share < 0.0015:
        return duns.lstrip("0")
    if share < 0.0018:
        return "0"
    if share < 0.0024:
        return f"{duns[:2]}-{duns[2:5]}-{duns[5:]}"
    return duns


def zip_text(draws: Draws, code: str) -> str:
    share = draws.share()
    if share < 0.008:
        return "-"
    if share < 0.0095:
        return f"{code[:5]}-"
    if share < 0.0105:
        return code.replace("-", "")
    return code


def state_text(draws: Draws, state: str) -> str:
    return draws.pick(("", "XX", state.lower())) if draws.chance(0.0008) else state


def phone_text(draws: Draws, phone: str, year: int) -> str:
    share = draws.share()
    if share < (0.78 if year < 2003 else 0.012):
        return "() -"
    if share < 0.785 and year < 2003:
        return ""
    if share > 0.999:
        return phone[:-2]
    if share > 0.994:
        return phone.replace("(", "").replace(") ", "-")
    return phone


def email_text(draws: Draws, email: str, year: int) -> str:
    if year < 2000 and draws.chance(0.8):
        return ""
    return email.replace("@", " at ") if draws.chance(0.0006) else email


def employees_text(draws: Draws, employees: int) -> str:
    share = draws.share()
    if share < 0.06:
        return ""
    return draws.pick(("0", f"{employees}.0", f"approx {employees}")) if share < 0.064 else str(employees)
