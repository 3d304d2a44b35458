package disclosure

// Refusal says why a report, or the whole ticket, tells this recipient nothing.
type Refusal string

const (
	RefusedClosed     Refusal = "closed"             // the recipient is done with the ticket
	RefusedHeld       Refusal = "held"               // somebody asked to stop; the requester is asked
	RefusedUnsigned   Refusal = "unsigned"           // nothing in it loosens
	RefusedInvalid    Refusal = "invalid-conditions" // the block is answered with the line that is wrong
	RefusedExpired    Refusal = "expired"            // the grant's last day is over
	RefusedSelf       Refusal = "self"               // the recipient is the requester
	RefusedNoRelay    Refusal = "no-relay"           // the requester said no
	RefusedAsk        Refusal = "ask"                // the requester wants to be asked each time
	RefusedConsent    Refusal = "needs-consent"      // nobody said anything; the requester is asked
	RefusedNotNamed   Refusal = "not-named"          // the grant names others
	RefusedMarking    Refusal = "marking"            // TLP or restriction, and no grant lifts it
	RefusedRestricted Refusal = "needs-conditions"   // an explicit private or red needs conditions
)

// AsksRequester reports whether the requester's answer would clear it.
func (r Refusal) AsksRequester() bool {
	switch r {
	case RefusedHeld, RefusedInvalid, RefusedAsk, RefusedConsent, RefusedRestricted, RefusedExpired:
		return true
	}
	return false
}

// summarise takes the reports' refusals together: one that speaks is enough,
// else the first that the requester's answer would clear.
func (r *Result) summarise() {
	for i := range r.Reports {
		why := r.Reports[i].Refusal
		if r.Reports[i].Relay {
			r.Refusal = ""
			return
		}
		if i == 0 || why.AsksRequester() && !r.Refusal.AsksRequester() {
			r.Refusal = why
		}
	}
}
