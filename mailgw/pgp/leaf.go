package pgp

import (
	"bytes"
	"strings"

	"iodefgw/mailgw/message"
)

var beginPGP = []byte("-----BEGIN PGP ")

// leaf looks at a part without children: clear-signed text, an armored message
// or key.
func (o *opener) leaf(p *message.Part, root bool) {
	file := isFile(p)
	if !file && p.Type != "text/plain" {
		return
	}
	text, err := p.Decode()
	if err != nil {
		if bytes.Contains(p.Body, beginPGP) {
			o.tag(TagMalformedArmor)
		}
		return
	}
	if !bytes.Contains(text, beginPGP) {
		if file && isBinaryPGP(p) {
			o.message(p, text, ScopeDocument)
		}
		return
	}
	_, kind := findBegin(text)
	switch kind {
	case armorSigned:
		o.clearsigned(p, text, root && !file)
	case armorMessage:
		a, err := dearmor(text)
		if err != nil {
			o.tag(TagMalformedArmor)
			return
		}
		scope := ScopePart
		switch {
		case file:
			scope = ScopeDocument
		case root && len(bytes.TrimSpace(a.before)) == 0 && len(bytes.TrimSpace(a.after)) == 0:
			scope = ScopeWhole // the reader sees nothing but what is in it
		}
		o.message(p, a.data, scope)
	case armorPublic:
		o.note("attached-key")
	case armorSignature:
		// A signature with nothing it could sign.
		o.tag(TagMalformedSigned)
		o.add(Signature{Tag: TagMalformedSigned, Path: p.Path, Scope: ScopePart})
	}
}

// inventory notes what is there, signed or not: keys and closed boxes.
func (o *opener) inventory(p *message.Part) bool {
	switch {
	case p.Type == "application/pgp-keys":
		o.note("attached-key") // P9: never imported
	case p.Type == "multipart/encrypted", len(p.Children) == 0 && holdsCiphertext(p):
		o.tag(TagEncryptedAttachment)
	}
	return true
}

// holdsCiphertext looks for an encrypted message in a leaf.
func holdsCiphertext(p *message.Part) bool {
	file := isFile(p)
	switch {
	case p.Type == "text/html": // never read out of HTML
		return bytes.Contains(p.Body, []byte("-----BEGIN "+armorMessage))
	case !file && p.Type != "text/plain":
		return false
	}
	text, err := p.Decode()
	if err != nil {
		return false
	}
	if file && isBinaryPGP(p) && !bytes.Contains(text, beginPGP) {
		return isEncrypted(text)
	}
	_, kind := findBegin(text)
	if kind != armorMessage {
		return false
	}
	a, err := dearmor(text)
	return err == nil && isEncrypted(a.data)
}

// isFile reports whether a part is an attached file that may be OpenPGP.
func isFile(p *message.Part) bool {
	switch ext(p.Filename) {
	case ".asc", ".pgp", ".gpg", ".sig":
		return true
	}
	return p.Type == "application/pgp-signature" || p.Type == "application/pgp" || p.Type == "application/pgp-encrypted"
}

func isBinaryPGP(p *message.Part) bool {
	e := ext(p.Filename)
	return e == ".pgp" || e == ".gpg"
}

// ext is the lower-case extension of a file name.
func ext(name string) string {
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		return strings.ToLower(name[i:])
	}
	return ""
}

// stem is a file name without its extension.
func stem(name string) string {
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		return name[:i]
	}
	return name
}

// clearsigned checks a clear-signed text.
func (o *opener) clearsigned(p *message.Part, text []byte, root bool) {
	scope := ScopePart
	switch {
	case root:
		scope = ScopeWhole
	case isFile(p):
		scope = ScopeDocument
	}
	c, err := readCleartext(text)
	if err != nil {
		o.tag(TagMalformedArmor)
		o.add(Signature{Tag: TagMalformedArmor, Path: p.Path, Scope: scope})
		return
	}
	if c.outside && scope != ScopePart {
		scope = ScopePart
		o.tag(TagPartial)
	}
	sigs := o.v.signatures(c.signature, c.plain, o.out.Decrypted)
	o.record(sigs, p, scope, c.plain, o.document(p, c.plain), p)
	for i := range o.out.Covered {
		if o.out.Covered[i].source == p {
			o.out.Covered[i].outside = c.outside
		}
	}
}

