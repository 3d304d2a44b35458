package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"iodefgw/iodef"
	"iodefgw/mailgw/message"
	"iodefgw/relay"
	"iodefgw/relay/disclosure"
)

// redaction is the line of redact -json; an interface (cli.md).
type redaction struct {
	Document string       `json:"document"`
	Message  string       `json:"message"`
	Cells    []relay.Cell `json:"cells"`
	Scan     string       `json:"scan"`
	Twin     string       `json:"twin"`
	Refusal  string       `json:"refusal,omitempty"`
	Leaks    []string     `json:"leaks,omitempty"`
}

// runRedact shows what a party would be told of a document at a stage, with
// the functions the daemon uses. The same inputs give the same bytes: what the
// daemon draws at random is drawn from a generator seeded with the inputs.
func runRedact(env *Env, args []string) error {
	flags := flagSet()
	asJSON := flags.Bool("json", false, "one JSON object: document, mail, every cell with its reasons, both proofs")
	asMail := flags.Bool("message", false, "the whole mail before encryption, not the document alone")
	partiesFile := flags.String("parties", "", "the parties `FILE`")
	policyFile := flags.String("policy", "", "the policy `FILE`; without it the defaults")
	from := flags.String("from", "", "the requester, a `PARTY` of the file; the document is taken as signed by it")
	to := flags.String("to", "", "the recipient, a `PARTY` of the file")
	conditions := flags.String("conditions", "", "a `FILE` with the conditions, taken as signed")
	stage := flags.String("stage", "first-contact", "how far the recipient has come: a `STAGE`")
	at := flags.String("now", "", "`TIME` of the notice (RFC 3339); without it the clock")
	number := flags.String("ticket", "GW#00000001", "our ticket `NUMBER`")
	rest, err := parseN(flags, args, "FILE.xml")
	if err != nil {
		return err
	}
	parties, err := partiesFrom(*partiesFile)
	if err != nil {
		return err
	}
	requester, recipient := parties.ByID(*from), parties.ByID(*to)
	for _, p := range []struct {
		flag, id string
		party    *relay.Party
	}{{"-from", *from, requester}, {"-to", *to, recipient}} {
		if p.party == nil {
			return Hint{fmt.Errorf("%s: no party %q in %q", p.flag, cut(p.id, 40), *partiesFile), "the parties file lists them"}
		}
	}
	now, err := env.timeFlag(*at)
	if err != nil {
		return err
	}
	reached, err := disclosure.ParseStage(*stage)
	if err != nil {
		return Hint{err, "first-contact, acknowledged, authenticated or trusted"}
	}
	data, err := env.readInput(rest[0], message.MaxSize)
	if err != nil {
		return err
	}
	signed, err := readOptional(*conditions)
	if err != nil {
		return err
	}
	policyText, err := readOptional(*policyFile)
	if err != nil {
		return err
	}
	if *policyFile == "" {
		policyText = []byte(defaultPolicy)
	}
	desk, err := sampleDesk(policyText, bytes.Join([][]byte{data, signed, policyText, []byte(*number + *from + *to + *stage)}, nil))
	if err != nil {
		return err
	}
	n, err := redactFile(desk, parties, requester, relay.Recipient{Party: recipient, Stage: reached}, *number, data, string(signed), now)
	if err != nil {
		return err
	}
	return env.showNotice(n, *asJSON, *asMail)
}

// redactFile makes the notice that a document would bring.
func redactFile(desk *relay.Relay, parties *relay.Parties, requester *relay.Party, to relay.Recipient, number string, data []byte, signed string, now time.Time) (*relay.Notice, error) {
	doc, err := iodef.Parse(data)
	if err != nil {
		return nil, refused("document is %w", err)
	}
	if iodef.Verdict(doc.Validate(now)) != iodef.VerdictValid {
		return nil, Hint{refused("document is invalid"), "iodefgw check shows its faults"}
	}
	sum := sha256.Sum256(data)
	ticket := &relay.Ticket{Number: number}
	for i, inc := range doc.Incidents() {
		name := fmt.Sprint(i + 1)
		ticket.Reports = append(ticket.Reports,
			relay.NewReport(name, requester, disclosure.Signed, doc, inc, hex.EncodeToString(sum[:]), signed))
	}
	return desk.Preview(ticket, to, parties, now)
}

// sampleDesk is a gateway that seals nothing and draws what the daemon draws at
// random from a generator seeded with seed.
func sampleDesk(policyText, seed []byte) (*relay.Relay, error) {
	policy, err := disclosure.ReadPolicy(policyText, iodef.HasPath)
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	templates, err := relay.LoadTemplates(nil)
	if err != nil {
		return nil, err
	}
	return &relay.Relay{
		Us:      relay.Identity{Name: "GW CSIRT", Address: "ir@gw.example.org", Domain: "gw.example.org"},
		Bounces: "bounce@gw.example.org", Policy: policy, Templates: templates,
		Rand: rand.NewChaCha8(sha256.Sum256(seed)),
	}, nil
}

func readOptional(file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read input: %w", err)
	}
	return b, nil
}

func (env *Env) showNotice(n *relay.Notice, asJSON, asMail bool) error {
	out := redaction{Cells: n.Cells(), Scan: n.Scan, Twin: n.Twin, Refusal: n.Refusal, Leaks: n.Leaks}
	if n.Refusal == "" {
		out.Document, out.Message = n.Document, string(n.Plain)
	}
	switch {
	case asJSON:
		enc := json.NewEncoder(env.Stdout)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(out); err != nil {
			return err
		}
	case n.Refusal != "":
		return Hint{refused("nothing may go to %s: %s", n.Recipient.Party.ID, n.Refusal), strings.Join(n.Leaks, "; ")}
	case asMail:
		if _, err := io.WriteString(env.Stdout, out.Message); err != nil {
			return err
		}
	default:
		if _, err := io.WriteString(env.Stdout, out.Document); err != nil {
			return err
		}
	}
	if n.Refusal != "" {
		return errFindings
	}
	return nil
}
