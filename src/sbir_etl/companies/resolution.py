"""From sightings of firms to the firms themselves.

Identifiers are ranked, UEI over DUNS over name, and a lower one is only used where no higher one contradicts it. So no
chain of weak links can pull two firms together: two UEIs are two firms, whatever they share. The steps are SQL over the
distinct identifiers, and their cost grows with the number of sightings.
"""

from typing import Final

import duckdb

from sbir_etl.companies.handover import add_rows
from sbir_etl.companies.names import normalized_name
from sbir_etl.companies.similarity import similarity

# What the database of a resolution or a match may hold before it spills: enough for the whole file, and a bound for one
# five times as large. One thread works on it: a second one costs a tenth more CPU for a quarter of a second.
MEMORY: Final = "144MB"
# So many become firms at a time, in a fifth of that memory.
_FACES_AT_A_TIME: Final = 100_000

# A firm renames itself without moving, and moves without renaming itself. One DUNS under two names that have nothing in
# common, in two cities, is two firms: the number stayed with one of them after a sale or a spin-off.
_RELATED: Final = 0.5

# Only the normalised names are handed over, in the order of the written ones.
_WRITTEN: Final = """
CREATE TABLE written AS SELECT DISTINCT label FROM sighting_source;
CREATE TABLE normalized (name VARCHAR);
"""
_LABELS: Final = """
CREATE TABLE labels AS FROM written POSITIONAL JOIN normalized;
DROP TABLE written;
DROP TABLE normalized;
"""

# Sightings that say the same of the firm, together: all that follows works on these, not on the many rows.
_FACES: Final = """
-- All of a column's values, sorted; most groups have one, and lists are dear.
CREATE MACRO every(value) AS
CASE WHEN min(value) = max(value) THEN [min(value)] ELSE list_sort(list_distinct(list(value))) END;

CREATE TABLE faces AS
WITH seen AS (
    SELECT label, uei AS given_uei, duns AS given_duns, state, city, zip, website,
        count(*) AS sightings, sum(dollars) AS dollars, max(recency) AS recency
    FROM sighting_source GROUP BY ALL
), bare_identifiers AS (
    SELECT *, upper(trim(given_uei)) AS uei_text, regexp_replace(given_duns, '[^0-9]', '', 'g') AS digits FROM seen
)
SELECT * EXCLUDE (uei_text, digits), upper(state || ' ' || city) AS place,
    CASE WHEN regexp_full_match(uei_text, '[A-Z0-9]{12}') THEN uei_text END AS uei,
    -- eight digits are nine that lost their leading zero; nine times the same digit is a placeholder
    CASE WHEN length(digits) IN (8, 9) AND replace(digits, digits[1], '') <> '' THEN lpad(digits, 9, '0') END AS duns
FROM bare_identifiers JOIN labels USING (label);
"""

# A strand is one name under one DUNS where no UEI is given. It belongs to a UEI that the DUNS is seen with, if the name
# says so, or the city where there is no other UEI.
_STRANDS: Final = """
CREATE TABLE bridges AS
SELECT duns, uei, sum(sightings) AS sightings FROM faces WHERE duns IS NOT NULL AND uei IS NOT NULL GROUP BY ALL;

CREATE TABLE strands AS
SELECT duns, name, every(place) AS places, sum(sightings) AS sightings
FROM faces WHERE uei IS NULL AND duns IS NOT NULL GROUP BY ALL;

CREATE TABLE kin AS
WITH uei_names AS (
    SELECT uei, name, every(place) AS places FROM faces SEMI JOIN bridges USING (uei) GROUP BY ALL
)
SELECT duns, strands.name, uei, uei_names.name AS uei_name, bridges.sightings,
    list_has_any(uei_names.places, strands.places) AS same_place
FROM strands JOIN bridges USING (duns) JOIN uei_names USING (uei);
"""

_STRAND_UEIS: Final = """
CREATE TABLE strand_ueis AS
WITH kinship AS (
    SELECT duns, name, uei, any_value(sightings) AS sightings,
        max(CASE
            WHEN uei_name = name THEN 1
            WHEN (uei_name, name) IN (FROM related) THEN 0.9
            WHEN same_place THEN 0.1
            ELSE 0
        END) AS kinship
    FROM kin GROUP BY ALL
), ranked AS (
    SELECT *,
        count(*) OVER (PARTITION BY duns, name) AS choices,
        row_number() OVER (PARTITION BY duns, name ORDER BY kinship DESC, sightings DESC, uei) AS place
    FROM kinship
)
SELECT duns, name, uei FROM ranked WHERE place = 1 AND kinship > CASE WHEN choices = 1 THEN 0 ELSE 0.5 END;

-- The rest of a DUNS's names stand with the most frequent of them, or alone.
CREATE TABLE followers AS
WITH rest AS (
    FROM strands ANTI JOIN strand_ueis USING (duns, name)
), most_seen AS (
    SELECT duns, first(name ORDER BY sightings DESC, name) AS name FROM rest GROUP BY duns HAVING count(*) > 1
), leaders AS (
    FROM rest SEMI JOIN most_seen USING (duns, name)
)
SELECT duns, rest.name, leaders.name AS leading_name, list_has_any(rest.places, leaders.places) AS same_place
FROM rest JOIN leaders USING (duns) WHERE rest.name <> leaders.name;
"""

