"""From sightings of firms to the firms themselves.

Identifiers are ranked, UEI over DUNS over name, and a lower one is only used where no higher one contradicts it. So no
chain of weak links can pull two firms together: two UEIs are two firms, whatever they share. The steps are SQL over the
distinct identifiers, and their cost grows with the number of sightings.
"""

from typing import Final

import duckdb

from sbir_etl.companies.names import normalized_name
from sbir_etl.companies.similarity import similarity, spelled_out

# What the database of a resolution or a match may hold before it spills: enough for the whole file, and a bound for one
# five times as large. One thread works on it: a second one costs a tenth more CPU for a quarter of a second.
MEMORY: Final = "144MB"
# So many become firms at a time, in a fifth of that memory.
_FACES_AT_A_TIME: Final = 100_000

# A firm renames itself without moving, and moves without renaming itself. One DUNS under two names that have nothing in
# common, in two cities, is two firms: the number stayed with one of them after a sale or a spin-off.
_RELATED: Final = 0.5

_SIGHTINGS: Final = """
CREATE TABLE labels AS
SELECT label, normalized_name(label) AS name FROM (SELECT DISTINCT label FROM sighting_source);

CREATE VIEW sightings AS
WITH bare_identifiers AS (
    SELECT *,
        upper(trim(uei)) AS uei_text,
        regexp_replace(duns, '[^0-9]', '', 'g') AS digits
    FROM sighting_source
)
SELECT * EXCLUDE (uei, duns, uei_text, digits), upper(state || ' ' || city) AS place,
    CASE WHEN regexp_full_match(uei_text, '[A-Z0-9]{12}') THEN uei_text END AS uei,
    -- eight digits are nine that lost their leading zero; nine times the same digit is a placeholder
    CASE WHEN length(digits) IN (8, 9) AND replace(digits, digits[1], '') <> '' THEN lpad(digits, 9, '0') END AS duns
FROM bare_identifiers JOIN labels USING (label);

-- Sightings that say the same of the firm, together: all that follows works on these, not on the many rows.
CREATE TABLE faces AS
SELECT label, name, uei, duns, state, place, count(*) AS sightings, sum(dollars) AS dollars,
    max(recency) AS recency, arg_max(city, recency) AS city,
    max(recency) FILTER (zip IS NOT NULL) AS zip_recency, arg_max(zip, recency) AS zip,
    max(recency) FILTER (website IS NOT NULL) AS website_recency, arg_max(website, recency) AS website
FROM sightings GROUP BY label, name, uei, duns, state, place;
"""

# A strand is one name under one DUNS where no UEI is given. It belongs to a UEI that the DUNS is seen with, if the name
# says so, or the city where there is no other UEI.
_STRANDS: Final = """
CREATE TABLE bridges AS
SELECT duns, uei, sum(sightings) AS sightings FROM faces WHERE duns IS NOT NULL AND uei IS NOT NULL GROUP BY ALL;

CREATE TABLE uei_names AS
SELECT uei, name, list(DISTINCT state) FILTER (state IS NOT NULL) AS states,
    list(DISTINCT place) FILTER (place IS NOT NULL) AS places
FROM faces WHERE uei IS NOT NULL GROUP BY ALL;

CREATE TABLE strands AS
SELECT duns, name, list(DISTINCT state) FILTER (state IS NOT NULL) AS states,
    list(DISTINCT place) FILTER (place IS NOT NULL) AS places, sum(sightings) AS sightings
FROM faces WHERE uei IS NULL AND duns IS NOT NULL GROUP BY ALL;

CREATE TABLE strand_ueis AS
WITH kinship AS (
    SELECT strands.duns, strands.name, uei, any_value(bridges.sightings) AS sightings,
        max(CASE
            WHEN uei_names.name = strands.name THEN 1
            WHEN similarity(uei_names.name, strands.name) >= {related} THEN 0.9
            WHEN list_has_any(uei_names.places, strands.places) THEN 0.1
            ELSE 0
        END) AS kinship
    FROM strands JOIN bridges USING (duns) JOIN uei_names USING (uei)
    GROUP BY ALL
), ranked AS (
    SELECT *,
        count(*) OVER (PARTITION BY duns, name) AS choices,
        row_number() OVER (PARTITION BY duns, name ORDER BY kinship DESC, sightings DESC, uei) AS place
    FROM kinship
)
SELECT duns, name, uei FROM ranked WHERE place = 1 AND kinship > CASE WHEN choices = 1 THEN 0 ELSE 0.5 END;

-- The rest of a DUNS's names stand with the most frequent of them, or alone.
CREATE TABLE strand_firms AS
WITH ranked AS (
    SELECT strands.*, uei, row_number() OVER (
        PARTITION BY duns, uei IS NULL ORDER BY strands.sightings DESC, name
    ) AS place
    FROM strands LEFT JOIN strand_ueis USING (duns, name)
), leaders AS (
    SELECT duns, name AS leading_name, places AS leading_places FROM ranked WHERE uei IS NULL AND place = 1
)
SELECT duns, name, states, CASE
    WHEN uei IS NOT NULL THEN 'UEI:' || uei
    WHEN name = leading_name OR list_has_any(places, leading_places) OR similarity(name, leading_name) >= {related}
        THEN 'DUNS:' || duns
    ELSE 'NAME:' || name
END AS firm_id
FROM ranked LEFT JOIN leaders USING (duns);
"""

