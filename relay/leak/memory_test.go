package leak

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"testing"
)

// scanWith scans with the memory of sc, as Scan does with that of the pool.
func scanWith(sc *scan, s *Scanner, message []byte) Result {
	sc.Scanner, sc.message, sc.seed = s, message, maphash.MakeSeed()
	sc.run(message)
	r := Result{Message: message, Findings: sc.findings, Err: sc.err}
	sc.fresh()
	return r
}

// boilerplate are lines of our letters and documents, and pieces of any mail
// that reach over their ends.
func boilerplate() []string {
	_, body, _ := strings.Cut(string(notice("8bit", 2)), "\r\n\r\n")
	return append(strings.Split(body, "\r\n"),
		"Our contact     GW CSIRT <ir@gw.example.org>", "Your address    our list of contacts, by the network of the address", "  [1 third-party value withheld]",
		"The attached IODEF document says the same in a form for machines.", "    <DomainData system-status=\"unknown\" domain-status=\"unknown\">", "          </System>",
		"goes on at the end of a", "wordlike beginning, and more of it", "beadfeed the face of a decade, added to cafe", "seen at 12:14:07 and face:feed:12:34", "12:34:56:78:90:ab of a machine",
		"2001:db8::12 and more", "::12 and more of it", "at the end 203.0.", "113.77 at the beginning", "cb 00 71 4d of a dump", "00 12 14 07 2f and 2026-11-20 12:14:07", "dump goes on with cb 00",
		"71 4d and more words", "-----BEGIN SOMETHING-----", "+shifted and /slashed words", "the key=value and the other=3D of it", "soft line break of 203.0.113=", "name*0*=utf-8''percent%41%42",
		"entity &amp; and &#50;&#48; of it", `back\x41\u0042 slashed`, "<br>203.0.1]]>", "AS 64501 and 3405803853 as numbers", "dGhlIGhvc3QgMjAzLjAuMTEzLjc3IGlzIGl0", "sQWERTYUIOP of symbols and sQWERTY", "QWERTYUIOPASDFGHJKLZXCVBNMqwertyuiopasdfghjklzxcvbnmQWERTYUIOP",
		"1.2.3.4.5.6.7.8.9.a.b.c.d.e.f.0.ip6.arpa", "the last x41 x", `bytes \xcb\x00\x71\x4d of it`, "h\xc3\xb6her als 203.0.113.77", "20-11-26-12-14-07 and 2026.1120.1214", "glued zface:feed:12:34:: to a word", "glued face:feed::bey to a word", "from 2001:db8::12 at 12:14:07 by ttanaka once")
}

// learned are lines as a message has them: some again, with other digits or as
// the next line of another, some with an indent.
func learned(r *rand.Rand, lines []string) string {
	var text strings.Builder
	text.WriteString("a log\r\n")
	for range 4 + r.IntN(30) {
		line := lines[r.IntN(len(lines))]
		switch r.IntN(12) {
		case 0:
			line = mixedLine(r.IntN(300))
		case 1:
			line = sshLine(r.IntN(300))
		}
		if r.IntN(3) == 0 {
			line = otherDigits(r, line)
		}
		text.WriteString([]string{"", "", "", "  ", " > ", "\t"}[r.IntN(6)] + line + []string{"\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r\n\r\n"}[r.IntN(6)])
	}
	return text.String()
}

