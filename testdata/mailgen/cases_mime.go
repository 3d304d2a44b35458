package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"log"
	"strings"

	"iodefgw/mailgw/message"
)

// addressCases are cases 23 to 25: who a mail says it is from.
func addressCases(k *keys) []sample {
	body := signed(report(), by(k.alice))
	byBob := signed(report(), by(k.bob))
	from := func(name string, value string, entity []byte, what string) sample {
		return sample{name, good, "", "id-conflict", what, mail(header(value), entity)}
	}
	samples := []sample{
		{"23-two-from-signer-first", good, "", "id-conflict", "two From fields, the signer's first",
			mail(header(csirtA, "From: cert@csirt-b.example"), body)},
		{"23-two-from-signer-last", good, "", "id-conflict", "two From fields, the signer's last",
			mail(header("cert@csirt-b.example", "From: "+csirtA), body)},
		from("23-two-addresses", "cert@csirt-a.example, cert@csirt-b.example", body, "From with two addresses"),
		from("23-no-from", "", body, "no From"),
		from("23-empty-from", "\"CSIRT A\" <>", body, "From with an empty address"),
		from("24-name-is-address", "\"cert@csirt-a.example\" <cert@evil.example>", body, "display name is the signer's address"),
		from("24-unquoted-name-is-address", "cert@csirt-a.example <cert@csirt-b.example>", body, "the same without quotes: no address list"),
		from("24-encoded-name", "=?utf-8?q?cert=40csirt-a=2Eexample?= <cert@evil.example>", body, "an encoded word that decodes to the signer's address"),
		from("24-encoded-address", "=?utf-8?q?cert=40csirt-a=2Eexample?=", body, "an address in an encoded word is none"),
		from("24-comment-first", "(cert@csirt-a.example) cert@evil.example", body, "the signer's address in a comment"),
		from("24-comment-inside", "cert@csirt-a.example(<cert@evil.example>", body, "an open comment"),
		from("24-quoted-at", "\"cert@csirt-a.example\"@evil.example", body, "the signer's address as quoted local part"),
		from("24-route", "<@csirt-a.example:cert@evil.example>", body, "a source route"),
		from("24-group", "cert@csirt-a.example: cert@evil.example;", body, "a group named like the signer"),
		from("24-nul", "cert@csirt-a.example\x00@evil.example", body, "a NUL in the address"),
		from("24-signed-by-other", csirtA, byBob, "signed by another party"),
		{"25-encoded-crlf", good, "", "", "a subject whose encoded words decode to line ends and a header field",
			mail(strings.Replace(header(csirtA), "Incident report 1", "=?utf-8?q?a=0D=0ABcc:_x@example.net=00=1B[31m=E2=80=AE?=", 1), body)},
		{"25-encoded-name", good, "", "", "a display name whose encoded words decode to an escape sequence and a bidirectional override",
			mail(header("=?utf-8?q?=1B=5D0=3Bx=07=E2=80=AEA_TRISC?= <cert@csirt-a.example>"), body)},
	}
	return samples
}

