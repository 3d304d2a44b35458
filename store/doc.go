// Package store is the only writer of the gateway's state: one SQLite database that holds raw mails, tickets, reports,
// decisions, the queue of final messages and the audit chain.
//
// It offers verbs, not tables. One verb happens as a whole or not at all and is at least one event row; its SQL checks
// the old state, and a verb that comes too late gets ErrState or ErrStale and changes nothing. Verbs of many callers share
// one transaction (group commit): each returns only after COMMIT has reached the disk, and one that fails takes back only
// itself.
//
// Promises: what Receive returned is on disk; a report, its ticket, decisions, deliveries and pseudonyms come into being
// together, in Accept, or not at all; no delivery exists without a decision whose clean scan is bound to its bytes; an
// attempt is on disk before anybody may dial; every change can be found in a chain of hashes.
//
// Not here: judging mail, deciding disclosure, sending. The store trusts its callers about what a report says and
// trusts nobody about the order of things. It imports nothing of ours.
//
// After an I/O error, a full disk or a lock that does not go away a verb returns ErrUnavailable: nothing of it may be
// relied on, the connection is thrown away, and the next verb opens a new one, so that work resumes by itself.
package store