_STRAND_FIRMS: Final = """
CREATE TABLE strand_firms AS
WITH apart AS (
    SELECT duns, name, true AS alone FROM followers
    WHERE NOT same_place AND (name, leading_name) NOT IN (FROM related)
)
SELECT duns, name, CASE
    WHEN uei IS NOT NULL THEN 'UEI:' || uei
    WHEN alone THEN 'NAME:' || name
    ELSE 'DUNS:' || duns
END AS firm_id
FROM strands LEFT JOIN strand_ueis USING (duns, name) LEFT JOIN apart USING (duns, name);
"""

# A name is evidence enough where it has two words or more, or the state agrees.
_NAMES: Final = """
CREATE TABLE known AS
SELECT 'UEI:' || uei AS firm_id, name, state, duns FROM faces WHERE uei IS NOT NULL
UNION ALL
SELECT firm_id, name, state, duns FROM faces JOIN strand_firms USING (duns, name) WHERE uei IS NULL;

-- A firm seen with a DUNS only, then with a UEI only, is one firm if nobody else has its name.
CREATE TABLE gained AS
WITH by_state AS (
    SELECT name, state,
        min(firm_id) FILTER (firm_id LIKE 'UEI:%') AS uei_firm, max(firm_id) FILTER (firm_id LIKE 'UEI:%') AS last_uei,
        min(firm_id) FILTER (firm_id LIKE 'DUNS:%') AS duns_firm,
        max(firm_id) FILTER (firm_id LIKE 'DUNS:%') AS last_duns
    FROM known GROUP BY ALL
), by_name AS (
    SELECT name, min(uei_firm) AS uei_firm, min(duns_firm) AS duns_firm,
        bool_or(state IS NOT NULL AND uei_firm IS NOT NULL AND duns_firm IS NOT NULL) AS same_state
    FROM by_state GROUP BY name
    HAVING min(uei_firm) = max(last_uei) AND min(duns_firm) = max(last_duns)
), pairs AS (
    SELECT DISTINCT duns_firm AS firm_id, uei_firm FROM by_name
    WHERE (contains(name, ' ') OR same_state)
        AND uei_firm NOT IN (SELECT firm_id FROM known WHERE duns IS NOT NULL)
)
FROM pairs
QUALIFY count(*) OVER (PARTITION BY firm_id) = 1 AND count(*) OVER (PARTITION BY uei_firm) = 1;

CREATE TABLE name_firms AS
WITH bare_names AS (
    SELECT DISTINCT name, state FROM faces WHERE uei IS NULL AND duns IS NULL
), by_state AS (
    SELECT name, state, min(coalesce(uei_firm, firm_id)) AS firm_id, max(coalesce(uei_firm, firm_id)) AS last_firm
    FROM known SEMI JOIN bare_names USING (name) LEFT JOIN gained USING (firm_id) GROUP BY ALL
), by_name AS (
    SELECT name, min(firm_id) AS firm_id, max(last_firm) AS last_firm FROM by_state GROUP BY name
)
SELECT name, state, coalesce(
    CASE WHEN by_state.firm_id = by_state.last_firm THEN by_state.firm_id END,
    CASE WHEN by_name.firm_id = by_name.last_firm AND contains(name, ' ') THEN by_name.firm_id END,
    'NAME:' || name
) AS firm_id
FROM bare_names LEFT JOIN by_name USING (name) LEFT JOIN by_state USING (name, state);
"""

