package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"iodefgw/iodef"
	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
)

// ReportInput is what a reporting site says. Sources, Seen, Now, From and
// Random are required; the rest has defaults.
type ReportInput struct {
	Version iodef.Version // V2 unless set
	IDName  string        // who numbered the incident; the domain of From unless set
	ID      string        // the incident's number; random unless set
	Now     time.Time     // when the report is made and signed
	Seen    time.Time     // when it happened; written in its own zone

	Sources  []netip.Addr
	Targets  []Target
	Port     uint16
	Protocol int // IP protocol number of Port; 6 (TCP) unless set

	Type        string   // kind of incident, such as "unknown" or "scan"
	Severity    string   // low, medium, high
	Text        string   // description
	Log         string   // lines of text, LF
	References  []string // numbers of others, such as JPCERT#12345678
	Expect      []string // actions asked for; contact-source-site unless set, none for an empty list
	Restriction string   // of the Incident; none unless set
	Language    string   // "en" unless set
	Conditions  string   // stands in the signed text as it is: a block or one line

	Name     string // of the reporter; From unless set
	From, To string // addresses; To is From unless set
	Subject  string

	Gzip    bool        // the document as .xml.gz
	Sign    *pgp.Secret // nil: not signed
	Encrypt *pgp.Key    // nil: not encrypted
	Random  io.Reader   // numbers, Message-ID and session keys
}

// BuildReport makes the whole mail of a report. The same input gives the same
// bytes, unless it is encrypted.
func BuildReport(in ReportInput) ([]byte, error) {
	if err := in.complete(); err != nil {
		return nil, err
	}
	document, err := reportDocument(&in)
	if err != nil {
		return nil, err
	}
	header, err := in.header()
	if err != nil {
		return nil, err
	}
	attachment := message.Attachment{Type: "application/xml", Filename: "incident.xml", Data: string(document)}
	if in.Gzip {
		attachment.Type, attachment.Filename = "application/octet-stream", "incident.xml.gz"
		packed, err := compressed(document)
		if err != nil {
			return nil, err
		}
		attachment.Data = string(packed)
	}
	text := "The incident is described in the attached IODEF document.\n"
	if in.Language == "ja" {
		text = "インシデントの内容は、添付の IODEF 文書のとおりです。\n"
	}
	if in.Conditions != "" {
		text += "\n" + strings.TrimRight(in.Conditions, "\n") + "\n"
	}
	switch {
	case in.Sign != nil:
		entity, err := message.Entity(text, attachment)
		if err != nil {
			return nil, fmt.Errorf("compose report: %w", err)
		}
		return pgp.Seal(header, entity, in.Sign, in.Encrypt, in.Now, in.Random)
	case in.Encrypt != nil:
		return nil, Hint{errors.New("a report is encrypted only with a signature inside"), "-sign names the key to sign with"}
	}
	mail, err := message.Compose(header, text, attachment)
	if err != nil {
		return nil, fmt.Errorf("compose report: %w", err)
	}
	return mail, nil
}

// complete fills in defaults and refuses what would make no report.
func (in *ReportInput) complete() error {
	if len(in.Sources) == 0 || in.Seen.IsZero() || in.From == "" {
		return errors.New("a report needs a source, a time and a sender")
	}
	for i, a := range in.Sources {
		in.Sources[i] = a.Unmap().WithZone("")
	}
	if in.Version == "" {
		in.Version = iodef.V2
	}
	if in.Protocol == 0 {
		in.Protocol = 6
	}
	if in.Expect == nil {
		in.Expect = []string{"contact-source-site"}
	}
	for _, d := range []struct {
		field *string
		value string
	}{{&in.Language, "en"}, {&in.Name, in.From}, {&in.To, in.From}} {
		if *d.field == "" {
			*d.field = d.value
		}
	}
	if in.IDName == "" {
		_, in.IDName, _ = strings.Cut(in.From, "@")
	}
	if in.ID == "" {
		random, err := in.token(5)
		if err != nil {
			return err
		}
		in.ID = in.Now.UTC().Format("20060102-150405-") + random
	}
	if in.Subject == "" {
		in.Subject = "Incident report " + in.ID
	}
	return nil
}

func (in *ReportInput) header() (h message.OutHeader, err error) {
	id, err := in.token(10)
	if err != nil {
		return h, err
	}
	_, domain, _ := strings.Cut(in.From, "@")
	h.Date = in.Now
	var errs [5]error
	h.From, errs[0] = message.NewAddr(in.From)
	h.To, errs[1] = message.NewAddr(in.To)
	h.Subject, errs[2] = message.NewText(in.Subject)
	h.MessageID, errs[3] = message.NewToken("<" + id + "@" + domain + ">")
	if in.Name != in.From {
		h.FromName, errs[4] = message.NewText(in.Name)
	}
	if err := errors.Join(errs[:]...); err != nil {
		return h, fmt.Errorf("compose report: %w", err)
	}
	return h, nil
}

// token is n random bytes in letters and digits.
func (in *ReportInput) token(n int) (string, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(in.Random, b); err != nil {
		return "", fmt.Errorf("read random bytes: %w", err)
	}
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b)), nil
}

// compressed is one gzip member without name and time, so that it depends on
// nothing but the document.
func compressed(document []byte) ([]byte, error) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write(document)
	if err := errors.Join(err, w.Close()); err != nil {
		return nil, fmt.Errorf("compress report: %w", err)
	}
	return b.Bytes(), nil
}

// presetLine is the one-line form of conditions.
func presetLine(preset string) string { return "conditions: " + preset }

// parseTargets reads ADDRESS, NAME or ADDRESS/NAME, several joined by commas.
func parseTargets(list string) ([]Target, error) {
	var all []Target
	for one := range strings.SplitSeq(list, ",") {
		one = strings.TrimSpace(one)
		if one == "" {
			continue
		}
		address, name, both := strings.Cut(one, "/")
		a, err := netip.ParseAddr(address)
		switch {
		case err == nil:
			all = append(all, Target{a.Unmap().WithZone(""), name})
		case both:
			return nil, fmt.Errorf("target %q: %q is no address", cut(one, 60), cut(address, 40))
		default:
			all = append(all, Target{Name: one})
		}
	}
	return all, nil
}

// parseSources reads addresses joined by commas.
func parseSources(list string) ([]netip.Addr, error) {
	var all []netip.Addr
	for one := range strings.SplitSeq(list, ",") {
		a, err := netip.ParseAddr(strings.TrimSpace(one))
		if err != nil {
			return nil, Hint{fmt.Errorf("source %q is no address", cut(one, 40)), "such as 198.51.100.77 or 2001:db8::1"}
		}
		if !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	return all, nil
}
