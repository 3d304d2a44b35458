package disclosure

import "testing"

// TestFoldAgrees shows that names fold in text, character by character, as
// foldName folds them whole: else a name of the parties file would not be found.
func TestFoldAgrees(t *testing.T) {
	check := func(s string) {
		var buf [32]byte
		var got []byte
		for i := 0; i < len(s); {
			b, n := foldAt(s, i, buf[:0])
			got, i = append(got, b...), i+n
		}
		if want := foldName(s); string(got) != want {
			t.Errorf("%q (%U): text folds to %q, name to %q", s, []rune(s), got, want)
		}
	}
	for r := rune(0x3041); r <= 0x30fe; r++ {
		check("x" + string(r))
	}
	for r := rune(0xff66); r <= 0xff9d; r++ {
		check(string(r))
		check(string(r) + "x")
		for _, mark := range []rune{0xff9e, 0xff9f} {
			if s := foldName(string(r) + string(mark)); len([]rune(s)) == 1 {
				check(string(r) + string(mark))
			}
		}
	}
	for r := rune(0x30ab); r <= 0x30fa; r++ {
		for _, mark := range []rune{0x3099, 0x309a} {
			if s := foldName(string(r) + string(mark)); len([]rune(s)) == 1 {
				check(string(r) + string(mark))
			}
		}
	}
	check("ＣＥＲＴ－Ｕ Ä é ﬁ ㈱ ひらがな")
}
