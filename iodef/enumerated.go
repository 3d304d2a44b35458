package iodef

// Enumerated tells whether the RFC's schema lists value for an attribute of an
// element in the version's own namespace: for builders that must fall back to
// ext-value where a version lacks a word.
func Enumerated(v Version, element, attr, value string) bool {
	space := spaceV2
	if v == V1 {
		space = spaceV1
	}
	d := tables().decls[space][element]
	if d == nil {
		return false
	}
	a := d.attr("", attr)
	if a == nil || a.typ == nil {
		return false
	}
	e := a.typ.value(value)
	return e != nil && !e.conflict
}
