package main

import (
	"bytes"

	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"iodefgw/mailgw/message"
)

const good = "good-signature"

// honest are the ways in which CSIRTs sign (P1).
func honest(k *keys) []sample {
	doc := incident("1")
	inline := "An incident.\nconditions: minimal\n\n" + string(doc)
	c := "CSIRT C <cert@csirt-c.example>"
	signedBy := func(e *openpgp.Entity) []byte { return signed(report(), by(e)) }
	return []sample{
		{"00-mime", good, "documents=1 covered=1", "", "multipart/signed, Ed25519", mail(header(csirtA), signedBy(k.alice))},
		{"00-mime-rsa", good, "documents=1 covered=1", "", "multipart/signed, RSA-2048", mail(header(c), signedBy(k.rsa))},
		{"00-mime-p256", good, "documents=1 covered=1", "", "multipart/signed, NIST P-256", mail(header(c), signedBy(k.nist))},
		{"00-mime-brainpool", good, "documents=1 covered=1", "", "multipart/signed, Brainpool P-256", mail(header(c), signedBy(k.brainpool))},
		{"00-mime-v6", good, "documents=1 covered=1", "", "multipart/signed, version 6 key", mail(header(c), signedBy(k.six))},
		{"00-mime-subkey", good, "documents=1 covered=1", "", "multipart/signed by a signing subkey",
			mail(header(c), signed(report(), signing{key: k.subkey, subkey: true}))},
		{"00-encrypted", good, "documents=1 covered=1", "", "signed and encrypted in one OpenPGP message",
			mail(header(csirtA), sealed(k.alice, k.gateway, "00", report()))},
		{"00-encrypted-aead", good, "documents=1 covered=1", "", "the same with SEIPD version 2",
			mail(header(csirtA), encrypted(encryptAEAD(k.gateway, "00", signedMessage(by(k.alice), "", report()))))},
		{"00-encrypted-around-signed", good, "documents=1 covered=1", "", "multipart/signed inside multipart/encrypted",
			mail(header(csirtA), encrypted(encryptTo(k.gateway, "00-around", literal("", signedBy(k.alice)))))},
		{"00-clearsigned", good, "documents=1 covered=1", "", "clear-signed text with the document inline",
			mail(header(csirtA), plain(cleartext(inline, by(k.alice))))},
		{"00-inline-encrypted", good, "documents=1 covered=1", "", "the text body is nothing but an encrypted message",
			mail(header(csirtA), plain(string(asc("PGP MESSAGE", encryptTo(k.gateway, "00-inline", signedMessage(by(k.alice), "", crlf([]byte(inline))))))))},
		{"00-inline-signed", good, "documents=1 covered=1", "", "the text body is nothing but an armored signed message",
			mail(header(csirtA), plain(string(asc("PGP MESSAGE", signedMessage(by(k.alice), "", crlf([]byte(inline)))))))},
		{"00-detached", good, "documents=1 covered=1", "", "a detached signature beside the document",
			mail(header(csirtA), entity("See the document.\n", xmlFile("incident-1.xml", doc),
				message.Attachment{Type: "application/pgp-signature", Filename: "incident-1.xml.asc", Data: string(asc("PGP SIGNATURE", by(k.alice).packet(doc)))}))},
		{"00-detached-binary", good, "documents=1 covered=1", "", "the same with a binary signature",
			mail(header(csirtA), entity("See the document.\n", xmlFile("incident-1.xml", doc),
				message.Attachment{Type: "application/octet-stream", Filename: "incident-1.xml.sig", Data: string(by(k.alice).packet(doc))}))},
		{"00-armored-document", good, "documents=1 covered=1", "", "an armored signed document as attachment",
			mail(header(csirtA), entity("See the document.\n",
				message.Attachment{Type: "application/octet-stream", Filename: "incident-1.xml.asc", Data: string(asc("PGP MESSAGE", signedMessage(by(k.alice), "incident-1.xml", doc)))}))},
		{"00-unsigned", "unsigned", "documents=1 covered=0", "", "not signed", mail(header(csirtA), report())},
		{"00-encrypted-unsigned", "encrypted-unsigned", "documents=1 covered=0", "", "encrypted, not signed",
			mail(header(csirtA), encrypted(encryptTo(k.gateway, "00-unsigned", literal("", report()))))},
		{"00-lf", good, "documents=1 covered=1", "", "multipart/signed, stored with LF line ends",
			bytes.ReplaceAll(mail(header(csirtA), signedBy(k.alice)), []byte("\r\n"), []byte("\n"))},
		{"00-list-epilogue", good, "documents=1 covered=1", "", "a list wrote its footer behind the last boundary, where nobody reads it",
			append(mail(header(csirtA), signedBy(k.alice)), "_____\r\nlist footer\r\n"...)},
		{"00-list-footer", "partial-coverage", "documents=1 covered=1", "", "a list put the signed mail beside its footer",
			mail(header(csirtA), message.Multipart("mixed", "", signedBy(k.alice), part("Content-Type: text/plain", "_____\nlist footer\n")))},
		{"00-exchange", good, "documents=1 covered=1", "", "what Exchange makes of multipart/encrypted",
			mail(header(csirtA), exchange(sealed(k.alice, k.gateway, "00-exchange", report())))},
	}
}

// exchange turns multipart/encrypted into multipart/mixed with an empty text
// before it.
func exchange(entity []byte) []byte {
	m := message.Parse(entity)
	return message.Multipart("mixed", "", part("Content-Type: text/plain; charset=us-ascii", ""), m.Root.Children[0].Raw, m.Root.Children[1].Raw)
}