// standing are values that stand in the text, spelled as words, numbers or bytes.
func standing(r *rand.Rand, text string) (values []Value) {
	isSymbol := func(c rune) bool { return c > 0x7f || base64Value[byte(c)] > 63 }
	words := strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == '\r' || c == '\n' || c == '<' || c == '>' || c == '"' })
	runs := strings.FieldsFunc(text, isSymbol)
	for id := range 1 + r.IntN(6) {
		word := words[r.IntN(len(words))]
		run := runs[r.IntN(len(runs))]
		raw, _ := base64.RawStdEncoding.DecodeString(run[min(len(run), r.IntN(4)):])
		raw = raw[min(len(raw), r.IntN(3)):]
		kind := []Kind{Name, Account, Domain, Text, Path, URL, Email, Hash, ASN, IPv4, IPv4, IPv4, IPv6, MAC, Prefix, Prefix}[r.IntN(16)]
		switch {
		case kind == Name && r.IntN(2) == 0:
			k := strings.Index(text, word)
			word = text[k:min(len(text), k+len(word)+r.IntN(20))] // may reach over a line end
		case kind == Domain && r.IntN(2) == 0:
			word = strings.Trim(word, ".,:;") + ".example"
		case kind == IPv4 && len(raw) >= 4:
			word = netip.AddrFrom4([4]byte(raw)).String()
		case kind == IPv4:
			word = []string{"203.0.113.77", "198.51.100.77", "12.14.7.9"}[r.IntN(3)]
		case kind == Prefix && len(raw) >= 4 && r.IntN(2) == 0:
			word = netip.PrefixFrom(netip.AddrFrom4([4]byte(raw)), 8+r.IntN(20)).String()
		case kind == Prefix:
			word = []string{"203.0.113.0/24", "2001:db8::/32", "face:feed::/40"}[r.IntN(3)]
		case kind == IPv6:
			word = []string{"2001:db8::12", "face:feed:12:34::", "face:feed::be", "::12"}[r.IntN(4)]
		case kind == MAC && len(raw) >= 6:
			word = fmt.Sprintf("%x", raw[:6])
		case kind == ASN:
			word = []string{"64501", "174", "20"}[r.IntN(3)]
		case kind == Account && r.IntN(2) == 0:
			word = "ttanaka"
		case kind == MAC:
			word = []string{"20-11-26-12-14-07", "2026.1120.1214", "12:34:56:78:90:ab"}[r.IntN(3)]
		}
		values = append(values, Value{kind, word, id + 1})
	}
	return values
}

// What is found does not hang on what earlier scans have learned, under whatever
// values: not in its order either.
func TestCase_143_EarlierScansChangeNothing(t *testing.T) {
	rounds := 6000
	if testing.Short() {
		rounds = 1500
	}
	r := rand.New(rand.NewPCG(9, 10))
	lines := boilerplate()
	old := scans.New().(*scan)
	found, lasting := 0, 0
	for range rounds {
		body := learned(r, lines)
		var withheld []Value
		for _, v := range standing(r, body) {
			if _, err := Compile([]Value{v}, nil); err == nil {
				withheld = append(withheld, v)
			}
		}
		kept := standing(r, body)[:1]
		s, err := Compile(withheld, kept)
		if err != nil {
			if s, err = Compile(withheld, nil); err != nil {
				t.Fatal(err)
			}
		}
		message := mail(body)
		if r.IntN(4) == 0 {
			message = bytes.Replace(message, []byte("8bit"), []byte("quoted-printable"), 1)
		}
		want := scanWith(scans.New().(*scan), s, message)
		if got := scanWith(old, s, message); !reflect.DeepEqual(got, want) {
			t.Fatalf("%v in %q:\n%v\n%v", withheld, message, got, want)
		}
		found += len(want.Findings)
		lasting += old.lex.lasting
	}
	if found < rounds || lasting < 30*rounds {
		t.Errorf("%d findings, %d lines remembered in %d scans: the test is empty", found, lasting, rounds)
	}
}

// letters makes runs of letters alone until one is what a rule looks for.
func letters(t *testing.T, make func() (Value, []byte)) (Value, string) {
	for range 1 << 18 { // one in 8,000 digests of 32 bytes is
		if v, raw := make(); raw != nil {
			if run := strings.TrimRight(base64.StdEncoding.EncodeToString(raw), "="); !strings.ContainsAny(run, "0123456789+/") {
				return v, run
			}
		}
	}
	t.Fatal("no such run")
	return Value{}, ""
}

