package relay

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// Override is an operator's wish, in an emergency, to tell a party more of one
// requester's reports than the rules allow (case 185). It makes one message and
// leaves nothing behind that would hold for the next one. The message is proved
// like any other: what the override does not name is withheld from it. It
// leaves with the approval of two different operators, of whom the one who
// proposed it may be one; proposing is no approval, since nobody has seen the
// bytes by then.
type Override struct {
	Operator  string // who proposes it
	Why       string
	Requester string // whose reports it is about
	Allows    disclosure.Conditions
}

// BasisOperator marks a party that an operator put on a ticket.
const BasisOperator = "operator"

// The refusals of an override by itself.
const (
	NothingMore = "nothing-more" // the rules tell all that it would
	NothingNew  = "nothing-new"  // the party was told all of it
	NoAddress   = "no-address"   // of the party
)

// ParseOverride reads what may be told, as a block of conditions, as one line of
// them, or as the bare name of a preset. It must say all that it does by itself:
// whom it is for and how long is not for the text to say.
func ParseOverride(text string) (disclosure.Conditions, error) {
	c, ok := disclosure.Preset(strings.TrimSpace(text))
	if !ok {
		found := false
		var err error
		if c, found, err = disclosure.ParseConditions(text); err != nil {
			return c, err
		}
		if !found {
			return c, errors.New("neither conditions nor a preset")
		}
	}
	for _, k := range []disclosure.Key{disclosure.KeyStage, disclosure.KeyMySite, disclosure.KeyClock, disclosure.KeyTLP, disclosure.KeyUntil, disclosure.KeyReplace} {
		if c.Said(k) {
			return c, fmt.Errorf("%q is not for an override to say", k)
		}
	}
	if preset, _ := disclosure.Preset(c.Preset); c.Said(disclosure.KeyTo) && !slices.Equal(c.To, preset.To) {
		return c, errors.New(`"to" is not for an override to say`)
	}
	if c.Relay != disclosure.RelayYes {
		return c, errors.New(`it does not say "relay: yes"`)
	}
	return c, nil
}

// decision is the override as package disclosure sees it.
func (o *Override) decision() *disclosure.Override {
	if o == nil {
		return nil
	}
	return &disclosure.Override{Requester: o.Requester, Conditions: o.Allows}
}

// Override plans the one message, or says by its notice's Refusal why there is
// none. Unlike Plan it decides nothing about anybody else.
func (r *Relay) Override(s Situation, to *Party, o Override, parties *Parties, d Digests, now time.Time) (*Plan, error) {
	p := &Plan{}
	if to.Contact() == "" {
		p.Notices = []*Notice{{Recipient: Recipient{Party: to}, Refusal: NoAddress}}
		return p, nil
	}
	recipient, err := r.overrideTo(p, &s, to, parties)
	if err != nil {
		return nil, err
	}
	ordinary, err := r.Notice(&s.Ticket, recipient, parties, now)
	if err != nil {
		return nil, err
	}
	recipient.Override = &o
	n, err := r.Notice(&s.Ticket, recipient, parties, now)
	if err != nil {
		return nil, err
	}
	switch {
	case n.Refusal != "":
	case sameActions(n.Cells(), ordinary.Cells()):
		n.Refusal = NothingMore
	case !n.news(s.Told[to.ID]):
		n.Refusal = NothingNew
	}
	if n.Refusal != "" {
		p.Notices = []*Notice{n}
		return p, nil
	}
	return p, p.add(n, &s.Ticket, d, r.approvals(n.res))
}

// overrideTo is the party as the ticket knows it. One that is not on it gets a
// token for its answer, as any recipient does.
func (r *Relay) overrideTo(p *Plan, s *Situation, to *Party, parties *Parties) (Recipient, error) {
	all, err := r.recipients(p, s, parties)
	if err != nil {
		return Recipient{}, err
	}
	p.Recipients = slices.DeleteFunc(p.Recipients, func(n store.NewRecipient) bool { return n.Party != to.ID })
	if i := slices.IndexFunc(all, func(k Recipient) bool { return k.Party == to }); i >= 0 {
		return all[i], nil
	}
	known := s.known(to)
	if known != nil { // a requester of the ticket, who was only asked
		k := *known
		k.Basis, k.Earlier = BasisOperator, s.Told[to.ID] != ""
		return k, nil
	}
	token, err := store.NewToken(r.Rand)
	if err != nil {
		return Recipient{}, err
	}
	p.Recipients = []store.NewRecipient{{Party: to.ID, Stage: store.Stage(to.Stage), Token: token, Address: to.Contact(), Basis: BasisOperator}}
	return Recipient{Party: to, Stage: to.Stage, Basis: BasisOperator, Token: token, OthersTold: othersTold(to, all)}, nil
}

// sameActions reports whether two tables do the same to every cell.
func sameActions(a, b []Cell) bool {
	return slices.EqualFunc(a, b, func(a, b Cell) bool { return a.Path == b.Path && a.Action == b.Action })
}

// SameUnder reports whether an override made again is, to every cell and every
// reason, the one that is on record: those who approved it looked at that one.
func (n *Notice) SameUnder(d store.Decision) bool {
	cells, err := n.differing(&d)
	return err == nil && len(cells) == 0 && n.Said() == SaidIn(d) && store.Stage(n.Recipient.Stage) == d.Stage
}

// inputOverride is an Override as a decision's row keeps it. Its conditions name
// no network of anybody: ParseOverride sees to that.
type inputOverride struct {
	Operator  string `json:"operator"`
	Why       string `json:"why"`
	Requester string `json:"requester"`
	Allows    string `json:"allows"`
}

func (o *Override) input() *inputOverride {
	if o == nil {
		return nil
	}
	return &inputOverride{o.Operator, o.Why, o.Requester, o.Allows.String()}
}

func (in *inputOverride) override() (*Override, error) {
	if in == nil {
		return nil, nil
	}
	c, err := ParseOverride(in.Allows)
	if err != nil {
		return nil, fmt.Errorf("read the override of a decision: %w", err)
	}
	return &Override{in.Operator, in.Why, in.Requester, c}, nil
}

// OverrideIn is the override that a stored decision was made under, nil for none.
func OverrideIn(d store.Decision) (*Override, error) {
	in, err := readInputs(d)
	if err != nil {
		return nil, err
	}
	return in.Override.override()
}

// Overridden is the reason why a cell is told under an override, which names
// what it passed; "" where the rules alone decide.
func (c *Cell) Overridden() string {
	for _, r := range c.Reasons {
		if strings.HasPrefix(r, disclosure.OverrideMark) {
			return r
		}
	}
	return ""
}
