"""What identifies a node that has no identifier in the awards, as SQL expressions over their columns.

Agency: its name, and its branch where it has one (`Department of Defense / Navy`). Topic: agency and code, because a
code is an agency's own. Research institution: its normalised name. Investigator: see `PERSON`.
"""


def _words(column: str) -> str:
    """Upper case without accents, punctuation and double blanks; NULL when nothing is left."""
    return f"nullif(trim(regexp_replace(upper(strip_accents({column})), '[^\\p{{L}}\\p{{N}}]+', ' ', 'g')), '')"


AGENCY = "CASE WHEN agency IS NOT NULL THEN concat_ws(' / ', agency, branch) END"

TOPIC = "agency || ' / ' || topic_code"

INSTITUTION = f"regexp_replace({_words('ri_name')}, '^THE ', '')"

# A person's name without title and degree. It is one person within a company, and across companies only where the
# same name comes with the same e-mail address. The address alone is no identity: firms give one of theirs for dozens
# of investigators (in three years of DoD awards, 575 of 3,812 addresses stand beside more than one name).
PERSON = (
    f"nullif(regexp_replace(regexp_replace({_words('pi_name')}, '^((DR|MR|MRS|MS|PROF) )+', ''),"
    " '( (PHD|PH D|MD|M D|SCD|SC D))+$', ''), '')"
)

EMAIL = "nullif(lower(trim(pi_email)), '')"

TITLE = _words("award_title")
