package disclosure

import "strings"

// policySource finds lines: the TOML library tells where the syntax breaks, but
// not where a key stands.
type policySource []byte

// line is the number of the first line at or after `from` that assigns key.
func (s policySource) line(key string, from int) int {
	n := 0
	for text := range strings.Lines(string(s)) {
		if n++; n < from {
			continue
		}
		body, _, _ := strings.Cut(text, "#")
		if strings.Contains(body, key) && (strings.Contains(body, "=") || strings.Contains(body, "[")) {
			return n
		}
	}
	return max(from, 1)
}

// table is the line of the i-th [[name]].
func (s policySource) table(name string, i int) int {
	n := 0
	for text := range strings.Lines(string(s)) {
		n++
		if strings.HasPrefix(strings.ReplaceAll(strings.TrimSpace(text), " ", ""), "[["+name+"]]") {
			if i--; i < 0 {
				return n
			}
		}
	}
	return 1
}
