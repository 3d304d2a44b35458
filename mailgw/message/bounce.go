package message

import "strings"

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
	Recipient string // whom the mail did not reach, as the bounce spells the address; "" where it does not say
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
	b := deliveryStatus(m.Root)
	b.MessageID = returnedID(m.Root)
	if b.Outcome == "" || b.Status == "" {
		b.freeText(m)
	}
	if b.Recipient == "" {
		b.Recipient = namedRecipient(m)
	}
	return b
}

// deliveryStatus reads the RFC 3464 part of a bounce. A gateway may have
// wrapped the whole bounce into one of its own (QUIRK: Trend Micro IMSVA), so a
// report attached to what is none is read too.
func deliveryStatus(root *Part) Bounce {
	var b Bounce
	root.Walk(func(p *Part) bool {
		if p.Type == "message/delivery-status" || p.Type == "message/global-delivery-status" {
			if body, err := p.Decode(); err == nil {
				b.worst(string(body))
			}
		}
		return p.Type != "message/rfc822" || root.Type != "multipart/report" && len(p.Children) == 1 && p.Children[0].Type == "multipart/report"
	})
	return b
}

// worst reads the groups of fields of RFC 3464 2, leniently, and keeps the
// recipient that fared worst, the first of equals.
func (b *Bounce) worst(text string) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	for _, group := range strings.Split(text, "\n\n") {
		var g Bounce
		for _, line := range strings.Split(group, "\n") {
			g.field(line)
		}
		// QUIRK: some put an empty line between the fields of one group.
		if b.Outcome != "" && b.Status == "" && g.Outcome == "" {
			b.Status = g.Status
			continue
		}
		if rank(g) > rank(*b) || *b == (Bounce{}) {
			*b = g
		}
	}
}

func (b *Bounce) field(line string) {
	name, value, ok := strings.Cut(line, ":")
	if !ok {
		return
	}
	value = strings.TrimSpace(stripComments(value))
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "action":
		switch word, _, _ := strings.Cut(strings.ToLower(value), " "); word {
		case "failed", "failure", "error", "expired":
			b.Outcome = OutcomeFailed
		case "delayed":
			b.Outcome = OutcomeDelayed
		case "delivered", "deliverable", "relayed", "expanded":
			b.Outcome = OutcomeDelivered
		}
	case "status":
		if s := enhanced().FindStringSubmatch(" " + value + " "); s != nil && b.Status == "" {
			b.Status = s[1]
		}
	case "final-recipient", "original-recipient":
		// The original one is the address that we wrote to (RFC 3464 2.3.1).
		_, addr, typed := strings.Cut(value, ";")
		if !typed {
			addr = value
		}
		if addr = strings.Trim(addr, " \t<>"); addr != "" && (b.Recipient == "" || name[0]|0x20 == 'o') {
			b.Recipient = addr
		}
	}
}

// rank orders what may have become of a recipient.
func rank(b Bounce) int {
	order := map[Outcome]int{OutcomeDelivered: 1, OutcomeDelayed: 2, OutcomeFailed: 3}
	r := 4 * order[b.Outcome]
	switch {
	case strings.HasPrefix(b.Status, "5"):
		r += 3
	case strings.HasPrefix(b.Status, "4"):
		r += 2
	case b.Status != "":
		r++
	}
	return r
}

// enhanced matches a status code that is no part of an IP address or version;
// reply an SMTP reply code at the start of what a server said.
var (
	enhanced = lazily(`(?:^|[^\d.])([245]\.\d{1,3}\.\d{1,3})(?:[^\d.]|\.\D|\.?$)`)
	reply    = lazily(`(?:^|[\s:(<"'#-])([45])\d\d[\s#:-]`)
	delayed  = lazily(`(?i)will (be )?(re)?tr(y|ied)|still (being )?tr(y|ied)|still trying|no need to resend|do not need to resend|warning: (message|could not)|delivery (is )?delayed|has been delayed|delay(ed)? notif`)
	expired  = lazily(`(?i)retry time(out)? (exceeded|not reached)|retry timeout|delivery (time )?expired|failing for a long time`)
	// QUIRK: Amazon SNS tells in JSON.
	delivered = lazily(`"notificationType":\s*"Delivery"`)
)

