package disclosure

import (
	"slices"
	"strings"
)

// With is the recogniser that finds these names too, as those of a report's
// contacts: the leak scan looks for them, so the texts must hide them first.
func (r *Recogniser) With(names []string) *Recogniser {
	var also *nameIndex
	var phones []phone
	for _, n := range names {
		if n = foldName(n); !long(n) || r.names.knows(n) {
			continue
		}
		if p, ok := phoneOf(n); ok && len(phones) < maxPhones {
			phones = append(phones, p)
			continue
		}
		if also == nil {
			also = &nameIndex{class: ClassOrg}
		}
		also.add(n)
	}
	if also != nil {
		also.ready()
	} else if phones == nil {
		return r
	}
	return &Recogniser{names: r.names, known: r.known, also: also, phones: phones}
}

// WithWords is the recogniser that finds these paths or accounts too, which a
// report names elsewhere: in a text they have no form of their own. Those that
// are words of every log are left out, as the scan does.
func (r *Recogniser) WithWords(class Class, values []string) *Recogniser {
	var x *nameIndex
	for _, v := range values {
		v, ok := Canonical(class, v)
		n := foldName(v)
		if !ok || r.names.knows(n) || common(class, n) {
			continue
		}
		if x == nil {
			x = &nameIndex{class: class}
		}
		x.also(v, n, strings.ReplaceAll(n, `\`, "/"), strings.ReplaceAll(n, "/", `\`))
	}
	if x == nil {
		return r
	}
	x.ready()
	with := *r
	with.words = append(slices.Clone(r.words), x)
	return &with
}

// common reports whether a path or account is too common to look for.
func common(class Class, folded string) bool {
	if class == ClassPath {
		return len(folded) < 6 || !strings.ContainsAny(strings.TrimLeft(folded, `/\`), `/\.`)
	}
	return len(folded) < 4 || strings.Trim(folded, "0123456789") == "" || everywhere[folded]
}

// everywhere are accounts of every machine.
var everywhere = setOf("root", "admin", "administrator", "user", "guest", "test", "info", "support", "mail", "postmaster", "webmaster", "oracle", "nobody", "ubuntu")
