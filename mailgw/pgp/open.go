package pgp

import (
	"strings"
	"time"

	"iodefgw/mailgw/message"
)

// Opened is what there is to know about the OpenPGP of one mail.
type Opened struct {
	Encrypted, Decrypted bool
	// Content is what a reader sees: what was in the root container, or the
	// mail's root. Paths within decrypted content start again at "0".
	Content    *message.Part
	Defects    []message.Defect // of decrypted content
	Signatures []Signature      // every signature met, in order
	Covered    []Covered        // one for each good signature
	Tags       []string         // of structure, each once: malformed-signed, decrypt-failed, smime, …
	Notes      []string         // to be logged: "attached-key", "autocrypt"

	plain map[*message.Part]*message.Part // what stands in a leaf whose signatures are not good
}

// Open collects the facts of one mail, received at the time at. ring holds the
// keys we know, own decrypts (nil: nothing is decrypted). It never fails, never
// changes m, and is safe for concurrent use.
func Open(m *message.Message, ring *Keyring, own *Secret, pol Policy, at time.Time) *Opened {
	o := &opener{
		out: &Opened{Content: m.Root},
		v:   verifier{ring: ring, own: own, pol: pol, at: at},
		own: own,
	}
	if m.Header.Has("Autocrypt") {
		o.note("autocrypt") // P9: never imported
	}
	o.container(m.Root)
	if o.out.Encrypted && !o.out.Decrypted {
		return o.out // a closed box: nothing in it is content
	}
	// A good signature on the whole message inside the encryption covers all.
	if !anyGood(o.out.Signatures) {
		o.read(o.out.Content, true)
	}
	o.out.Content.Walk(o.inventory)
	if o.out.Decrypted && len(o.out.Signatures) == 0 {
		o.tag(TagEncryptedUnsigned)
	}
	return o.out
}

type opener struct {
	out *Opened
	v   verifier
	own *Secret
}

func (o *opener) tag(tag string) { o.out.Tags = addOnce(o.out.Tags, tag) }

func (o *opener) note(note string) { o.out.Notes = addOnce(o.out.Notes, note) }

func addOnce(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}

// read walks content for signatures. root is true for all that a reader sees.
func (o *opener) read(p *message.Part, root bool) {
	switch {
	case p.Type == "multipart/signed":
		o.signed(p, root)
	case p.Type == "multipart/encrypted":
		// P11: only the root container is decrypted, and only once.
	case p.Type == "application/pkcs7-mime", p.Type == "application/x-pkcs7-mime":
		o.tag(TagSMIME)
	case len(p.Children) > 0:
		signed := o.detached(p)
		for _, c := range p.Children {
			if !signed[c] {
				o.read(c, false)
			}
		}
	case strings.HasPrefix(p.Type, "multipart/"):
	default:
		o.leaf(p, root)
	}
}

// signed checks a multipart/signed (RFC 3156 5). Its protocol and micalg
// parameters are hints: the parts and the signature say what they are.
func (o *opener) signed(p *message.Part, root bool) {
	if isSMIME(p) {
		o.tag(TagSMIME)
		return
	}
	if len(p.Children) < 2 || p.Children[1].Type != "application/pgp-signature" {
		o.malformed(p)
		return
	}
	if len(p.Children) > 2 {
		// QUIRK: a list puts its footer inside the multipart/signed
		// (pgp/kde-openpgp-signed-mailinglist+additional-children.eml); the
		// signature still covers the first part only.
		root = false
	}
	content := p.Children[0]
	scope := ScopePart
	if root {
		scope = ScopeWhole
	}
	block, err := signatureBlock(p.Children[1])
	if err != nil {
		o.tag(TagMalformedArmor)
		o.add(Signature{Tag: TagMalformedArmor, Path: p.Path, Scope: scope})
	} else {
		// QUIRK: mails stored with LF; RFC 3156 5 signs CRLF.
		data := crlf(content.Raw)
		sigs := o.v.signatures(block, data, o.out.Decrypted)
		if root && !o.out.Decrypted && content.Type == "multipart/encrypted" {
			forwardable(sigs)
		}
		part := content
		if len(data) != len(content.Raw) {
			part = message.Parse(data).Root
		}
		if o.record(sigs, p, scope, data, part, content) {
			for _, extra := range p.Children[2:] {
				o.read(extra, false)
			}
			return
		}
	}
	for i, c := range p.Children {
		if i != 1 {
			o.read(c, false)
		}
	}
}

// forwardable marks signatures outside an encryption: their signer need not
// know what is inside (P13).
func forwardable(sigs []Signature) {
	for i := range sigs {
		if sigs[i].Tag == TagGood {
			sigs[i].Tag = TagForwarded
		}
	}
}

// malformed handles a multipart/signed that is none.
func (o *opener) malformed(p *message.Part) {
	o.tag(TagMalformedSigned)
	o.add(Signature{Tag: TagMalformedSigned, Path: p.Path, Scope: ScopePart})
	for _, c := range p.Children {
		o.read(c, false)
	}
}

// isSMIME reports whether the signature is one of S/MIME: its part says so, and
// where there is no part of either kind the protocol.
func isSMIME(p *message.Part) bool {
	for _, c := range p.Children {
		switch c.Type {
		case "application/pkcs7-signature", "application/x-pkcs7-signature":
			return true
		case "application/pgp-signature":
			return false
		}
	}
	return strings.Contains(strings.ToLower(p.Params["protocol"]), "pkcs7")
}

// signatureBlock decodes a signature part: armored, or binary as some send it.
func signatureBlock(p *message.Part) ([]byte, error) {
	b, err := p.Decode()
	if err != nil {
		return nil, errArmor
	}
	if len(b) > 0 && b[0]&0x80 != 0 {
		return b, nil
	}
	a, err := dearmor(b)
	if err != nil || a.kind != armorSignature && a.kind != armorMessage {
		return nil, errArmor
	}
	if i, _ := findBegin(a.after); i >= 0 {
		return nil, errArmor // a second block could be read instead of the first
	}
	return a.data, nil
}

// record stores signatures and, for each good one, its covered bytes. It
// reports whether one was good.
func (o *opener) record(sigs []Signature, p *message.Part, scope Scope, data []byte, part, source *message.Part) bool {
	good := false
	for _, s := range sigs {
		s.Path, s.Scope = p.Path, scope
		o.add(s)
		if s.Good() {
			good = true
			o.out.Covered = append(o.out.Covered, Covered{
				bytes: data, fingerprint: s.Fingerprint, part: part, scope: scope, source: source,
			})
		}
	}
	if !good && len(source.Children) == 0 && part != source {
		if o.out.plain == nil {
			o.out.plain = make(map[*message.Part]*message.Part)
		}
		o.out.plain[source] = part
	}
	return good
}

func (o *opener) add(s Signature) { o.out.Signatures = append(o.out.Signatures, s) }
