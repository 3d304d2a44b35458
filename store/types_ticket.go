package store

import (
	"encoding/json"
	"time"
)

// TicketState is where a ticket stands.
type TicketState string

const (
	TicketOpen         TicketState = "open"
	TicketNeedsConsent TicketState = "needs-consent" // nothing may leave before the requester says so
	TicketNoContact    TicketState = "no-contact"    // nobody known to tell; waits for an operator
	TicketHeld         TicketState = "held"          // an operator, or somebody's tightening, stopped it
	TicketClosed       TicketState = "closed"
)

// Stage is how far a recipient has come on a ticket (disclosure.md 1).
type Stage string

const (
	FirstContact  Stage = "first-contact"
	Acknowledged  Stage = "acknowledged"
	Authenticated Stage = "authenticated"
	Trusted       Stage = "trusted"
	Closed        Stage = "closed"
)

// Ticket is reports about one incident and the conversation about it.
type Ticket struct {
	ID       int64
	Number   string
	State    TicketState
	Version  int64 // counts changes
	Opened   time.Time
	Updated  time.Time
	PurgedAt time.Time
	// MergedInto is the ticket that its reports were moved to, SplitFrom the one they came from; 0 for none.
	MergedInto, SplitFrom int64
	Family                int64 // one for all tickets that merges and splits tie; 0: alone
}

// Reference is a number that a party gave the incident.
type Reference struct {
	Number string
	Party  string
}

// Keys are what a report can be tied to a ticket by.
type Keys struct {
	MailID   int64
	Incident int // index in the mail's document, so that each reserves a number of its own
	// Party, IncidentName, IncidentID: the same three again are an update. Party is the signer's: an id that another
	// party uses is not the same (case 84). An empty id is never an update.
	Party, IncidentName, IncidentID string
	// Sources are the accused addresses in canonical spelling. A report that names one of them within Window of At is
	// linked; a Window of 0 links nothing. Sources beyond the thousandth are left out.
	Sources []string
	At      time.Time
	Window  time.Duration
}

// CorrelationKind says how a report came to its ticket.
type CorrelationKind string

const (
	CorrelationNew    CorrelationKind = "new"
	CorrelationUpdate CorrelationKind = "update" // same party, IncidentID name and id
	CorrelationLinked CorrelationKind = "linked" // same source address within the window
	CorrelationTicket CorrelationKind = "ticket" // named by a reply's token or an operator, see OnTicket
)

// Correlation is the ticket a report belongs to, as of Version. Accept refuses it with ErrStale when it no longer holds.
type Correlation struct {
	Kind     CorrelationKind
	TicketID int64 // 0 for new
	Number   string
	Version  int64
	Own      string   // the number that the report's requester is told
	Also     []string // numbers of further tickets that the sources match, for the operator
	Keys     Keys
}

// New says whether Accept will open a ticket.
func (c Correlation) New() bool { return c.Kind == CorrelationNew }

// NewReport is one Incident to be accepted.
type NewReport struct {
	Incident                                   int // index in the mail's document
	Party                                      string
	IncidentName, IncidentID, IncidentInstance string
	GeneratedAt                                time.Time
	At                                         time.Time // the time that links it, see Keys.At
	Sources                                    []string
	Version                                    string // "1.00" or "2.00"
	Document                                   []byte // covered bytes of the document
	Conditions                                 string // signed text, empty for none
	Answer                                     bool   // of a recipient, to what it was told of the ticket
	Number                                     string // that its requester is told; empty: the ticket's
}

// Report is an accepted Incident. History is kept: of the reports with one identity on a ticket one is Current, that of
// the latest GeneratedAt, in whatever order they came (case 89).
type Report struct {
	NewReport
	ID         int64
	MailID     int64
	TicketID   int64
	CameTo     int64  // the ticket that it came to, another one where a merge has moved it
	Digest     Digest // of Document
	Current    bool
	Supersedes int64 // report that was current before, or 0
	AcceptedAt time.Time
}

// Consent is what a party said about its reports on a ticket after they were accepted. The latest counts.
type Consent struct {
	Party      string
	ReportID   int64     // the one report it speaks of; 0: all those of the party on the ticket
	Conditions string    // signed text, or AskedToStop
	MailID     int64     // where it stands; the Acceptance's mail when 0
	At         time.Time // set by the store
}

// AskedToStop stands for what a party said unsigned: it grants nothing, and is
// kept so that only this party's signed word goes on.
const AskedToStop = ""

// NewRecipient puts a party on a ticket.
type NewRecipient struct {
	Party   string
	Stage   Stage  // where it starts; FirstContact when empty
	Token   string // unguessable, part of the reply address
	Address string // contact address
	Basis   string // where the address came from: rule name
}

// Recipient is a party on a ticket and how far it has come.
type Recipient struct {
	NewRecipient
	TicketID int64
	GivenOn  int64  // the ticket that Token was made for, another one where that was merged into this
	Number   string // of the ticket
	Knows    string // the number by which it knows the ticket; empty: the ticket's own
	Opened   time.Time
	Updated  time.Time
}

// Step moves a recipient between stages and says why.
type Step struct {
	Party    string
	From, To Stage
	Kind     string // "reply", "signed-reply", "operator", "key-compromised", …
	MailID   int64  // the reply; the Acceptance's mail when 0
	Detail   string // ids and rule names
}

// Evidence is a step taken.
type Evidence struct {
	Step
	TicketID int64
	Actor    string
	At       time.Time
}

// Pseudonym is a random name for a value towards one recipient of one ticket.
type Pseudonym struct {
	Party, Class, Value, Token string
}

// DeliveryKind is what a message is for.
type DeliveryKind string

const (
	KindNotice   DeliveryKind = "notice"   // tells an affected site
	KindAck      DeliveryKind = "ack"      // our number to a trusted requester
	KindQuestion DeliveryKind = "question" // asks a requester for consent
	KindAnswer   DeliveryKind = "answer"   // a recipient's answer, on its way to the requester
	KindOutcome  DeliveryKind = "outcome"  // what became of a report
)

// NewDecision is what one party may be told, with the message that says it or the reason why there is none.
type NewDecision struct {
	Party         string
	Kind          DeliveryKind
	Stage         Stage           // empty for a message to the requester
	PolicyDigest  Digest          // snapshots put before, see PutSnapshot
	PartiesDigest Digest          //
	Reports       []Digest        // documents it was made from
	Inputs        json.RawMessage // the rest that a replay needs: time, number; no report content
	Cells         json.RawMessage // per cell: path, class, owner, action, reasons; no withheld value
	Scan          string          // "clean", "leak", empty when nothing was built
	Twin          string          // "equal", "differs", empty when nothing was built
	Refusal       string          // rule name; empty when there is a message
	Delivery      *NewDelivery
}

// NewDelivery is a finished message.
type NewDelivery struct {
	From, To  string // envelope
	MessageID string
	Bytes     []byte // final, sealed
	Plain     []byte // what was scanned, when Bytes are encrypted or signed around it; nil when it is Bytes
	Approvals int    // how many different operators must look at it first: 0, 1, 2
	Override  bool   // two operators tell more than the rules allow; then Approvals are 2
	HoldFor   string // rule name: it is held and not queued
	Begin     bool   // the caller sends it at once: its first attempt begins with it, see Accepted.Begun
}

// Decision is a stored NewDecision; of its delivery it knows the id.
type Decision struct {
	NewDecision
	ID            int64
	TicketID      int64
	CellsDigest   Digest
	MessageDigest Digest // of the scanned message
	Digest        Digest // of the whole row; the audit chain names it
	DeliveryID    int64  // 0 for none
	At            time.Time
}
