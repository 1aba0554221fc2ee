-- The task that started the execution, which may ask for it again after a crash.
ALTER TABLE executions ADD COLUMN started_by TEXT;
