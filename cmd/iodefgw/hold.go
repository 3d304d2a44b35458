package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"iodefgw/mailgw"
	"iodefgw/mailgw/message"
	"iodefgw/store"
)

func runHold(env *Env, args []string) error {
	return runVerb(env, args, verb{"list", holdList}, verb{"show", holdShow},
		verb{"release", holdRelease},
		verb{"reject", operatorVerb("mail", "rejected", (*store.Store).RejectHeld)},
		verb{"recheck", holdRecheck})
}

// mailLine is a mail as hold list and hold show print it.
type mailLine struct {
	ID        int64       `json:"id"`
	SHA256    string      `json:"sha256"`
	Size      int64       `json:"size"`
	Received  time.Time   `json:"received"`
	State     string      `json:"state"`
	Kind      string      `json:"kind"`
	Signature string      `json:"signature"`
	Signer    string      `json:"signer"`
	Party     string      `json:"party"`
	Reasons   []string    `json:"reasons"`
	Clears    []clearLine `json:"clears,omitempty"`
	From      []string    `json:"from,omitempty"` // as the mail claims
	Note      string      `json:"note,omitempty"`
}

// clearLine is a reason and what would clear it.
type clearLine struct {
	Reason string `json:"reason"`
	Weight int    `json:"weight,omitempty"` // of a sign of deception
	Clears string `json:"clears"`
}

func newMailLine(m store.Mail) mailLine {
	return mailLine{ID: m.ID, SHA256: string(m.Digest), Size: m.Size, Received: m.ReceivedAt.UTC(), State: string(m.State),
		Kind: string(m.Kind), Signature: m.Signature, Signer: m.Signer, Party: m.Party, Reasons: m.Reasons, Note: m.Note}
}

func holdList(env *Env, args []string) error {
	flags := flagSet()
	rejected := flags.Bool("rejected", false, "list what was rejected instead of what is held")
	asJSON := flags.Bool("json", false, "one JSON object per mail")
	s, _, err := env.open(flags, args, reads)
	if err != nil {
		return err
	}
	defer s.Close()
	filter := store.MailFilter{State: store.MailHeld}
	if *rejected {
		filter.State = store.MailRejected
	}
	out := env.listing(*asJSON, "ID", "RECEIVED", "KIND", "SIGNATURE", "PARTY", "REASONS")
	for m, err := range paged(func() ([]store.Mail, error) { return s.Mails(s.ctx, filter) }) {
		if err != nil {
			return err
		}
		filter.After = m.ID
		if err := out.add(newMailLine(m), strconv.FormatInt(m.ID, 10), moment(m.ReceivedAt), string(m.Kind), m.Signature, m.Party,
			strings.Join(m.Reasons, " ")); err != nil {
			return err
		}
	}
	out.end()
	return nil
}

// holdShow says why a mail is held and what would clear each reason.
func holdShow(env *Env, args []string) error {
	flags := flagSet()
	config := configFlag(env, flags)
	asJSON := flags.Bool("json", false, "one JSON object")
	raw := flags.Bool("raw", false, "print the stored mail itself, escaped on a terminal, byte for byte on a pipe")
	rest, err := parseN(flags, args, "ID")
	if err != nil {
		return err
	}
	id, err := ids(rest)
	if err != nil {
		return err
	}
	a := reads
	if *raw {
		a = decides // the original is for operators
	}
	s, err := env.session(*config, a)
	if err != nil {
		return err
	}
	defer s.Close()
	m, err := s.MailByID(s.ctx, id[0])
	if err != nil {
		return storeHint(err)
	}
	if *raw {
		return env.writeOriginal(m.Raw)
	}
	l := newMailLine(m)
	for _, r := range m.Reasons {
		l.Clears = append(l.Clears, clearLine{r, s.config.screenPolicy().Weight(r), mailgw.Clears(r)})
	}
	if from, err := message.Parse(m.Raw).Header.From(); err == nil {
		for _, f := range from {
			l.From = append(l.From, f.Addr)
		}
	}
	if *asJSON {
		return env.jsonLine(l)
	}
	fmt.Fprintf(env.Stdout, "mail       %d, %s, %d bytes, received %s\nsha256     %s\n", m.ID, m.State, m.Size, moment(m.ReceivedAt), m.Digest)
	for _, from := range l.From {
		fmt.Fprintf(env.Stdout, "from       %s (as it claims)\n", printable(strconv.Quote(from)))
	}
	fmt.Fprintf(env.Stdout, "kind       %s\nsignature  %s\n", m.Kind, m.Signature)
	if m.Signer != "" {
		fmt.Fprintf(env.Stdout, "signer     %s\n", groups(m.Signer))
	}
	if m.Party != "" {
		fmt.Fprintf(env.Stdout, "party      %s\n", printable(m.Party))
	}
	if m.Note != "" {
		fmt.Fprintf(env.Stdout, "note       %s\n", printable(m.Note))
	}
	if len(l.Clears) > 0 {
		fmt.Fprintln(env.Stdout)
		rows := [][]string{{"REASON", "WHAT WOULD CLEAR IT"}}
		for _, c := range l.Clears {
			name := c.Reason
			if c.Weight > 0 {
				name = fmt.Sprintf("%s (%d)", c.Reason, c.Weight)
			}
			rows = append(rows, []string{name, c.Clears})
		}
		env.list(rows)
	}
	return nil
}

// writeOriginal prints stored bytes: as they are on a pipe, line by line and
// escaped on a terminal.
func (env *Env) writeOriginal(raw []byte) error {
	if len(raw) == 0 {
		return refused("the bytes were purged")
	}
	if env.Width(env.Stdout) == 0 {
		_, err := env.Stdout.Write(raw)
		return err
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(string(raw), "\n"), "\n") {
		fmt.Fprintln(env.Stdout, printable(strings.TrimSuffix(line, "\r")))
	}
	return nil
}

// moment writes a time for a table.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}
