-- The task that started the execution, which may ask for it again after a crash, and whether it waits for the end.
ALTER TABLE executions ADD COLUMN started_by TEXT;
ALTER TABLE executions ADD COLUMN awaited INTEGER NOT NULL DEFAULT 0;
