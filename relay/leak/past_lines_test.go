package leak

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"mime/quotedprintable"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// scanCase is a message, what to look for in it, and what came before.
type scanCase struct {
	before  past
	scanner *Scanner
	message []byte
}

// newCase makes a message with values in it, and most often earlier ones of the
// same lines with other digits, for other values.
func newCase(r *rand.Rand) (c scanCase) {
	lines, planted := someText(r)
	text := strings.Join(lines, "")
	withheld := compilable(append(planted, seenIn(r, text, 10)...))
	if r.IntN(3) == 0 {
		withheld = append(withheld, everything(r, text)...)
	}
	var kept []Value
	if r.IntN(4) == 0 {
		kept = compilable(seenIn(r, text, 50))
	}
	var err error
	if c.scanner, err = Compile(withheld, kept); err != nil { // both withheld and kept
		c.scanner, _ = Compile(withheld, nil)
	}
	same := []string{text, otherDigits(r, text), otherDigits(r, text)}
	for range []int{0, 4, 5, 5, 6, 6, 7, 20}[r.IntN(8)] {
		m := same[r.IntN(len(same))]
		if r.IntN(4) > 0 {
			m = earlier(r, lines)
		}
		s := c.scanner
		switch r.IntN(3) {
		case 0:
			s, _ = Compile([]Value{{IPv4, "192.0.2.201", 9}}, nil)
		case 1:
			s, _ = Compile(compilable(seenIn(r, m, 0)), nil)
		}
		c.before = append(c.before, struct {
			*Scanner
			message []byte
		}{s, inMail(r, m)})
	}
	if r.IntN(4) == 0 {
		text = earlier(r, lines) + text
	}
	c.message = inMail(r, text)
	return c
}

// scraps of lines: words, and what makes numbers, rows, runs and escapes of them.
var (
	someWords = strings.Fields("the of from seen added face dead cafe xyz x41 x be AS user version mask or to dot and port sshd Failed password for a b cd Tanaka Ken ttanaka example.co.jp isp-r.example zface ffx wwtt.mjhr.gmhr kmjq.wwtr")
	someMarks = []string{" ", " ", " ", " ", " ", ".", ".", ":", ":", "-", "_", ",", "/", "+", "=", "(", ")", "[", "]", "<", ">", "\\", "%", "&#", ";", "\t", "  ", "=?", "@", "|", "'", "\"", "::", "..", "--", "]]>", "<br>", "*", "x", "0x", "\\x", "=3", "%3", ", ", "", "", ".0.", " . ", "\r", "~", "#", "[.]", "[:]"}
	lineEnds  = []string{"\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r\n\r\n", "\r\r\n", "=\r\n", " \r\n"}
	indents   = []string{"", "", "", "", "", "  ", "\t", " > ", "> ", "      ", " "}
)

func pick(r *rand.Rand, of []string) string { return of[r.IntN(len(of))] }

func randomLetters(r *rand.Rand, alphabet string, n int) string {
	b := make([]byte, n)
	for k := range b {
		b[k] = alphabet[r.IntN(len(alphabet))]
	}
	return string(b)
}

var knownLines = sync.OnceValue(boilerplate)

