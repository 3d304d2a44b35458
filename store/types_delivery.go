package store

import "time"

// DeliveryState is where a message in the queue stands.
type DeliveryState string

const (
	AwaitingApproval DeliveryState = "awaiting-approval" // operators must look first
	Queued           DeliveryState = "queued"
	Sending          DeliveryState = "sending"   // an attempt is on disk; somebody may be dialling
	Sent             DeliveryState = "sent"      // the server answered 250 after the final dot
	Deferred         DeliveryState = "deferred"  // 4xx or no connection; tried again at NextAt
	Failed           DeliveryState = "failed"    // 5xx or tried too long; an operator may retry
	Maybe            DeliveryState = "maybe"     // the outcome is unknown; tried again with the same bytes
	HeldBack         DeliveryState = "held"      // a rule stopped it: weak channel, changed policy
	Cancelled        DeliveryState = "cancelled" // will never be sent
)

// Delivery is a message in the queue. Bytes and Plain are there when one was asked for, not in lists.
type Delivery struct {
	ID            int64
	DecisionID    int64
	TicketID      int64
	Number        string // of the ticket
	Party         string
	Kind          DeliveryKind
	Stage         Stage
	PolicyDigest  Digest
	PartiesDigest Digest
	From, To      string // envelope
	MessageID     string
	Digest        Digest // of Bytes; an approval names it
	Size          int64
	Bytes         []byte
	Plain         []byte
	Approvals     int // needed
	Override      bool
	Approved      int // given
	State         DeliveryState
	Reason        string // of held, failed, cancelled, deferred: rule name or reply code
	Attempts      int    // begun; the number of the attempt that Attempt returned
	Maybes        int
	NextAt        time.Time // zero: not by itself
	Created       time.Time
	Updated       time.Time
}

// Reply is what a server said, or what became of the connection.
type Reply struct {
	Code int    // SMTP reply code, 0 for none
	Text string // the server's words, stored cut to 500 bytes
}

// Attempt is one try at a delivery.
type Attempt struct {
	DeliveryID int64
	N          int
	Started    time.Time
	Ended      time.Time     // zero: under way, or cut off by a crash
	Outcome    DeliveryState // sent, deferred, failed, maybe; empty while under way
	Reply      Reply
}

// Approval is an operator's yes to exact bytes.
type Approval struct {
	DeliveryID int64
	Operator   string
	Digest     Digest
	At         time.Time
}
