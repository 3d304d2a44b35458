-- override marks a message by which two operators tell more than the rules allow. It leaves with the approval of two, and
-- no later decision takes its place.
ALTER TABLE delivery ADD COLUMN override INTEGER NOT NULL DEFAULT 0 CHECK (override IN (0, 1) AND (override = 0 OR approvals = 2));
