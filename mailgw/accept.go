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
}

// replans is how often a mail is planned again because its ticket changed
// meanwhile. Every time some other mail has got through.
const replans = 20

// report takes the incidents of a mail into their tickets: steps 6 to 8.
func (c *acceptance) report(ctx context.Context) (Disposition, error) {
	requester := c.requester()
	if requester == nil {
		// Released, but nobody we know speaks: there is no one whose conditions
		// could hold.
		return c.g.end(ctx, c.receipt, nil, Verdict{Kind: c.facts.Kind, Class: ClassUnsigned, Action: Hold, Reasons: []string{TagUntrustedKey}})
	}
	for attempt := 1; ; attempt++ {
		a := store.Acceptance{MailID: c.receipt.ID, Verdict: c.verdict}
		for i, inc := range c.facts.incidents()[0].IODEF.Incidents() {
			change, err := c.incident(ctx, i, inc, requester)
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

// requester is the party whose report it is: the signer, or for a mail that an
// operator released, the party whose address it came from.
func (c *acceptance) requester() *relay.Party {
	if p := c.now.Parties.ByID(c.signer); p != nil {
		return p
	}
	if len(c.facts.From) == 1 {
		if ps := c.now.Parties.ByMail(c.facts.From[0].Addr); len(ps) == 1 {
			return ps[0]
		}
	}
	return nil
}

// incident finds the ticket of one incident and plans what follows.
func (c *acceptance) incident(ctx context.Context, index int, inc iodef.Incident, requester *relay.Party) (*store.TicketChange, error) {
	doc := c.facts.incidents()[0]
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
	corr, err := c.g.Store.Correlate(ctx, store.Keys{
		MailID: c.receipt.ID, Incident: index, Party: row.Party, IncidentName: row.IncidentName, IncidentID: row.IncidentID,
		Sources: row.Sources, At: row.At, Window: c.g.Window,
	})
	if err != nil {
		return nil, err
	}
	c.g.tell("correlated", "mail", c.receipt.ID, "ticket", corr.Number, "as", corr.Kind)
	s, err := c.situation(ctx, corr, &row)
	if err != nil {
		return nil, err
	}
	own := relay.NewReport("of this mail", requester, c.evidence, doc.IODEF, inc, doc.SHA256(), row.Conditions)
	s.Reports = append(s.Reports, own)
	if c.trusted {
		s.Receipt = own
	}
	plan, err := c.plan(s)
	if err != nil {
		return nil, err
	}
	change := changeOf(corr, plan)
	change.Reports = []store.NewReport{row}
	change.References = references(inc, requester.ID)
	return change, nil
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

func (c *acceptance) plan(s *relay.Situation) (*relay.Plan, error) {
	plan, err := c.now.Relay.Plan(*s, c.now.Parties, c.now.Digests, c.g.Now())
	if err != nil {
		return nil, err
	}
	for _, n := range plan.Notices {
		if n.Refusal == relay.NotProved {
			// A leak that the decision did not stop: a person must see it.
			c.g.log().Error("not-proved", "ticket", n.Number, "party", n.Recipient.Party.ID, "scan", n.Scan, "twin", n.Twin, "where", strings.Join(n.Leaks, "; "))
		}
		c.g.tell("planned", "ticket", n.Number, "to", n.Recipient.Party.ID, "kind", n.Kind, "stage", n.Recipient.Stage,
			"refusal", n.Refusal, "scan", n.Scan, "twin", n.Twin)
	}
	return plan, nil
}

func changeOf(corr store.Correlation, p *relay.Plan) *store.TicketChange {
	return &store.TicketChange{
		Correlation: corr, State: p.State,
		Recipients: p.Recipients, Decisions: p.Decisions, Pseudonyms: p.Pseudonyms,
	}
}

// carryOut commits what was planned, or says that it must be planned again.
func (c *acceptance) carryOut(ctx context.Context, a store.Acceptance) (Disposition, error) {
	done, err := c.g.Store.Accept(ctx, a)
	if errors.Is(err, store.ErrState) {
		return Processed, nil // another worker had the same bytes
	}
	if err != nil {
		return "", err
	}
	for _, t := range done {
		queued := 0
		for _, id := range t.DeliveryIDs {
			if id != 0 {
				queued++
			}
		}
		c.g.log().Info("accepted", "mail", c.receipt.ID, "ticket", t.Number, "deliveries", queued)
	}
	if c.g.Queued != nil {
		c.g.Queued()
	}
	return Processed, nil
}

// situation is the ticket as it stands, without the report that replaces an
// earlier one of the same identity.
func (c *acceptance) situation(ctx context.Context, corr store.Correlation, own *store.NewReport) (*relay.Situation, error) {
	s := &relay.Situation{Ticket: relay.Ticket{Number: corr.Number, Via: c.via}, Told: map[string]string{}}
	if corr.New() {
		return s, nil
	}
	return s, c.now.load(ctx, c.g.Store, corr.TicketID, own, s)
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
