package mailgw

import (
	"errors"
	"slices"
	"strings"
	"time"

	"iodefgw/iodef"
	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
)

// Facts is everything there is to know about one mail before it is judged.
// Nothing in it is an opinion, and all of it but History and DKIM is a function of the
// mail's bytes, the keys we know and the time of reception.
type Facts struct {
	At        time.Time // reception
	Kind      message.Kind
	From      []message.Address
	FromBad   bool              // From is absent or no address list
	Sender    []message.Address // of the Sender and Reply-To fields, as far as they are address lists
	ReplyTo   []message.Address
	Opened    *pgp.Opened
	Tags      []string   // of structure: what the readers of mail and OpenPGP found odd
	Automatic bool       // it says that a program sent it
	Documents []Document // every incident document
	DKIM      []string   // domains whose DKIM signature holds; looked for only where a party opted in
	History   History
}

// History is what the store knows about a mail; nothing when a mail is
// screened alone.
type History struct {
	Replay    bool   // its signature over the same content was seen in another mail
	Recipient string // party that was given the reply token the mail is sent to
	Ours      bool   // it carries the mark of a mail that this gateway sent
	Oversize  bool   // over the size cap: only its header is here

	SameDocument bool // another party has reported the same document
	SameID       bool // another party has reported other content under the same IncidentID
	Second       bool // another party has reported the same source, in words of its own
}

// Document is an incident document of a mail, read and validated.
type Document struct {
	pgp.Document
	IODEF    *iodef.Document // nil if it is no IODEF or malformed
	Findings []iodef.Finding
	Verdict  string // "valid", "invalid", "malformed"; empty for other formats
}

// maxReceived is the number of Received fields above which a mail is taken to
// go in circles (requirement O6).
const maxReceived = 25

// Collect reads a mail that was opened: steps 3 and 4 of a report's way. It
// never fails; what it cannot read becomes a fact.
func Collect(m *message.Message, o *pgp.Opened, at time.Time) Facts {
	f := Facts{At: at, Opened: o, Tags: slices.Clone(o.Tags), Automatic: m.Header.Automatic()}
	var err error
	f.From, err = m.Header.From()
	f.FromBad = err != nil
	f.Sender, _ = m.Header.Sender() // hints, for the signs of deception only
	f.ReplyTo, _ = m.Header.ReplyTo()
	if len(m.Header.Values("Received")) > maxReceived {
		f.Tags = append(f.Tags, TagLoop)
	}
	var plain []message.Document
	for _, d := range o.Documents() {
		f.Documents = append(f.Documents, readDocument(d, at))
		plain = append(plain, d.Document)
	}
	for _, d := range slices.Concat(message.Decisive(m.Defects, plain), message.Decisive(o.Defects, plain)) {
		f.Tags = append(f.Tags, d.Tag)
	}
	f.Kind = message.Classify(m, o.Content, plain)
	return f
}

func readDocument(d pgp.Document, at time.Time) Document {
	doc := Document{Document: d}
	if d.Err != nil || !doc.isIODEF() {
		return doc
	}
	parsed, err := iodef.Parse(d.Bytes)
	var malformed *iodef.Malformed
	if errors.As(err, &malformed) {
		doc.Verdict, doc.Findings = iodef.VerdictMalformed, []iodef.Finding{malformed.Finding}
		return doc
	}
	doc.IODEF, doc.Findings = parsed, parsed.Validate(at)
	doc.Verdict = iodef.Verdict(doc.Findings)
	return doc
}

func (d *Document) isIODEF() bool { return strings.HasPrefix(d.Format, "iodef-") }

// incidents are the documents that a report can be taken from, and those that
// might have been one. The same document twice, such as attached and in the
// text, is one.
func (f *Facts) incidents() []Document {
	var docs []Document
	for _, d := range f.Documents {
		if !d.isIODEF() && d.Err == nil {
			continue
		}
		same := slices.IndexFunc(docs, func(e Document) bool {
			return d.Err == nil && e.Err == nil && e.SHA256() == d.SHA256()
		})
		switch {
		case same < 0:
			docs = append(docs, d)
		case d.Covered && !docs[same].Covered:
			docs[same] = d
		}
	}
	return docs
}
