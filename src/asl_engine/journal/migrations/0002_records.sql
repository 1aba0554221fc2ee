-- What an execution is besides a state machine's: of which type, of which map run, started by which version or alias.
ALTER TABLE executions ADD COLUMN type TEXT NOT NULL DEFAULT 'STANDARD';
ALTER TABLE executions ADD COLUMN redrive_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE executions ADD COLUMN redriven_at INTEGER;
ALTER TABLE executions ADD COLUMN version_arn TEXT;
ALTER TABLE executions ADD COLUMN alias_arn TEXT;
ALTER TABLE executions ADD COLUMN map_run_arn TEXT;
ALTER TABLE executions ADD COLUMN item_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE executions ADD COLUMN definition_path TEXT NOT NULL DEFAULT '[]';

CREATE INDEX executions_by_map_run ON executions (map_run_arn, key) WHERE map_run_arn IS NOT NULL;
CREATE INDEX executions_stopped ON executions (stopped_at) WHERE stopped_at IS NOT NULL;

-- Activities, map runs, versions, aliases and tags: one JSON document each.
CREATE TABLE records (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    arn TEXT NOT NULL,
    owner TEXT NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (kind, arn)
);

CREATE INDEX records_by_owner ON records (kind, owner, key);
