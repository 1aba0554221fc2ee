"""Pairs of an award company and a catalogue firm that may be one: by UEI, by DUNS, by name, by a name much like it.

Each method looks at the companies for which no better one found an accepted pair. Names never pair two firms that both
have a UEI, for then it is not the same one; nor do they, where both have DUNS numbers and share none, without a person
looking at it.
"""

from typing import Final

import duckdb

from sbir_etl.companies.likeness import MatchSettings, find_alike
from sbir_etl.companies.resolution import add_functions

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

_BY_DUNS: Final = """
INSERT INTO pairs
WITH open AS (
    SELECT *, unnest(all_duns) AS one_duns FROM company WHERE id NOT IN (SELECT company_id FROM pairs)
), listed AS (
    SELECT *, unnest(all_duns) AS one_duns FROM firm
), shared AS (
    SELECT DISTINCT open.id, listed.id AS catalogue_id,
        open.uei <> listed.uei AS other_uei,
        list_has_any(open.all_names, listed.all_names)
            OR similarity(open.normalized_name, listed.normalized_name) >= 0.5
            -- a company known by its name in spite of its DUNS was parted from the DUNS's other sightings
            OR open.id NOT LIKE 'NAME:%' AND (
                list_has_any(open.all_states, listed.all_states) OR open.all_states = [] OR listed.all_states = []
            ) AS agrees
    FROM open JOIN listed USING (one_duns)
)
SELECT id, catalogue_id, 'duns',
    CASE WHEN agrees AND other_uei IS NOT TRUE THEN 'accepted' ELSE 'candidate' END,
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
    SELECT *, spelled_out(unnest(all_names)) AS words FROM company
    WHERE id NOT IN (SELECT company_id FROM pairs WHERE status = 'accepted')
), listed AS (
    SELECT *, spelled_out(unnest(all_names)) AS words FROM firm
), likely AS (
    SELECT open.id, listed.id AS catalogue_id, max(score) AS score,
        list_has_any(any_value(open.all_places), any_value(listed.all_places))
            OR any_value(open.all_places) = [] OR any_value(listed.all_places) = [] AS same_place
    FROM alike JOIN open ON open.words = open_words JOIN listed ON listed.words = listed_words
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
    add_functions(connection)
    for statement in (_PAIRS, _BY_UEI, _BY_DUNS, _BY_NAME):
        connection.execute(statement)
    find_alike(connection, settings)
    connection.execute(_BY_LIKENESS.format(accepted=settings.accepted))
