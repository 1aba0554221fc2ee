"""Pairs of an award company and a catalogue firm that may be one: by UEI, by DUNS, by name, by a name much like it.

Each method looks at the companies for which no better one found an accepted pair. Names never pair two firms that both
have a UEI, for then it is not the same one; nor do they, where both have DUNS numbers and share none, without a person
looking at it.
"""

from typing import Final

import duckdb

from sbir_etl.companies.likeness import find_alike
from sbir_etl.companies.match_settings import MatchSettings
from sbir_etl.companies.resolution import add_related

METHODS: Final = ("uei", "duns", "name", "fuzzy")


_PAIRS: Final = """
CREATE TABLE pairs (
    company_id VARCHAR, catalogue_id VARCHAR, method VARCHAR, status VARCHAR, score DOUBLE, reason VARCHAR
);
"""

_BY_UEI: Final = """
INSERT INTO pairs
SELECT company.id, firm.id, 'uei', 'accepted', 1, 'same UEI' FROM company JOIN firm USING (uei);
"""

# A company known by its name in spite of its DUNS was parted from the DUNS's other sightings.
_SAME_DUNS: Final = """
CREATE TABLE same_duns AS
WITH open AS (
    SELECT *, unnest(all_duns) AS one_duns FROM company WHERE id NOT IN (SELECT company_id FROM pairs)
), listed AS (
    SELECT *, unnest(all_duns) AS one_duns FROM firm
)
SELECT DISTINCT open.id, listed.id AS catalogue_id, open.normalized_name AS name, listed.normalized_name AS listed_name,
    coalesce(open.uei <> listed.uei, false) AS other_uei,
    list_has_any(open.all_names, listed.all_names)
        OR open.id NOT LIKE 'NAME:%' AND (
            list_has_any(open.all_states, listed.all_states) OR open.all_states = [] OR listed.all_states = []
        ) AS agrees
FROM open JOIN listed USING (one_duns);
"""
_UNDER_OTHER_NAMES: Final = "SELECT DISTINCT name, listed_name FROM same_duns WHERE NOT agrees AND NOT other_uei"

_BY_DUNS: Final = """
INSERT INTO pairs
WITH shared AS (
    SELECT * REPLACE (agrees OR (name, listed_name) IN (FROM related) AS agrees) FROM same_duns
)
SELECT id, catalogue_id, 'duns',
    CASE WHEN agrees AND NOT other_uei THEN 'accepted' ELSE 'candidate' END,
    CASE WHEN other_uei THEN 0.8 WHEN agrees THEN 1 ELSE 0.9 END,
    CASE
        WHEN other_uei THEN 'same DUNS, but another UEI'
        WHEN agrees THEN 'same DUNS'
        ELSE 'same DUNS, but another name and place'
    END
FROM shared;
"""

_BY_NAME: Final = """
INSERT INTO pairs
WITH open AS (
    SELECT *, unnest(all_names) AS one_name FROM company
    WHERE id NOT IN (SELECT company_id FROM pairs WHERE status = 'accepted')
), listed AS (
    SELECT *, unnest(all_names) AS one_name FROM firm
), shared AS (
    SELECT open.id, listed.id AS catalogue_id, max(one_name) AS one_name,
        list_has_any(any_value(open.all_states), any_value(listed.all_states)) AS same_state,
        NOT list_has_any(any_value(open.all_duns), any_value(listed.all_duns))
            AND any_value(open.all_duns) <> [] AND any_value(listed.all_duns) <> [] AS other_duns
    FROM open JOIN listed USING (one_name)
    WHERE open.uei <> listed.uei IS NOT TRUE
    GROUP BY open.id, listed.id
), weighed AS (
    SELECT *,
        count(*) OVER (PARTITION BY id) AS firms,
        count(*) OVER (PARTITION BY catalogue_id) AS companies,
        count(*) FILTER (same_state AND NOT other_duns) OVER (PARTITION BY id) AS firms_in_state,
        count(*) FILTER (same_state AND NOT other_duns) OVER (PARTITION BY catalogue_id) AS companies_in_state
    FROM shared
)
SELECT id, catalogue_id, 'name',
    CASE
        WHEN other_duns THEN 'candidate'
        WHEN same_state AND firms_in_state = 1 AND companies_in_state = 1 THEN 'accepted'
        WHEN firms = 1 AND companies = 1 AND contains(one_name, ' ') THEN 'accepted'
        ELSE 'candidate'
    END,
    CASE WHEN other_duns THEN 0.8 WHEN same_state THEN 1 ELSE 0.9 END,
    CASE
        WHEN other_duns THEN 'same name, but another DUNS'
        WHEN same_state AND firms_in_state = 1 AND companies_in_state = 1 THEN 'same name and state'
        WHEN same_state THEN 'same name and state as several'
        WHEN firms > 1 OR companies > 1 THEN 'same name as several, in another state'
        WHEN contains(one_name, ' ') THEN 'same name, and nobody else has it'
        ELSE 'same one-word name, but another state'
    END
FROM weighed;
"""

_BY_LIKENESS: Final = """
INSERT INTO pairs
WITH open AS (
    SELECT *, unnest(all_names) AS one_name FROM company
    WHERE id NOT IN (SELECT company_id FROM pairs WHERE status = 'accepted')
), listed AS (
    SELECT *, unnest(all_names) AS one_name FROM firm
), likely AS (
    SELECT open.id, listed.id AS catalogue_id, max(score) AS score,
        list_has_any(any_value(open.all_places), any_value(listed.all_places))
            OR any_value(open.all_places) = [] OR any_value(listed.all_places) = [] AS same_place
    FROM alike JOIN open ON open.one_name = open_name JOIN listed ON listed.one_name = listed_name
    WHERE list_contains(open.all_states, alike.state) AND list_contains(listed.all_states, alike.state)
        AND open.uei <> listed.uei IS NOT TRUE
        AND (list_has_any(open.all_duns, listed.all_duns) OR open.all_duns = [] OR listed.all_duns = [])
    GROUP BY open.id, listed.id
), weighed AS (
    SELECT *,
        count(*) OVER (PARTITION BY id) AS firms,
        count(*) OVER (PARTITION BY catalogue_id) AS companies,
        -- words in another order may be said in another city; a word misspelt may be another firm's word
        score = 1 OR score >= {accepted} AND same_place AS convinces
    FROM likely
)
SELECT id, catalogue_id, 'fuzzy',
    CASE WHEN convinces AND firms = 1 AND companies = 1 THEN 'accepted' ELSE 'candidate' END,
    score,
    CASE
        WHEN firms > 1 OR companies > 1 THEN 'same state, several names much like it'
        WHEN convinces THEN 'same state, nearly the same name'
        WHEN score >= {accepted} THEN 'same state, nearly the same name, but another city'
        ELSE 'same state, a name much like it'
    END
FROM weighed;
"""


def find_pairs(connection: duckdb.DuckDBPyConnection, settings: MatchSettings) -> None:
    """Fill `pairs` from the tables `company` and `firm` (both as `firms` of a resolution, with `id` for firm_id)."""
    connection.execute(_PAIRS)
    connection.execute(_BY_UEI)
    connection.execute(_SAME_DUNS)
    add_related(connection, _UNDER_OTHER_NAMES)
    connection.execute(_BY_DUNS)
    connection.execute(_BY_NAME)
    find_alike(connection, settings)
    connection.execute(_BY_LIKENESS.format(accepted=settings.accepted))
