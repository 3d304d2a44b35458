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
	switch {
	case r.Signature != "":
	case d == Held:
		g.count(CountHeld)
	case d == Rejected:
		g.count(CountRejected)
	default:
		g.count(CountAccepted)
	}
}

func (g *Gateway) count(o Outcome) {
	if g.Count != nil {
		g.Count(o)
	}
}