# A name is evidence enough where it has two words or more, or the state agrees.
_NAMES: Final = """
CREATE TABLE carriers AS
SELECT 'UEI:' || uei AS firm_id, name, states FROM uei_names
UNION ALL SELECT firm_id, name, states FROM strand_firms;

-- A firm seen with a DUNS only, then with a UEI only, is one firm if nobody else has its name.
CREATE TABLE gained AS
WITH with_duns AS (
    SELECT 'UEI:' || uei AS firm_id FROM bridges UNION SELECT firm_id FROM strand_firms
), without_duns AS (
    SELECT name, min(firm_id) AS uei_firm, flatten(list(states)) AS states FROM carriers
    WHERE firm_id LIKE 'UEI:%'
    GROUP BY name HAVING count(DISTINCT firm_id) = 1 AND min(firm_id) NOT IN (SELECT firm_id FROM with_duns)
), without_uei AS (
    SELECT name, min(firm_id) AS duns_firm, flatten(list(states)) AS states FROM carriers
    WHERE firm_id LIKE 'DUNS:%' GROUP BY name HAVING count(DISTINCT firm_id) = 1
), pairs AS (
    SELECT DISTINCT uei_firm, duns_firm FROM without_duns JOIN without_uei USING (name)
    WHERE contains(name, ' ') OR list_has_any(without_duns.states, without_uei.states)
)
SELECT duns_firm AS firm_id, uei_firm FROM pairs
QUALIFY count(*) OVER (PARTITION BY duns_firm) = 1 AND count(*) OVER (PARTITION BY uei_firm) = 1;

CREATE TABLE known AS
SELECT coalesce(uei_firm, firm_id) AS firm_id, name, states FROM carriers LEFT JOIN gained USING (firm_id);

CREATE TABLE bare_names AS
SELECT DISTINCT name, state FROM faces WHERE uei IS NULL AND duns IS NULL;

CREATE TABLE name_firms AS
WITH by_name AS (
    SELECT name, min(firm_id) AS firm_id, count(DISTINCT firm_id) AS firms, flatten(list(states)) AS states
    FROM known GROUP BY name
), by_state AS (
    SELECT name, state, min(firm_id) AS firm_id, count(DISTINCT firm_id) AS firms
    FROM (SELECT name, firm_id, unnest(states) AS state FROM known) GROUP BY ALL
)
SELECT name, state, coalesce(
    CASE WHEN by_state.firms = 1 THEN by_state.firm_id END,
    CASE WHEN by_name.firms = 1 AND contains(name, ' ') THEN by_name.firm_id END,
    'NAME:' || name
) AS firm_id
FROM bare_names LEFT JOIN by_name USING (name) LEFT JOIN by_state USING (name, state);
"""

_FIRMS: Final = """
CREATE TABLE face_firms AS
SELECT faces.*, {firm_id} AS firm_id FROM faces {evidence};

-- Each of the two is half of what is in memory now.
DROP TABLE faces;

CREATE VIEW assigned AS SELECT faces.id, {firm_id} AS firm_id FROM sightings AS faces {evidence};
"""

