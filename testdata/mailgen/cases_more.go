package main

import (
	"bytes"
	"crypto"
	"encoding/binary"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"iodefgw/mailgw/message"
)

// senderVariants are more of case 23: what one reader takes for From and another
// does not.
func senderVariants(k *keys) []sample {
	byBob := signed(report(), by(k.bob))
	conflict := func(name, what, head string) sample {
		return sample{name, good, "", "id-conflict", what, mail(head, byBob)}
	}
	spaced := strings.Replace(header(csirtA), "From:", "From :", 1)
	return []sample{
		conflict("23-blank-before-colon", "From with a blank before its colon, and another", strings.Replace(spaced, "To:", "From: cert@csirt-b.example\r\nTo:", 1)),
		conflict("23-two-at", "an address with two at signs", header("cert@csirt-b.example@csirt-a.example")),
		conflict("23-group-of-two", "a group of two addresses", header("CSIRTs: cert@csirt-b.example, cert@csirt-a.example;")),
		conflict("23-wide-domain", "csirt-a.example in full-width letters", header("cert@\uff43sirt-a.example")),
		conflict("23-encoded-list", "an encoded word that decodes to an address and a comma", header("=?utf-8?q?cert=40csirt-b.example=2C?= <"+csirtAddr+">")),
		{"23-blank-line", good, "ambiguous-mime", "ambiguous-mime", "a line of blanks in the header, which ends it for some",
			mail(strings.Replace(header(csirtA), "To:", " \r\nTo:", 1), signed(report(), by(k.alice)))},
		{"23-folded", good, "", "", "From folded behind its colon, in capitals", mail(strings.Replace(header(""), "To:", "FROM:\r\n CERT@CSIRT-A.EXAMPLE\r\nTo:", 1), signed(report(), by(k.alice)))},
	}
}

const csirtAddr = "cert@csirt-a.example"

// signerVariants are more of cases 46 to 51.
func signerVariants(k *keys) []sample {
	r := report()
	c := "CSIRT C <cert@csirt-c.example>"
	before := time.Date(2026, 1, 20, 0, 0, 0, 0, time.UTC)
	weak := rawRSA(k.rsa, crypto.SHA1, 2, nil, r)
	strong := rawRSA(k.rsa, crypto.SHA256, 8, nil, r)
	block := func(name, decide, what string, packets ...[]byte) sample {
		return sample{name, decide, "", "", what, mail(header(c), message.Multipart("signed", signedParams, r, signature(bytes.Join(packets, nil))))}
	}
	from := func(name, decide, what string, s signing) sample {
		return sample{name, decide, "", "", what, mail(header(c), signed(r, s))}
	}
	stale := signing{key: k.rsa, at: signedAt.AddDate(0, 0, -40)}
	return []sample{
		block("46-good-weak", "ambiguous-signature", "a good signature before one with SHA-1", strong, weak),
		block("46-weak-good", "ambiguous-signature", "the same, in the other order", weak, strong),
		block("46-good-stale", "stale-signature", "a good signature before an old one of the same key", strong, stale.packet(r)),
		block("46-stale-good", "stale-signature", "the same, in the other order", stale.packet(r), strong),
		block("46-good-revoked", "ambiguous-signature", "a good signature before one by a revoked key", strong, by(k.superseded).packet(r)),
		block("47-sha224", "weak-hash", "signed with SHA-224", rawRSA(k.rsa, crypto.SHA224, 11, nil, r)),
		block("48-elgamal", "weak-key", "a signature that claims to be ElGamal", bytes.Replace(strong, []byte{4, 0, 1, 8}, []byte{4, 0, 20, 8}, 1)),
		from("48-secp256k1", "weak-key", "the curve of Bitcoin, which RFC 9580 does not know", by(k.bitcoin)),
		block("45-other-fingerprint", "unknown-key", "the key ID of a known key beside the fingerprint of another", rawSignature(k.rsa, crypto.SHA256, 8,
			append(binary.BigEndian.AppendUint32([]byte{5, 2}, uint32(signedAt.Unix())), append([]byte{22, 33, 4}, k.mallory.PrimaryKey.Fingerprint...)...), nil, r)),
		from("49-before-binding", "invalid-key", "by a subkey, before it was bound to the key", signing{key: k.subkeyLate, subkey: true, at: before}),
		from("63-certification", "malformed-signed", "the signature of a certification (type 0x10) over the content",
			signing{key: k.rsa, change: func(s *packet.Signature) { s.SigType = packet.SigTypeGenericCert }}),
		block("49-no-time", "malformed-signed", "a signature that does not say when it was made", rawTime(k.rsa, false, r)),
		block("49-time-unhashed", "malformed-signed", "one that says so where it is not signed", rawTime(k.rsa, true, r)),
		from("50-subkey-expired", "expired-key", "by a subkey that has expired since", signing{key: k.subkeyExpired, subkey: true, at: before}),
		from("50-subkey-revoked", "revoked-key", "by a subkey that was revoked since", signing{key: k.subkeyRevoked, subkey: true, at: before}),
		from("51-certify-only", "invalid-key", "by a primary key that may only certify", by(k.certifyOnly)),
		from("51-foreign-back-signature", "invalid-key", "a subkey whose back-signature is by another key", signing{key: k.foreignBack, subkey: true}),
	}
}

