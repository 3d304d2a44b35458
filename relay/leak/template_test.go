package leak

import (
	"encoding/base64"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// otherDigits writes other digits into a text: all the same, or any.
func otherDigits(r *rand.Rand, text string) string {
	all := r.IntN(20)
	return strings.Map(func(c rune) rune {
		switch {
		case c < '0' || c > '9':
			return c
		case all < 10:
			return '0' + rune(all)
		}
		return '0' + rune(r.IntN(10))
	}, text)
}

// alike is a log of lines that differ in digits only; the last is the line.
func alike(r *rand.Rand, line string) string {
	var log strings.Builder
	for range 3 {
		log.WriteString(otherDigits(r, line) + "\r\n")
	}
	return log.String() + line + "\r\n"
}

// A value is found in a log whose other lines differ from its line in nothing
// but digits, however it is spelled and wherever it stands in the line.
func TestCase_143_LinesThatAreAlike(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	w, _ := twenty()
	all := compile(t, w...)
	noASN := compile(t, slices.DeleteFunc(slices.Clone(w), func(v Value) bool { return v.Kind == ASN })...) // more numbers concern nobody
	spelled := map[int][]string{}
	for _, v := range w {
		spelled[v.ID] = []string{v.Text, percentAll(v.Text), b64([]byte("see " + v.Text + " now")), "(" + v.Text + ")"}
		a, err := netip.ParseAddr(v.Text)
		switch {
		case err != nil:
		case a.Is4():
			for _, sp := range spellings4(a.As4()) {
				spelled[v.ID] = append(spelled[v.ID], sp.text)
			}
		default:
			for _, sp := range spellings6(a) {
				spelled[v.ID] = append(spelled[v.ID], sp.text)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(spelled)) { // the lines drawn are the same each time
		for _, text := range spelled[id] {
			for _, line := range []string{"www sshd[812]: 12:14:07 Failed password for root port 40122 from %s.", "%s was seen on port 22 at 12:14:07 and port 23 again",
				"at 12:14:07 on the port 40122 seen from %s", "the host www has seen %s from afar for some time"} {
				line := fmt.Sprintf(line, text)
				for _, s := range []*Scanner{all, noASN} {
					if !s.Scan(mail(line)).Clean { // else it is too common to be told from other text
						found(t, s, id, mail("the log\r\n"+alike(r, line)))
					}
				}
			}
		}
	}
}

// What a line of a template holds is found beside what stands before and
// behind it: words that begin in the line before and rows that go on.
func TestCase_143_EdgesOfLinesThatAreAlike(t *testing.T) {
	run := []byte("+sQWERTYUIOP")
	raw, err := base64.StdEncoding.DecodeString(string(run))
	if err != nil {
		t.Fatal(err)
	}
	const rest = " and then some more words of the log follow"
	for _, c := range []struct {
		value       Value
		often, once string
	}{
		{Value{IPv6, "ab::beef", 1}, "xx beefz", "ab::beefz"},
		{Value{IPv6, "ab::12:34", 1}, "xx 12:34", "ab::12:34"},
		{Value{MAC, "ab:12:34:56:78:90", 1}, "xx 12:34:56:78:90", "ab:12:34:56:78:90"},
		{ipv4([4]byte(raw), 1), "xx sQWERTYUIOP", "xx +sQWERTYUIOP"},
		{Value{IPv4, "203.0.113.77", 1}, "xx. seen 0.113.77", "203. 0.113.77"},
		{Value{IPv6, "fade:db8::57", 1}, "xx. seen zfade:db8::58", "xx. seen zfade:db8::57"},
		{Value{Name, "Tanaka Taro", 1}, "xx. seen by some people", "xx. seen by Tanaka Taro"},
		{Value{Text, "serial K8F3", 1}, "xx. seen serial K9F3", "xx. seen serial K8F3"},
		{Value{IPv4, "203.0.113.77", 1}, `xx. seen \982\989\983.0.113.77`, `xx. seen \062\060\063.0.113.77`},
		{Value{ASN, "AS174", 1}, "xx. seen from AS 175", "xx. seen from AS 174"},
	} {
		s := compile(t, c.value)
		body := "the log of the words" // goes on in the first word of the next line
		for range 4 {
			body += "\r\n" + c.often + rest
		}
		clean(t, s, mail(body))
		found(t, s, 1, mail(body+"\r\n"+c.once+rest))
	}
	for often, once := range map[string]string{"some words of a long line of a log 203.0.1]]>": "13.77", "some words of a long line of a log 203.0.1<br>": "13.77", "some words of a long line of a log 203.0.": "113.77",
		"words of a long line, number 17, dGhlIGhvc3QgMjAzLjAu": "MTEzLjc3IGlzIGl0"} {
		s := compile(t, Value{IPv4, "203.0.113.77", 1})
		body := strings.Repeat(often+"\r\nword\r\n", 4)
		clean(t, s, mail(body))
		found(t, s, 1, mail(body+often+"\r\n"+once))
	}
}

// A number with a zero before it may be octal, whatever mark is behind it.
func TestCase_143_OctalWithOtherMarks(t *testing.T) {
	s := compile(t, ipv4(secrets4[0], 1))
	for _, text := range []string{"0313-00-0161-0115", "0313 . 00 . 0161 . 0115", "0313_00_0161_0115", "000313-00-0161-0115"} {
		found(t, s, 1, mail("seen at "+text+" now"))
	}
}

// A value is found behind more lines than are learned at their first meeting.
func TestCase_143_LinesThatAreAlikeBehindManyThatAreNot(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	s := compile(t, ipv4(secrets4[0], 1))
	var log strings.Builder
	for i := range 600 {
		log.WriteString(mixedLine(i) + "\r\n")
	}
	clean(t, s, mail(log.String()))
	for _, sp := range spellings4(secrets4[0])[:40] {
		line := "www sshd[812]: 12:14:07 Failed password for root port 40122 from " + sp.text + "."
		for _, behind := range []string{alike(r, line), "one\r\n" + mixedLine(3) + " and " + sp.text + "\r\n"} {
			found(t, s, 1, mail(log.String()+behind))
		}
	}
}

// A value that stands in two lines of letters alone is told of both.
func TestCase_145_TextInLinesThatAreAlike(t *testing.T) {
	text := "It is Tanaka Ken a"
	run := b64([]byte(text))
	if strings.ContainsAny(run, "0123456789") {
		t.Fatal("not letters alone: ", run)
	}
	s := compile(t, Value{Name, "Tanaka Ken", 1})
	log := "the log\r\n" + strings.Repeat("this is a line of the log with "+run+" in it\r\n", 4)
	var where []string
	for _, f := range s.Scan([]byte("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n" + log + "\r\n--x\r\n\r\n" + log + "\r\n--x--\r\n")).Findings {
		where = append(where, f.Where)
	}
	if !slices.Contains(where, "part 1") || !slices.Contains(where, "part 2") {
		t.Errorf("found in %v only", where)
	}
}

// A row is taken off whole or not at all: what is left of one might be read as
// another. It is not if it hangs on digits what is in it, or if a word that is no
// part of it was read for its sake.
func TestCase_144_RowsOfLinesThatAreAlike(t *testing.T) {
	const line = "the log says that %s was seen there, and 12 more of them\r\n"
	for _, c := range []struct {
		value        Value
		before, text string
	}{
		{Value{IPv6, "11:22:33:44:55:66:77:88", 1}, "11:22:33:44:55:66:77:88:1x1", "11:22:33:44:55:66:77:88:0x1"},
		{Value{IPv6, "11:22:33:44:55:66:77:1", 1}, "11:22:33:44:55:66:77:0x1", "11:22:33:44:55:66:77:1x1"},
		{Value{IPv4, "203.0.113.52", 1}, "1xcb0071 34 words of it, 12", "0xcb0071 34 words of it, 12"},
		{Value{IPv4, "32.0.113.64", 1}, "21:00:71:40z", "20:00:71:40z"},
		{Value{IPv6, "1:2:3:4:5:6:7:8", 1}, "12.f:1:2:3:4:5:6:7:9", "12.f:1:2:3:4:5:6:7:8"},
	} {
		s := compile(t, c.value)
		before, text := fmt.Sprintf(line, c.before), fmt.Sprintf(line, c.text)
		clean(t, s, mail(before))
		found(t, s, 1, mail(text))
		found(t, s, 1, mail(before+text))
		sameAfter(t, s, before, text)
	}
	text := fmt.Sprintf(line, "12345:1:facefeedz")
	s := compile(t, Value{IPv4, "250.206.254.237", 1})
	found(t, s, 1, mail(text))
	sameAfter(t, s, text, text)
	s = compile(t, Value{IPv6, "ab::", 1}, Value{IPv6, "12::", 2})
	for _, text := range []string{"12345:ab::", "qwertyuio-12::12345"} { // no part of these is an address
		clean(t, s, mail(fmt.Sprintf(line+line, text, text)))
	}
}
