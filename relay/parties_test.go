package relay

import (
	"strings"
	"testing"
)

func TestPartiesFaults(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"[[party]]\nid = \"a\"\ncolour = \"red\"\n", `line 3: unknown key "party.colour"`},
		{"[[party]]\nid = \"a\"\nnetworks = [\"192.0.2.0/24\"]\n[[party]]\nid = \"b\"\nnetworks = [\"192.0.2.0/24\"]\n", `network 192.0.2.0/24 belongs to "a" and to "b"`},
	} {
		all, err := ParseParties([]byte(c.text))
		if err == nil {
			_, err = NewParties(all)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.text, err, c.want)
		}
	}
}
