package relay

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"
	"sync"

	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
	"iodefgw/store"
)

// Mark makes and knows the tokens that tell our own mail again: the loop mark
// and the bounce address. It is derived from the gateway's secret keys, so that
// nobody else can make one: the key that signs makes marks, and those of former
// keys are known still.
type Mark struct{ keys []*markKey }

// markKey makes marks with one key, in memory that is used again: to begin with a
// key costs as much as a mark.
type markKey struct{ macs sync.Pool }

func newMarkKey(key []byte) *markKey {
	return &markKey{sync.Pool{New: func() any { return hmac.New(sha256.New, key) }}}
}

// noKey makes the marks of a zero Mark, for looking at what would be sent.
var noKey = newMarkKey(nil)

// NewMark derives the marks from the gateway's keys.
func NewMark(secret *pgp.Secret) (Mark, error) {
	var m Mark
	for _, one := range secret.Each() {
		private, err := one.Armor()
		if err != nil {
			return Mark{}, fmt.Errorf("derive marks: %w", err)
		}
		sum := sha256.Sum256(append([]byte("iodefgw mark 1\n"), private...))
		m.keys = append(m.keys, newMarkKey(sum[:]))
	}
	return m, nil
}

// key is the one that makes marks.
func (m Mark) key() *markKey {
	if len(m.keys) == 0 {
		return noKey
	}
	return m.keys[0]
}

func (m Mark) of(kind, id string) []byte {
	key := m.key()
	h := key.macs.Get().(hash.Hash)
	defer key.macs.Put(h)
	h.Reset()
	b := append(append(append(make([]byte, 0, 64), kind...), '\n'), id...)
	h.Write(b)
	return h.Sum(b[:0])[:8]
}

// made reports whether mac is a mark that one of our keys made.
func (m Mark) made(kind, id, mac string) bool {
	raw, ok := store.TokenBytes(mac)
	return ok && slices.ContainsFunc(m.each(), func(one Mark) bool { return hmac.Equal(raw, one.of(kind, id)) })
}

// each returns a Mark for each key, the one that makes marks now first.
func (m Mark) each() []Mark {
	all := []Mark{m}
	for i := range m.keys[min(1, len(m.keys)):] {
		all = append(all, Mark{m.keys[i+1 : i+2]})
	}
	return all
}

// idBytes are the random bytes in the id of a message.
const idBytes = 13

// LoopField is the header field that carries the loop mark.
const LoopField = "X-Iodefgw-Loop"

// Knows reports whether the value of a loop field is one of ours, also as earlier
// versions wrote it, with a full stop between two hex numbers.
func (m Mark) Knows(value string) bool {
	value = oneLine(value)
	id, mac, ok := strings.Cut(value, " ")
	if !ok {
		id, mac, ok = strings.Cut(value, ".")
	}
	return ok && m.made("loop", id, mac)
}

// header makes the header of a message, all but its subject, and its envelope.
func (r *Relay) header(n *Notice) (message.OutHeader, error) {
	var raw [idBytes]byte
	if _, err := io.ReadFull(r.Rand, raw[:]); err != nil {
		return message.OutHeader{}, fmt.Errorf("read random bytes: %w", err)
	}
	id := store.TokenText(raw[:])
	n.MessageID = "<" + id + "@" + r.Us.Domain + ">"
	n.From = r.bounceAddress(r.Mark, raw[:])
	n.To = n.Recipient.Party.Contact()

	var errs [7]error
	h := message.OutHeader{Date: n.Now}
	h.From, errs[0] = message.NewAddr(r.Us.Address)
	h.To, errs[1] = message.NewAddr(n.To)
	h.MessageID, errs[2] = message.NewToken(n.MessageID)
	// A notice is made by a program and answers no mail (RFC 3834 5).
	h.AutoSubmitted, errs[3] = message.NewToken("auto-generated")
	if n.Recipient.Token != "" {
		h.ReplyTo, errs[4] = message.NewAddr(r.replyAddress(n.Recipient.Token))
	}
	h.FromName, errs[5] = message.NewText(r.Us.Name)
	h.Extra, errs[6] = r.loopFields(id, n.via)
	if err := cmp.Or(errs[:]...); err != nil {
		return h, fmt.Errorf("address message to %s: %w", n.Recipient.Party.ID, err)
	}
	return h, nil
}

// Contested is why a notice waits for a person, or is none: another requester's
// report hides what one accuses.
const Contested = "contested"

// NoUsableKey is the refusal of a message to a party that must have it encrypted
// and has no key for that.
const NoUsableKey = "no-usable-key"

// seal signs the proved message and encrypts it where the party has a key.
// A party whose channel is OpenPGP gets nothing in the clear.
func (r *Relay) seal(n *Notice, w *written) error {
	p := n.Recipient.Party
	key := p.key(n.Now)
	if key == nil && (p.Channel == "openpgp" || len(p.Keys) > 0) {
		n.Refusal = NoUsableKey
		return nil
	}
	sealed, err := pgp.Seal(w.header, w.entity, r.Secret, key, n.Now, r.Rand)
	if err != nil {
		return fmt.Errorf("seal message to %s: %w", p.ID, err)
	}
	n.Sealed = sealed
	switch {
	case n.res == nil: // a letter
	case n.res.Contested:
		n.HoldFor = Contested
	case n.res.Hold:
		n.HoldFor = "weak-channel"
	}
	return nil
}

// replyAddress is our address with a recipient's token in it.
func (r *Relay) replyAddress(token string) string { return plus(r.Us.Address, token) }

// TokenIn finds the reply token in an address, "" if it is not one of ours.
func (r *Relay) TokenIn(addr string) string {
	local, domain, ok := splitAddress(addr)
	ours, ourDomain, _ := splitAddress(r.Us.Address)
	if !ok || domain != ourDomain {
		return ""
	}
	token, ok := strings.CutPrefix(local, ours+"+")
	if !ok {
		return ""
	}
	return token
}

// bounceAddress is our address for bounces with the id of a message in it, in hex:
// before the @ there is room for 64 octets (RFC 5321 4.5.3.1.1).
func (r *Relay) bounceAddress(m Mark, raw []byte) string {
	id := hex.EncodeToString(raw)
	return plus(r.Bounces, id+"-"+hex.EncodeToString(m.of("bounce", id)))
}

// CheckReplies reports whether our address can be written with a token in it.
func CheckReplies(address string) error {
	token, err := store.NewToken(rand.Reader)
	if err != nil {
		return err
	}
	return CheckAddress(plus(address, token))
}

// CheckBounces reports whether an address for bounces can be written with an id in it.
func CheckBounces(address string) error {
	r := Relay{Bounces: address}
	return CheckAddress(r.bounceAddress(Mark{}, make([]byte, idBytes)))
}

// plus puts a tag into an address: user+tag@domain.
func plus(addr, tag string) string {
	local, domain, ok := strings.Cut(addr, "@")
	if !ok || tag == "" {
		return addr
	}
	return local + "+" + tag + "@" + domain
}
