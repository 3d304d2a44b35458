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

// TestCase_112_RegisteredAddresses: what a party is registered under is what it
// is written to, so that forms that servers read in two ways stay out.
func TestCase_112_RegisteredAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"abuse@isp-r.example": "abuse@isp-r.example", "Abuse.Desk@ISP-R.example": "Abuse.Desk@ISP-R.example", "@isp-r.example": "@isp-r.example",
		"ir+*@isp-r.example": "ir+*@isp-r.example", "abuse@例え.example": "abuse@xn--r8jz45g.example", "@例え.example": "@xn--r8jz45g.example",
		`"abuse desk"@isp-r.example`: "", "報告@isp-r.example": "", "abuse@[192.0.2.1]": "", "@a.example,@b.example:c@isp-r.example": "", "a@b@isp-r.example": "",
		"abuse%isp-r.example@relay.example": "", "isp-r!abuse@relay.example": "", "abuse@isp-r..example": "", "abuse": "", "abuse@": "", "*@isp-r.example": "",
		"a*+*@isp-r.example": "", "abuse@isp-r.example\r\nBcc: <x@y.example>": "",
	} {
		p := &Party{ID: "isp-r", Addresses: []string{address}}
		switch err := p.Normalise(); {
		case want == "" && err == nil:
			t.Errorf("%q was registered as %q", address, p.Addresses[0])
		case want != "" && (err != nil || p.Addresses[0] != want):
			t.Errorf("%q became %q: %v", address, p.Addresses[0], err)
		}
	}
}
