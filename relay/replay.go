package relay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"

	"iodefgw/iodef"
	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// Past is a decision and what it was made from, as the store kept it.
type Past struct {
	Decision   store.Decision
	Policy     string // text of the snapshot
	Parties    *Parties
	Documents  map[store.Digest][]byte
	Texts      map[store.Digest]string // in which conditions stand
	Messages   map[store.Digest][]byte // to the recipient on this ticket, before they were sealed
	Token      string
	MessageID  string // of the message, "" where there is none
	Pseudonyms []store.Pseudonym
}

// Replayed says how a decision that was made again compares to the one on
// record.
type Replayed struct {
	Notice  *Notice
	Cells   []string // paths of the cells that differ; none where each is as it was
	Outcome []string // refusal, scan, twin: those that differ
	Message Likeness
}

// Likeness is the outcome of a comparison of two messages before sealing: a
// sealed one holds random bytes and is never the same twice.
type Likeness string

const (
	MessageEqual   Likeness = "equal"
	MessageDiffers Likeness = "differs"
	MessageNone    Likeness = "none"         // nothing was to be sent
	MessageOther   Likeness = "other-letter" // the letters, our identity or how mails are written have changed since; it cannot be compared
)

// Equal reports whether the decision came out as it is on record.
func (p *Replayed) Equal() bool {
	return len(p.Cells) == 0 && len(p.Outcome) == 0 && p.Message != MessageDiffers
}

// errIncomplete marks what cannot be replayed any more: purged, or made by a
// version that kept less.
var errIncomplete = errors.New("not kept")

// Replay makes a decision again, from its stored inputs alone, and compares
// (disclosure.md 9). The policy of r is not looked at: the decision's own is.
func (r *Relay) Replay(p *Past) (*Replayed, error) {
	in, err := readInputs(p.Decision)
	if err != nil {
		return nil, err
	}
	if in.Form == "" {
		return nil, fmt.Errorf("inputs of decision %d: %w", p.Decision.ID, errIncomplete)
	}
	policy, err := disclosure.ParsePolicy([]byte(p.Policy))
	if err != nil {
		return nil, fmt.Errorf("read the policy of decision %d: %w", p.Decision.ID, err)
	}
	ticket, err := p.ticket(in)
	if err != nil {
		return nil, err
	}
	to, err := p.recipient(in)
	if err != nil {
		return nil, err
	}
	to.Found = foundBy(to.Party, ticket.Reports, p.Parties, policy)
	ticket.Answer = p.Decision.Kind == store.KindAnswer
	for _, rep := range ticket.Reports {
		rep.Answer = ticket.Answer
	}
	past := *r
	past.Policy, past.Secret = policy, nil
	var out *Replayed
	for _, past.Mark = range r.Mark.each() { // the message may carry a mark of a former key
		n, err := p.again(&past, in, ticket, to)
		if err != nil {
			return nil, err
		}
		if out, err = p.compare(n, in.Form); err != nil || out.Message != MessageDiffers {
			return out, err
		}
	}
	return out, nil
}

// again makes the notice once more.
func (p *Past) again(r *Relay, in *decisionInputs, ticket *Ticket, to Recipient) (n *Notice, err error) {
	if r.Rand, err = p.random(); err != nil {
		return nil, err
	}
	if p.Decision.Kind == store.KindNotice || ticket.Answer {
		return r.notice(ticket, to, p.Parties, in.Now)
	}
	fill := says{}
	if in.Says != nil {
		fill = *in.Says
	}
	return r.plain(p.Decision.Kind, in.Letter, ticket, to, fill, p.Parties, in.Now)
}

// ticket has the reports as they stood then.
func (p *Past) ticket(in *decisionInputs) (*Ticket, error) {
	t := &Ticket{Number: in.Number, Via: in.Via}
	for _, row := range in.Reports {
		party := p.Parties.ByID(row.Party)
		document := p.Documents[row.Document]
		evidence := slices.Index(evidenceWords[:], row.Evidence)
		if party == nil || document == nil || evidence < 0 {
			return nil, fmt.Errorf("report %.12s of decision %d: %w", row.Document, p.Decision.ID, errIncomplete)
		}
		doc, err := iodef.Parse(document)
		if err != nil {
			return nil, fmt.Errorf("report %.12s of decision %d: %w", row.Document, p.Decision.ID, err)
		}
		incidents := doc.Incidents()
		var texts []string
		for _, digest := range row.Conditions {
			text, ok := p.Texts[digest]
			if !ok && digest != store.DigestOf(nil) {
				return nil, fmt.Errorf("conditions %.12s of decision %d: %w", digest, p.Decision.ID, errIncomplete)
			}
			texts = append(texts, text)
		}
		if row.Incident < 0 || row.Incident >= len(incidents) || len(texts) == 0 {
			return nil, fmt.Errorf("report %.12s of decision %d: %w", row.Document, p.Decision.ID, errIncomplete)
		}
		report := NewReport(row.Name, party, disclosure.Evidence(evidence), doc, incidents[row.Incident], string(row.Document), texts[0], texts[1:]...)
		report.Held = row.Held
		t.Reports = append(t.Reports, report)
	}
	return t, nil
}

