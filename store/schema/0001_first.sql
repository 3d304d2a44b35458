-- Schema 1. One STRICT table per noun of the gateway; every state has a CHECK, so that a wrong word cannot be stored.
-- Times are INTEGER microseconds since 1970 UTC, 0 for none. Digests are lower-case hex of SHA-256. JSON is TEXT and
-- nothing queries inside it. A statement that a verb uses stays portable to PostgreSQL; this file need not. Each index
-- costs a page in the log per report: none stands here that nothing on a report's way or an operator's reads. A partial
-- one is used by a statement that repeats its condition in the same words; where that sorts too, and in LIMIT, a parameter
-- stands in coalesce, as SQLite would prepare the statement anew for each value of a bare one. A CHECK spells its
-- alternatives out: for IN with three or more SQLite builds a table each time a row is written.

-- meta holds the few single values: id of the database, queue hold and why.
CREATE TABLE meta (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- run is one opening of the database for writing; a mail in flight when its run died has cost that run.
CREATE TABLE run (
  id      INTEGER PRIMARY KEY,
  started INTEGER NOT NULL,
  ended   INTEGER NOT NULL DEFAULT 0,
  daemon  INTEGER NOT NULL CHECK (daemon IN (0, 1)),
  pid     INTEGER NOT NULL
) STRICT;

-- mail is one sequence of bytes that reached us, known by its digest and by nothing else.
CREATE TABLE mail (
  id               INTEGER PRIMARY KEY,
  digest           TEXT    NOT NULL UNIQUE CHECK (length(digest) = 64),
  size             INTEGER NOT NULL CHECK (size >= 0),
  received_at      INTEGER NOT NULL,
  first_seen       INTEGER NOT NULL,
  state            TEXT    NOT NULL
    CHECK (state = 'received' OR state = 'accepted' OR state = 'held' OR state = 'rejected' OR state = 'recorded'),
  kind             TEXT    NOT NULL DEFAULT ''
    CHECK (kind = '' OR kind = 'report' OR kind = 'reply' OR kind = 'bounce' OR kind = 'auto-reply' OR
      kind = 'other'),
  signature        TEXT    NOT NULL DEFAULT ''
    CHECK (signature = '' OR signature = 'trusted' OR signature = 'valid' OR signature = 'partial' OR
      signature = 'invalid' OR signature = 'unsigned'),
  signer           TEXT    NOT NULL DEFAULT '',
  party            TEXT    NOT NULL DEFAULT '',
  reasons          TEXT    NOT NULL DEFAULT '[]',
  message_id       TEXT    NOT NULL DEFAULT '',
  message_id_reuse INTEGER NOT NULL DEFAULT 0 CHECK (message_id_reuse IN (0, 1)),
  signature_digest TEXT    NOT NULL DEFAULT '',
  attempts         INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  run              INTEGER NOT NULL DEFAULT 0,
  released         INTEGER NOT NULL DEFAULT 0 CHECK (released IN (0, 1)),
  finished_at      INTEGER NOT NULL DEFAULT 0,
  purged_at        INTEGER NOT NULL DEFAULT 0,
  note             TEXT    NOT NULL DEFAULT '',
  CHECK ((state = 'received') = (finished_at = 0))
) STRICT;
CREATE INDEX mail_state ON mail (state, id);
CREATE INDEX mail_message_id ON mail (message_id) WHERE message_id <> '';
CREATE INDEX mail_signature_digest ON mail (signature_digest) WHERE signature_digest <> '';

-- mail_raw keeps the bytes beside the row, so that a list of mails never walks over them.
CREATE TABLE mail_raw (
  mail INTEGER PRIMARY KEY REFERENCES mail (id),
  raw  BLOB NOT NULL
) STRICT;

-- location is where a mail was seen; UIDVALIDITY changes and copies make more of them. No mail: it vanished before the
-- fetch, or only its size was looked at.
CREATE TABLE location (
  id          INTEGER PRIMARY KEY,
  account     TEXT    NOT NULL,
  mailbox     TEXT    NOT NULL,
  uidvalidity INTEGER NOT NULL,
  uid         INTEGER NOT NULL,
  mail        INTEGER REFERENCES mail (id),
  state       TEXT    NOT NULL CHECK (state = 'stored' OR state = 'done' OR state = 'vanished'),
  seen_at     INTEGER NOT NULL,
  CHECK ((mail IS NULL) = (state = 'vanished')),
  UNIQUE (account, mailbox, uidvalidity, uid, mail)
) STRICT;
CREATE INDEX location_mail ON location (mail);

-- mailbox remembers the UIDVALIDITY a mailbox was last read under (RFC 3501 2.3.1.1).
CREATE TABLE mailbox (
  account     TEXT    NOT NULL,
  mailbox     TEXT    NOT NULL,
  uidvalidity INTEGER NOT NULL,
  PRIMARY KEY (account, mailbox)
) STRICT, WITHOUT ROWID;

-- ticket_sequence is the last number that was handed out, or put aside by a process for the reports it has at work.
CREATE TABLE ticket_sequence (
  id   INTEGER PRIMARY KEY CHECK (id = 1),
  last INTEGER NOT NULL
) STRICT;
INSERT INTO ticket_sequence (id, last) VALUES (1, 0);

-- ticket is reports about one incident; version counts its changes, so that a plan made on an older one is refused.
CREATE TABLE ticket (
  id      INTEGER PRIMARY KEY,
  number  TEXT    NOT NULL UNIQUE,
  state   TEXT    NOT NULL
    CHECK (state = 'open' OR state = 'needs-consent' OR state = 'no-contact' OR state = 'held' OR state = 'closed'),
  version INTEGER NOT NULL,
  opened  INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  purged_at INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX ticket_state ON ticket (state, id);

-- ticket_reference is a number that somebody else gave the incident, such as JPCERT#12345678.
CREATE TABLE ticket_reference (
  ticket INTEGER NOT NULL REFERENCES ticket (id),
  number TEXT    NOT NULL,
  party  TEXT    NOT NULL,
  at     INTEGER NOT NULL,
  PRIMARY KEY (ticket, number, party)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_reference_number ON ticket_reference (number);

-- ticket_number is a number that the requester of a report on the ticket was told in place of the ticket's own, so that
-- it does not show whether somebody else has reported the same.
CREATE TABLE ticket_number (
  number TEXT PRIMARY KEY,
  ticket INTEGER NOT NULL REFERENCES ticket (id)
) STRICT, WITHOUT ROWID;

-- ticket_key is what another report can be tied by: one row per ticket and value, with the time span it was seen in.
CREATE TABLE ticket_key (
  kind     TEXT    NOT NULL,
  value    TEXT    NOT NULL,
  ticket   INTEGER NOT NULL REFERENCES ticket (id),
  first_at INTEGER NOT NULL,
  last_at  INTEGER NOT NULL,
  PRIMARY KEY (ticket, kind, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_key_span ON ticket_key (kind, value, last_at);

-- report is one accepted Incident. Its identity is (party, incident_name, incident_id, instance): another party that
-- uses the same id is another report (case 84). current marks the newest of an identity on its ticket.
CREATE TABLE report (
  id            INTEGER PRIMARY KEY,
  mail          INTEGER NOT NULL REFERENCES mail (id),
  ticket        INTEGER NOT NULL REFERENCES ticket (id),
  incident      INTEGER NOT NULL,
  party         TEXT    NOT NULL,
  incident_name TEXT    NOT NULL,
  incident_id   TEXT    NOT NULL,
  instance      TEXT    NOT NULL,
  generated_at  INTEGER NOT NULL,
  at            INTEGER NOT NULL,
  version       TEXT    NOT NULL,
  digest        TEXT    NOT NULL CHECK (length(digest) = 64),
  document      BLOB,
  conditions    TEXT    NOT NULL,
  number        TEXT    NOT NULL,
  answer        INTEGER NOT NULL CHECK (answer IN (0, 1)),
  current       INTEGER NOT NULL CHECK (current IN (0, 1)),
  supersedes    INTEGER REFERENCES report (id),
  accepted_at   INTEGER NOT NULL,
  UNIQUE (mail, incident)
) STRICT;
CREATE INDEX report_ticket ON report (ticket, id);
CREATE INDEX report_identity ON report (party, incident_name, incident_id, id);

-- consent is what a party said about its reports on a ticket after they were accepted, signed; the latest counts.
CREATE TABLE consent (
  id         INTEGER PRIMARY KEY,
  ticket     INTEGER NOT NULL REFERENCES ticket (id),
  party      TEXT    NOT NULL,
  mail       INTEGER REFERENCES mail (id),
  conditions TEXT    NOT NULL,
  actor      TEXT    NOT NULL,
  at         INTEGER NOT NULL
) STRICT;
CREATE INDEX consent_ticket ON consent (ticket, party, id);

-- recipient is a party on a ticket and how far it has come.
CREATE TABLE recipient (
  ticket  INTEGER NOT NULL REFERENCES ticket (id),
  party   TEXT    NOT NULL,
  stage   TEXT    NOT NULL
    CHECK (stage = 'first-contact' OR stage = 'acknowledged' OR stage = 'authenticated' OR stage = 'trusted' OR
      stage = 'closed'),
  token   TEXT    NOT NULL UNIQUE,
  address TEXT    NOT NULL,
  basis   TEXT    NOT NULL,
  opened  INTEGER NOT NULL,
  updated INTEGER NOT NULL,
  PRIMARY KEY (ticket, party)
) STRICT, WITHOUT ROWID;

-- evidence is why a recipient took a step: a row per step, the first included.
CREATE TABLE evidence (
  id         INTEGER PRIMARY KEY,
  ticket     INTEGER NOT NULL,
  party      TEXT    NOT NULL,
  from_stage TEXT    NOT NULL,
  to_stage   TEXT    NOT NULL,
  kind       TEXT    NOT NULL,
  mail       INTEGER REFERENCES mail (id),
  detail     TEXT    NOT NULL,
  actor      TEXT    NOT NULL,
  at         INTEGER NOT NULL,
  FOREIGN KEY (ticket, party) REFERENCES recipient (ticket, party)
) STRICT;
CREATE INDEX evidence_recipient ON evidence (ticket, party, id);

-- snapshot is a text that decisions were made from, kept so that a decision can be made again.
CREATE TABLE snapshot (
  digest TEXT PRIMARY KEY CHECK (length(digest) = 64),
  kind   TEXT    NOT NULL CHECK (kind IN ('policy', 'parties')),
  text   TEXT    NOT NULL,
  at     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- cells is what a decision said of each cell: paths, actions and rule names, no value. Decisions on reports of one build
-- say the same, so that many share a row.
CREATE TABLE cells (
  id     INTEGER PRIMARY KEY,
  digest TEXT    NOT NULL UNIQUE CHECK (length(digest) = 64),
  json   TEXT    NOT NULL
) STRICT;

-- decision is what one party may be told on one ticket at one stage. cells is their row until a purge, for an index whose
-- entries lie together; cells_digest names them for good.
CREATE TABLE decision (
  id             INTEGER PRIMARY KEY,
  ticket         INTEGER NOT NULL REFERENCES ticket (id),
  party          TEXT    NOT NULL,
  kind           TEXT    NOT NULL
    CHECK (kind = 'notice' OR kind = 'ack' OR kind = 'question' OR kind = 'answer' OR kind = 'outcome'),
  stage          TEXT    NOT NULL
    CHECK (stage = '' OR stage = 'first-contact' OR stage = 'acknowledged' OR stage = 'authenticated' OR
      stage = 'trusted' OR stage = 'closed'),
  policy_digest  TEXT    NOT NULL REFERENCES snapshot (digest),
  parties_digest TEXT    NOT NULL REFERENCES snapshot (digest),
  reports        TEXT    NOT NULL,
  inputs         TEXT    NOT NULL,
  cells          INTEGER NOT NULL,
  cells_digest   TEXT    NOT NULL CHECK (length(cells_digest) = 64),
  scan           TEXT    NOT NULL CHECK (scan = '' OR scan = 'clean' OR scan = 'leak'),
  twin           TEXT    NOT NULL CHECK (twin = '' OR twin = 'equal' OR twin = 'differs'),
  message_digest TEXT    NOT NULL CHECK (length(message_digest) IN (0, 64)),
  refusal        TEXT    NOT NULL,
  digest         TEXT    NOT NULL CHECK (length(digest) = 64),
  at             INTEGER NOT NULL
) STRICT;
CREATE INDEX decision_ticket ON decision (ticket, party, id);
CREATE INDEX decision_cells ON decision (cells);

-- delivery is a message in the queue: final bytes, never built again.
CREATE TABLE delivery (
  id            INTEGER PRIMARY KEY,
  decision      INTEGER NOT NULL UNIQUE REFERENCES decision (id),
  ticket        INTEGER NOT NULL REFERENCES ticket (id),
  party         TEXT    NOT NULL,
  kind          TEXT    NOT NULL
    CHECK (kind = 'notice' OR kind = 'ack' OR kind = 'question' OR kind = 'answer' OR kind = 'outcome'),
  envelope_from TEXT    NOT NULL,
  envelope_to   TEXT    NOT NULL,
  message_id    TEXT    NOT NULL,
  digest        TEXT    NOT NULL CHECK (length(digest) = 64),
  size          INTEGER NOT NULL CHECK (size > 0),
  approvals     INTEGER NOT NULL CHECK (approvals BETWEEN 0 AND 2),
  state         TEXT    NOT NULL
    CHECK (state = 'awaiting-approval' OR state = 'queued' OR state = 'sending' OR state = 'sent' OR
      state = 'deferred' OR state = 'failed' OR state = 'maybe' OR state = 'held' OR state = 'cancelled'),
  reason        TEXT    NOT NULL DEFAULT '',
  attempts      INTEGER NOT NULL DEFAULT 0,
  maybes        INTEGER NOT NULL DEFAULT 0,
  next_at       INTEGER NOT NULL DEFAULT 0,
  created       INTEGER NOT NULL,
  updated       INTEGER NOT NULL,
  CHECK (next_at = 0 OR state = 'queued' OR state = 'deferred' OR state = 'maybe') -- so that next_at alone says what is due
) STRICT;
CREATE INDEX delivery_due ON delivery (next_at, id) WHERE next_at > 0;
CREATE INDEX delivery_state ON delivery (state, id) WHERE state <> 'sent';
CREATE INDEX delivery_ticket ON delivery (ticket, party, id);
CREATE INDEX delivery_envelope_from ON delivery (envelope_from);
-- What the leak scan saw, and the decision names by its digest, is what the recipient reads: plain where bytes are
-- encrypted, bytes where they are all. Where they are signed it stands in them: the first head of them, and rest more from
-- at on.
CREATE TABLE delivery_bytes (
  delivery INTEGER PRIMARY KEY REFERENCES delivery (id),
  bytes    BLOB    NOT NULL,
  plain    BLOB,
  head     INTEGER NOT NULL,
  at       INTEGER NOT NULL,
  rest     INTEGER NOT NULL,
  CHECK (plain IS NULL OR rest = 0)
) STRICT;

-- attempt is written before the dialling; one without an end was cut off by a crash.
CREATE TABLE attempt (
  delivery INTEGER NOT NULL REFERENCES delivery (id),
  n        INTEGER NOT NULL,
  started  INTEGER NOT NULL,
  ended    INTEGER NOT NULL DEFAULT 0,
  outcome  TEXT    NOT NULL DEFAULT ''
    CHECK (outcome = '' OR outcome = 'sent' OR outcome = 'deferred' OR outcome = 'failed' OR outcome = 'maybe'),
  code     INTEGER NOT NULL DEFAULT 0,
  text     TEXT    NOT NULL DEFAULT '',
  PRIMARY KEY (delivery, n)
) STRICT, WITHOUT ROWID;

-- approval is bound to the digest of the exact bytes; the key makes two of them two people.
CREATE TABLE approval (
  delivery INTEGER NOT NULL REFERENCES delivery (id),
  operator TEXT    NOT NULL,
  digest   TEXT    NOT NULL,
  at       INTEGER NOT NULL,
  PRIMARY KEY (delivery, operator)
) STRICT, WITHOUT ROWID;

-- pseudonym: one random name per ticket, recipient, class and value, the same in every stage.
CREATE TABLE pseudonym (
  ticket INTEGER NOT NULL REFERENCES ticket (id),
  party  TEXT    NOT NULL,
  class  TEXT    NOT NULL,
  value  TEXT    NOT NULL,
  token  TEXT    NOT NULL,
  PRIMARY KEY (ticket, party, class, value),
  UNIQUE (ticket, party, token)
) STRICT, WITHOUT ROWID;

-- bad_address is a contact address that answered with a permanent failure.
CREATE TABLE bad_address (
  address  TEXT PRIMARY KEY,
  party    TEXT    NOT NULL,
  code     TEXT    NOT NULL,
  delivery INTEGER REFERENCES delivery (id),
  at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE party (
  id      TEXT PRIMARY KEY CHECK (id <> ''),
  json    TEXT    NOT NULL,
  updated INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- key is an OpenPGP certificate by its full fingerprint; without a party it verifies but is nobody's.
CREATE TABLE key (
  fingerprint TEXT PRIMARY KEY CHECK (length(fingerprint) IN (40, 64)),
  party       TEXT REFERENCES party (id),
  armored     TEXT    NOT NULL,
  added_by    TEXT    NOT NULL,
  added       INTEGER NOT NULL,
  valid_from  INTEGER NOT NULL,
  valid_to    INTEGER NOT NULL,
  revoked     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX key_party ON key (party);

-- event is the audit chain: hash covers the row and the hash before it. tip is its end, so that a cut tail shows.
CREATE TABLE event (
  seq     INTEGER PRIMARY KEY,
  at      INTEGER NOT NULL,
  actor   TEXT    NOT NULL,
  verb    TEXT    NOT NULL,
  subject TEXT    NOT NULL,
  detail  TEXT    NOT NULL,
  prev    TEXT    NOT NULL,
  hash    TEXT    NOT NULL
) STRICT;
CREATE INDEX event_subject ON event (subject, seq);
CREATE TABLE event_tip (
  id   INTEGER PRIMARY KEY CHECK (id = 1),
  seq  INTEGER NOT NULL,
  hash TEXT    NOT NULL
) STRICT;
INSERT INTO event_tip (id, seq, hash) VALUES (1, 0, '');
CREATE TRIGGER event_is_final BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'an event is final'); END;
CREATE TRIGGER event_stays BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'an event stays'); END;

-- head is the chain's end signed by the gateway's key, one per day.
CREATE TABLE head (
  day       TEXT PRIMARY KEY,
  seq       INTEGER NOT NULL,
  hash      TEXT    NOT NULL,
  signature TEXT    NOT NULL,
  at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
