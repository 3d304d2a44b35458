package pgp

import "iodefgw/mailgw/message"

// A Document is an incident document with what covers it.
type Document struct {
	message.Document
	Covered bool     // a good signature, whoever's, covers exactly its bytes
	Signers []string // full fingerprints, each once, in the order of the signatures
}

// Documents finds every incident document in the content, in order. Where a
// signature was good, the document is read from the verified bytes.
func (o *Opened) Documents() []Document {
	var docs []Document
	o.Content.Walk(func(p *message.Part) bool {
		part, signers, outside := o.view(p)
		if part == nil {
			if len(p.Children) == 0 {
				docs = appendDocuments(docs, message.Documents(p), nil)
			}
			return true
		}
		n := len(docs)
		docs = appendDocuments(docs, message.Documents(part), signers)
		if outside {
			for _, d := range message.Documents(p) {
				if !contains(docs[n:], d) {
					docs = appendDocuments(docs, []message.Document{d}, nil)
				}
			}
		}
		return false
	})
	return docs
}

// view returns what stands in a part that is signed, and who signed it; nil for
// a part that is not.
func (o *Opened) view(p *message.Part) (part *message.Part, signers []string, outside bool) {
	for _, c := range o.Covered {
		if c.source == p {
			part, outside = c.part, c.outside
			signers = addOnce(signers, c.fingerprint)
		}
	}
	if part == nil {
		part = o.plain[p]
	}
	return part, signers, outside
}

func appendDocuments(docs []Document, found []message.Document, signers []string) []Document {
	for _, d := range found {
		docs = append(docs, Document{Document: d, Covered: len(signers) > 0 && d.Err == nil, Signers: signers})
	}
	return docs
}

func contains(docs []Document, d message.Document) bool {
	for _, have := range docs {
		if have.SHA256() == d.SHA256() {
			return true
		}
	}
	return false
}

// Text is the plain text that one signature covers as part of the whole
// content: the only text in which conditions may stand (P1). It is empty where
// the whole is not covered.
func (o *Opened) Text() string {
	for _, c := range o.Covered {
		if c.Whole() {
			return c.part.PlainText()
		}
	}
	return ""
}

// Decide combines the signatures of a mail into its one tag, as P1 and P3 want,
// and names the signer where the signature is good. party maps a full
// fingerprint to the party it belongs to, "" for none.
//
//   - No signature: the reason in [Opened.Tags], else unsigned.
//   - No good one: the worst tag.
//   - Good ones that cover neither the whole content nor, each by itself, every
//     document in it: partial-coverage.
//   - Good ones of two parties, or a bad or unknown one beside a good one:
//     ambiguous-signature.
//   - Else the worst tag of the good ones: good-, stale- or forwarded-signature.
//
// Left to the caller: whether the party is registered (untrusted-key), whether
// From fits (id-conflict), whether Digest was seen before (replay), and the tags
// of content in [Opened.Tags] (encrypted-attachment). The order of signatures
// makes no difference.
func (o *Opened) Decide(party func(fingerprint string) string) (tag, signer string) {
	if len(o.Signatures) == 0 {
		return o.structural(), ""
	}
	var good []Signature
	worst, worstGood := "", ""
	for _, s := range o.Signatures {
		if worst == "" || rank(s.Tag) > rank(worst) {
			worst = s.Tag
		}
		if s.Good() {
			good = append(good, s)
			if worstGood == "" || rank(s.Tag) > rank(worstGood) {
				worstGood = s.Tag
			}
		}
	}
	if len(good) == 0 {
		return worst, ""
	}
	signer = good[0].Fingerprint
	one := true
	for _, s := range good {
		if s.Fingerprint != signer {
			a, b := party(s.Fingerprint), party(signer)
			one = one && a != "" && a == b
			signer = min(signer, s.Fingerprint)
		}
	}
	switch {
	case !o.complete():
		return TagPartial, signer
	case !one || len(good) < len(o.Signatures):
		return TagAmbiguous, signer
	}
	return worstGood, signer
}

// structural is the tag of a mail without a signature.
func (o *Opened) structural() string {
	for _, tag := range []string{TagDecryptFailed, TagMalformedArmor, TagMalformedSigned, TagEncryptedUnsigned, TagSMIME} {
		for _, have := range o.Tags {
			if have == tag {
				return tag
			}
		}
	}
	return TagUnsigned
}

// complete reports whether good signatures cover all content acted on: the
// whole, or else every document by itself.
func (o *Opened) complete() bool {
	documents := false
	for _, c := range o.Covered {
		switch c.scope {
		case ScopeWhole:
			return true
		case ScopeDocument:
			documents = true
		}
	}
	if !documents {
		return false
	}
	docs := o.Documents()
	for _, d := range docs {
		if !d.Covered {
			return false
		}
	}
	return len(docs) > 0
}
