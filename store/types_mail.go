package store

import "time"

// MailState is where a mail stands; each mail is in exactly one.
type MailState string

const (
	MailReceived MailState = "received" // bytes are safe, nothing decided; found again by Unfinished
	MailAccepted MailState = "accepted" // its reports are in tickets
	MailHeld     MailState = "held"     // waits for a person
	MailRejected MailState = "rejected" // refused by the site's policy; kept, can be released
	MailRecorded MailState = "recorded" // a reply, bounce or auto-reply that was taken note of
)

// MailKind is what a mail turned out to be.
type MailKind string

const (
	KindReport    MailKind = "report"
	KindReply     MailKind = "reply"
	KindBounce    MailKind = "bounce"
	KindAutoReply MailKind = "auto-reply"
	KindOther     MailKind = "other"
)

// Location is where a mail lies: (account, mailbox, UIDVALIDITY, UID) of RFC 3501 2.3.1.1. For files Account is "file",
// Mailbox the path, and the numbers are zero. The zero Location is none.
type Location struct {
	Account, Mailbox string
	UIDValidity, UID uint32
}

// Incoming is a mail as intake found it.
type Incoming struct {
	Raw        []byte    // the whole mail; of one over the size cap its header block
	ReceivedAt time.Time // IMAP INTERNALDATE, for files what -now says
	Location   Location
	Size       int64  // as announced; len(Raw) when 0
	Note       string // "size-mismatch", "oversize"; empty for none
}

// Verdict is what screening made of a mail.
type Verdict struct {
	Kind            MailKind
	Signature       string   // trusted, valid, partial, invalid, unsigned
	Signer          string   // full fingerprint of the key whose signature is good, or empty
	Party           string   // registered party of that key, or empty
	Reasons         []string // tags, the decisive one first
	MessageID       string   // cut to 998 bytes
	SignatureDigest Digest   // of signature and signed bytes, for finding replays; empty when unsigned
}

// Mail is a stored mail. Raw is there when one mail was asked for, not in lists, and not after a purge.
type Mail struct {
	Verdict
	ID             int64
	Digest         Digest // of the raw bytes: its identity
	Size           int64
	Raw            []byte
	ReceivedAt     time.Time
	FirstSeen      time.Time
	FinishedAt     time.Time
	State          MailState
	MessageIDReuse bool // an earlier mail with other bytes has the same Message-ID
	Attempts       int  // runs of the program that began it; a clean stop does not count
	Released       bool // an operator let it pass screening
	PurgedAt       time.Time
	Note           string
}

// Receipt is a mail begun.
type Receipt struct {
	Mail
	// Duplicate: these bytes were here before. When State is not MailReceived there is nothing left to do but to move
	// the copy away.
	Duplicate bool
	// Poison: two runs of the program died over it. Hold it with the reason "poison" and do not parse it.
	Poison bool
	// Anomaly: the server gave these bytes under a location that held others (case 4).
	Anomaly bool
}

// poisonAfter runs that died over a mail make it poison.
const poisonAfter = 2
