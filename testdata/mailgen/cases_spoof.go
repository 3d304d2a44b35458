package main

import (
	"crypto"
	"fmt"
	"strings"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"iodefgw/mailgw/message"
)

// spoofCases are cases 40 to 44: "Johnny, you are fired".
func spoofCases(k *keys) []sample {
	genuine := signed(report(), by(k.alice))
	evil := part("Content-Type: text/plain", "conditions: full\nRelay all of this.\n")
	clear := string(cleartext("The report is withdrawn.\n"+string(incident("1")), by(k.alice)))
	partial := func(name, what string, entity []byte) sample {
		return sample{name, "partial-coverage", "", "", what, mail(header(csirtA), entity)}
	}
	samples := []sample{
		partial("40-prepend-mime", "text before a genuine signed part", message.Multipart("mixed", "", evil, genuine)),
		partial("40-prepend-inline", "text before a genuine clear-signed block", plain("conditions: full\n\n"+clear)),
		partial("40-append-inline", "text after it", plain(clear+"\nconditions: full\n")),
		partial("41-hide-html", "the signed part hidden by HTML", message.Multipart("mixed", "",
			part("Content-Type: text/html", "<p>Relay all</p><plaintext style=\"display:none\">"), genuine, part("Content-Type: text/html", "</plaintext>"))),
		partial("41-alternative", "the signed part as an alternative nobody sees", message.Multipart("alternative", "", genuine, part("Content-Type: text/html", "<p>Relay all</p>"))),
		partial("42-cid", "the signed part referenced as an image", message.Multipart("related", "",
			part("Content-Type: text/html", "<img src=\"cid:signed\">Relay all"), append([]byte("Content-ID: <signed>\r\n"), genuine...))),
		partial("42-attachment", "the signed mail as attachment of an unsigned one", message.Multipart("mixed", "", evil,
			part("Content-Type: message/rfc822\nContent-Disposition: attachment", string(mail(header(csirtA), genuine))))),
		partial("42-third-part", "a third part behind the signature", message.Multipart("signed", signedParams, report(), signature(by(k.alice).packet(report())), evil)),
		{"43-from-is-not-signer", good, "", "id-conflict", "From is csirt-a, the signer is csirt-b", mail(header(csirtA), signed(report(), by(k.bob)))},
	}
	// Case 44: eight display names and six combinations of From and Sender. All
	// are signed by csirt-b and want to be read as csirt-a.
	for i, from := range []string{
		"cert@csirt-a.example <cert@evil.example>",
		"\"cert@csirt-a.example\" <cert@evil.example>",
		"\"CSIRT A <cert@csirt-a.example>\" <cert@evil.example>",
		"cert@csirt-a.example <>",
		"cert@csirt-a.example",
		"<cert@csirt-a.example> cert@csirt-b.example",
		"=?utf-8?b?Y2VydEBjc2lydC1hLmV4YW1wbGU=?= <cert@evil.example>",
		"\"cert@csirt-a.example\x00\" <cert@evil.example>",
	} {
		samples = append(samples, sample{fmt.Sprintf("44-i2-%d", i+1), good, "", "id-conflict", "display name variant", mail(header(from), signed(report(), by(k.bob)))})
	}
	for i, head := range []string{
		header(csirtA, "Sender: cert@csirt-b.example"),
		header("cert@csirt-b.example", "From: "+csirtA),
		header(csirtA, "From: cert@csirt-b.example"),
		header("cert@csirt-b.example, " + csirtA),
		header(csirtA + ", cert@csirt-b.example"),
		header("", "Sender: "+csirtA),
	} {
		samples = append(samples, sample{fmt.Sprintf("44-i3-%d", i+1), good, "", "id-conflict", "From and Sender variant", mail(head, signed(report(), by(k.bob)))})
	}
	return samples
}

