// Package relay tells others of incidents: who is concerned (recipients.go), what
// each may be told now (package disclosure decides), the document and the letter
// built from that, two proofs of the finished bytes (prove.go), sealing, the
// queue and SMTP. It also knows the parties (parties.go) and what a ticket's
// reports and answers lead to (plan.go, pass_on.go).
//
// Start with Relay.Notice, the way of one notice. Plan does it for all of a
// ticket's recipients.
//
// It promises: a message is queued only if the leak scan found it clean and the
// twin run made the same bytes again; planning keeps no state and touches no
// network; each value of a message is on record with the reasons why it was
// allowed; the queue sends final bytes and never sees what was withheld.
//
// Not here: reading and judging mail (package mailgw), and state (package store).
package relay

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// Relay makes what the gateway sends: it decides, builds, proves and seals.
// It keeps no state and touches no network; the same inputs and random bytes
// give the same messages.
type Relay struct {
	Us        Identity
	Bounces   string      // address that bounces go to; a token is put into it
	Secret    *pgp.Secret // nil seals nothing, for looking at what would be said
	Policy    *disclosure.Policy
	Templates *Templates
	Mark      Mark
	Rand      io.Reader

	twins int // for tests: how often a notice is made again from a twin, from its first cell to its last byte; 0: twice
}

// Ticket is what planning knows of a ticket.
type Ticket struct {
	Number  string
	Reports []*Report
	Via     []string // loop marks that what is sent now carries on, see LoopMarks
	Answer  bool     // the reports are answers of recipients, on their way to a requester

	material *material // of the reports, taken apart once for all recipients
	letters  letterScanners
}

// whole is the material of the reports, of which nobody changes anything.
func (t *Ticket) whole(parties *Parties) *material {
	if t.material == nil {
		t.material, t.letters = collect(t.Reports, parties.values), letterScanners{}
	}
	return t.material
}

// takeApart is the material for one recipient, which is to get its own owners.
func (t *Ticket) takeApart(parties *Parties) *material {
	m := *t.whole(parties)
	return &m
}

// Recipient is a party to be told about a ticket, and how far it has come.
type Recipient struct {
	Party      *Party
	Number     string // by which it knows the ticket; empty: the ticket's own
	Stage      disclosure.Stage
	Basis      string // by which rule it was found
	Found      []string
	Token      string // part of the address that acknowledges
	Pseudonyms []store.Pseudonym
	OthersTold []string
	Earlier    bool      // a message that told it something has left
	Override   *Override // tells it more than the rules; nil: none
	Sent       [][]byte  // the messages that it was or may have been sent on this ticket, before they were sealed

	canRead bool // it has a key that we can encrypt to
}

// Notice is one message to one recipient, from the decision to the bytes in
// the queue. With a Refusal there is no message.
type Notice struct {
	Recipient Recipient
	Number    string
	Now       time.Time
	Kind      store.DeliveryKind
	Refusal   string // rule name; empty where there is a message
	HoldFor   string // rule name: made, but not to leave by itself
	Draft     *Draft
	Document  string // the IODEF document
	Plain     []byte // the whole mail before it is sealed: what was proved
	Sealed    []byte // what is sent
	From, To  string // envelope
	MessageID string
	Scan      string
	Twin      string
	Leaks     []string // where the scan found what; no values
	Fresh     []store.Pseudonym

	via        []string
	form       string // of the letters, see Relay.form
	letter     string // name of its template; empty for a notice
	says       says   // what is filled into it
	us         Identity
	mark       Mark
	material   *material
	letters    letterScanners // of the ticket
	reporters  []string       // per report: its requester
	res        *disclosure.Result
	carried    []bool
	altered    []bool
	names      *pseudonyms
	said       string // see Said
	proved     []byte // the message that the scan found clean
	keptValues []bool // by number of the value: it may stand in the message somewhere
	networks   []netip.Prefix
	domains    []string
}

// Notice decides what one recipient may be told now, builds it, proves it and
// seals it. An error means that something did not work; that nothing may be
// told is a Refusal.
func (r *Relay) Notice(t *Ticket, to Recipient, parties *Parties, now time.Time) (*Notice, error) {
	to.canRead = to.Party.key(now) != nil
	return r.notice(t, to, parties, now)
}