// Runs of letters alone are found in lines that scans of other values know, were
// they nothing to those.
func TestCase_145_RunsOfLinesThatAreKnown(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	name := func() Value {
		text := []byte("xxxxxx xxxxxxx")
		for k, c := range text {
			if c == 'x' {
				text[k] = 'a' + byte(r.IntN(26))
			}
		}
		return Value{Name, string(text), 1}
	}
	for what, make := range map[string]func() (Value, []byte){
		"address": func() (Value, []byte) {
			a := [4]byte{byte(60 + r.IntN(190)), byte(r.IntN(250)), byte(r.IntN(250)), byte(60 + r.IntN(190))}
			return ipv4(a, 1), append([]byte{byte(r.IntN(200)), byte(r.IntN(256))}, append(a[:], 0xb7)...)
		},
		"network": func() (Value, []byte) {
			a := r.Uint32()>>1 | 1<<30 // four bytes alone at the third symbol of eight
			raw := binary.BigEndian.AppendUint64(nil, r.Uint64()<<52>>16|uint64(a)<<4)[2:]
			v := Value{Prefix, netip.PrefixFrom(toAddr(a), 24).Masked().String(), 1}
			if compile(t, v).Scan(mail(b64(raw))).Clean {
				return v, nil // not every short run is decoded
			}
			return v, raw
		},
		"md5":    func() (Value, []byte) { v := name(); sum := md5.Sum([]byte(v.Text)); return v, sum[:] },
		"sha1":   func() (Value, []byte) { v := name(); sum := sha1.Sum([]byte(v.Text)); return v, sum[:] },
		"sha256": func() (Value, []byte) { v := name(); sum := sha256.Sum256([]byte(v.Text)); return v, sum[:] },
		"text":   func() (Value, []byte) { v := name(); return v, []byte(v.Text) },
		"utf-16": func() (Value, []byte) {
			v := name()
			return v, []byte("\x00" + strings.Join(strings.Split(v.Text, ""), "\x00"))
		},
		"zlib": func() (Value, []byte) { v := name(); z := zl([]byte(v.Text)); return v, z[:len(z)-9] }, // without its empty end
		"packet": func() (Value, []byte) {
			raw := []byte{0x45, 8, 0, 24, 0, 0, 64, 0, 64, 6, 0, 0, 10, 0, 1, 0, 203, 0, 113, 0, 0, 0, 0, 0}
			for _, k := range []int{4, 5, 10, 11, 13, 15, 19, 20, 21, 22, 23} {
				raw[k] = byte(1 + r.IntN(255)) // four zeros may be UTF-16
			}
			return Value{Prefix, "203.0.113.0/24", 1}, raw
		},
	} {
		t.Run(what, func(t *testing.T) {
			r = rand.New(rand.NewPCG(3, 5)) // whatever ran before
			v, run := letters(t, make)
			s := compile(t, v)
			half, rest := run[:len(run)/2], run[len(run)/2:]
			for _, text := range []string{run + " stands before others", "a run " + run + " in a line", "a run at the end " + run, "a run " + run + "= of a parameter",
				"two lines have the run " + half + "\r\n" + rest + " that goes on"} {
				text = "the first line.\r\n" + text + "\r\nthe last line."
				sameAfter(t, s, text, text)
			}
			for _, end := range []string{"the first line ends in a", "the first line ends there"} {
				sameAfter(t, s, end+"\r\n"+rest+" that goes on", end+"\r\na line nobody knows, "+half+"\r\n"+rest+" that goes on")
				sameAfter(t, s, end+"\r\n"+rest+" that goes on", "the first line ends in "+half+"\r\n"+rest+" that goes on")
			}
			found(t, s, 1, mail("a run "+run+" in a line"))
		})
	}
	run := "a2Vua291 of it" // with a 9 for each digit it is no text
	sameAfter(t, compile(t, Value{Name, "kenkou", 1}), "a run of digits, "+strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return '9'
		}
		return c
	}, run), "a run of digits, "+run)
}

// What goes on from a line that is known to the next, or from the one before it,
// is read as if it were not.
func TestCase_145_RimsOfLinesThatAreKnown(t *testing.T) {
	for _, c := range []struct{ value, before, text string }{
		{"32.17.113.25", "a line of the words 20 11\nthe end", "a line of the words 20 11\n71 19 of it"},
		{"203.0.113.25", "a line of the words cb 00\nthe end", "a line of the words cb 00\n71 19 of it"},
		{"203.0.113.25", "nothing here\n71 12 words of 12 a line", "a line cb 00\n71 19 words of 12 a line"},
		{"203.0.113.25", "nothing here\n- 71 12 words of 12 a line", "a line cb 00\n- 71 19 words of 12 a line"},
		{"203.171.113.25", "nothing here\nab 71 12 words of 12 a line", "a line cb\nab 71 19 words of 12 a line"},
		{"203.0.113.25", "cb 00 71 19 and then 12 it is Tanaka Ken who of 77", "cb 00 71 19 and then 12 it is Tanaka Ken who of 77"},
		{"203.0.113.25", "some words of a long line 203.0.1=\n\nnext", "some words of a long line 203.0.1=\n13.25 next"},
		{"203.0.113.25", "some words of a long line 203.0.1=\n--x", "some words of a long line 203.0.1=\n13.25 next"},
	} {
		s := compile(t, Value{IPv4, c.value, 1}, Value{Name, "Tanaka Ken", 2})
		text := strings.ReplaceAll(c.text, "\n", "\r\n")
		sameAfter(t, s, strings.ReplaceAll(c.before, "\n", "\r\n"), text)
		found(t, s, 1, mail(text))
	}
}

