package iodef

import "testing"

func allTables() []string {
	return []string{tableV1, tableV2, tableV2Evidence, tableV2Values, tableSCI, tableEnum, tablePhish, tableSignature}
}

func TestTableCompiles(t *testing.T) {
	if _, err := compile(allTables()...); err != nil {
		t.Fatal(err)
	}
}

func TestTableMistakesAreToldNotSwallowed(t *testing.T) {
	for name, line := range map[string]string{
		"unknown child":      "A : B",
		"unknown type":       "A : $nothing/text",
		"unknown named type": "A : %Nothing",
		"unknown group":      "A : - | &nothing",
		"no attribute class": "A : - | b",
		"no enumeration":     "A : - | b{nothing}/meta",
		"open parenthesis":   "A : ( A",
		"declared twice":     "A : -\nA : -",
		"no colon":           "A -",
		"unknown word":       "what A : -",
	} {
		if _, err := compile("namespace urn:a\n" + line); err == nil {
			t.Errorf("%s: compiled", name)
		}
	}
}

// One look at the next child must decide: XML Schema demands it of content
// models (unique particle attribution), and our one pass relies on it.
func TestContentModelsAreDeterministic(t *testing.T) {
	for space, names := range tables().decls {
		for name, d := range names {
			if d.model == nil {
				continue
			}
			for state, follow := range d.model.follow {
				for i, a := range follow {
					for _, b := range follow[:i] {
						pa, pb := d.model.positions[a], d.model.positions[b]
						if pa.kind == oneElement && pb.kind == oneElement && pa.decl == pb.decl {
							t.Errorf("%s %s: after state %d two positions take %s", space, name, state, pa.decl.name)
						}
					}
				}
			}
		}
	}
}

// The conflict of a model and a lenient one must be a real one.
func TestLenientModelsDiffer(t *testing.T) {
	n := 0
	for _, names := range tables().decls {
		for _, d := range names {
			if d.lenient != nil {
				n++
				if len(d.lenient.positions) == len(d.model.positions) && d.lenient.accept[0] == d.model.accept[0] {
					t.Errorf("%s: the lenient model is the strict one", d.name)
				}
			}
		}
	}
	if n != 3 {
		t.Errorf("%d classes with a known conflict, want ThreatActor, AttackPhase and Key", n)
	}
}
