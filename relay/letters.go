package relay

import (
	"bytes"
	"cmp"
	"time"

	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// plain makes a message that tells nothing of any report: a receipt, a
// question or word of what was done. It is proved like a notice, with every
// value of every report withheld.
func (r *Relay) plain(kind store.DeliveryKind, template string, t *Ticket, to Recipient, fill says, parties *Parties, now time.Time) (*Notice, error) {
	n := &Notice{Recipient: to, Number: cmp.Or(to.Number, t.Number), Now: now.UTC(), Kind: kind, us: r.Us, via: t.Via,
		form: r.form(), letter: template, says: fill, material: t.whole(parties)}
	n.letters = t.letters
	if to.Party.Contact() == "" {
		n.Refusal = NoAddress
		return n, nil
	}
	header, err := r.header(n)
	if err != nil {
		return nil, err
	}
	l := letter{Number: n.Number, Us: r.Us.Name, Contact: r.Us.Address, says: fill}
	w := wording[to.Party.Language]
	l.Who = cmp.Or(w.who[fill.Class], w.who[disclosure.Unknown])
	for _, key := range fill.Wants {
		l.Things = append(l.Things, w.things[key])
	}
	for _, told := range fill.Told {
		t := telling{At: told.At.UTC().Format("2006-01-02 15:04 UTC"), Who: cmp.Or(w.who[told.Class], w.who[disclosure.Unknown]), Perhaps: told.Perhaps, Override: told.Override}
		l.Overridden = l.Overridden || told.Override
		for _, key := range told.Things {
			t.Things = append(t.Things, w.things[key])
		}
		l.Tellings = append(l.Tellings, t)
	}
	write := func() (*written, error) {
		text := newLetter()
		defer text.free()
		if err := r.Templates.render(text, template, to.Party.Language, &l); err != nil {
			return nil, err
		}
		w := &written{}
		return w, w.mail(header, text)
	}
	made, err := write()
	if err != nil {
		return nil, err
	}
	n.Plain = made.plain
	again := func() ([]byte, error) {
		w, err := write()
		if err != nil {
			return nil, err
		}
		return w.plain, nil
	}
	n.scan(again)
	// write takes nothing of a report, so that a twin can only say the same.
	if twin, err := again(); err == nil && bytes.Equal(twin, n.Plain) {
		n.Twin = TwinEqual
	}
	if n.Scan != ScanClean || n.Twin != TwinEqual {
		n.Refusal = NotProved
		return n, nil
	}
	if r.Secret == nil {
		return n, nil
	}
	return n, r.seal(n, made)
}