// recipient is the party as far as it had come then.
func (p *Past) recipient(in *decisionInputs) (Recipient, error) {
	d := &p.Decision
	to := Recipient{
		Party: p.Parties.ByID(d.Party), Stage: disclosure.Stage(d.Stage), Basis: in.Basis,
		OthersTold: in.Others, Earlier: in.Earlier, Pseudonyms: p.Pseudonyms, canRead: in.Key,
	}
	if to.Party == nil {
		return to, fmt.Errorf("party %q of decision %d: %w", d.Party, d.ID, errIncomplete)
	}
	if in.Answers {
		to.Token = p.Token
	}
	var err error
	if to.Override, err = in.Override.override(); err != nil {
		return to, err
	}
	for _, digest := range in.Sent {
		m := p.Messages[digest]
		if m == nil {
			return to, fmt.Errorf("message %.12s before decision %d: %w", digest, d.ID, errIncomplete)
		}
		to.Sent = append(to.Sent, m)
	}
	return to, nil
}

// random gives the message its Message-ID again. What is drawn after it is for
// the twins, and any will do.
func (p *Past) random() (io.Reader, error) {
	rest := rand.NewChaCha8([32]byte{})
	if p.MessageID == "" {
		return rest, nil
	}
	id, _, _ := strings.Cut(strings.TrimPrefix(p.MessageID, "<"), "@")
	raw, ok := store.TokenBytes(id)
	if !ok {
		return nil, fmt.Errorf("Message-ID of decision %d is not of our making", p.Decision.ID)
	}
	return io.MultiReader(bytes.NewReader(raw), rest), nil
}

// compare holds the new decision against the one on record.
func (p *Past) compare(n *Notice, form string) (*Replayed, error) {
	d, out := &p.Decision, &Replayed{Notice: n, Message: MessageNone}
	var err error
	if out.Cells, err = n.differing(d); err != nil {
		return nil, err
	}
	refusal := d.Refusal
	if refusal == NoUsableKey {
		refusal = "" // a replay seals nothing, and did not come to that
	}
	for _, c := range []struct{ what, was, is string }{
		{"refusal", refusal, n.Refusal}, {"scan", d.Scan, n.Scan}, {"twin", d.Twin, n.Twin},
	} {
		if c.was != c.is {
			out.Outcome = append(out.Outcome, fmt.Sprintf("%s was %q, is %q", c.what, c.was, c.is))
		}
	}
	switch {
	case d.MessageDigest == "":
	case form != n.form:
		out.Message = MessageOther
	case n.Plain != nil && store.DigestOf(n.Plain) == d.MessageDigest:
		out.Message = MessageEqual
	default:
		out.Message = MessageDiffers
	}
	return out, nil
}

// differing lists the paths of cells that are not as a decision's row has them.
func (n *Notice) differing(d *store.Decision) ([]string, error) {
	if store.DigestOf(n.table()) == d.CellsDigest {
		return nil, nil
	}
	paths, err := differing(d.Cells, n.Cells())
	// Earlier versions wrote the same cells in more words.
	if err == nil && len(paths) == 0 && store.DigestOf(d.Cells) != d.CellsDigest {
		paths = []string{"the table on record is not what its digest says"}
	}
	return paths, err
}

// differing lists the paths of cells that two tables do not have alike.
func differing(was json.RawMessage, is []Cell) ([]string, error) {
	old, err := ReadCells(was)
	if err != nil {
		return nil, err
	}
	var paths []string
	for i := range max(len(old), len(is)) {
		switch {
		case i >= len(old):
			paths = append(paths, is[i].Path)
		case i >= len(is):
			paths = append(paths, old[i].Path)
		case old[i].Path != is[i].Path || old[i].Class != is[i].Class || old[i].Owner != is[i].Owner ||
			old[i].Action != is[i].Action || !slices.Equal(old[i].Reasons, is[i].Reasons):
			paths = append(paths, old[i].Path)
		}
	}
	return paths, nil
}
