package disclosure

import (
	"fmt"
	"strconv"
	"strings"
)

// Kind is what happens to a value. The zero kind is Drop, so that what nobody
// decided is not told.
type Kind uint8

const (
	KindDrop         Kind = iota // as if never there; in a sanitised log the line goes
	KindMask                     // a constant token with the class visible
	KindPseudonymise             // a random name, per ticket and recipient
	KindGeneralise               // coarser: a prefix, a minute, an order of magnitude
	KindSummary                  // of a log or text: only that there is one
	KindSanitize                 // of a log or text: each value in it follows its own action
	KindKeep                     // of a log or text: as-is
)

// Step is a precision of time.
type Step uint8

const (
	Second Step = iota
	Minute
	Hour
)

// Action is a kind with, for a generalisation, how coarse: the kind, the time
// step and the longest IPv4 and IPv6 prefix told, one byte each. Actions compare
// with == and the zero Action is Drop.
type Action uint32

const (
	Drop         = Action(KindDrop) << 24
	Mask         = Action(KindMask) << 24
	Pseudonymise = Action(KindPseudonymise) << 24
	Generalise   = Action(KindGeneralise)<<24 | Action(Minute)<<16 | 24<<8 | 48
	Summary      = Action(KindSummary) << 24
	Sanitize     = Action(KindSanitize) << 24
	Keep         = Action(KindKeep) << 24
	AsIs         = Keep // what Keep is called for a log or a text
)

func generalise(v4, v6 int, s Step) Action {
	return Action(KindGeneralise)<<24 | Action(s)<<16 | Action(v4)<<8 | Action(v6)
}

// Kind is what happens; V4, V6 and Step how coarsely, where the kind is KindGeneralise.
func (a Action) Kind() Kind { return Kind(a >> 24) }
func (a Action) V4() int    { return int(a >> 8 & 0xff) }
func (a Action) V6() int    { return int(a & 0xff) }
func (a Action) Step() Step { return Step(a >> 16 & 0xff) }

// GeneraliseTo makes the action for a prefix length as an operator writes it.
// Up to 28 it is of IPv4 and IPv6 gets twice as much; from 32 to 64 it is of
// IPv6 and IPv4 gets half, at most 24, so that neither ever means a whole
// address. Any other length is refused.
func GeneraliseTo(bits int) (Action, bool) {
	switch {
	case bits >= 8 && bits <= 28:
		return generalise(bits, 2*bits, Second), true
	case bits >= 32 && bits <= 64:
		return generalise(min(24, bits/2), bits, Second), true
	}
	return Drop, false
}

// GeneraliseTime makes the action for a precision of time.
func GeneraliseTime(s Step) Action {
	if s == Second {
		return Keep
	}
	return generalise(32, 128, s)
}

// Meet is the more restrictive of two actions; where neither is (a pseudonym
// and a prefix), what both allow. It is associative, commutative and idempotent.
func Meet(a, b Action) Action {
	if a == b {
		return a
	}
	if a.Kind() > b.Kind() {
		a, b = b, a
	}
	switch low, high := a.Kind(), b.Kind(); {
	case high == KindKeep, low == KindDrop:
		return a
	case low == KindGeneralise && high == KindGeneralise:
		return generalise(min(a.V4(), b.V4()), min(a.V6(), b.V6()), max(a.Step(), b.Step()))
	case low == KindPseudonymise && high == KindGeneralise:
		return Mask
	case high <= KindGeneralise || low >= KindSummary:
		return a
	}
	return Drop // a log's action and a value's: nothing satisfies both
}

// atMost reports whether a tells nothing that b does not.
func (a Action) atMost(b Action) bool { return Meet(a, b) == a }

var kindWords = [...]string{"drop", "mask", "pseudonymise", "generalise", "summary", "sanitize", "keep"}

// String is the bare word, as the -json output has it.
func (a Action) String() string {
	if int(a.Kind()) < len(kindWords) {
		return kindWords[a.Kind()]
	}
	return "drop"
}

// For is the word for a cell of that class: what is kept of a log is as-is.
func (a Action) For(c Class) string {
	if a.Kind() == KindKeep && c.bit()&containers != 0 {
		return "as-is"
	}
	return a.String()
}

// Detail is the word with its precision where it has one for that class, as
// the policy file has it: generalise:/24, generalise:hour.
func (a Action) Detail(c Class) string {
	if a.Kind() != KindGeneralise {
		return a.For(c)
	}
	switch {
	case c == ClassTime:
		return "generalise:" + [...]string{"second", "minute", "hour"}[min(a.Step(), Hour)]
	case c.bit()&numbers != 0 && a.V4() <= 28:
		return "generalise:/" + strconv.Itoa(a.V4())
	}
	return a.String()
}

// ParseAction reads an action as the policy file has it.
func ParseAction(s string) (Action, error) {
	word, arg, has := strings.Cut(strings.TrimSpace(s), ":")
	if word == "as-is" && !has {
		return Keep, nil
	}
	if word == "generalise" && has {
		switch arg {
		case "minute":
			return GeneraliseTime(Minute), nil
		case "hour":
			return GeneraliseTime(Hour), nil
		}
		if n, err := strconv.Atoi(strings.TrimPrefix(arg, "/")); err == nil && strings.HasPrefix(arg, "/") {
			if a, ok := GeneraliseTo(n); ok {
				return a, nil
			}
		}
		return Drop, fmt.Errorf("unknown precision %.40q", arg)
	}
	for k, w := range kindWords {
		if w == word && !has {
			if Kind(k) == KindGeneralise {
				return Generalise, nil
			}
			return Action(k) << 24, nil
		}
	}
	return Drop, fmt.Errorf("unknown action %.40q", s)
}

// asContainer turns an action written for values into one for a log or text,
// and the other way round, so that a rule on `*` means something for both. A
// log that may be told only coarsely is told as a summary; one to be masked is
// not told.
func (a Action) asContainer() Action {
	switch a.Kind() {
	case KindGeneralise, KindPseudonymise:
		return Summary
	case KindMask:
		return Drop
	}
	return a
}

func (a Action) asValue() Action {
	switch a.Kind() {
	case KindSanitize:
		return Mask
	case KindSummary:
		return Drop
	}
	return a
}

// fit lowers an action that a class cannot have: there is no prefix of a
// person and no pseudonym for a count.
func fit(a Action, class classSet) Action {
	switch k := a.Kind(); {
	case class == 0:
		return Drop
	case k == KindGeneralise && class&coarsenable == 0, k == KindPseudonymise && class&nameable == 0:
		return Mask
	}
	return a
}