// A line that is known is read rightly when a scan has forgotten others.
func TestCase_143_KnownLinesBehindMany(t *testing.T) {
	known := strings.Join(boilerplate(), "\r\n") + "\r\n"
	var log strings.Builder
	for i := range 600 {
		log.WriteString(mixedLine(i) + "\r\n")
	}
	v := []Value{{IPv4, "203.0.113.77", 1}, {Name, "of a machine", 2}, {Account, "ttanaka", 3}, {IPv6, "2001:db8::12", 4}}
	sameAfter(t, compile(t, v...), known, known+known+log.String()+log.String()+known+known)
}

// sameAfter wants the same of a text whether scans of other values have learned
// the lines of one before or not.
func sameAfter(t *testing.T, s *Scanner, before, text string) {
	t.Helper()
	sc := scans.New().(*scan)
	for range 2 * lastingScans {
		scanWith(sc, compile(t, Value{IPv4, "192.0.2.201", 9}), mail(before))
	}
	if sc.lex.lasting < 9 {
		t.Fatal("nothing was learned")
	}
	want := scanWith(scans.New().(*scan), s, mail(text))
	if got := scanWith(sc, s, mail(text)); !reflect.DeepEqual(got, want) {
		t.Errorf("%q: %v, want %v", text, got.Findings, want.Findings)
	}
}

// A sender cannot drive our own lines out of the memory, nor make it grow.
func TestMemoryIsBounded(t *testing.T) {
	s := compile(t, ipv4(secrets4[0], 1))
	sc := scans.New().(*scan)
	ours := notice("8bit", 1)
	scanMany := func(message []byte) {
		for range lastingScans + 1 {
			scanWith(sc, s, message)
		}
	}
	scanWith(sc, s, ours)
	if scanWith(sc, s, ours); sc.lex.lasting > 0 {
		t.Errorf("%d lines of two scans remembered", sc.lex.lasting)
	}
	scanMany(ours)
	remembered := sc.lex.lasting
	for n := range 20 {
		var junk strings.Builder
		for i := range 2 * maxLasting {
			word := strings.Repeat(string(rune('g'+n))+string(rune('g'+i%20)), 4)
			junk.WriteString(word + " of " + strings.Repeat(string(rune('g'+i/20)), 1+i%7) + " " + strings.ToUpper(word) + "\r\n")
		}
		scanMany(append(bytes.Clone(ours), mail(junk.String())...))
		if n := len(sc.lex.known); n > maxLasting {
			t.Errorf("%d lines remembered", n)
		}
	}
	if remembered < 20 || sc.lex.lasting < remembered {
		t.Errorf("%d lines remembered, then %d", remembered, sc.lex.lasting)
	}
	before := sc.lex.kept
	scanWith(sc, s, ours)
	scanWith(sc, s, ours)
	if sc.lex.kept > before || sc.lex.full {
		t.Errorf("%d lines, then %d", before, sc.lex.kept)
	}
}

// Nor does it grow when a line that is to be remembered makes others forgotten.
func TestMemoryIsBoundedWhenLinesAreForgotten(t *testing.T) {
	lx := &scans.New().(*scan).lex
	learn := func(i int) {
		hash := uint32(i) << 20
		lx.met[hash>>23] = meeting{uint16(hash), lastingScans, lx.scan}
		if lasts, ok := lx.learns(hash, minTemplate, 0); ok {
			lx.put(template{hash: hash, lasts: lasts, scan: lx.scan})
		}
	}
	for i := range maxLasting - 1 {
		learn(i)
	}
	for len(lx.known) < maxTemplates {
		lx.put(template{scan: lx.scan})
	}
	for i := range 99 {
		learn(maxLasting + i)
	}
	if lx.forget(); lx.lasting != maxLasting {
		t.Errorf("%d lines remembered", lx.lasting)
	}
}

// Scans at the same time, of one set of values and of several, find the same.
func TestScansAtTheSameTime(t *testing.T) {
	one := compile(t, ipv4(secrets4[0], 1))
	message := append(notice("8bit", 20), mail("seen at 203.0.113.77 now")...)
	want := one.Scan(message)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 20 {
				for _, s := range []*Scanner{one, compile(t, ipv4(secrets4[0], 1))} {
					if got := s.Scan(message); !reflect.DeepEqual(got, want) {
						t.Errorf("%v, want %v", got, want)
					}
				}
			}
		})
	}
	all.Wait()
}
