package relay

import (
	"regexp"
	"strings"

	"iodefgw/mailgw/message"
	"iodefgw/store"
)

// maxHops is the number of gateways that a report may have come through. Above
// it the mail is taken to go in circles through gateways that do not pass marks
// on as they should.
const maxHops = 5

// loopForm is a mark of any gateway of our kind, of earlier versions too, and
// nothing else: whoever sends a report on could have us tell other words.
var loopForm = regexp.MustCompile(`^(?:(?:[ghjkmnp-tv-z]{7}\.){3}[ghjkmnp-tv-z]{5} (?:[ghjkmnp-tv-z]{7}\.){2}[ghjkmnp-tv-z]{2}|(?:[0-9a-f]{24}|[0-9a-f]{26})\.[0-9a-f]{16})$`)

// LoopMarks are the marks, of our kind, that a mail has collected on its way:
// what we send because of it carries them on, so that each gateway of a circle
// meets its own again.
func LoopMarks(values []string) []string {
	var marks []string
	for _, v := range values {
		if v = oneLine(v); loopForm.MatchString(v) {
			marks = append(marks, v)
		}
	}
	return marks[:min(len(marks), maxHops)]
}

// oneLine is a mark as it was written: a server may have folded it at the blank.
func oneLine(value string) string { return strings.Join(strings.Fields(value), " ") }

// Loops reports whether a mail with these loop fields has been here before, or
// through too many gateways to go on.
func (m Mark) Loops(values []string) bool {
	for _, v := range values {
		if m.Knows(v) {
			return true
		}
	}
	return len(values) > maxHops
}

// loopFields are the mark of a new message and those it carries on.
func (r *Relay) loopFields(id string, via []string) ([]message.OutField, error) {
	name, err := message.NewToken(LoopField)
	if err != nil {
		return nil, err
	}
	var fields []message.OutField
	for _, mark := range append([]string{id + " " + store.TokenText(r.Mark.of("loop", id))}, via...) {
		value, err := message.NewText(mark)
		if err != nil {
			return nil, err
		}
		fields = append(fields, message.OutField{Name: name, Value: value})
	}
	return fields, nil
}

// SentFrom are the envelope senders that a message of ours with this Message-ID
// can have been sent from; none for anybody else's.
func (r *Relay) SentFrom(messageID string) (list []string) {
	id, domain, ok := strings.Cut(strings.Trim(messageID, "<>"), "@")
	if !ok || domain != r.Us.Domain || len(id) > maxLocalPart {
		return nil
	}
	raw, ok := store.TokenBytes(id)
	if !ok {
		return nil
	}
	for _, m := range r.Mark.each() {
		list = append(list, r.bounceAddress(m, raw))
	}
	return list
}

// BounceTo knows the envelope sender of a message of ours again, in any
// spelling that mail servers make of it; "" for any other address and for one
// that somebody else made up (requirement O5).
func (r *Relay) BounceTo(addr string) string {
	local, domain, ok := splitAddress(addr)
	ours, ourDomain, known := splitAddress(r.Bounces)
	if !ok || !known || domain != ourDomain {
		return ""
	}
	tag, ok := strings.CutPrefix(local, ours+"+")
	if !ok {
		return ""
	}
	id, mac, ok := strings.Cut(tag, "-")
	if !ok || !r.Mark.made("bounce", id, mac) {
		return ""
	}
	return plus(r.Bounces, tag)
}
