package pgp

import (
	"bytes"
	"compress/flate"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"runtime"
	"strings"
	"testing"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"iodefgw/mailgw/message"
)

// packetOf writes a packet in the new format (RFC 9580 4.2.1).
func packetOf(tag byte, body []byte) []byte {
	return append(binary.BigEndian.AppendUint32([]byte{0xC0 | tag, 0xFF}, uint32(len(body))), body...)
}

// tenGiB is 10 MiB of deflated zeros that inflate to 10 GiB: one run of 16 MiB,
// flushed to a whole byte, again and again.
func tenGiB(t *testing.T) []byte {
	var run bytes.Buffer
	w, err := flate.NewWriter(&run, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(make([]byte, 16<<20))
	w.Flush()
	return bytes.Repeat(run.Bytes(), 640)
}

// sealedTo encrypts packets to a key.
func sealedTo(t *testing.T, k *Key, packets []byte) []byte {
	t.Helper()
	to, ok := k.verified().EncryptionKey(received, libraryPolicy)
	if !ok {
		t.Fatal("no key to encrypt to")
	}
	session := make([]byte, 32)
	var b bytes.Buffer
	if err := packet.SerializeEncryptedKeyAEAD(&b, to.PublicKey, packet.CipherAES256, false, session, libraryPolicy); err != nil {
		t.Fatal(err)
	}
	w, err := packet.SerializeSymmetricallyEncrypted(&b, packet.CipherAES256, false, packet.CipherSuite{}, session, libraryPolicy)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(packets)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// mayAllocate is seven caps, in bytes.
var mayAllocate uint64 = 7 * maxPlain

// TestMemoryStaysUnderTheCaps opens the largest mails and the worst bombs, and
// counts what is allocated over all: a mail is at most 25 MiB, what it unfolds
// to at most 25 MiB again, and growing a buffer step by step costs a few times
// its size.
func TestMemoryStaysUnderTheCaps(t *testing.T) {
	own, key := newSecret(t, "gw")
	ring := NewKeyring([]*Key{key})
	h := outHeader(t)
	head := "From: gw@gateway.example\r\nMIME-Version: 1.0\r\n"
	zeros := tenGiB(t)
	bomb := packetOf(8, append([]byte{1}, zeros...))
	zipped := append([]byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"), zeros...)
	multi := func(kind string, parts ...[]byte) []byte {
		return append([]byte(head), message.Multipart(kind, "", parts...)...)
	}
	armorPart := func(typ, kind string, data []byte) []byte {
		return appendArmor([]byte("Content-Type: "+typ+"\r\n\r\n"), kind, data, "\r\n")
	}
	entity := func(size int) []byte {
		e, err := message.Entity("x\n", message.Attachment{Type: "application/xml", Filename: "a.xml", Data: strings.Repeat("<a>0123456789</a>\n", size/18)})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	seal := func(size int, to *Key) []byte {
		mail, err := Seal(h, entity(size), own, to, received, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return mail
	}
	version := []byte("Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n")
	flood := func(s string) []byte { return []byte(head + "\r\n" + strings.Repeat(s, (25<<20-100)/len(s))) }
	for _, c := range []struct {
		name string
		mail []byte
		tag  string
	}{
		{"the largest signed mail", seal(17<<20, nil), TagGood},
		{"the largest encrypted mail", seal(12<<20, key), TagGood},
		{"10 GiB in an encrypted mail", multi("encrypted", version, armorPart("application/octet-stream", armorMessage, sealedTo(t, key, bomb))), TagDecryptFailed},
		{"10 GiB in a signed message", append([]byte(head+"Content-Type: text/plain\r\n\r\n"), appendArmor(nil, armorMessage, bomb, "\r\n")...), TagMalformedSigned},
		{"10 GiB in a signature", multi("signed", entity(10), armorPart("application/pgp-signature", armorMessage, bomb)), TagMalformedSigned},
		{"10 GiB in a gzip", multi("mixed", entity(10), append([]byte("Content-Type: application/gzip; name=a.xml.gz\r\nContent-Transfer-Encoding: base64\r\n\r\n"), base64Lines(zipped)...)), TagUnsigned},
		{"an armor without end", append([]byte(head+"Content-Type: text/plain\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n\r\n"), bytes.Repeat([]byte("QUJD"), 6<<20)...), TagMalformedArmor},
		{"armors that begin", flood("-----BEGIN PGP MESSAGE-----\r\n"), TagMalformedArmor},
		{"clear-signed texts that begin", flood("-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\n"), TagMalformedArmor},
		{"signatures that begin", flood("-----BEGIN PGP SIGNATURE-----\r\n\r\n-----END PGP SIGNATURE-----\r\n"), TagMalformedSigned},
		{"blanks", flood(" "), TagUnsigned},
		{"dashes", flood("-"), TagUnsigned},
		{"a signature of empty packets", multi("signed", entity(10), armorPart("application/pgp-signature", armorSignature, bytes.Repeat([]byte{0xC2}, 8<<20))), TagMalformedSigned},
		{"keys attached", multi("mixed", entity(10), armorPart("application/pgp-keys", armorPublic, make([]byte, 17<<20))), TagUnsigned},
		{"document roots", append([]byte(head+"Content-Type: text/plain\r\n\r\n"), bytes.Repeat([]byte("<IODEF-Document xmlns=\"urn:ietf:params:xml:ns:iodef-2.0\">\r\n"), 400000)...), TagUnsigned},
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		m := message.Parse(c.mail)
		o := Open(m, ring, own, Policy{}, received)
		o.Documents()
		o.Text()
		runtime.ReadMemStats(&after)
		allocated := after.TotalAlloc - before.TotalAlloc
		if tag, _ := o.Decide(self); tag != c.tag || allocated > mayAllocate {
			t.Errorf("%s: %s with %d MiB allocated for a mail of %d, want %s", c.name, tag, allocated>>20, len(c.mail)>>20, c.tag)
		}
	}
}

func base64Lines(b []byte) []byte {
	var out bytes.Buffer
	w := base64.NewEncoder(base64.StdEncoding, &out)
	w.Write(b)
	w.Close()
	var lines []byte
	for s := out.Bytes(); len(s) > 0; {
		n := min(76, len(s))
		lines = append(append(lines, s[:n]...), "\r\n"...)
		s = s[n:]
	}
	return lines
}
