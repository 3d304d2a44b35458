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
	d.hiders = d.hiders[:0]
	for i := range d.in.Cells {
		c, k := &d.in.Cells[i], r.Decisions[i].value
		if k < 0 || d.values.list[k].own == Keep || !r.speaks(c) {
			continue
		}
		contested := false
		switch whose := d.in.Owners[i]; whose.Owner {
		case OwnerRecipient, OwnerReported:
			contested = r.vote(i) == Keep && d.hiddenByOther(r, k, c.Report)
		case OwnerMine:
			// Registered to another requester of the ticket, whom this one accuses.
			contested = c.Accused && d.another(whose.Of, c.Report) && d.in.Recipient.Relation != AbuseDesk && d.in.Recipient.Relation != Unknown
		}
		if contested {
			r.Contested = true
			r.note(NoteContested, int(c.Report), c.times())
		}
	}
}

// hiddenByOther reports whether a cell of another requester hides a value.
func (d *decider) hiddenByOther(r *Result, value int32, report int32) bool {
	if len(d.hiders) == 0 {
		d.findHiders(r)
	}
	for _, h := range d.hiders[value] {
		if h > 0 && d.another(h-1, report) {
			return true
		}
	}
	return false
}

// findHiders notes by value which reports hide it: one, and one of another
// requester. Whoever asks is of another than one of the two. Two large logs
// would cost their product if they were searched for each value.
func (d *decider) findHiders(r *Result) {
	d.hiders = emptied(d.hiders, len(d.values.list))
	for i := range d.in.Cells {
		value, report := r.Decisions[i].value, d.in.Cells[i].Report
		if value < 0 || r.vote(i) == Keep || report < 0 || int(report) >= len(d.in.Reports) {
			continue
		}
		switch h := &d.hiders[value]; {
		case h[0] == 0:
			h[0] = report + 1
		case h[1] == 0 && d.another(report, h[0]-1):
			h[1] = report + 1
		}
	}
}

// another reports whether two reports are of two requesters.
func (d *decider) another(a, b int32) bool {
	return a >= 0 && int(a) < len(d.in.Reports) && a != b && d.in.Reports[a].Party.ID != d.in.Reports[b].Party.ID
}
