package disclosure

import (
	"testing"

	"pgregory.net/rapid"
)

// TestNumbers: each text has one number, in the order in which they came, and
// what was emptied has none.
func TestNumbers(t *testing.T) {
	var n Numbers
	if n.Of("a") != 0 || n.Add("a") != 1 {
		t.Fatal("a new table is not empty")
	}
	rapid.Check(t, func(t *rapid.T) {
		n.Empty(rapid.IntRange(0, 40).Draw(t, "expected"))
		want := map[string]int32{}
		for _, text := range rapid.SliceOfN(rapid.StringMatching(`[a-c]{0,4}`), 0, 200).Draw(t, "texts") {
			if got := n.Of(text); got != want[text] {
				t.Fatalf("%q is %d, want %d", text, got, want[text])
			}
			if want[text] == 0 {
				want[text] = int32(len(want) + 1)
			}
			if got := n.Add(text); got != want[text] || n.Of(text) != got || n.Len() != len(want) {
				t.Fatalf("%q becomes %d of %d, want %d of %d", text, got, n.Len(), want[text], len(want))
			}
		}
	})
}
