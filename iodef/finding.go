package iodef

import (
	"fmt"
	"strconv"
)

// Severity grades a finding.
type Severity string

const (
	Error   Severity = "error"   // breaks the schema, or a MUST of the prose
	Warning Severity = "warning" // a SHOULD, plain sense, or a place where the RFC is at odds with itself
	Info    Severity = "info"    // nothing to mend
)

// A Finding is one fault in a peer's document. It never holds more of the
// document than short, quoted, cut values.
type Finding struct {
	Path     string   `json:"path"`
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	Line     int      `json:"line"`
	Text     string   `json:"text"`
	// Schema says that the fault makes the document invalid.
	Schema bool `json:"-"`
	// Column is the octet of the line, the first being 1, where the element of
	// Path begins or the reader stopped; 0 if it is not known.
	Column int `json:"-"`
}

func (f Finding) String() string {
	return fmt.Sprintf("line %d: %s: %s: %s (%s)", f.Line, f.Severity, f.Path, f.Text, f.Rule)
}

// Malformed is the error of Parse: the input is no namespace-well-formed XML,
// holds a DOCTYPE, is in an encoding we do not know, or is over a cap.
type Malformed struct{ Finding }

func (m *Malformed) Error() string {
	return fmt.Sprintf("malformed at line %d: %s (%s)", m.Line, m.Text, m.Rule)
}

// Verdicts of a document.
const (
	VerdictMalformed = "malformed"
	VerdictInvalid   = "invalid"
	VerdictValid     = "valid"
)

// Verdict sums findings up. A finding of a rule of the prose does not make a
// document invalid; only breaches of the RFC's schema do.
func Verdict(findings []Finding) string {
	for _, f := range findings {
		if f.Schema {
			return VerdictInvalid
		}
	}
	return VerdictValid
}

// quote shows a value from outside: quoted, and cut so that no long or
// telling content reaches a log.
func quote(s string) string {
	const most = 40
	runes := 0
	for i := range s {
		if runes++; runes > most {
			return strconv.Quote(s[:i]) + "…"
		}
	}
	return strconv.Quote(s)
}
