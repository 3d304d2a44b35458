package leak

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
)

// rows are texts of which every place could begin something that goes on to
// the end. The sizes show that the cost is linear.
var rows = []string{"+2", "+2AA", "+3AAAAA", "+", "8*", "a*1", "<!a?b", "3]]><!", "ab<a\n", "=?x?q?", "[:]", "::1", "&#", "\\0", "\x1b(I", "203."}

func BenchmarkScanRow(b *testing.B) {
	w, k := twenty()
	s, err := Compile(w, k)
	if err != nil {
		b.Fatal(err)
	}
	for _, row := range rows {
		for _, size := range []int{20_000, 200_000} {
			message := mail(strings.Repeat(row, size/len(row)))
			b.Run(fmt.Sprintf("%q %dKB", row, size/1000), func(b *testing.B) {
				b.SetBytes(int64(size))
				defer cpuTime(b)()
				for b.Loop() {
					s.Scan(message)
				}
			})
		}
	}
}

// shifted is a text in UTF-7, without the - behind it.
func shifted(text string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = binary.BigEndian.AppendUint16(b, u)
	}
	return "+" + base64.RawStdEncoding.EncodeToString(b)
}

// A shifted run is found behind other symbols and any + among them; as long as
// it is text to its end, it begins as early as it can.
func TestCase_146_ShiftedRunsInARow(t *testing.T) {
	for _, text := range []string{"203.0.113.77", "from 203.0.113.77", "\U0001F600 203.0.113.77"} {
		foundAll(t, ipv4(secrets4[0], 0), shifted(text), shifted(text)+"-", "a+b+cd"+shifted(text), "+2+2+2+2"+shifted(text), "+/+/+//"+shifted(text)+"- +2",
			strings.Repeat("+word", 300)+shifted(text)+"-", shifted(strings.Repeat("\u6771\u4eac", 600)+text)+"-")
	}
	foundAll(t, ipv4(secrets4[0], 0), strings.Repeat("+word", 300)+"+203+AC4-0.113.77")
	cleanAll(t, ipv4(secrets4[0], 0), "+2D0AMg-03.0.113.77", "203+2D0ALg-0.113.77") // half of a pair before the 2, before the full stop
	for _, row := range []string{"+AAAAAAAA+AAAAAAAA", "+2+AC4AMQ", "a+b+MAIwAw"} {
		first := strings.IndexByte(row, '+')
		if !isUTF7([]byte(row), first) {
			t.Errorf("no run in %q", row)
		}
		if other := strings.LastIndexByte(row, '+'); isUTF7([]byte(row), other) {
			t.Errorf("%q is read again at its last +", row)
		}
	}
}

// Between the letters of a name may stand as much as match skips.
func TestCase_149_LettersFarApart(t *testing.T) {
	for _, gap := range []string{strings.Repeat(".", 16), strings.Repeat(".", 16) + "\n\n", strings.Repeat("<br>", 16) + "<p>]]>"} {
		foundAll(t, Value{Name, "X Y Z Q W", 0}, strings.Join([]string{"X", "Y", "Z", "Q", "W"}, gap))
	}
}

// The sections of a parameter are found behind rows that are none.
func TestCase_147_RowsBeforeSections(t *testing.T) {
	foundAll(t, ipv4(secrets4[0], 0), strings.Repeat("8*", 99)+" a*0=203.0; a*1=.113.77", "8*1*x; 1*0=203.0;1*1=.113.77", "8*7a*0=203.0; 7a*1=.113.77")
}
