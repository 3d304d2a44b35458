package disclosure

// contest notes where a report of one requester takes from the message a value
// that another's accuses, or that is the recipient's own, and that it would
// tell by itself. The most restrictive word wins, so that a requester could
// silence another's notice by reporting the same source and forbidding all
// relay; who does is seen by a person, and the notice waits.
func (d *decider) contest(r *Result) {
	if len(d.in.Reports) < 2 {
		return
	}
	for i := range d.in.Cells {
		c, k := &d.in.Cells[i], r.Decisions[i].value
		if k < 0 || d.values.list[k].own == Keep || !r.speaks(c) {
			continue
		}
		contested := false
		switch c.Owner {
		case OwnerRecipient, OwnerReported:
			contested = r.vote(i) == Keep && d.hiddenByOther(r, k, c.Report)
		case OwnerMine:
			// Registered to another requester of the ticket, whom this one accuses.
			contested = c.Accused && d.another(c.Of, c.Report) && d.in.Recipient.Relation != AbuseDesk && d.in.Recipient.Relation != Unknown
		}
		if contested {
			r.Contested = true
			r.note(NoteContested, c.Report, 1)
		}
	}
}

// hiddenByOther reports whether a cell of another requester hides a value.
func (d *decider) hiddenByOther(r *Result, value int32, report int) bool {
	for j := range d.in.Cells {
		if r.Decisions[j].value == value && r.vote(j) != Keep && d.another(d.in.Cells[j].Report, report) {
			return true
		}
	}
	return false
}

// another reports whether two reports are of two requesters.
func (d *decider) another(a, b int) bool {
	return a >= 0 && a < len(d.in.Reports) && a != b && d.in.Reports[a].Party.ID != d.in.Reports[b].Party.ID
}