const upperLower = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// scrap is a piece of a line.
func scrap(r *rand.Rand) string {
	switch r.IntN(18) {
	case 16, 17: // a row
		words, alphabet := make([]string, []int{2, 3, 4, 6, 6, 7, 8, 8, 9, 28, 32}[r.IntN(11)]), []string{"0123456789", "0123456789", "0123456789abcdef", "01"}[r.IntN(4)]
		width := []int{1, 2, 2, 4, 4, 6}[r.IntN(6)]
		for k := range words {
			words[k] = randomLetters(r, alphabet, width)
			if r.IntN(20) == 0 {
				words[k] += pick(r, someWords)
			}
		}
		return pick(r, []string{"", "", "", "12.", "a:", "0x1:", "::"}) + strings.Join(words, pick(r, []string{":", "-", ".", "_", " ", "::", ", "})) + pick(r, []string{"", "", "", ":0x1", ":1x1", "::", "z", ".ip6.arpa", ":40z", ":facefeedz"})
	case 0, 1, 2:
		return pick(r, someWords)
	case 3, 4, 5:
		return fmt.Sprint(r.IntN(256))
	case 6:
		return randomLetters(r, "0123456789", 1+r.IntN(13))
	case 7, 8:
		return randomLetters(r, "0123456789abcdef", 1+r.IntN(9))
	case 9:
		return randomLetters(r, "01x", 2) + randomLetters(r, "0123456789abcdef", 1+r.IntN(8))
	case 10:
		return randomLetters(r, upperLower, 1+r.IntN(30))
	case 11:
		return randomLetters(r, upperLower, []int{6, 7, 8, 9, 10, 11, 21, 22, 23, 27, 43, 60, 64, 76}[r.IntN(14)])
	case 12:
		return randomLetters(r, upperLower+"0123456789+/-_", 4+r.IntN(50))
	case 13:
		return randomLetters(r, "abcdef", 1+r.IntN(5))
	case 14:
		return pick(r, []string{"\xc3\xb6", "\x1b$B", "\x01", "\x03www", "田中", "\x1f", "\x80", "(3)", "(2)12", "\\062", "\\u0032", "%32", "&#50;", "=32", "+ADI-", "=?utf-8?q?", "name*0*=", "Content-Type"})
	}
	return randomLetters(r, "0123456789:.-_ abcdef", 1+r.IntN(24))
}

// spelt is a value in some spelling.
func speltAs(r *rand.Rand, v Value) string {
	text := v.Text
	if a, err := netip.ParseAddr(v.Text); err == nil && r.IntN(4) > 0 {
		if a.Is4() {
			all := spellings4(a.As4())
			text = all[r.IntN(len(all))].text
		} else {
			all := spellings6(a)
			text = all[r.IntN(len(all))].text
		}
	}
	switch k := r.IntN(len(text)); r.IntN(14) {
	case 0:
		text = reversed(text)
	case 1:
		text = strings.NewReplacer(".", pick(r, []string{"[.]", " dot ", "-", "_", " . ", "(dot)", "/dc="}), " ", pick(r, []string{"", "-", "_", "  ", ", "})).Replace(text)
	case 2:
		text = text[:k] + pick(r, []string{"<b>", "</b><i>", "<!-- x -->", "]]>", "]]><![CDATA["}) + text[k:]
	case 3:
		text = hexdump([]byte(randomLetters(r, upperLower, r.IntN(20)) + text))
	case 4:
		raw := hexBytes(strings.NewReplacer(":", "", ".", "").Replace(text))
		text = b64(append([]byte("\x80\x81\x82")[:r.IntN(4)], raw...))
	case 5:
		sum := sha1.Sum([]byte(text))
		text = pick(r, []string{fmt.Sprintf("%x", sum), b64(sum[:])})
	case 6:
		text = strings.ToUpper(text)
	}
	for range r.IntN(3) * r.IntN(2) {
		text = codings[codingNames[r.IntN(len(codingNames))]]("abc"[:r.IntN(4)] + text + pick(r, []string{"", " now", "a", "ab"}))
	}
	switch r.IntN(12) {
	case 0:
		text = strings.TrimRight(text, "=")
	case 1:
		text = percentAll(text)
	case 2:
		text = qpAll([]byte(text))
	}
	if r.IntN(3) == 0 && len(text) > 1 { // a line ends within
		k := 1 + r.IntN(len(text)-1)
		text = text[:k] + pick(r, lineEnds[:7]) + pick(r, indents) + text[k:]
	}
	return text
}

func someValue(r *rand.Rand, id int) Value {
	all := values(r)
	v := all[r.IntN(len(all))]
	switch r.IntN(6) {
	case 0:
		v = Value{IPv4, netip.AddrFrom4([4]byte{byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))}).String(), 0}
	case 1:
		v = ipv4(secrets4[r.IntN(len(secrets4))], 0)
	case 2:
		v = Value{Name, randomLetters(r, "abcdefghijklmnopqrstuvwxyz", 3+r.IntN(4)) + " " + randomLetters(r, "abcdefghijklmnopqrstuvwxyz", 3+r.IntN(4)), 0}
	}
	v.ID = id
	return v
}