// mimeCases are cases 26 to 31 and 35 to 37: forms with more than one reading.
// What is larger than a few kilobytes is made by the tests.
func mimeCases(k *keys) []sample {
	ok := string(report())
	nest := func(n int) []byte {
		e := report()
		for range n {
			e = message.Multipart("mixed", "", e)
		}
		return e
	}
	ambiguous := func(name, what string, entity string) sample {
		e := []byte(entity)
		return sample{name, good, "ambiguous-mime", "ambiguous-mime", what, mail(header(csirtA), signed(e, by(k.alice)))}
	}
	boundary := func(b, body string) string { // body with Q for the boundary line
		return "Content-Type: multipart/mixed; boundary=" + b + "\r\n\r\n" + strings.ReplaceAll(body, "\n", "\r\n")
	}
	doc := base64.StdEncoding.EncodeToString(incident("1"))
	xml := func(head, body string) string {
		return boundary("q", "--q\nContent-Type: text/plain\n\nhello\n--q\nContent-Type: application/xml; name=a.xml\n"+head+"\n\n"+body+"\n--q--\n")
	}
	b64 := "Content-Transfer-Encoding: base64"
	return []sample{
		{"26-depth-7", good, "documents=1", "", "nested seven deep inside the signed part: just allowed", mail(header(csirtA), signed(nest(6), by(k.alice)))},
		{"26-depth-9", good, "too-deep", "too-deep", "nested nine deep", mail(header(csirtA), signed(nest(8), by(k.alice)))},
		ambiguous("28-no-boundary", "multipart without a boundary", "Content-Type: multipart/mixed\r\n\r\n--q\r\n\r\nx\r\n--q--\r\n"),
		ambiguous("28-empty-boundary", "an empty boundary", boundary(`""`, "--\n\nx\n----\n")),
		ambiguous("28-never-closed", "no close delimiter", boundary("q", "--q\n\nx\n--q\n\ny\n")),
		ambiguous("28-prefix", "a line that starts like the boundary", boundary("q", "--q\n\nx\n--qq\n\ny\n--q--\n")),
		ambiguous("28-nested-equal", "the boundary again in a nested multipart",
			boundary("q", "--q\nContent-Type: multipart/mixed; boundary=q\n\n--q\n\nx\n--q--\n\n--q--\n")),
		ambiguous("28-trailing-space", "a boundary that ends in a blank", boundary(`"q "`, "--q \n\nx\n--q --\n")),
		ambiguous("28-after-close", "a part after the close delimiter", boundary("q", "--q\n\nx\n--q--\n--q\n\ny\n--q--\n")),
		ambiguous("29-two-types", "two Content-Type fields", "Content-Type: text/plain\r\n"+ok),
		ambiguous("29-two-encodings", "two Content-Transfer-Encoding fields in the document part", xml(b64+"\nContent-Transfer-Encoding: 7bit", doc)),
		ambiguous("29-two-dispositions", "two Content-Disposition fields", xml(b64+"\nContent-Disposition: inline\nContent-Disposition: attachment; filename=b.xml", doc)),
		ambiguous("29-two-parameters", "two boundaries", "Content-Type: multipart/mixed; boundary=q; boundary=r\r\n\r\n--q\r\n\r\nx\r\n--q--\r\n"),
		ambiguous("30-unknown-encoding", "an unknown transfer encoding", xml("Content-Transfer-Encoding: x-none", doc)),
		{"30-garbage", good, "document-error", "ambiguous-mime", "base64 of the document with a foreign character", mail(header(csirtA), signed([]byte(xml(b64, doc[:40]+"*"+doc[40:])), by(k.alice)))},
		{"30-padding", good, "document-error", "ambiguous-mime", "base64 of the document without its last characters", mail(header(csirtA), signed([]byte(xml(b64, strings.TrimRight(doc, "=")[:len(doc)-6])), by(k.alice)))},
		{"30-two-blocks", good, "document-error", "ambiguous-mime", "two base64 blocks, one behind the padding of the other", mail(header(csirtA), signed([]byte(xml(b64, "PGE+PC9hPg==\n"+doc)), by(k.alice)))},
		{"30-qp", good, "document-error", "ambiguous-mime", "quoted-printable of the document with an invalid escape", mail(header(csirtA), signed([]byte(xml("Content-Transfer-Encoding: quoted-printable", "<a>=ZZ</a>")), by(k.alice)))},
		{"30-other-part", good, "documents=1 covered=1", "", "broken base64 in a part that is no document",
			mail(header(csirtA), signed([]byte(xml(b64, doc+"\n--q\nContent-Type: image/png\n"+b64+"\n\n***")), by(k.alice)))},
		{"31-wrong-label", good, "documents=1", "", "a text labelled utf-8 with ISO-2022-JP bytes, a document beside it", mail(header(csirtA), signed([]byte(strings.Replace(xml(b64, doc),
			"Content-Type: text/plain\r\n\r\nhello", "Content-Type: text/plain; charset=utf-8\r\n\r\n\x1b$B%\"\x1b(B \xff", 1)), by(k.alice)))},
		{"31-utf-7", good, "documents=1", "", "a text in UTF-7, which is not decoded", mail(header(csirtA), signed([]byte(strings.Replace(xml(b64, doc),
			"Content-Type: text/plain\r\n\r\nhello", "Content-Type: text/plain; charset=utf-7\r\n\r\nconditions: +AGYAdQBsAGw-", 1)), by(k.alice)))},
		{"31-utf-16", good, "documents=1 covered=1", "", "a document in UTF-16", mail(header(csirtA), signed(entity("x\n", xmlFile("a.xml", utf16le(incident("1")))), by(k.alice)))},
		{"35-preamble", good, "documents=0", "no-document", "documents and conditions in preamble and epilogue", mail(header(csirtA), signed([]byte(boundary("q",
			"conditions: full\n"+string(incident("1"))+"--q\nContent-Type: text/plain\n\nhello\n--q--\nconditions: full\n"+string(incident("2")))), by(k.alice)))},
		{"36-split-name", good, "documents=1 covered=1", "", "a file name split by RFC 2231 that spells an address",
			mail(header(csirtA), signed([]byte(strings.Replace(xml(b64, doc), "name=a.xml", "name*0=\"198.51\"; name*1=\".100.23\"; name*2=.xml", 1)), by(k.alice)))},
		{"37-bare-cr", good, "ambiguous-mime", "ambiguous-mime", "a bare CR in a header field", mail(header(csirtA, "X-Note: a\rFrom: b@example.net"), signed(report(), by(k.alice)))},
		{"37-8bit", good, "malformed", "", "raw 8-bit and an overlong line in header fields",
			mail(header(csirtA, "X-Note: caf\xe9", "X-Long: "+strings.Repeat("x", 2000)), signed(report(), by(k.alice)))},
		{"37-nul", good, "malformed", "", "a NUL in a header field", mail(header(csirtA, "X-Note: a\x00b"), signed(report(), by(k.alice)))},
	}
}