// message checks an OpenPGP message in a part, such as an armored signed
// document. An encrypted one stays closed (P11).
func (o *opener) message(p *message.Part, b []byte, scope Scope) {
	if isEncrypted(b) {
		return
	}
	m, err := readSigned(b, false)
	if err != nil {
		o.tag(TagMalformedSigned)
		o.add(Signature{Tag: TagMalformedSigned, Path: p.Path, Scope: scope})
		return
	}
	var sigs []Signature
	for _, s := range m.signatures {
		sigs = append(sigs, o.v.signature(s, m.data, o.out.Decrypted))
	}
	o.record(sigs, p, scope, m.data, o.document(p, m.data), p)
}

// document makes the part for verified plaintext. Type and name come from the
// part around it, less the OpenPGP extension.
func (o *opener) document(p *message.Part, b []byte) *message.Part {
	d := &message.Part{Type: p.Type, Params: p.Params, Disposition: p.Disposition,
		Filename: p.Filename, Encoding: "binary", Raw: b, Body: b, Path: p.Path}
	if isFile(p) {
		d.Filename = stem(p.Filename)
		d.Type = "application/octet-stream"
	}
	return d
}

// detached checks the detached signatures among the children of a multipart:
// "report.xml.asc" beside "report.xml". It returns the children that need no
// other look.
func (o *opener) detached(p *message.Part) map[*message.Part]bool {
	var done map[*message.Part]bool
	for _, sig := range p.Children {
		e := ext(sig.Filename)
		if e != ".asc" && e != ".sig" || len(sig.Children) > 0 {
			continue
		}
		name := stem(sig.Filename)
		var file *message.Part
		for _, c := range p.Children {
			if c != sig && len(c.Children) == 0 && c.Filename == name {
				if file != nil { // two files of that name: nobody knows which
					file = nil
					break
				}
				file = c
			}
		}
		if file == nil {
			continue
		}
		block, err := signatureBlock(sig)
		if err != nil && e == ".asc" && sig.Type != "application/pgp-signature" {
			continue // some other armored file
		}
		if done == nil {
			done = make(map[*message.Part]bool)
		}
		done[sig], done[file] = true, true
		if err != nil {
			o.tag(TagMalformedArmor)
			o.add(Signature{Tag: TagMalformedArmor, Path: sig.Path, Scope: ScopeDocument})
			continue
		}
		o.file(sig, file, block)
	}
	return done
}

// file checks a detached signature over one file.
func (o *opener) file(sig, file *message.Part, block []byte) {
	data, err := file.Decode()
	if err != nil {
		o.add(Signature{Tag: TagBad, Path: sig.Path, Scope: ScopeDocument})
		return
	}
	sigs := o.v.signatures(block, data, o.out.Decrypted)
	if !anyGood(sigs) && file.Encoding != "base64" {
		// QUIRK: transport changes the line ends of a text file that is not
		// base64; a signature over the file on disk then fails. Both forms
		// have one reading and one digest.
		other := crlf(data)
		if len(other) == len(data) {
			other = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
		}
		if again := o.v.signatures(block, other, o.out.Decrypted); anyGood(again) {
			sigs, data = again, other
		}
	}
	part := &message.Part{Type: file.Type, Params: file.Params, Disposition: file.Disposition,
		Filename: file.Filename, Encoding: "binary", Raw: data, Body: data, Path: file.Path}
	o.record(sigs, sig, ScopeDocument, data, part, file)
}

func anyGood(sigs []Signature) bool {
	for _, s := range sigs {
		if s.Good() {
			return true
		}
	}
	return false
}
