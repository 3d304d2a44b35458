package iodef

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// The second computation of the marking: from the top down, with the lists of
// NOTES part 6 written out, sharing nothing with Element.Restriction.

var carriersV1 = " Incident IncidentID AlternativeID RelatedActivity Contact History HistoryItem Expectation Method Assessment EventData System Record RecordData AdditionalData RecordItem "

var carriersV2 = carriersV1 + "ThreatActor Campaign Discovery DetectionPattern FileData CertificateData Indicator AlternativeIndicatorID Observable ApplicationHeaderField EmailHeaderField RelatedDNS FileProperties FuzzyHashValue "

func markings(e *Element, above string, got map[*Element]string) {
	carriers := carriersV1
	if e.Space() == spaceV2 {
		carriers = carriersV2
	}
	here := above
	iodef := e.Space() == spaceV1 || e.Space() == spaceV2
	if e.Space() == spaceSCI && e.Name() == "RawData" && e.Known() { // an ExtensionType of version 1
		if written, ok := e.Attr("restriction"); ok {
			here = strings.TrimSpace(written)
		}
	}
	if iodef && e.Known() && strings.Contains(carriers, " "+e.Name()+" ") {
		written, ok := e.Attr("restriction")
		switch {
		case ok:
			here = strings.TrimSpace(written)
		case e.Space() == spaceV1 && strings.Contains(" EventData History Expectation ", " "+e.Name()+" "):
			// "default" by the schema, inherited by the prose: the narrower.
			if strings.Contains(" public partner white green need-to-know amber ", " "+above+" ") {
				here = "default"
			}
		case e.Name() == "Incident" && above == "":
			here = "private"
		}
	}
	if here == "" {
		here = "private"
	}
	got[e] = here
	for c := range e.Children() {
		markings(c, here, got)
	}
}

func TestCase_79_MarkingsByTwoComputations(t *testing.T) {
	values := map[Version][]string{
		V1: {"default", "public", "need-to-know", "private"},
		V2: {"default", "public", "partner", "need-to-know", "private", "white", "green", "amber", "red", "ext-value"},
	}
	r := rand.New(rand.NewPCG(79, 79))
	compared := 0
	for _, v := range []Version{V1, V2} {
		docs := validDocuments(t, v)
		for _, name := range slices.Sorted(maps.Keys(docs)) {
			d := docs[name]
			// Sprinkle markings over the tree, then compare every element.
			for e := range d.root.All() {
				if e.decl == nil || e.decl.attr("", "restriction") == nil || r.IntN(3) > 0 {
					continue
				}
				var kept []Attr
				for _, a := range e.attrs {
					if a.Name != "restriction" {
						kept = append(kept, a)
					}
				}
				if r.IntN(2) == 0 {
					kept = append(kept, Attr{Name: "restriction", Value: values[v][r.IntN(len(values[v]))]})
				}
				e.attrs = kept
			}
			want := map[*Element]string{}
			markings(d.root, "", want)
			for e, w := range want {
				compared++
				if got := e.Restriction().Value; got != w {
					t.Errorf("%s %s: %q and %q", name, e.Path(), got, w)
				}
			}
		}
	}
	if compared < 1000 {
		t.Errorf("only %d elements compared", compared)
	}
}

func TestCase_79_TheTrapsOfTheDefaults(t *testing.T) {
	for _, c := range []struct{ doc, path, want string }{
		{minimalV1, "/IODEF-Document/Incident[1]/IncidentID[1]", "private"},
		{strings.Replace(minimalV1, `"reporting"`, `"reporting" restriction="public"`, 1), "/IODEF-Document/Incident[1]/IncidentID[1]", "public"},
		{strings.Replace(withV1("<EventData/>"), `"reporting"`, `"reporting" restriction="public"`, 1), "/IODEF-Document/Incident[1]/EventData[1]", "default"},
		{strings.Replace(withV2("<EventData/>"), `"reporting"`, `"reporting" restriction="green"`, 1), "/IODEF-Document/Incident[1]/EventData[1]", "green"},
		{withV1("<EventData/>"), "/IODEF-Document/Incident[1]/EventData[1]", "private"},
		{strings.Replace(minimalV2, "</IODEF", `<AdditionalData dtype="string">a</AdditionalData></IODEF`, 1), "/IODEF-Document/AdditionalData[1]", "private"},
	} {
		found := false
		for e := range mustParse(t, []byte(c.doc)).Root().All() {
			if e.Path() == c.path {
				found = true
				if got := e.Restriction(); got.Value != c.want {
					t.Errorf("%s: %q, want %q", c.path, got.Value, c.want)
				}
			}
		}
		if !found {
			t.Errorf("no element %s", c.path)
		}
	}
}
