-- The large texts of an execution, each once, however many of its events repeat it. Where a row has a digest, the text
-- is here and not in the row.
CREATE TABLE documents (
    key INTEGER PRIMARY KEY,
    execution INTEGER NOT NULL REFERENCES executions (key),
    digest BLOB NOT NULL,
    text TEXT NOT NULL,
    UNIQUE (execution, digest)
);

ALTER TABLE events ADD COLUMN digest BLOB;
ALTER TABLE executions ADD COLUMN input_digest BLOB;
ALTER TABLE executions ADD COLUMN output_digest BLOB;
