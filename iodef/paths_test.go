package iodef

import (
	"strings"
	"testing"
)

// values of the list in which the classes are declared
var allClasses = " address prefix hostname domain url email person org mac asn account path hash time port type action impact count software log binary text id meta "

func TestEveryPathHasAValueClass(t *testing.T) {
	for _, v := range []Version{V1, V2} {
		paths := Paths(v)
		t.Logf("version %s: %d paths", v, len(paths))
		for _, p := range paths {
			if p.Class != "" {
				if !strings.Contains(allClasses, " "+string(p.Class)+" ") {
					t.Errorf("%s: unknown class %q", p.Path, p.Class)
				}
				continue
			}
			// Another attribute decides: each of its values must have a class.
			d := p.steps[len(p.steps)-1]
			holder := d
			if d.class.parent {
				holder = p.steps[len(p.steps)-2]
			}
			a := holder.attr("", d.class.attr)
			if d.class.attr == "" || a == nil {
				t.Errorf("%s has no class", p.Path)
				continue
			}
			for _, x := range a.typ.values {
				if !strings.Contains(allClasses, " "+string(x.class)+" ") || x.class == "" {
					t.Errorf("%s: value %s of %s has no class", p.Path, x.value, a.name)
				}
			}
		}
	}
}

// TestCanaryReachesItsCell plants a value on every path and finds it again,
// once, as a cell of that path.
func TestCanaryReachesItsCell(t *testing.T) {
	const canary = "k4n4ry"
	for _, v := range []Version{V1, V2} {
		for _, p := range Paths(v) {
			raw, err := Skeleton(p, canary).WriteToBytes()
			if err != nil {
				t.Fatal(err)
			}
			d, err := Parse(raw)
			if err != nil {
				t.Fatalf("%s: %v\n%s", p.Path, err, raw)
			}
			for _, f := range d.Validate(testNow) {
				if f.Schema && f.Rule != "XML-IDREF" {
					t.Fatalf("%s: %v\n%s", p.Path, f, raw)
				}
			}
			found := 0
			for c := range d.Cells() {
				if c.Value == canary {
					if found++; plain(c.Path) != p.Path || p.Class != "" && c.Class != p.Class {
						t.Errorf("%s: found at %s with class %s, not %s", p.Path, c.Path, c.Class, p.Class)
					}
				}
			}
			if want := map[bool]int{true: 1, false: 0}[p.Free() && !p.fixed()]; found != want {
				t.Errorf("%s: %d cells have the canary, not %d\n%s", p.Path, found, want, raw)
			}
		}
	}
}

func (p PathInfo) fixed() bool { return p.Attr != "" && p.attr().fixed }

// plain takes the numbers out of a path.
func plain(path string) string {
	var b strings.Builder
	in := false
	for _, r := range path {
		switch {
		case r == '[':
			in = true
		case r == ']':
			in = false
		case !in:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// TestHasPath: every place that Paths lists is one, deeper ones too, and a slip
// of the pen is none.
func TestHasPath(t *testing.T) {
	for _, v := range []Version{V1, V2} {
		for _, p := range Paths(v) {
			if !HasPath(p.Path) {
				t.Errorf("%s has no %s", v, p.Path)
			}
		}
	}
	const event = "/IODEF-Document/Incident/EventData"
	for path, want := range map[string]bool{
		event + "/EventData/EventData/EventData/Description": true,
		event + "/Flow/System/Node/Address/@category":        true,
		event + "/Flow/System/Node/Adress":                   false,
		event + "/Flow/System/Node":                          false, // holds no value of its own
		event + "/@restriction/x":                            false,
		"/IODEF-Document/Incidentt":                          false,
		"/IODEF-Document/EventData/Description":              false,
		"/Incident/Description":                              false,
		"":                                                   false,
	} {
		if HasPath(path) != want {
			t.Errorf("%q: %t", path, !want)
		}
	}
}