_FIRMS: Final = """
CREATE TABLE face_firms AS
SELECT faces.*, coalesce(
    'UEI:' || faces.uei, gained.uei_firm, strand_firms.firm_id, name_firms.firm_id, 'NAME:' || faces.name
) AS firm_id
FROM faces
LEFT JOIN strand_firms ON faces.uei IS NULL AND faces.duns = strand_firms.duns AND faces.name = strand_firms.name
LEFT JOIN gained ON gained.firm_id = strand_firms.firm_id
LEFT JOIN name_firms ON faces.uei IS NULL AND faces.duns IS NULL AND faces.name = name_firms.name
    AND faces.state IS NOT DISTINCT FROM name_firms.state;

-- What is in memory now, but for one table, is needed no more.
DROP TABLE faces;
DROP TABLE labels;
DROP TABLE strands;
DROP TABLE kin;
DROP TABLE known;

CREATE VIEW assigned AS
SELECT id, firm_id
FROM sighting_source AS source
JOIN (SELECT DISTINCT label, given_uei, given_duns, state, firm_id FROM face_firms) AS face
    ON source.label = face.label AND source.state IS NOT DISTINCT FROM face.state
    AND source.uei IS NOT DISTINCT FROM face.given_uei AND source.duns IS NOT DISTINCT FROM face.given_duns;
"""

# One part of the firms. Lists that are gathered from many rows cannot be spilled, so not all are gathered at once.
_GATHERED: Final = """
{into}
WITH few AS NOT MATERIALIZED (
    FROM face_firms WHERE hash(firm_id) % {parts} = {part}
), labels_seen AS (
    SELECT firm_id, label, name, sum(sightings) AS sightings FROM few GROUP BY ALL
), named AS (
    SELECT firm_id, first(label ORDER BY sightings DESC, label) AS label,
        first(name ORDER BY sightings DESC, label) AS normalized_name
    FROM labels_seen GROUP BY firm_id
), duns_seen AS (
    SELECT firm_id, duns, sum(sightings) AS sightings FROM few WHERE duns IS NOT NULL GROUP BY ALL
), numbered AS (
    SELECT firm_id, first(duns ORDER BY sightings DESC, duns) AS duns FROM duns_seen GROUP BY firm_id
), gathered AS (
    SELECT firm_id,
        max(uei) AS uei,
        arg_max(state, recency) AS state,
        arg_max(city, recency) AS city,
        arg_max(zip, recency) AS zip,
        arg_max(website, recency) AS website,
        every(name) AS all_names,
        every(duns) AS all_duns,
        every(state) AS all_states,
        every(place) AS all_places,
        sum(sightings)::BIGINT AS sightings,
        coalesce(sum(dollars), 0)::DECIMAL(18, 2) AS dollars
    FROM few GROUP BY firm_id
)
SELECT firm_id, label AS name, normalized_name, uei, duns, state, city, zip, website,
    all_names, all_duns, all_states, all_places, sightings, dollars
FROM gathered JOIN named USING (firm_id) LEFT JOIN numbered USING (firm_id)
"""


def resolve(connection: duckdb.DuckDBPyConnection) -> None:
    """Turn `sighting_source` into the view `assigned` (id, firm_id of every sighting) and the table `firms`.

    `sighting_source`: id, label (the name as written), uei, duns, state, city, zip, website, dollars, and recency, a
    number that is greater for the later sighting and never the same for two. firm_id: 'UEI:…' | 'DUNS:…' | 'NAME:…'.
    """
    _add_labels(connection)
    connection.execute(_FACES)
    connection.execute(_STRANDS)
    add_related(connection, "SELECT DISTINCT uei_name, name FROM kin WHERE uei_name <> name")
    connection.execute(_STRAND_UEIS)
    add_related(connection, "SELECT DISTINCT name, leading_name FROM followers WHERE NOT same_place")
    connection.execute(_STRAND_FIRMS)
    connection.execute(_NAMES)
    connection.execute(_FIRMS)
    _gather(connection)


def _add_labels(connection: duckdb.DuckDBPyConnection) -> None:
    """The table `labels`: every name as written, with its normalised form."""
    connection.execute(_WRITTEN)
    with connection.cursor() as reading:
        written = reading.execute("FROM written").fetchone
        add_rows(connection, "normalized", ((normalized_name(label),) for (label,) in iter(written, None)))
    connection.execute(_LABELS)


def add_related(connection: duckdb.DuckDBPyConnection, asked: str) -> None:
    """Add to the table `related` those of the pairs of names asked for that have much in common."""
    connection.execute("CREATE TABLE IF NOT EXISTS related (name VARCHAR, other_name VARCHAR)")
    pairs = connection.execute(asked).fetchall()
    add_rows(connection, "related", [pair for pair in pairs if similarity(*pair) >= _RELATED])


def _gather(connection: duckdb.DuckDBPyConnection) -> None:
    """The table `firms`, part by part; `hash` only spreads them."""
    faces = connection.execute("SELECT count(*) FROM face_firms").fetchall()[0][0]
    parts = faces // _FACES_AT_A_TIME + 1
    for part in range(parts):
        into = "INSERT INTO firms" if part else "CREATE TABLE firms AS"
        connection.execute(_GATHERED.format(into=into, parts=parts, part=part))