// someText is lines of scraps, with values in them, and which.
func someText(r *rand.Rand) (lines []string, planted []Value) {
	for range 1 + r.IntN(3) {
		planted = append(planted, someValue(r, 1+len(planted)))
	}
	for range 1 + r.IntN(9) {
		var line strings.Builder
		switch r.IntN(8) {
		case 0:
			line.WriteString(pick(r, knownLines()))
		case 1:
			line.WriteString(mixedLine(r.IntN(300)))
		}
		for range 1 + r.IntN([]int{2, 4, 6, 14}[r.IntN(4)]) { // long lines are not remembered
			if r.IntN(9) == 0 {
				line.WriteString(speltAs(r, planted[r.IntN(len(planted))]))
			} else {
				line.WriteString(scrap(r))
			}
			line.WriteString(pick(r, someMarks))
		}
		text := strings.TrimRight(line.String(), " ")
		if r.IntN(4) == 0 { // a run goes on in the next line
			text = randomLetters(r, upperLower, 1+r.IntN(24)) + " " + text
		}
		if r.IntN(4) == 0 {
			text += " " + randomLetters(r, upperLower, 1+r.IntN(24))
		}
		lines = append(lines, strings.SplitAfter(text+pick(r, lineEnds), "\n")...)
	}
	return slices.DeleteFunc(lines, func(l string) bool { return l == "" }), planted
}

var (
	rowsOf6    = regexp.MustCompile(`[0-9a-f]{1,4}(:[0-9a-f]{1,4}){7}|[0-9a-f]{1,4}(:[0-9a-f]{1,4})*::[0-9a-f]{0,4}`)
	rowsOfMAC  = regexp.MustCompile(`[0-9a-f]{1,2}([:-][0-9a-f]{1,2}){5}|[0-9a-f]{4}([.:-][0-9a-f]{4}){2}`)
	rowsOf4    = regexp.MustCompile(`\d{1,3}(\D{1,3}\d{1,3}){3}`)
	rowsOfHex  = regexp.MustCompile(`[0-9a-f]{2,12}`)
	shortRuns  = regexp.MustCompile(`\b[A-Za-z]{8,9}\b`)
	threeWords = regexp.MustCompile(`\w+\W{1,3}\w+(\W{1,3}\w+)?`)
)

// seen are values that stand in a text somehow.
func seenIn(r *rand.Rand, text string, id int) (values []Value) {
	add := func(kind Kind, text string) {
		id++
		values = append(values, Value{kind, text, id})
	}
	any := func(re *regexp.Regexp) string {
		if all := re.FindAllString(text, 50); len(all) > 0 {
			return all[r.IntN(len(all))]
		}
		return ""
	}
	add(IPv6, any(rowsOf6))
	add(MAC, any(rowsOfMAC))
	if row := regexp.MustCompile(`\D+`).ReplaceAllString(any(rowsOf4), "."); row != "" {
		add(IPv4, row)
		add(Prefix, row+"/"+fmt.Sprint(8+r.IntN(20)))
	}
	add(Hash, any(rowsOfHex))
	add(Name, any(threeWords))
	add(Text, any(threeWords))
	add(Domain, any(threeWords))
	add(ASN, any(regexp.MustCompile(`\d{1,5}`)))
	add(Account, any(regexp.MustCompile(`\w+`)))
	if runs := regexp.MustCompile(`[\w+/-]{6,}(\r?\n?[\w+/-]{6,})?`).FindAllString(text, 50); len(runs) > 0 {
		run := strings.NewReplacer("-", "+", "_", "/", "\r", "", "\n", "").Replace(runs[r.IntN(len(runs))])
		raw, _ := base64.RawStdEncoding.DecodeString(run[r.IntN(min(4, len(run))):])
		raw = raw[min(len(raw), r.IntN(len(run))):]
		if len(raw) >= 4 {
			add(IPv4, netip.AddrFrom4([4]byte(raw)).String())
			add(Prefix, netip.PrefixFrom(netip.AddrFrom4([4]byte(raw)), 22+r.IntN(10)).Masked().String())
			add(Hash, fmt.Sprintf("%x", raw[:min(len(raw), 4+r.IntN(12))]))
		}
		if len(raw) >= 6 {
			add(MAC, fmt.Sprintf("%x", raw[:6]))
		}
		if len(raw) >= 16 {
			add(IPv6, netip.AddrFrom16([16]byte(raw)).String())
		}
	}
	r.Shuffle(len(values), func(i, k int) { values[i], values[k] = values[k], values[i] })
	return values[:r.IntN(min(len(values), 7))]
}

