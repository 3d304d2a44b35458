package relay

import (
	"encoding/json"
	"fmt"
	"time"

	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// decisionInputs is what a decision's row keeps beside digests and cells: all
// that it takes to decide again (see Replay). It names texts, documents and
// messages by digest and holds none.
type decisionInputs struct {
	Number   string         `json:"number"`
	Now      time.Time      `json:"now"`
	Said     string         `json:"said,omitempty"`
	Leaks    []string       `json:"leaks,omitempty"`
	Basis    string         `json:"basis,omitempty"`
	Key      bool           `json:"key,omitempty"`     // the recipient had a key that we could encrypt to
	Answers  bool           `json:"answers,omitempty"` // it has an address with a token to answer to
	Others   []string       `json:"others,omitempty"`
	Earlier  bool           `json:"earlier,omitempty"`
	Sent     []store.Digest `json:"sent,omitempty"` // the messages that it was or may have been sent
	Via      []string       `json:"via,omitempty"`
	Reports  []inputReport  `json:"reports"`
	Form     string         `json:"form"`
	Override *inputOverride `json:"override,omitempty"`
	Letter   string         `json:"letter,omitempty"`
	Says     *says          `json:"says,omitempty"`
}

// inputReport is one report as it stood when the decision was made.
type inputReport struct {
	Name       string         `json:"name"`
	Party      string         `json:"party"`
	Document   store.Digest   `json:"document"`
	Incident   int            `json:"incident,omitempty"`
	Evidence   string         `json:"evidence"`
	Held       bool           `json:"held,omitempty"`
	Conditions []store.Digest `json:"conditions"` // the texts: of the report, and what was said later
}

var evidenceWords = [...]string{disclosure.Unsigned: "unsigned", disclosure.DKIM: "dkim", disclosure.Signed: "signed"}

// inputsOf is what a notice was made from.
func inputsOf(n *Notice, t *Ticket) decisionInputs {
	in := decisionInputs{
		Number: n.Number, Now: n.Now, Said: n.Said(), Leaks: n.Leaks,
		Basis: n.Recipient.Basis, Key: n.Recipient.canRead, Answers: n.Recipient.Token != "", Others: n.Recipient.OthersTold, Earlier: n.Recipient.Earlier,
		Via: n.via, Form: n.form, Letter: n.letter, Reports: []inputReport{},
	}
	if n.letter != "" {
		in.Says = &n.says
	}
	in.Override = n.Recipient.Override.input()
	for _, m := range n.Recipient.Sent {
		in.Sent = append(in.Sent, store.DigestOf(m))
	}
	for _, r := range t.Reports {
		row := inputReport{Name: r.Name, Party: r.Party.ID, Document: store.Digest(r.SHA256), Evidence: evidenceWords[r.Evidence], Held: r.Held}
		for i, inc := range r.Document.Incidents() {
			if inc.Element == r.Incident.Element {
				row.Incident = i
			}
		}
		row.Conditions = r.conditionDigests()
		in.Reports = append(in.Reports, row)
	}
	return in
}

// readInputs reads what a stored decision was made from.
func readInputs(d store.Decision) (*decisionInputs, error) {
	var in decisionInputs
	if err := json.Unmarshal(d.Inputs, &in); err != nil {
		return nil, fmt.Errorf("read inputs of decision %d: %w", d.ID, err)
	}
	return &in, nil
}

// conditionDigests name the texts that the report's conditions were read from.
func (r *Report) conditionDigests() []store.Digest {
	var list []store.Digest
	for _, text := range r.texts {
		list = append(list, store.DigestOf([]byte(text)))
	}
	return list
}

// mailForm is how documents and mails are written. It is counted up with each
// change of that, so that a replay does not take what was written before for a
// message that differs.
const mailForm = "7"

// form tells the letters, the identity and the way of writing that a message was
// written with from others: with other ones the same decision makes another message.
func (r *Relay) form() string {
	if r.Templates == nil {
		return ""
	}
	if last := r.Templates.form.Load(); last != nil && last.us == r.Us && last.bounces == r.Bounces {
		return last.form
	}
	text, err := json.Marshal([]string{mailForm, r.Templates.digest, r.Us.Name, r.Us.Address, r.Us.Domain, r.Bounces})
	if err != nil {
		return "" // strings always marshal
	}
	form := string(store.DigestOf(text)[:16])
	r.Templates.form.Store(&formOf{r.Us, r.Bounces, form})
	return form
}

// formOf is the form of the messages that are written with one set of letters.
type formOf struct {
	us            Identity
	bounces, form string
}
