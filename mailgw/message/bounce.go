package message

import (
	"regexp"
	"strings"
)

// An Outcome is what became of a mail, as its recipient's side tells.
type Outcome string

const (
	OutcomeFailed    Outcome = "failed"    // given up
	OutcomeDelayed   Outcome = "delayed"   // still being tried
	OutcomeDelivered Outcome = "delivered" // delivered, relayed on or expanded
)

// A Bounce is what a bounce says of the mail it answers. Each of our mails has
// one recipient, so there is one outcome; where a bounce names several
// recipients the worst counts. Nothing in it is to be quoted to anybody.
type Bounce struct {
	Outcome   Outcome
	Status    string // enhanced status code (RFC 3463), or a class with ".0.0" made of an SMTP reply; ""
	MessageID string // of the mail it answers, with angle brackets; "" where it does not say
}

// Permanent reports whether trying again is useless: given up with a status
// that is not of class 4.
func (b Bounce) Permanent() bool {
	return b.Outcome == OutcomeFailed && !strings.HasPrefix(b.Status, "4")
}

// ReadBounce reads a mail of [KindBounce]: its RFC 3464 part, and where there is
// none its text. It always has an answer; without any sign to the contrary the
// mail has failed.
func ReadBounce(m *Message) Bounce {
	b := Bounce{MessageID: returnedID(m.Root)}
	m.Root.Walk(func(p *Part) bool {
		if p.Type == "message/delivery-status" || p.Type == "message/global-delivery-status" {
			if body, err := p.Decode(); err == nil {
				b.deliveryStatus(string(body))
			}
		}
		return p.Type != "message/rfc822"
	})
	if b.Outcome == "" || b.Status == "" {
		b.freeText(m)
	}
	return b
}

// deliveryStatus reads the fields of RFC 3464 2.3, leniently: groups of
// recipients are not told apart.
func (b *Bounce) deliveryStatus(text string) {
	action := Outcome("")
	for _, line := range strings.Split(text, "\n") {
		name, value, ok := strings.Cut(strings.TrimRight(line, "\r"), ":")
		if !ok {
			continue
		}
		value = strings.ToLower(strings.TrimSpace(stripComments(value)))
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "action":
			switch word, _, _ := strings.Cut(value, " "); word {
			case "failed", "failure", "error":
				action = OutcomeFailed
			case "delayed":
				action = OutcomeDelayed
			case "delivered", "relayed", "expanded":
				action = OutcomeDelivered
			}
			if worse(action, b.Outcome) {
				b.Outcome = action
			}
		case "status":
			if s := enhanced.FindStringSubmatch(" " + value + " "); s != nil && (b.Status == "" || b.Outcome == action && s[1] > b.Status) {
				b.Status = s[1]
			}
		}
	}
}

func worse(a, b Outcome) bool {
	order := map[Outcome]int{"": 0, OutcomeDelivered: 1, OutcomeDelayed: 2, OutcomeFailed: 3}
	return order[a] > order[b]
}

// enhanced matches a status code that is no part of an IP address or version;
// reply an SMTP reply code at the start of what a server said.
var (
	enhanced = regexp.MustCompile(`(?:^|[^\d.])([245]\.\d{1,3}\.\d{1,3})(?:[^\d.]|\.\D|\.?$)`)
	reply    = regexp.MustCompile(`(?:^|[\s:(<"'#-])([45])\d\d[\s#:-]`)
	delayed  = regexp.MustCompile(`(?i)will (be )?(re)?tr(y|ied)|still (being )?tr(y|ied)|still trying|no need to resend|do not need to resend|warning: (message|could not)|delivery (is )?delayed|delay(ed)? notif`)
)

// freeText looks for a status and for a delay in a bounce that is no RFC 3464
// report, in its subject and its own text.
func (b *Bounce) freeText(m *Message) {
	text := DecodeWords(m.Header.Get("Subject")) + "\n" + ownText(m.Root.PlainText())
	text = text[:min(len(text), incidentText)]
	if b.Status == "" {
		for _, s := range enhanced.FindAllStringSubmatch(text, 20) {
			if s[1][0] != '2' { // what an earlier server accepted
				b.Status = s[1]
				break
			}
		}
		if s := reply.FindStringSubmatch(text); s != nil && b.Status == "" {
			b.Status = s[1] + ".0.0"
		}
	}
	if b.Outcome == "" {
		b.Outcome = OutcomeFailed
		if delayed.MatchString(text) {
			b.Outcome = OutcomeDelayed
		}
	}
}

// returned matches the start of the returned mail, which many bounces hold in
// their text.
var returned = regexp.MustCompile(`(?i)\n(return-path:|received: from|--- below this line is a copy|-+ ?original message|-+ this is a copy)`)

// ownText cuts the returned mail off.
func ownText(text string) string {
	if at := returned.FindStringIndex(text); at != nil {
		return text[:at[0]]
	}
	return text
}

var messageID = regexp.MustCompile(`(?im)^[ >\t]*message-id:\s*(<[^<>\s]{1,900}>)`)

// returnedID finds the Message-ID of the mail that came back: in an attached
// mail or its header, else in the text.
func returnedID(root *Part) string {
	id, text := "", ""
	root.Walk(func(p *Part) bool {
		switch p.Type {
		case "message/rfc822", "message/global":
			if len(p.Children) == 1 && id == "" {
				id = p.Children[0].Header.Get("Message-ID")
			}
			return false
		case "text/rfc822-headers", "message/global-headers", "message/partial":
			text = string(p.Body) + text
		case "text/plain":
			text += "\n" + string(p.Body)
		}
		return true
	})
	if id == "" {
		if s := messageID.FindStringSubmatch(text[:min(len(text), incidentText)]); s != nil {
			id = s[1]
		}
	}
	if _, err := NewToken(id); err != nil || !strings.HasPrefix(id, "<") {
		return ""
	}
	return id
}
