package mailgw

import "iodefgw/store"

// Outcome is what became of a mail when it was first decided on.
type Outcome string

const (
	CountAccepted  Outcome = "accepted" // taken to a ticket, or recorded
	CountHeld      Outcome = "held"
	CountRejected  Outcome = "rejected"
	CountDuplicate Outcome = "duplicate" // of a mail that was decided on, or is just being
)

// decided tells Count of a mail that has just been finished. One that was
// decided on before, and came again by an operator's hand, is counted already.
func (g *Gateway) decided(r store.Receipt, d Disposition) {
	if g.Count == nil || r.Signature != "" {
		return
	}
	switch d {
	case Held:
		g.Count(CountHeld)
	case Rejected:
		g.Count(CountRejected)
	default:
		g.Count(CountAccepted)
	}
}

// had tells Count of a mail that another worker has finished meanwhile: of a
// copy. Where it is none, as when a sweep finds what the mailbox has brought
// again, it is counted there.
func (g *Gateway) had(r store.Receipt) {
	if g.Count != nil && r.Duplicate {
		g.Count(CountDuplicate)
	}
}
