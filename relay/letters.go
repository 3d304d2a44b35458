package relay

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"iodefgw/store"
)

// letter makes a message that tells nothing of any report: a receipt or a
// question to a requester. It is proved like a notice, with every value of
// every report withheld.
func (r *Relay) letter(kind store.DeliveryKind, template string, t Ticket, to Recipient, parties *Parties, now time.Time) (*Notice, error) {
	return r.plain(kind, template, t, to, 0, parties, now)
}

// question asks a requester for conditions; badLine is the line of its
// conditions that could not be read, 0 if there were none.
func (r *Relay) question(t Ticket, to Recipient, badLine int, parties *Parties, now time.Time) (*Notice, error) {
	return r.plain(store.KindQuestion, "question", t, to, badLine, parties, now)
}

func (r *Relay) plain(kind store.DeliveryKind, template string, t Ticket, to Recipient, badLine int, parties *Parties, now time.Time) (*Notice, error) {
	n := &Notice{Recipient: to, Number: t.Number, Now: now.UTC(), Kind: kind, us: r.Us}
	r.decide(n, t, parties)
	n.names = newPseudonyms(to.Party.ID, nil)
	if to.Party.Contact() == "" {
		n.Refusal = "no-address"
		return n, nil
	}
	header, err := r.header(n)
	if err != nil {
		return nil, err
	}
	write := func() (*written, error) {
		subject, body, err := r.Templates.render(template, to.Party.Language, letter{
			Number: t.Number, Us: r.Us.Name, Contact: r.Us.Address, BadLine: badLine,
		})
		if err != nil {
			return nil, err
		}
		w := &written{}
		return w, w.mail(header, subject, body)
	}
	made, err := write()
	if err != nil {
		return nil, err
	}
	n.Plain = made.plain
	random, err := newRandom(r.Rand)
	if err != nil {
		return nil, err
	}
	again := func() ([]byte, error) {
		w, err := write()
		if err != nil {
			return nil, err
		}
		return w.plain, nil
	}
	err = n.prove(random, func(*material, *pseudonyms) ([]byte, error) { return again() }, again)
	if err != nil {
		return nil, err
	}
	if n.Scan != ScanClean || n.Twin != TwinEqual {
		n.Refusal = NotProved
		return n, nil
	}
	return n, r.seal(n, made)
}

// Said is a digest of what a notice tells, whatever its time and number: two
// notices that say the same have the same.
func (n *Notice) Said() string {
	if n.Draft == nil {
		return ""
	}
	d := *n.Draft
	d.Now = time.Time{}
	told, err := json.Marshal(d)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(told)
	return hex.EncodeToString(sum[:])
}