# One part of the firms. Lists that are gathered from many rows cannot be spilled, so not all are gathered at once.
_GATHERED: Final = """
{into}
WITH few AS (
    FROM face_firms WHERE hash(firm_id) % {parts} = {part}
), label_ranks AS (
    SELECT firm_id, label, name, row_number() OVER (PARTITION BY firm_id ORDER BY sum(sightings) DESC, label) AS place
    FROM few GROUP BY firm_id, label, name
), duns_ranks AS (
    SELECT firm_id, duns, row_number() OVER (PARTITION BY firm_id ORDER BY sum(sightings) DESC, duns) AS place
    FROM few WHERE duns IS NOT NULL GROUP BY firm_id, duns
), gathered AS (
    SELECT firm_id,
        max(uei) AS uei,
        arg_max(state, recency) AS state,
        arg_max(city, recency) AS city,
        arg_max(zip, zip_recency) AS zip,
        arg_max(website, website_recency) AS website,
        list_sort(list_distinct(list(name))) AS all_names,
        list_sort(list_distinct(list(duns))) AS all_duns,
        list_sort(list_distinct(list(state))) AS all_states,
        list_sort(list_distinct(list(place))) AS all_places,
        sum(sightings)::BIGINT AS sightings,
        coalesce(sum(dollars), 0)::DECIMAL(18, 2) AS dollars
    FROM few GROUP BY firm_id
)
SELECT firm_id, label AS name, label_ranks.name AS normalized_name, uei, duns, state, city, zip, website,
    all_names, all_duns, all_states, all_places, sightings, dollars
FROM gathered
JOIN label_ranks USING (firm_id)
LEFT JOIN duns_ranks ON duns_ranks.firm_id = gathered.firm_id AND duns_ranks.place = 1
WHERE label_ranks.place = 1
"""
# What decides, for a row of `faces`, or of anything that has its identifiers, name and state.
_FIRM_ID: Final = """coalesce(
    'UEI:' || faces.uei, gained.uei_firm, strand_firms.firm_id, name_firms.firm_id, 'NAME:' || faces.name
)"""
_EVIDENCE: Final = """
LEFT JOIN strand_firms ON faces.uei IS NULL AND faces.duns = strand_firms.duns AND faces.name = strand_firms.name
LEFT JOIN gained ON gained.firm_id = strand_firms.firm_id
LEFT JOIN name_firms ON faces.uei IS NULL AND faces.duns IS NULL AND faces.name = name_firms.name
    AND faces.state IS NOT DISTINCT FROM name_firms.state
"""


def add_functions(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `normalized_name`, `spelled_out` and `similarity` known to SQL."""
    connection.create_function("normalized_name", normalized_name, ["VARCHAR"], "VARCHAR")
    connection.create_function("spelled_out", spelled_out, ["VARCHAR"], "VARCHAR")
    connection.create_function("similarity", similarity, ["VARCHAR", "VARCHAR"], "DOUBLE")


def resolve(connection: duckdb.DuckDBPyConnection) -> None:
    """Turn `sighting_source` into the view `assigned` (id, firm_id of every sighting) and the table `firms`.

    `sighting_source`: id, label (the name as written), uei, duns, state, city, zip, website, dollars, and recency, a
    number that is greater for the later sighting and never the same for two. firm_id: 'UEI:…' | 'DUNS:…' | 'NAME:…'.
    """
    add_functions(connection)
    connection.execute(_SIGHTINGS)
    connection.execute(_STRANDS.format(related=_RELATED))
    connection.execute(_NAMES)
    connection.execute(_FIRMS.format(firm_id=_FIRM_ID, evidence=_EVIDENCE))
    _gather(connection)


def _gather(connection: duckdb.DuckDBPyConnection) -> None:
    """The table `firms`, part by part; `hash` only spreads them."""
    faces = connection.execute("SELECT count(*) FROM face_firms").fetchall()[0][0]
    parts = faces // _FACES_AT_A_TIME + 1
    for part in range(parts):
        into = "INSERT INTO firms" if part else "CREATE TABLE firms AS"
        connection.execute(_GATHERED.format(into=into, parts=parts, part=part))