// everything makes whatever a scan reads as an address a value.
func everything(r *rand.Rand, text string) (values []Value) {
	if r.IntN(2) == 0 {
		values = append(values, Value{Prefix, "0.0.0.0/1", 30}, Value{Prefix, "128.0.0.0/1", 31})
	}
	if r.IntN(3) > 0 {
		values = append(values, Value{Prefix, "::/1", 32}, Value{Prefix, "8000::/1", 33})
	}
	for _, row := range rowsOfMAC.FindAllString(text, 5) {
		values = append(values, Value{MAC, row, 34})
	}
	for _, run := range shortRuns.FindAllString(text, 9) {
		raw, _ := base64.RawStdEncoding.DecodeString(run[len(run)-6:])
		values = append(values, Value{Prefix, netip.PrefixFrom(netip.AddrFrom4([4]byte(raw)), 22+r.IntN(10)).Masked().String(), 35})
	}
	return compilable(values)
}

// compilable are the values that a scan can look for.
func compilable(all []Value) []Value {
	return slices.DeleteFunc(all, func(v Value) bool {
		_, err := Compile([]Value{v}, nil)
		return err != nil
	})
}

// inMail is a message that tells a text.
func inMail(r *rand.Rand, text string) []byte {
	switch r.IntN(12) {
	case 0:
		var qp bytes.Buffer
		w := quotedprintable.NewWriter(&qp)
		w.Write([]byte(text))
		w.Close()
		return bytes.Replace(mail(qp.String()), []byte("8bit"), []byte("quoted-printable"), 1)
	case 1:
		return bytes.Replace(mail(text), []byte("8bit"), []byte("quoted-printable"), 1)
	case 2:
		return bytes.Replace(mail(wrap(b64([]byte(text)))), []byte("8bit"), []byte("base64"), 1)
	case 3:
		return with("X-A: " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n "))
	case 4:
		return []byte("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n" + text + "\r\n--x\r\n\r\n<Record>" + text + "\r\n--x--\r\n")
	case 5:
		return mail(text + wrap(b64([]byte(strings.Repeat("some text of it ", 9)+text))) + "\r\n" + text)
	}
	return mail(text)
}

// earlier is some lines of a text, with other digits and between others.
func earlier(r *rand.Rand, lines []string) string {
	var text strings.Builder
	if r.IntN(4) == 0 {
		lines = slices.Clone(lines)
		r.Shuffle(len(lines), func(i, k int) { lines[i], lines[k] = lines[k], lines[i] })
	}
	keep, other, indent := 5+r.IntN(6), r.IntN(3), r.IntN(4)
	for _, line := range lines {
		if r.IntN(10) >= keep {
			continue
		}
		if r.IntN(2) < other {
			line = otherDigits(r, line)
		}
		if r.IntN(4) < indent {
			line = pick(r, indents) + line
		}
		if r.IntN(12) == 0 {
			line += scrap(r) + "\r\n"
		}
		switch r.IntN(8) {
		case 0:
			line = strings.ReplaceAll(line, "0x", "1x")
		case 1:
			line = strings.ReplaceAll(line, "1x", "0x")
		}
		text.WriteString(line)
	}
	return text.String()
}