// signerCases are cases 45, 46, 52, 53 and 64: whose signature it is.
func signerCases(k *keys) []sample {
	r := report()
	mixed := func(name, decide, what string, s ...signing) sample {
		return sample{name, decide, "", "", what, mail(header(csirtA), signed(r, s...))}
	}
	bad := signing{key: k.alice, at: signedAt.Add(-time.Minute)}
	withBad := func(name, what string, order func(bad, good []byte) []byte) sample {
		block := order(bad.packet([]byte("something else")), by(k.bob).packet(r))
		return sample{name, "ambiguous-signature", "", "", what, mail(header(csirtA), message.Multipart("signed", signedParams, r, signature(block)))}
	}
	aliceAgain := signing{key: k.alice2}
	sealedFor := func(s signing, seed string) []byte {
		return encrypted(encryptTo(k.gateway, seed, signedMessage(s, "", r)))
	}
	first := mail(header(csirtA), signed(r, by(k.alice)))
	return []sample{
		mixed("45-user-id", "unknown-key", "a key with the user ID of csirt-a that nobody registered", by(k.mallory)),
		{"45-stranger", good, "", "unknown-key", "a key that a ring may know but no party has", mail(header("somebody@example.net"), signed(r, by(k.stranger)))},
		mixed("46-one-party", good, "two good signatures of one party", by(k.alice), aliceAgain),
		mixed("46-one-party-reversed", good, "the same, in the other order", aliceAgain, by(k.alice)),
		mixed("46-two-parties", "ambiguous-signature", "good signatures of two parties", by(k.alice), by(k.bob)),
		mixed("46-two-parties-reversed", "ambiguous-signature", "the same, in the other order", by(k.bob), by(k.alice)),
		mixed("46-unknown-good", "ambiguous-signature", "an unknown signature before a good one", by(k.mallory), by(k.alice)),
		mixed("46-good-unknown", "ambiguous-signature", "a good signature before an unknown one", by(k.alice), by(k.mallory)),
		withBad("46-bad-good", "a bad signature before a good one", func(bad, good []byte) []byte { return append(bad, good...) }),
		withBad("46-good-bad", "a good signature before a bad one", func(bad, good []byte) []byte { return append(good, bad...) }),
		{"52-replay-first", good, "", "", "the mail that is replayed", first},
		{"52-replay-headers", good, "", "", "the same with other unsigned headers",
			[]byte(strings.Replace(string(first), "Subject: Incident report 1", "X-Mailer: x\r\nSubject: Urgent", 1))},
		{"53-forwarded", "forwarded-signature", "", "", "signed for bob's eyes, encrypted to us by somebody",
			mail(header(csirtA), sealedFor(signing{key: k.alice, recipient: k.bob}, "53"))},
		{"53-intended", good, "", "", "signed for our eyes", mail(header(csirtA), sealedFor(signing{key: k.alice, recipient: k.gateway}, "53-us"))},
		{"53-absent", good, "", "", "no intended recipient: a note", mail(header(csirtA), sealedFor(by(k.alice), "53-none"))},
		{"53-outside", "forwarded-signature", "encrypted-attachment", "", "signed outside the encryption: the signer need not know what is inside",
			mail(header(csirtA), signed(sealed(k.bob, k.gateway, "53-outside", r), by(k.alice)))},
		{"64-rollover", good, "documents=1 covered=1", "", "the second key of csirt-a", mail(header(csirtA), signed(r, aliceAgain))},
	}
}

// keyCases are cases 47 to 51: hashes, keys and times that must not count.
func keyCases(k *keys) []sample {
	r := report()
	c := "CSIRT C <cert@csirt-c.example>"
	as := func(name, decide, what string, s signing) sample {
		return sample{name, decide, "", "", what, mail(header(csirtA), signed(r, s))}
	}
	raw := func(name string, hash crypto.Hash, id byte) sample {
		return sample{name, "weak-hash", "", "", "signed with " + hash.String(),
			mail(header(c), message.Multipart("signed", signedParams, r, signature(rawRSA(k.rsa, hash, id, nil, r))))}
	}
	at := func(e signing, t time.Time) signing { e.at = t; return e }
	before := time.Date(2026, 1, 20, 0, 0, 0, 0, time.UTC)
	return []sample{
		raw("47-sha1", crypto.SHA1, 2),
		raw("47-md5", crypto.MD5, 1),
		raw("47-ripemd", crypto.RIPEMD160, 3),
		{"47-sha256", good, "", "", "made in the same way with SHA-256, to show that the others fail for their hash",
			mail(header(c), message.Multipart("signed", signedParams, r, signature(rawRSA(k.rsa, crypto.SHA256, 8, nil, r))))},
		as("48-rsa1024", "weak-key", "RSA-1024", by(k.rsa1024)),
		as("48-dsa", "weak-key", "DSA-1024", by(k.dsa)),
		{"48-sha1-certificate", good, "", "", "by a key certified with SHA-1 in 2016", mail(header(c), signed(r, by(k.sha1Old)))},
		{"48-sha1-certificate-late", "weak-key", "", "", "by a key certified with SHA-1 in 2020", mail(header(c), signed(r, by(k.sha1Late)))},
		{"48-sha1-subkey", "weak-key", "", "", "by a subkey bound with SHA-1", mail(header(c), signed(r, signing{key: k.sha1Subkey, subkey: true}))},
		as("49-future", "future-signature", "an hour in the future", at(by(k.alice), signedAt.Add(time.Hour))),
		as("49-old", "stale-signature", "400 days old", at(by(k.alice), signedAt.AddDate(0, 0, -400))),
		as("49-five-weeks", "stale-signature", "35 days old", at(by(k.alice), signedAt.AddDate(0, 0, -35))),
		as("49-before-key", "invalid-key", "older than the key", at(by(k.alice), keyCreated.AddDate(0, 0, -1))),
		as("49-young-key", "invalid-key", "by a key that is made an hour later", by(k.young)),
		as("49-expired", "expired-signature", "valid for one minute",
			signing{key: k.alice, change: func(s *packet.Signature) { n := uint32(60); s.SigLifetimeSecs = &n }}),
		as("50-expired-signed-before", "expired-key", "signed before the key expired, received after", at(by(k.expired), before)),
		as("50-expired-signed-after", "expired-key", "signed after the key expired", by(k.expired)),
		as("50-compromised-signed-before", "revoked-key", "signed before the key was revoked as compromised", at(by(k.compromised), before)),
		as("50-compromised-signed-after", "revoked-key", "signed after that", by(k.compromised)),
		as("50-superseded-signed-before", "revoked-key", "signed before the key was revoked as superseded", at(by(k.superseded), before)),
		as("50-superseded-signed-after", "revoked-key", "signed after that", by(k.superseded)),
		as("51-no-flag", "invalid-key", "a subkey without the flag to sign", signing{key: k.noflag, subkey: true}),
		as("51-no-back-signature", "invalid-key", "a subkey without back-signature", signing{key: k.nobacksig, subkey: true}),
	}
}
