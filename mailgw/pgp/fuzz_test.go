package pgp

import (
	"bytes"
	"crypto/sha256"
	"path/filepath"
	"strings"
	"testing"

	"iodefgw/mailgw/message"
)

// FuzzOpen: whatever is done to a mail, only bytes that somebody signed are
// ever covered. The fuzzer has no secret key, so every covered run must be one
// of those in the seeds.
func FuzzOpen(f *testing.F) {
	fix := newFixture(f)
	signed := make(map[[32]byte]bool)
	files, err := filepath.Glob(filepath.Join(mails, "*.eml"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		b := read(f, file)
		if strings.Contains(file, "bomb") || len(b) > 16<<10 {
			continue
		}
		f.Add(b)
		// Of two blocks neither counts, but each is signed: the fuzzer may
		// break the other one.
		alone := append([][]byte{b}, blocksOf(string(b), armorSigned, armorSignature)...)
		alone = append(alone, blocksOf(string(b), armorMessage, armorMessage)...)
		for _, mail := range alone {
			for _, c := range Open(message.Parse(mail), fix.ring, fix.own, Policy{}, received).Covered {
				signed[textDigest(c.Bytes())] = true
			}
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m := message.Parse(b)
		o := Open(m, fix.ring, fix.own, Policy{}, received)
		for _, c := range o.Covered {
			if !signed[textDigest(c.Bytes())] {
				t.Fatalf("covered, but nobody signed it: %q", c.Bytes())
			}
		}
		tag, signer := o.Decide(fix.party)
		if tag == "" || signer != "" && fix.ring.Key(signer) == nil {
			t.Fatalf("decided %q by %q", tag, signer)
		}
		for _, d := range o.Documents() {
			if d.Covered != (len(d.Signers) > 0 && d.Err == nil) {
				t.Fatal("covered without a signer")
			}
		}
		o.Text()
	})
}

// blocksOf makes a mail of each block in a text that begins with one kind of
// armor line and ends with another.
func blocksOf(text, begin, end string) (alone [][]byte) {
	end = "-----END " + end + "-----"
	for {
		i := strings.Index(text, "-----BEGIN "+begin+"-----")
		if i < 0 {
			return alone
		}
		block, rest, found := strings.Cut(text[i:], end)
		if !found {
			return alone
		}
		alone = append(alone, []byte("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"+block+end+"\r\n"))
		text = rest
	}
}

// textDigest is a digest that line ends and trailing blanks do not change: a
// text signature covers all such forms alike.
func textDigest(b []byte) [32]byte {
	lines := strings.Split(string(b), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], "\r")
	}
	return sha256.Sum256([]byte(strings.Join(lines, "\n")))
}

// FuzzCleartext: the text that is verified can be written again and reads the
// same; nothing of it comes from outside the block.
func FuzzCleartext(f *testing.F) {
	files, err := filepath.Glob(filepath.Join(mails, "54-*.eml"))
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		f.Add([]byte(message.Parse(read(f, file)).Root.Body))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := readCleartext(b)
		if err != nil {
			return
		}
		shown := bytes.ReplaceAll(append([]byte("\r\n"), c.plain...), []byte("\r\n-"), []byte("\r\n- -"))[2:]
		start, _ := findBegin(b)
		sig := start + bytes.Index(b[start:], []byte("\n-----BEGIN "+armorSignature)) // not one that is quoted, and so escaped
		again, err := readCleartext([]byte("-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\n" + string(shown) + "\r" + string(b[sig:])))
		if err != nil || !bytes.Equal(again.plain, c.plain) || !bytes.Equal(again.signature, c.signature) {
			t.Fatalf("%q written again: %q, %v", c.plain, again.plain, err)
		}
		for _, line := range bytes.Split(c.plain, []byte("\r\n")) {
			if !bytes.Contains(b, line) {
				t.Fatalf("line %q is not in the input", line)
			}
		}
	})
}

// FuzzPackets: the splitter of signatures and messages stays within its caps.
func FuzzPackets(f *testing.F) {
	fix := newFixture(f)
	m := message.Parse(read(f, filepath.Join(mails, "00-mime.eml")))
	block, err := signatureBlock(m.Root.Children[1])
	if err != nil {
		f.Fatal(err)
	}
	f.Add(block)
	f.Add(bytes.Repeat(block, 20))
	for _, name := range []string{"00-encrypted.eml", "00-encrypted-aead.eml", "59-nested.eml", "00-armored-document.eml"} {
		p := message.Parse(read(f, filepath.Join(mails, name))).Root.Children[1]
		if a, err := dearmor(must(p.Decode())); err == nil {
			f.Add(a.data)
		}
	}
	data := m.Root.Children[0].Raw
	f.Fuzz(func(t *testing.T, b []byte) {
		v := verifier{ring: fix.ring, own: fix.own, at: received}
		sigs := v.signatures(b, data, false)
		if len(sigs) == 0 || len(sigs) > maxPackets || v.count > maxPackets {
			t.Fatalf("%d signatures, %d checked", len(sigs), v.count)
		}
		for _, s := range sigs {
			if s.Good() && s.Digest == "" {
				t.Fatal("good without a digest")
			}
		}
		if plain, err := fix.own.decrypt(b); err == nil && len(plain) > maxPlain {
			t.Fatalf("%d bytes", len(plain))
		}
		if m, err := readSigned(b, false); err == nil && len(m.data) > maxPlain {
			t.Fatalf("%d bytes", len(m.data))
		}
	})
}

func must(b []byte, err error) []byte {
	if err != nil {
		return nil
	}
	return b
}