// freeText looks for a status and for a delay in a bounce that is no RFC 3464
// report: in its subject and its own text, and if there is neither in all of it.
func (b *Bounce) freeText(m *Message) {
	all := m.Root.PlainText()
	if all == "" {
		all = string(m.Root.Body) // parts that could not be told apart
	}
	own := DecodeWords(m.Header.Get("Subject")) + "\n" + ownText(all)
	own = own[:min(len(own), incidentText)]
	if b.Status == "" {
		b.Status = statusIn(own)
	}
	if b.Outcome == "" {
		b.Outcome = OutcomeFailed
		if delayed().MatchString(own) {
			b.Outcome = OutcomeDelayed
		} else if delivered().MatchString(own) {
			b.Outcome = OutcomeDelivered
		}
	}
	switch {
	case b.Status != "" || b.Outcome != OutcomeFailed:
	case expired().MatchString(own):
		b.Status = "4.0.0" // tried in vain for days, never refused
	default:
		b.Status = statusIn(all[:min(len(all), incidentText)])
	}
}

// statusIn finds what a server said that did not take a mail.
func statusIn(text string) string {
	for _, s := range enhanced().FindAllStringSubmatch(text, 20) {
		if s[1][0] != '2' { // what an earlier server accepted
			return s[1]
		}
	}
	if s := reply().FindStringSubmatch(text); s != nil {
		return s[1] + ".0.0"
	}
	return ""
}

// anAddress matches a mail address in text, namedAddress where a bounce names
// one: qmail's and Postfix's "<a@b>:".
var (
	anAddress    = lazily(`[A-Za-z0-9][A-Za-z0-9!#$%&'*+/=?^_{|}~.-]{0,63}@[A-Za-z0-9][A-Za-z0-9.-]{0,253}[A-Za-z0-9]`)
	namedAddress = lazily(`(?m)^[ \t]*<([^<>\s@]{1,64}@[^<>\s@]{1,255})>`)
)

// namedRecipient finds the address that a bounce without a recipient field
// speaks of.
func namedRecipient(m *Message) string {
	if a := anAddress().FindString(m.Header.Get("X-Failed-Recipients")); a != "" {
		return a
	}
	text := ownText(m.Root.PlainText())
	text = text[:min(len(text), incidentText)]
	if s := namedAddress().FindStringSubmatch(text); s != nil {
		return s[1]
	}
	to, from := strings.ToLower(m.Header.Get("To")), strings.ToLower(m.Header.Get("From"))
	for _, a := range anAddress().FindAllString(text, 20) {
		l := strings.ToLower(a)
		if !strings.Contains(to, l) && !strings.Contains(from, l) && !strings.HasPrefix(l, "postmaster@") && !strings.HasPrefix(l, "mailer-daemon@") {
			return a
		}
	}
	return ""
}

// returned matches the start of the returned mail, which many bounces hold in
// their text.
var returned = lazily(`(?i)\n(return-path:|received: from|--- below this line is a copy|-+ ?original message|-+ this is a copy)`)

// ownText cuts the returned mail off.
func ownText(text string) string {
	if at := returned().FindStringIndex(text); at != nil {
		return text[:at[0]]
	}
	return text
}

var messageID = lazily(`(?im)^[ >\t]*message-id:\s*(<[^<>\s]{1,900}>)`)

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
		if s := messageID().FindStringSubmatch(text[:min(len(text), incidentText)]); s != nil {
			id = s[1]
		}
	}
	if _, err := NewToken(id); err != nil || !strings.HasPrefix(id, "<") {
		return ""
	}
	return id
}
