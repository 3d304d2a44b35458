package leak

import "testing"

// TestPhonesOfOneText: each number of a text that holds nothing else is looked for.
func TestPhonesOfOneText(t *testing.T) {
	for text, messages := range map[string][]string{
		"+81-3-5555-0147 ext. 12":                   {"03-5555-0147", "+81 3 5555 0147"},
		"tel:+81-3-5555-0147;ext=12":                {"0355550147"},
		"Tel 03-5555-0147, Fax 03-5555-0148":        {"03 5555 0147", "+81-3-5555-0148"},
		"03-5555-0147 03-5555-0148":                 {"03-5555-0147", "03-5555-0148"},
		"03-5555-0147x12":                           {"03-5555-0147"},
		"03-5555-0147、03-5555-0148 (内線 1234567890)": {"03-5555-0147", "03-5555-0148"},
	} {
		for _, kind := range []Kind{Name, Text} {
			s, err := Compile([]Value{{Kind: kind, Text: text}}, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range messages {
				if s.Scan([]byte("Subject: x\r\n\r\ncall " + m + " now\r\n")).Clean {
					t.Errorf("%s %q: %q is not found", kind, text, m)
				}
			}
			for _, m := range []string{"03-5555-0149", "call 12", "1234567890"} {
				if r := s.Scan([]byte("Subject: x\r\n\r\n" + m + " now\r\n")); !r.Clean {
					t.Errorf("%s %q: %q is found as %v", kind, text, m, r.Findings)
				}
			}
		}
	}
}
