package relay

import "testing"

// TestPortsHaveOneSpelling: what a port says is its number and nothing beside.
func TestPortsHaveOneSpelling(t *testing.T) {
	for in, want := range map[string]string{
		"22": "22", "0000022": "22", "+22": "22", "-1": "", "65536": "", "x": "", "": "",
	} {
		if got := number(in, 65535); got != want {
			t.Errorf("number(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"80,443": "80,443", "443,0080,80": "80,443", "20-25,20-25": "20-25", "25-20": "", "1,x": "", "": "",
	} {
		if got := portlist(in); got != want {
			t.Errorf("portlist(%q) = %q, want %q", in, got, want)
		}
	}
}