// rawTime is a signature by an RSA key without a time, or with one in the part
// that is not signed.
func rawTime(k *openpgp.Entity, unhashed bool, data []byte) []byte {
	var stamp []byte
	if unhashed {
		stamp = binary.BigEndian.AppendUint32([]byte{5, 2}, uint32(signedAt.Unix()))
	}
	return rawSignature(k, crypto.SHA256, 8, append([]byte{22, 33, 4}, k.PrimaryKey.Fingerprint...), stamp, data)
}

// structureVariants are more of cases 33, 54, 56, 58 and 63.
func structureVariants(k *keys) []sample {
	r := report()
	doc, other := incident("1"), incident("2")
	genuine := signed(r, by(k.alice))
	block := by(k.alice).packet(r)
	text := "An incident.\n- one item\n" + string(doc)
	ok := cleartext(text, by(k.alice))
	clear := func(name, decide, what, body string) sample {
		return sample{name, decide, "", "", what, mail(header(csirtA), plain(body))}
	}
	with := func(name, decide, what string, entity []byte) sample {
		return sample{name, decide, "", "", what, mail(header(csirtA), entity)}
	}
	begin := strings.Index(ok, "-----BEGIN PGP SIGNATURE")
	aead := encryptAEAD(k.gateway, "58-aead", signedMessage(by(k.alice), "", r))
	aead[len(aead)-60] ^= 1
	long := "An incident.\n" + strings.Repeat("x", 20000) + "\n" + string(doc)
	longSigned := cleartext(long, by(k.alice))
	return []sample{
		with("33-two-in-text", "good-signature", "two documents in one text", signed(entity("x\n"+string(doc)+"and\n"+string(other)), by(k.alice))).screened("two-documents"),
		with("33-other-file-signed", "partial-coverage", "a detached signature over another file, the document beside it", entity("x\n", xmlFile("incident-1.xml", doc),
			message.Attachment{Type: "text/plain", Filename: "readme.txt", Data: "hello\n"},
			message.Attachment{Type: "application/pgp-signature", Filename: "readme.txt.asc", Data: string(asc("PGP SIGNATURE", by(k.alice).packet([]byte("hello\n"))))})),
		clear("54-format-confusion", "malformed-armor", "a signed message where the signature should be", ok[:begin]+string(asc("PGP MESSAGE", signedMessage(by(k.alice), "", []byte("other\r\n"))))),
		clear("54-nul", "malformed-armor", "a NUL in the text, where some stop to hash", cleartext(strings.Replace(text, "An incident.", "An incident.\x00Forward all.", 1), by(k.alice))),
		clear("54-long-line", good, "a line of 20,000 characters", longSigned),
		clear("54-long-line-changed", "bad-signature", "its last character changed, which some do not hash", strings.Replace(longSigned, "xx\n", "xy\n", 1)),
		clear("54-trailing-blanks", good, "blanks added at line ends, which the signature does not cover", strings.Replace(ok, "An incident.", "An incident. \t ", 1)),
		clear("54-quoted-block", good, "a clear-signed text quoted inside another", cleartext(text+ok, by(k.alice))),
		clear("54-two-signatures", "malformed-armor", "a second signature block behind the first", ok+string(asc("PGP SIGNATURE", by(k.bob).packet([]byte("x"))))),
		with("54-html", "unsigned", "a clear-signed text in HTML", part("Content-Type: text/html", "<pre>\n"+ok+"</pre>\n")),
		with("54-alternative", "partial-coverage", "a clear-signed text with an HTML alternative", message.Multipart("alternative", "", plain(ok), part("Content-Type: text/html", "<p>Forward all</p>"))),
		with("56-wrong-protocol", good, "the protocol of S/MIME, which is a hint", message.Multipart("signed", "; protocol=\"application/pkcs7-signature\"", r, signature(block))),
		with("56-signature-as-text", "malformed-signed", "the signature in a text part", message.Multipart("signed", signedParams, r, append([]byte("Content-Type: text/plain\r\n\r\n"), asc("PGP SIGNATURE", block)...))),
		with("56-rfc822-root", "partial-coverage", "the signed mail as the only content of another", part("Content-Type: message/rfc822", string(mail(header(csirtA), genuine)))),
		with("56-mixed-around", "partial-coverage", "the signed part alone in a multipart/mixed", message.Multipart("mixed", "", genuine)),
		with("56-nested", good, "signed by csirt-a inside what csirt-b signed", signed(genuine, by(k.bob))).screened("id-conflict"),
		with("56-inside-encrypted", "partial-coverage", "the signed part beside other content in the encrypted one", encrypted(encryptTo(k.gateway, "56-inside", literal("",
			message.Multipart("mixed", "", part("Content-Type: text/plain", "conditions: full\n"), genuine))))),
		with("58-aead-flipped", "decrypt-failed", "one bit of AEAD changed", encrypted(aead)),
		with("58-extra-packet", "decrypt-failed", "a literal packet behind the encrypted one", encrypted(append(encryptTo(k.gateway, "58-extra", signedMessage(by(k.alice), "", r)), literal("", []byte("conditions: full\r\n"))...))),
		with("58-compressed-outside", "decrypt-failed", "the encrypted message inside a compressed one", encrypted(compressed(encryptTo(k.gateway, "58-outside", signedMessage(by(k.alice), "", r))))),
		with("59-twice", "decrypt-failed", "compressed twice", encrypted(encryptTo(k.gateway, "59-twice", repeat(2, signedMessage(by(k.alice), "", r))))),
		with("63-two-blocks", "malformed-armor", "two armored signatures in the signature part, by two parties", message.Multipart("signed", signedParams, r,
			append(signature(block), asc("PGP SIGNATURE", by(k.bob).packet(r))...))),
		with("63-text-around", good, "text before and behind the armored signature", message.Multipart("signed", signedParams, r,
			append([]byte("Content-Type: application/pgp-signature\r\n\r\nsignature:\r\n"), append(asc("PGP SIGNATURE", block), "bye\r\n"...)...))),
		with("63-headers", good, "the usual armor headers", message.Multipart("signed", signedParams, r,
			bytes.Replace(signature(block), []byte("SIGNATURE-----\r\n"), []byte("SIGNATURE-----\r\nVersion: GnuPG v2\r\nComment: conditions: full\r\n"), 1))),
	}
}

// screened sets the decisive tag of the verdict.
func (s sample) screened(tag string) sample {
	s.screen = tag
	return s
}
