package iodef

// A Restriction is the disclosure marking that holds for an element.
type Restriction struct {
	Value    string // of the RFC's enumeration; "private" where nothing is said
	Ext      string // ext-restriction, where Value is ext-value
	Explicit bool   // false: nothing was written on the element nor on any up to its Incident
}

// Restriction gives the marking that holds for e: its own, else that of its
// closest ancestor that has one, else private (RFC 5070 section 3.2, RFC 7970
// section 3.3.1; nothing above Incident carries one).
//
// Schema defaults other than Incident's are not a statement of the sender.
// RFC 5070's "public" on IncidentID is ignored, since it would publish by
// silence. Its "default" on EventData, History and Expectation means a policy
// agreed beforehand, which is taken as narrow as private: so there the
// narrower of "default" and the inherited value holds.
func (e *Element) Restriction() Restriction {
	for x := e; x != nil; x = x.parent {
		if !x.carriesRestriction() {
			continue
		}
		if v, ok := x.Attr("restriction"); ok {
			ext, _ := x.Attr("ext-restriction")
			return Restriction{Value: trimBlank(v), Ext: ext, Explicit: true}
		}
		if x.defaultsToPolicy() {
			outer := x.parent.Restriction()
			if openness(outer.Value) > openness("default") {
				return Restriction{Value: "default"}
			}
			return outer
		}
	}
	return Restriction{Value: "private"}
}

func (e *Element) carriesRestriction() bool {
	return e.decl != nil && e.decl.marked != nil
}

// defaultsToPolicy tells whether RFC 5070's schema gives the element
// restriction="default" when it is silent.
func (e *Element) defaultsToPolicy() bool {
	return e.carriesRestriction() && e.parent != nil && e.decl.marked.def == "default"
}

// openness orders the values from narrow (0) to wide. A policy agreed
// beforehand, a private value and anything unknown are as narrow as private.
func openness(v string) int {
	switch v {
	case "public", "white":
		return 3
	case "partner", "green":
		return 2
	case "need-to-know", "amber":
		return 1
	}
	return 0
}
