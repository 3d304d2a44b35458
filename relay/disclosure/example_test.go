package disclosure

import "testing"

func TestMeetTable(t *testing.T) {
	for _, c := range []struct{ a, b, want Action }{
		{Keep, Mask, Mask}, {Generalise, Pseudonymise, Mask}, {AsIs, Sanitize, Sanitize},
		{Sanitize, Summary, Summary}, {Mask, Drop, Drop}, {Mask, Sanitize, Drop},
	} {
		if got := Meet(c.a, c.b); got != c.want || Meet(c.b, c.a) != c.want {
			t.Errorf("meet of %s and %s: %s, want %s", c.a, c.b, got, c.want)
		}
	}
}
