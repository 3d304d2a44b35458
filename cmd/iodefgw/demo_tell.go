package main

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"iodefgw/mailgw"
	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
	"iodefgw/store"
)

// teller says on the terminal what the gateway does, a line for each step. The
// steps come from the daemon itself, in several goroutines.
type teller struct {
	env   *Env
	site  *demoSite
	width int

	mu sync.Mutex
}

// demoWidth is how wide the demo writes where there is no terminal to ask.
const demoWidth = 80

func newTeller(env *Env, s *demoSite) *teller {
	t := &teller{env: env, site: s, width: env.Width(env.Stdout)}
	if t.width == 0 {
		t.width = demoWidth
	}
	t.width = max(t.width, 40) // below that, lines may break as they like
	return t
}

// heading begins a part of the story.
func (t *teller) heading(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.env.Stdout, "\n%s\n\n", t.env.paint(t.env.Stdout, bold, strings.Join(fold(text, t.width), "\n")))
}

// line is one step.
func (t *teller) line(step string, colour style, format string, args ...any) {
	const indent, label = 2, 11
	var b strings.Builder
	for n, line := range fold(printable(fmt.Sprintf(format, args...)), t.width-indent-label) {
		head := pad(step, label)
		if n > 0 {
			head = strings.Repeat(" ", label)
		} else if colour != "" {
			head = t.env.paint(t.env.Stdout, colour, head)
		}
		b.WriteString(strings.Repeat(" ", indent) + head + line + "\n")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprint(t.env.Stdout, b.String())
}

// step is the gateway's own word on what it does (mailgw.Gateway.Tell).
func (t *teller) step(_ context.Context, step string, kv ...any) {
	said := map[string]string{}
	for i := 0; i+1 < len(kv); i += 2 {
		said[fmt.Sprint(kv[i])] = fmt.Sprint(kv[i+1])
	}
	switch step {
	case "received":
		t.line(step, "", "mail %s, %s bytes, is on disk", said["mail"], said["bytes"])
	case "opened":
		text := said["signatures"] + " signatures"
		switch said["signatures"] {
		case "0":
			text = "no signature"
		case "1":
			text = "one signature"
		}
		if said["encrypted"] == "true" {
			text = "decrypted with the gateway's key, " + text + " inside"
		}
		t.line(step, "", "%s", text)
	case "screened":
		t.screened(said)
	case "correlated":
		as := map[string]string{
			string(store.CorrelationNew):    "a new ticket",
			string(store.CorrelationUpdate): "an update of a report that is there",
			string(store.CorrelationLinked): "a ticket about the same source",
		}[said["as"]]
		t.line("ticket", "", "%s, %s", said["ticket"], as)
	case "stage":
		t.line("stage", green, "%s on %s: %s -> %s", said["party"], said["ticket"], said["from"], said["to"])
	case "planned":
		t.planned(said)
	}
}

func (t *teller) screened(said map[string]string) {
	colour := yellow
	if said["verdict"] == string(mailgw.Accept) {
		colour = green
	}
	decisive, others, _ := strings.Cut(said["reasons"], ",")
	text := plainReason(decisive)
	if said["party"] != "" {
		text += "; " + said["party"] + " signed"
	}
	text += " (" + decisive
	if others != "" {
		text += "; also " + strings.ReplaceAll(others, ",", ", ")
	}
	t.line(said["verdict"], colour, "%s)", text)
}

func (t *teller) planned(said map[string]string) {
	proved := "leak scan " + said["scan"] + ", twin run " + said["twin"]
	switch {
	case said["refusal"] != "":
		t.line("decided", yellow, "nothing to %s: %s", said["to"], said["refusal"])
	case said["stage"] != "":
		t.line("decided", "", "%s to %s at %s; %s", said["kind"], said["to"], said["stage"], proved)
	default:
		t.line("decided", "", "%s to %s; %s", said["kind"], said["to"], proved)
	}
}

// delivered is a mail that arrived at a party.
func (t *teller) delivered(l demoLetter) {
	m := message.Parse(l.Raw)
	how := "signed"
	if m.Root.Type == "multipart/encrypted" {
		how = "signed and encrypted"
	}
	t.line("delivered", "", "to %s, %s: %s", t.site.party(l.To).ID, how, message.DecodeWords(m.Header.Get("Subject")))
}

// answered is a party that acknowledges.
func (t *teller) answered(party, number string, signed bool) {
	how := "a plain mail"
	if signed {
		how = "a signed mail"
	}
	t.line("answer", "", "%s replies to %s by %s", party, number, how)
}

// outcome is an attempt to send that did not succeed.
func (t *teller) outcome(d store.Delivery, state store.DeliveryState, err error) {
	if state == store.Sent {
		return // the mail was told when it arrived
	}
	t.line(string(state), red, "%s to %s on %s: %v", d.Kind, d.Party, d.Number, err)
}

// plainReason is a tag of screening in plain words.
func plainReason(tag string) string {
	if words, ok := map[string]string{
		pgp.TagGood:             "good signature over everything",
		pgp.TagUnknownKey:       "signed by a key that nobody registered",
		pgp.TagBad:              "the signature does not fit the content",
		pgp.TagUnsigned:         "not signed",
		mailgw.TagIDConflict:    "From is not of the one who signed",
		mailgw.TagAcknowledging: "answers our token from a registered address",
		mailgw.TagMalformedDoc:  "its document is no well-formed XML",
		mailgw.TagInvalidDoc:    "its document breaks the schema",
		mailgw.TagNoDocument:    "no incident document in it",
	}[tag]; ok {
		return words
	}
	return tag
}
