-- The case of the mock configuration that an execution was started with.
ALTER TABLE executions ADD COLUMN test_case TEXT;
