-- Decisions that made no message where a person must see to it. Few of them at any time, among all that were ever made.
CREATE INDEX decision_waiting ON decision (id) WHERE refusal = 'contested' OR refusal = 'not-proved' OR refusal = 'no-usable-key';
