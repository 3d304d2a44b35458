package mailgw

import (
	"context"
	"errors"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"iodefgw/iodef"
	"iodefgw/relay"
	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// acceptance is what follows from one accepted mail.
type acceptance struct {
	g        *Gateway
	now      *Snapshot
	receipt  store.Receipt
	facts    Facts
	verdict  store.Verdict
	trusted  bool // under a signature that counts
	evidence disclosure.Evidence
	signer   string          // party of that signature
	via      []string        // loop marks of the mail
	to       store.Recipient // of the token the mail is sent to; empty for none
	answers  bool            // its report answers what its sender was told of a ticket
}

// replans is how often a mail is planned again because its ticket changed
// meanwhile. Every time some other mail has got through.
const replans = 20

// report takes the incidents of a mail into their tickets: steps 6 to 8.
func (c *acceptance) report(ctx context.Context) (Disposition, error) {
	docs, requester := c.facts.incidents(), c.requester()
	c.answers = c.trusted && c.to.Party != "" && c.to.Party == c.signer && c.to.Basis != relay.BasisRequester
	if tag := cannotAct(docs, requester); tag != "" {
		// An operator released it, which makes nothing readable and nobody known.
		return c.g.end(ctx, c.receipt, nil, Verdict{Kind: c.facts.Kind, Class: Class(c.verdict.Signature), Action: Hold, Reasons: []string{tag}})
	}
	for attempt := 1; ; attempt++ {
		a := store.Acceptance{MailID: c.receipt.ID, Verdict: c.verdict}
		shares, err := c.shares(ctx, &docs[0], requester)
		if err != nil {
			return "", err
		}
		for _, s := range shares {
			change, err := c.change(ctx, s, requester)
			if err != nil {
				return "", err
			}
			a.Tickets = append(a.Tickets, *change)
		}
		done, err := c.carryOut(ctx, a)
		if !errors.Is(err, store.ErrStale) || attempt == replans {
			return done, err
		}
	}
}

// cannotAct is the tag of a mail that cannot be acted on whoever lets it pass.
func cannotAct(docs []Document, requester *relay.Party) string {
	switch {
	case requester == nil:
		return TagUntrustedKey
	case len(docs) > 1:
		return TagTwoDocuments
	case docs[0].IODEF == nil:
		return TagMalformedDoc
	}
	return ""
}

// share is what a mail brings to one ticket: mostly one incident.
type share struct {
	corr    store.Correlation
	rows    []store.NewReport
	reports []*relay.Report
}

// shares finds the ticket of each incident. Two incidents that belong to one
// ticket are planned together.
func (c *acceptance) shares(ctx context.Context, doc *Document, requester *relay.Party) ([]*share, error) {
	var all []*share
	for i, inc := range doc.IODEF.Incidents() {
		row := c.row(i, inc, doc, requester)
		corr, err := c.correlate(ctx, i, &row)
		if err != nil {
			return nil, err
		}
		c.g.tell(ctx, "correlated", "mail", c.receipt.ID, "ticket", corr.Number, "as", corr.Kind)
		n := slices.IndexFunc(all, func(s *share) bool {
			return !corr.New() && s.corr.TicketID == corr.TicketID || corr.New() && s.corr.New() && sameIncident(&s.rows[0], &row)
		})
		if n < 0 {
			n, all = len(all), append(all, &share{corr: corr})
		}
		row.Number = corr.Own
		if corr.New() {
			row.Number = all[n].corr.Own // two of one identity are one report
		}
		all[n].rows = append(all[n].rows, row)
		// The digest by which the store knows it: later decisions name it so.
		own := relay.NewReport("of this mail", requester, c.evidence, doc.IODEF, inc, string(store.DigestOf(doc.Bytes)), row.Conditions)
		own.Answer, own.Number = row.Answer, row.Number
		all[n].reports = append(all[n].reports, own)
	}
	return all, nil
}

// sameIncident reports whether one report is an update of the other.
func sameIncident(a, b *store.NewReport) bool {
	return a.IncidentID != "" && a.Party == b.Party && a.IncidentName == b.IncidentName &&
		a.IncidentID == b.IncidentID && a.IncidentInstance == b.IncidentInstance
}

// requester is the party whose report it is: the signer, or for a mail that an
// operator released, the party whose address it came from.
func (c *acceptance) requester() *relay.Party {
	return c.facts.speaker(c.signer, c.now.Parties)
}

// row is an incident as the store keeps it.
func (c *acceptance) row(index int, inc iodef.Incident, doc *Document, requester *relay.Party) store.NewReport {
	id := inc.ID()
	row := store.NewReport{
		Incident: index, Party: requester.ID,
		IncidentName: strings.ToLower(id.Name), IncidentID: id.ID, IncidentInstance: id.Instance,
		GeneratedAt: generated(inc), At: c.receipt.ReceivedAt, Sources: sources(inc),
		Version: string(doc.IODEF.Version()), Document: doc.Bytes,
	}
	switch c.evidence {
	case disclosure.Signed:
		row.Conditions = c.facts.Opened.Text()
	case disclosure.DKIM:
		row.Conditions = c.facts.Opened.Content.PlainText()
	}
	return row
}

// change plans what follows on one ticket. Of two reports with one identity the
// later one counts, in whatever order they come (case 89).
func (c *acceptance) change(ctx context.Context, sh *share, requester *relay.Party) (*store.TicketChange, error) {
	outdated := make([]bool, len(sh.rows))
	was := make([]*store.Report, len(sh.rows))
	s, err := c.situation(ctx, sh.corr, func(stored *store.Report) (replaced bool) {
		for i := range sh.rows {
			if !sameIncident(&sh.rows[i], &stored.NewReport) {
				continue
			}
			if stored.Answer { // brought up to date it is one still, wherever it was sent
				sh.rows[i].Answer, sh.reports[i].Answer = true, true
			}
			if later(&sh.rows[i], stored) {
				replaced, was[i] = true, stored
			} else {
				outdated[i] = true
			}
		}
		return replaced
	})
	if err != nil {
		return nil, err
	}
	reopened, anew, err := c.reopen(ctx, sh.corr, s)
	if err != nil {
		return nil, err
	}
	for i, own := range sh.reports {
		if was[i] != nil && c.trusted {
			allowed, err := c.allowed(ctx, was[i])
			if err != nil {
				return nil, err
			}
			s.Less = s.Less || own.Held || own.BadLine > 0 || own.Conditions.Less(allowed)
		}
		switch {
		case outdated[i]:
		case own.Answer:
			s.Answers = append(s.Answers, own)
		default:
			s.Reports = append(s.Reports, own)
		}
		if c.trusted {
			s.Receipt = own
		}
		if was[i] != nil && !outdated[i] && own.GoesOn() && len(s.Stopped) > 0 && c.since(s.LastStop) && !besides(s, sh, requester) {
			// Who asked to stop says by an update of all it has reported, under its own
			// signature, how to go on. Another's stop stays.
			s.Stopped = slices.DeleteFunc(s.Stopped, func(id string) bool { return id == requester.ID })
			s.Held = len(s.Stopped) > 0
		}
	}
	crossed, err := c.crossed(ctx, sh, was, requester)
	if err != nil {
		return nil, err
	}
	if crossed {
		s.Held, s.Stopped = true, append(s.Stopped, requester.ID)
	}
	s.Hold()
	var steps []store.Step
	if c.answers && len(s.Answers) > 0 {
		steps = c.answered(ctx, s, requester)
	}
	plan, err := c.plan(ctx, s)
	if err != nil {
		return nil, err
	}
	change := changeOf(sh.corr, plan)
	change.Reports, change.Steps = sh.rows, slices.Concat(anew, change.Steps, steps)
	if crossed {
		change.Consents = append(change.Consents, store.Consent{Party: requester.ID, Conditions: store.AskedToStop, MailID: c.receipt.ID})
	}
	if s.Answer != nil && !reopened {
		change.State = "" // what a recipient answers does not move the ticket
	}
	for _, own := range sh.reports {
		change.References = append(change.References, references(own.Incident, requester.ID)...)
	}
	return change, nil
}

// later is the store's rule for which of two reports is current.
func later(own *store.NewReport, stored *store.Report) bool {
	if d := own.GeneratedAt.Compare(stored.GeneratedAt); d != 0 {
		return d > 0
	}
	return store.DigestOf(own.Document) >= stored.Digest
}

// evidenceOf says what a verdict makes of a report's conditions.
func evidenceOf(c Class, reasons []string) disclosure.Evidence {
	switch {
	case c == ClassTrusted:
		return disclosure.Signed
	case slices.Contains(reasons, TagDKIMParty):
		return disclosure.DKIM
	}
	return disclosure.Unsigned
}

func (c *acceptance) plan(ctx context.Context, s *relay.Situation) (*relay.Plan, error) {
	return c.g.plan(ctx, c.now, s)
}

// plan is Relay.Plan, and tells of what a person must see.
func (g *Gateway) plan(ctx context.Context, now *Snapshot, s *relay.Situation) (*relay.Plan, error) {
	var plan *relay.Plan
	var err error
	g.turns.run(func() { plan, err = now.Relay.Plan(*s, now.Parties, now.Digests, g.Now()) })
	if err != nil {
		return nil, err
	}
	for _, n := range plan.Notices {
		if n.Refusal == relay.NotProved {
			// A leak that the decision did not stop: a person must see it.
			g.log().Error("not-proved", "ticket", n.Number, "party", n.Recipient.Party.ID, "scan", n.Scan, "twin", n.Twin, "where", strings.Join(n.Leaks, "; "))
		}
		if n.Refusal == relay.Contested || n.HoldFor == relay.Contested {
			g.log().Warn("contested", "ticket", n.Number, "party", n.Recipient.Party.ID)
		}
		g.tell(ctx, "planned", "ticket", n.Number, "to", n.Recipient.Party.ID, "kind", n.Kind, "stage", n.Recipient.Stage,
			"refusal", n.Refusal, "scan", n.Scan, "twin", n.Twin)
	}
	return plan, nil
}

func changeOf(corr store.Correlation, p *relay.Plan) *store.TicketChange {
	change := &store.TicketChange{
		Correlation: corr, State: p.State,
		Recipients: p.Recipients, Steps: p.Steps, Decisions: p.Decisions, Pseudonyms: p.Pseudonyms,
	}
	change.Supersede = p.Withdrawn
	for _, d := range p.Decisions {
		if (d.Kind == store.KindNotice || d.Kind == store.KindAnswer) && !corr.New() {
			change.Supersede = append(change.Supersede, store.Superseded{Party: d.Party, Kind: d.Kind})
		}
	}
	return change
}

// carryOut commits what was planned, or says that it must be planned again.
func (c *acceptance) carryOut(ctx context.Context, a store.Acceptance) (Disposition, error) {
	reserved := c.reserve(&a)
	done, err := c.g.Store.Accept(ctx, a)
	c.sendAtOnce(done, reserved)
	if errors.Is(err, store.ErrState) {
		return Processed, errHad
	}
	if err != nil {
		return "", err
	}
	c.g.decided(c.receipt, Processed)
	left := false
	for _, t := range done {
		queued := 0
		for _, id := range t.DeliveryIDs {
			if id != 0 {
				queued++
			}
		}
		left = left || queued > len(t.Begun)
		c.g.log().Info("accepted", "mail", c.receipt.ID, "ticket", t.Number, "deliveries", queued)
	}
	if left && c.g.Queued != nil {
		c.g.Queued()
	}
	return Processed, nil
}

// reserve takes a sender for each message that may leave at once, as far as
// there are any free, and returns for which it did. Where other parties or
// another policy have come into use meanwhile, the queue looks at them first.
func (c *acceptance) reserve(a *store.Acceptance) (reserved []*store.NewDelivery) {
	if c.g.Sender == nil || c.g.Current() != c.now {
		return nil
	}
	for _, t := range a.Tickets {
		for _, d := range t.Decisions {
			if m := d.Delivery; m != nil && m.Approvals == 0 && m.HoldFor == "" && c.g.Sender.Reserve(int64(len(m.Bytes))) {
				m.Begin = true
				reserved = append(reserved, m)
			}
		}
	}
	return reserved
}

// sendAtOnce hands the messages that were begun to the senders reserved for
// them, and gives the other senders back.
func (c *acceptance) sendAtOnce(done []store.Accepted, reserved []*store.NewDelivery) {
	for _, t := range done {
		for _, d := range t.Begun {
			c.g.Sender.SendBegun(d)
			reserved = slices.DeleteFunc(reserved, func(m *store.NewDelivery) bool { return m.MessageID == d.MessageID })
		}
	}
	for _, m := range reserved {
		c.g.Sender.Release(int64(len(m.Bytes)))
	}
}

// situation is the ticket as it stands, without the reports that replaced
// says are replaced by what comes.
func (c *acceptance) situation(ctx context.Context, corr store.Correlation, replaced func(*store.Report) bool) (*relay.Situation, error) {
	s := &relay.Situation{Ticket: relay.Ticket{Number: corr.Number, Via: c.via}, Told: map[string]string{}, Queued: map[string]string{}}
	if corr.New() {
		return s, nil
	}
	s.Tellings = c.tellings(ctx, corr)
	return s, c.now.load(ctx, c.g.Store, corr.TicketID, but{replaced: replaced}, s)
}

// generated is when the reporter made the document; it orders updates.
func generated(inc iodef.Incident) time.Time {
	t := inc.Times()
	if !t.Generation.IsZero() {
		return t.Generation.At
	}
	return t.Report.At
}

// sources are the addresses that a report accuses, canonical, each once.
func sources(inc iodef.Incident) []string {
	var list []string
	for _, s := range inc.Systems() {
		if s.Category() != "source" {
			continue
		}
		for _, a := range s.Addresses() {
			if addr, err := netip.ParseAddr(a.Value()); err == nil {
				list = append(list, addr.Unmap().WithZone("").String())
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// reference is the form of other teams' ticket numbers: JPCERT#12345678.
var reference = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9._-]{0,30}#[0-9]{1,12}$`)

// references are the numbers that others gave the incident.
func references(inc iodef.Incident, party string) []store.Reference {
	var list []store.Reference
	for _, id := range append([]iodef.IncidentID{inc.ID()}, slices.Concat(inc.AlternativeIDs(), inc.RelatedIDs())...) {
		if reference.MatchString(id.ID) || id == inc.ID() && id.ID != "" {
			list = append(list, store.Reference{Number: id.ID, Party: party})
		}
	}
	return list
}
