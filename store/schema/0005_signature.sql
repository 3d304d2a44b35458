-- The first 64 bits of a signature's digest lead to it: the keys are in no order, so that most reports write a page of this
-- index, and there are three times as few.
DROP INDEX mail_signature_digest;
CREATE INDEX mail_signature_digest ON mail (substr(signature_digest, 1, 16)) WHERE signature_digest <> '';