// utf16le is UTF-16 with a byte order mark of ASCII text.
func utf16le(b []byte) []byte {
	out := []byte{0xFF, 0xFE}
	for _, c := range bytes.Replace(b, []byte("UTF-8"), []byte("UTF-16"), 1) {
		out = append(out, c, 0)
	}
	return out
}

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		log.Fatal("mailgen: ", err)
	}
	if err := w.Close(); err != nil {
		log.Fatal("mailgen: ", err)
	}
	return out.Bytes()
}

// documentCases are cases 32 to 34: where a document may stand.
func documentCases(k *keys) []sample {
	doc, other := incident("1"), incident("2")
	octets := func(name string, data []byte) message.Attachment {
		return message.Attachment{Type: "application/octet-stream", Filename: name, Data: string(data)}
	}
	forwarded := part("Content-Type: message/rfc822", string(mail(header("x@example.net"), report())))
	one := func(name, what string, entity []byte) sample {
		return sample{name, good, "documents=1 covered=1", "", what, mail(header(csirtA), signed(entity, by(k.alice)))}
	}
	none := func(name, what string, files ...message.Attachment) sample {
		return sample{name, good, "documents=0", "no-document", what, mail(header(csirtA), signed(entity("x\n", files...), by(k.alice)))}
	}
	return []sample{
		one("32-inline", "in the text body", entity("An incident.\n"+string(doc)+"Regards\n")),
		one("32-octet-stream", "application/octet-stream with a name in .xml", entity("x\n", octets("incident-1.xml", doc))),
		one("32-gzip", "application/gzip with a name in .xml.gz", entity("x\n", message.Attachment{Type: "application/gzip", Filename: "incident-1.xml.gz", Data: string(gzipped(doc))})),
		one("32-rfc822", "in an attached mail inside the signature", message.Multipart("mixed", "", part("Content-Type: text/plain", "x\n"), forwarded)),
		one("32-iodef-xml", "application/iodef+xml", entity("x\n", message.Attachment{Type: "application/iodef+xml", Data: string(doc)})),
		{"32-unsigned-rfc822", "partial-coverage", "documents=2 covered=1", "", "a signed mail attached to an unsigned one with a document of its own",
			mail(header("x@example.net"), message.Multipart("mixed", "", report(), part("Content-Type: message/rfc822", string(mail(header(csirtA), signed(entity("y\n", xmlFile("b.xml", other)), by(k.alice)))))))},
		{"33-two-documents", good, "documents=2 covered=2", "two-documents", "two documents that differ",
			mail(header(csirtA), signed(entity("x\n", xmlFile("a.xml", doc), xmlFile("b.xml", other)), by(k.alice)))},
		{"33-same-twice", good, "documents=2 covered=2", "", "the same document as attachment and in the text",
			mail(header(csirtA), signed(entity("x\n"+string(doc), xmlFile("a.xml", doc)), by(k.alice)))},
		none("34-zip", "a zip archive", octets("incident.zip", []byte("PK\x03\x04"+string(doc)))),
		none("34-tnef", "TNEF", message.Attachment{Type: "application/ms-tnef", Filename: "winmail.dat", Data: "\x78\x9f\x3e\x22" + string(doc)}),
		none("34-pdf", "a PDF", message.Attachment{Type: "application/pdf", Filename: "incident.pdf", Data: "%PDF-1.4 " + string(doc)}),
		{"34-two-members", good, "document-error", "ambiguous-mime", "two gzip members",
			mail(header(csirtA), signed(entity("x\n", octets("a.xml.gz", append(gzipped(doc), gzipped(other)...))), by(k.alice)))},
		{"34-bomb", good, "document-error", "limits-exceeded", "16 MiB of blanks as .xml.gz",
			mail(header(csirtA), signed(entity("x\n", octets("a.xml.gz", gzipped(bytes.Repeat([]byte(" "), 16<<20)))), by(k.alice)))},
	}
}
