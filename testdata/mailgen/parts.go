package main

import (
	"bytes"
	"strings"

	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"

	"iodefgw/mailgw/message"
)

// incident is a small document; id tells one from another.
func incident(id string) []byte {
	return []byte(`<?xml version="1.0" encoding="UTF-8"?>
<IODEF-Document version="2.00" xml:lang="en" xmlns="urn:ietf:params:xml:ns:iodef-2.0">
  <Incident purpose="reporting" restriction="need-to-know">
    <IncidentID name="csirt-a.example">` + id + `</IncidentID>
    <GenerationTime>2026-03-02T09:00:00+00:00</GenerationTime>
    <Contact role="creator" type="organization">
      <ContactName>CSIRT A</ContactName>
      <Email><EmailTo>cert@csirt-a.example</EmailTo></Email>
    </Contact>
    <EventData>
      <Flow>
        <System category="source"><Node><Address category="ipv4-addr">198.51.100.23</Address></Node></System>
      </Flow>
    </EventData>
  </Incident>
</IODEF-Document>
`)
}

func xmlFile(name string, data []byte) message.Attachment {
	return message.Attachment{Type: "application/xml", Filename: name, Data: string(data)}
}

// report is the entity of an ordinary report.
func report() []byte {
	return entity("An incident, see the attached document.\nconditions: minimal\n", xmlFile("incident-1.xml", incident("1")))
}

const csirtA = "CSIRT A <cert@csirt-a.example>"

// header is an ordinary mail header. extra are whole lines.
func header(from string, extra ...string) string {
	h := "Date: Mon, 02 Mar 2026 09:00:00 +0000\r\n"
	if from != "" {
		h += "From: " + from + "\r\n"
	}
	h += "To: gw@gateway.example\r\nSubject: Incident report 1\r\nMessage-ID: <1@csirt-a.example>\r\n"
	for _, line := range extra {
		h += line + "\r\n"
	}
	return h + "MIME-Version: 1.0\r\n"
}

func mail(head string, entity []byte) []byte { return append([]byte(head), entity...) }

// signature is the second part of a multipart/signed.
func signature(packets []byte) []byte {
	return append([]byte("Content-Type: application/pgp-signature; name=\"signature.asc\"\r\n\r\n"), asc("PGP SIGNATURE", packets)...)
}

const signedParams = "; micalg=pgp-sha256;\r\n protocol=\"application/pgp-signature\""

// signed is a multipart/signed over an entity, with all signatures in one block.
func signed(entity []byte, by ...signing) []byte {
	var block []byte
	for _, s := range by {
		block = append(block, s.packet(entity)...)
	}
	return message.Multipart("signed", signedParams, entity, signature(block))
}

// encrypted is a multipart/encrypted around OpenPGP packets.
func encrypted(packets []byte) []byte {
	return message.Multipart("encrypted", ";\r\n protocol=\"application/pgp-encrypted\"",
		[]byte("Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"),
		append([]byte("Content-Type: application/octet-stream; name=\"encrypted.asc\"\r\n\r\n"), asc("PGP MESSAGE", packets)...))
}

// sealed is a report signed and encrypted in one OpenPGP message.
func sealed(k *openpgp.Entity, gateway *openpgp.Entity, seed string, data []byte) []byte {
	return encrypted(encryptTo(gateway, seed, signedMessage(signing{key: k}, "", data)))
}

// cleartext is a clear-signed text.
func cleartext(text string, s signing) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	var shown, plain []string
	for _, l := range lines {
		plain = append(plain, strings.TrimRight(l, " \t"))
		if strings.HasPrefix(l, "-") {
			l = "- " + l
		}
		shown = append(shown, l)
	}
	s.text = true
	sig := s.packet([]byte(strings.Join(plain, "\r\n")))
	return "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n" + strings.Join(shown, "\n") + "\n" +
		string(bytes.ReplaceAll(asc("PGP SIGNATURE", sig), []byte("\r\n"), []byte("\n")))
}

// plain is a text part whose lines are sent as they are.
func plain(text string) []byte {
	return append([]byte("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"), crlf([]byte(text))...)
}

// part is a part with any header lines and body.
func part(head, body string) []byte {
	return crlf([]byte(head + "\n\n" + body))
}