func (r *Relay) notice(t *Ticket, to Recipient, parties *Parties, now time.Time) (*Notice, error) {
	n := &Notice{Recipient: to, Number: cmp.Or(to.Number, t.Number), Now: now.UTC(), Kind: store.KindNotice, us: r.Us, mark: r.Mark, via: t.Via, form: r.form()}
	if t.Answer {
		n.Kind = store.KindAnswer
	}
	input := r.decide(n, t, parties)
	if n.Refusal = string(n.res.Refusal); n.Refusal != "" {
		return n, nil
	}
	n.names = newPseudonyms(to.Party.ID, to.Pseudonyms)
	bare := r.newDraft(n, t)
	draft := new(Draft)
	*draft = bare
	memory := twinners.Get().(*twinner)
	defer twinners.Put(memory)
	filled := &memory.drafter
	filled.written = nil
	ok := filled.fill(draft, n.material, n.res, n.names)
	copy(n.carried, filled.carried)
	n.altered = slices.Clone(filled.altered)
	if !ok {
		if n.Refusal = "nothing-to-tell"; n.res.Contested {
			n.Refusal = Contested
		}
		return n, nil
	}
	n.Draft, n.Fresh = draft, n.names.fresh
	for i := range n.material.cells {
		if n.told(i) {
			n.keptValues[n.material.cells[i].Number] = true
		}
	}
	header, err := r.header(n)
	if err != nil {
		return nil, err
	}
	made, err := r.write(header, draft)
	if err != nil {
		n.Refusal = NotProved // what cannot be written cannot be proved; the mail itself is taken
		n.unproved(err)
		return n, nil
	}
	n.Document, n.Plain = made.document, made.plain
	whole := true
	rebuild := func(drawn *twinner) ([]byte, error) {
		d := &drawn.draft
		*d = bare
		var res *disclosure.Result
		if whole {
			in := input
			in.Cells = drawn.twin.cells
			res = drawn.decided.Again(in)
		} else {
			res = drawn.decided.Twin(n.res, drawn.twin.cells)
		}
		// The first is decided from its cells alone, so that nothing need be
		// believed of what Twin takes over; more of that would find no more.
		whole = r.twins > 0
		drawn.drafter.written = draft.Logs
		d.label(res)
		if !drawn.drafter.fill(d, &drawn.twin, res, drawn.names) {
			return nil, errors.New("nothing to tell")
		}
		if r.twins == 0 && d.equal(draft) {
			return n.Plain, nil // write sees a draft and nothing of a report: the same draft, the same bytes
		}
		made, err := r.write(header, d)
		if err != nil {
			return nil, err
		}
		return made.plain, nil
	}
	random, err := newRandom(r.Rand)
	if err != nil {
		return nil, err
	}
	n.scan(func() ([]byte, error) {
		d := bare
		d.settle()
		empty, err := r.write(header, &d)
		if err != nil {
			return nil, err
		}
		return empty.plain, nil
	})
	n.twinRun(memory, random, max(r.twins, 2), rebuild)
	if n.Scan != ScanClean || n.Twin != TwinEqual {
		n.Refusal = NotProved
		return n, nil
	}
	if r.Secret == nil {
		return n, nil
	}
	return n, r.seal(n, made)
}

// Preview is Notice for a recipient that the ticket may not have yet: it says
// how the recipient would be found and draws a token for its answers.
func (r *Relay) Preview(t *Ticket, to Recipient, parties *Parties, now time.Time) (*Notice, error) {
	for _, c := range contacts(t.Reports, parties, r.Policy) {
		if c.Party == to.Party {
			to.Basis, to.Found = c.Basis, c.Found
		}
	}
	var err error
	if to.Token, err = store.NewToken(r.Rand); err != nil {
		return nil, err
	}
	return r.Notice(t, to, parties, now)
}

