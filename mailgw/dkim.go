package mailgw

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-msgauth/authres"
	"github.com/emersion/go-msgauth/dkim"
	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"iodefgw/mailgw/message"
	"iodefgw/relay"
)

// DKIM says whose word on the DKIM signatures of a mail is taken, for parties
// that opted in to be believed without OpenPGP. The zero value takes nobody's.
type DKIM struct {
	// Servers are the names (authserv-id, RFC 8601 2.5) under which our own
	// border host writes Authentication-Results. It must remove the fields of
	// that name that mails bring along (RFC 8601 5).
	Servers []string
	// Lookup asks DNS for TXT records, so that we can check for ourselves; nil
	// asks nobody.
	Lookup func(ctx context.Context, name string) ([]string, error)
}

const (
	// maxDKIM caps the signatures checked in one mail: each costs a question to
	// a name server of the sender's choice and a public-key operation.
	maxDKIM = 4
	// maxDKIMWait caps the time that name servers can make us wait.
	maxDKIMWait = 10 * time.Second
	// maxDKIMAge is how old a signature that tells its time may be: with no
	// OpenPGP there is no other bound on a replay.
	maxDKIMAge = 30 * 24 * time.Hour
)

// Collect adds to the facts what is known of DKIM, where a party opted in to it:
// name servers are asked about nobody else's mail.
func (d DKIM) Collect(ctx context.Context, f *Facts, m *message.Message, parties *relay.Parties) {
	if f.dkimParty(parties) != nil {
		f.DKIM = d.passed(ctx, m, f.At)
	}
}

// passed lists the domains whose DKIM signature on a mail holds, as A-labels.
func (d DKIM) passed(ctx context.Context, m *message.Message, at time.Time) []string {
	domains := d.told(m)
	if d.Lookup != nil {
		domains = append(domains, d.check(ctx, m, at)...)
	}
	slices.Sort(domains)
	return slices.Compact(domains)
}

// told reads the topmost Authentication-Results. Those below it, and those of
// hosts that are not ours, anybody can have written.
func (d DKIM) told(m *message.Message) (passed []string) {
	fields := m.Header.Values("Authentication-Results")
	if len(fields) == 0 {
		return nil
	}
	text, ok := bare(fields[0])
	if !ok {
		return nil
	}
	server, results, err := authres.Parse(text)
	if err != nil || !slices.ContainsFunc(d.Servers, func(s string) bool { return strings.EqualFold(s, server) }) {
		return nil
	}
	for _, r := range results {
		if r, ok := r.(*authres.DKIMResult); ok && r.Value == authres.ResultPass {
			_, identifier, _ := strings.Cut(r.Identifier, "@")
			for _, name := range []string{r.Domain, identifier} {
				if name, err := domainOf(name); err == nil {
					passed = append(passed, name)
					break // header.i is within header.d (RFC 6376 3.5)
				}
			}
		}
	}
	return passed
}

// bare removes the comments of a structured field and the contents of its
// quoted strings: both can hold what the sender of the mail wrote, such as its
// envelope address, and a result is in neither.
func bare(s string) (string, bool) {
	var b strings.Builder
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && (quoted || depth > 0):
			i++
		case quoted:
			quoted = c != '"'
		case c == '"' && depth == 0:
			quoted = true
			b.WriteByte('_')
		case c == '(':
			depth++
		case c == ')':
			depth--
			b.WriteByte(' ')
		case depth == 0:
			b.WriteByte(c)
		}
		if depth < 0 {
			return "", false
		}
	}
	return b.String(), depth == 0 && !quoted
}

// check verifies the signatures themselves. A body length (l=) is refused by the
// library, since anything can be written behind what it covers.
func (d DKIM) check(ctx context.Context, m *message.Message, at time.Time) (passed []string) {
	ctx, stop := context.WithTimeout(ctx, maxDKIMWait)
	defer stop()
	found, err := dkim.VerifyWithOptions(bytes.NewReader(m.Raw), &dkim.VerifyOptions{
		LookupTXT:        func(name string) ([]string, error) { return d.Lookup(ctx, name) },
		MaxVerifications: maxDKIM,
	})
	if err != nil && !errors.Is(err, dkim.ErrTooManySignatures) {
		return nil
	}
	for _, v := range found {
		old := !v.Time.IsZero() && (v.Time.Before(at.Add(-maxDKIMAge)) || v.Time.After(at.Add(maxDKIMAge)))
		if v.Err != nil || old || !coversStructure(m, v.HeaderKeys) {
			continue
		}
		if name, err := domainOf(v.Domain); err == nil {
			passed = append(passed, name)
		}
	}
	return passed
}

// coversStructure reports whether a signature covers the fields that say how
// the body is read: with another boundary, signed bytes hold another document.
func coversStructure(m *message.Message, signed []string) bool {
	for _, name := range []string{"Content-Type", "Content-Transfer-Encoding"} {
		if m.Header.Has(name) && !slices.ContainsFunc(signed, func(k string) bool { return strings.EqualFold(k, name) }) {
			return false
		}
	}
	return true
}

// dkimParty is the party that opted in to DKIM and alone owns the one From
// address, or nil.
func (f *Facts) dkimParty(parties *relay.Parties) *relay.Party {
	if f.FromBad || len(f.From) != 1 {
		return nil
	}
	owners := parties.ByMail(f.From[0].Addr)
	if len(owners) != 1 || owners[0].Accept != "dkim" {
		return nil
	}
	return owners[0]
}

// dkimAligned reports whether a domain whose signature holds speaks for From:
// it is From's domain or one above it, but no registry's (RFC 7489 3.1.1).
func (f *Facts) dkimAligned() bool {
	_, host, _ := strings.Cut(f.From[0].Addr, "@")
	host, err := domainOf(host)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(f.DKIM, func(d string) bool {
		if d == host {
			return true
		}
		_, err := publicsuffix.EffectiveTLDPlusOne(d)
		return err == nil && strings.HasSuffix(host, "."+d)
	})
}

// domainOf is a domain name in its one form: A-labels, lower case.
func domainOf(name string) (string, error) {
	name = strings.TrimSuffix(strings.TrimSpace(name), ".")
	var err error
	if !isPlainDomain(name) {
		name, err = idna.Lookup.ToASCII(name)
	}
	if err == nil && !strings.Contains(name, ".") {
		err = errors.New("not a domain name")
	}
	return strings.ToLower(name), err
}

// isPlainDomain reports whether a name is in that form already, as most are:
// letters and digits, and single hyphens between them.
func isPlainDomain(name string) bool {
	last := byte('.')
	for i := range len(name) {
		c := name[i]
		letter := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		if !letter && (c != '.' && c != '-' || last == '.' || last == '-') {
			return false
		}
		last = c
	}
	return last != '.' && last != '-'
}
