package iodef

import (
	"errors"
	"strings"
	"testing"

	"github.com/beevik/etree"
)

// What a Builder writes is what Encode writes of its tree.
func TestBuilderWritesAsEncode(t *testing.T) {
	b := NewBuilder()
	b.Open("IODEF-Document").Attr("version", "2.00").Attr("xml:lang", "en").Attr("xmlns", spaceV2)
	b.Open("Incident").Attr("purpose", "other")
	b.Open("IncidentID").Attr("name", "a\"b'&<>\x01\xff").Text("]]> & 日本\t\x00\u0001").Close()
	b.Open("GenerationTime").Text("2026-01-31T00:00:00Z").Close()
	b.Open("Description").Text("").Close()
	b.Open("Contact").Attr("role", "creator").Attr("type", "organization")
	b.Open("ContactName").Text(" a \n b ").Close()
	b.Open("Email").Open("EmailTo").Text("a@b.example").Close().Close()
	b.Close()
	b.Open("EventData").Open("Expectation").Attr("action", "nothing").Close().Close()
	b.Close().Close()
	got, err := b.Encode()
	if err != nil {
		t.Fatal(err)
	}
	tree := etree.NewDocument()
	if err := tree.ReadFromString(got); err != nil {
		t.Fatal(err)
	}
	if want, err := Encode(tree); err != nil || got != string(want) {
		t.Errorf("%v\n%s\nand not\n%s", err, got, want)
	}
}

// What is no valid document is refused, however it was made.
func TestBuilderRefuses(t *testing.T) {
	root := func() *Builder {
		return NewBuilder().Open("IODEF-Document").Attr("version", "2.00").Attr("xmlns", spaceV2)
	}
	var invalid *Invalid
	if _, err := root().Close().Encode(); !errors.As(err, &invalid) {
		t.Errorf("an empty document: %v", err)
	}
	if _, err := root().Text("x").Open("Incident").Close().Text("y").Close().Encode(); !errors.As(err, &invalid) {
		t.Errorf("text between elements: %v", err)
	}
	var malformed *Malformed
	for name, b := range map[string]*Builder{
		"nothing":        NewBuilder(),
		"a second root":  root().Close().Open("Incident").Close(),
		"one end more":   root().Close().Close(),
		"no name":        root().Open("").Close().Close(),
		"attribute late": root().Text("x").Attr("y", "z").Attr("<", "").Open("<").Close().Close(),
		"twice":          root().Attr("version", "2.00").Close(),
	} {
		if _, err := b.Encode(); !errors.As(err, &malformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b := root()
	if _, err := b.Encode(); err == nil {
		t.Error("an element is open, and it is a document")
	}
	b.Close().Encode()
	// What is written into it now must not be in another document.
	other := root()
	b.Open("Incident").Attr("purpose", "stray").Text(strings.Repeat("stray", 100)).Close()
	if _, err := b.Encode(); err == nil {
		t.Error("a document was encoded twice")
	}
	if _, err := other.Close().Encode(); err == nil || strings.Contains(err.Error(), "stray") {
		t.Errorf("another document: %v", err)
	}
}