// decide fills in the material and the decision about each of its cells.
func (r *Relay) decide(n *Notice, t *Ticket, parties *Parties) disclosure.Input {
	to := n.Recipient
	in := disclosure.Input{
		Recipient: to.Party.scope(),
		Stage:     to.Stage, Policy: r.Policy, Now: n.Now, Parties: parties.scopes,
		Override: to.Override.decision(),
	}
	in.Recipient.HasKey = to.canRead
	n.networks, n.domains = make([]netip.Prefix, 0, 8), make([]string, 0, 8)
	for _, rep := range t.Reports {
		said := rep.forDecision(r.Policy)
		said.Roles = rolesOf(to.Party, rep, parties)
		if rep.Answer {
			// Its sender does not know who reported: each of the roles means
			// the other side of the ticket.
			said.Roles |= disclosure.SourceSite | disclosure.TargetSite
		}
		in.Reports = append(in.Reports, said)
		n.reporters = append(n.reporters, rep.Party.ID)
		n.networks = append(n.networks, rep.Party.Networks...)
		n.domains = append(n.domains, rep.Party.Domains...)
		if c := rep.Conditions; c != nil {
			n.networks, n.domains = append(n.networks, c.Networks...), append(n.domains, c.Domains...)
		}
	}
	n.networks, n.domains = append(n.networks, to.Party.Networks...), append(n.domains, to.Party.Domains...)
	n.material = t.takeApart(parties)
	n.material.own(in.Reports, in.Recipient, r.Us.scope(), to.Found)
	in.Cells, in.Owners = n.material.cells, n.material.owners
	n.res = disclosure.Decide(in)
	n.keptValues = make([]bool, n.material.numbers.Len()+1)
	n.carried = make([]bool, len(n.material.cells))
	return in
}

// newDraft is a draft that tells nothing yet.
func (r *Relay) newDraft(n *Notice, t *Ticket) Draft {
	d := Draft{
		Number: n.Number, Now: n.Now, To: n.Recipient.Party, Stage: n.Recipient.Stage, Earlier: n.Recipient.Earlier,
		Answer:      t.Answer,
		AddressFrom: n.Recipient.Basis, OthersTold: n.Recipient.OthersTold,
		ReplyTo: r.replyAddress(n.Recipient.Token),
	}
	d.label(n.res)
	return d
}

func (d *Draft) label(res *disclosure.Result) {
	d.TLP, d.Restrict = string(res.Label), res.Label.Restriction(d.To.IODEF)
}

// written is a message before it is sealed.
type written struct {
	header        message.OutHeader
	document      string
	entity, plain []byte
}

// write makes document and letter of a draft.
func (r *Relay) write(h message.OutHeader, d *Draft) (*written, error) {
	w := &written{}
	var err error
	if w.document, err = document(d, r.Us); err != nil {
		return w, fmt.Errorf("write document for %s: %w", d.To.ID, err)
	}
	l := newLetter()
	defer l.free()
	if err := r.Templates.notice(l, d, r.Us); err != nil {
		return w, err
	}
	return w, w.mail(h, l, d.attachment(w.document))
}

// attachment is the draft's document as a file of the mail.
func (d *Draft) attachment(document string) message.Attachment {
	return message.Attachment{Type: "application/xml", Filename: "incident-" + fileNumber(d.Number) + ".xml", Data: document}
}

// mail puts a letter into the form of a mail.
func (w *written) mail(h message.OutHeader, l *writtenLetter, files ...message.Attachment) (err error) {
	if h.Subject, err = message.NewText(l.subject); err != nil {
		return err
	}
	w.header = h
	w.plain, w.entity, err = message.Whole(h, l.body, files...)
	return err
}

// fileNumber is the ticket number as a file name can hold it.
func fileNumber(number string) string {
	return strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
			return c
		}
		return '-'
	}, number)
}

// scope is the gateway as package disclosure sees it.
func (u Identity) scope() disclosure.Party {
	return disclosure.Party{ID: "gateway", Names: []string{u.Name}, Addresses: []string{u.Address}}
}

// newRandom seeds the generator that twins are drawn with.
func newRandom(source io.Reader) (*rand.Rand, error) {
	var seed [32]byte
	if _, err := io.ReadFull(source, seed[:]); err != nil {
		return nil, fmt.Errorf("read random bytes: %w", err)
	}
	return rand.New(rand.NewChaCha8(seed)), nil
}
