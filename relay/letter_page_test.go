package relay

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"testing"
	"testing/fstest"
	"text/template"
)

// fillAny fills what a letter may name with values of all kinds.
func fillAny(v reflect.Value, random *rand.Rand) {
	switch v.Kind() {
	case reflect.String:
		v.SetString([]string{"", "a", "a <b> & \"c\"", "line\nline\r\n\n", "logs", "\n\n", "日本"}[random.IntN(7)])
	case reflect.Int:
		v.SetInt(int64(random.IntN(5)) - 1)
	case reflect.Bool:
		v.SetBool(random.IntN(2) == 0)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), random.IntN(4), 4))
		for i := range v.Len() {
			fillAny(v.Index(i), random)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() || v.Type().Field(i).Anonymous {
				fillAny(v.Field(i), random)
			}
		}
	}
}

// A page says what text/template says of the same letter.
func TestPageWritesAsTemplate(t *testing.T) {
	templates, err := LoadTemplates(nil)
	if err != nil {
		t.Fatal(err)
	}
	ready := 0
	for _, one := range templates.set.Templates() {
		p, ok := templates.pages[one.Name()]
		if ok {
			ready++
			samePage(t, p, one)
		}
	}
	if all := 2 * len(letterKinds); ready < all-2 { // a question has a word of its own
		t.Errorf("%d letters of %d are made ready", ready, all)
	}
}

func samePage(t *testing.T, p page, one *template.Template) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		var l letter
		fillAny(reflect.ValueOf(&l).Elem(), random)
		var got, want bytes.Buffer
		p.write(&got, reflect.ValueOf(&l).Elem())
		if err := one.Execute(&want, l); err != nil {
			t.Fatal(err)
		}
		if got.String() != want.String() {
			t.Fatalf("%s of %+v is\n%s\nand not\n%s", one.Name(), l, got.String(), want.String())
		}
	}
}

// Of what an operator may write, a page says the same as text/template or leaves
// it to that.
func TestPageOfOwnLetter(t *testing.T) {
	for text, ready := range map[string]bool{
		"{{.Number}}{{range .Rows}}{{.}}, {{else}}none {{$.Number}}{{end}}":              false,
		"{{range .Rows}}{{.}}, {{else}}none {{.Number}}{{end}}":                          true,
		"{{if gt .Masked 0}}a{{else if .Masked}}b{{else}}c{{end}}":                       true,
		"{{if gt .Masked -1}}a{{end}}{{/* no word */}}":                                  true,
		"{{range .Tellings}}{{range .Things}}{{indent .}}{{end}}{{join .Things}}{{end}}": true,
		"{{.About}} {{.Class}}{{with .Name}}{{.}}{{end}}":                                false,
		"{{range .Systems}}{{.}}{{end}}":                                                 false,
		"{{range .Systems}}{{.Category}}{{join .Names}}{{end}}":                          true,
		"{{range .Rows}}{{if .}}{{break}}{{end}}{{end}}":                                 false,
		"{{printf \"%q\" .Number}}":                                                      false,
		"{{.Number | indent}}":                                                           false,
		"{{len .Rows}}":                                                                  false,
		"{{.First}}":                                                                     false,
		"{{.Rows}}":                                                                      false,
		"{{if and .First .Earlier}}x{{end}}":                                             false,
		"{{if indent .Number}}x{{end}}":                                                  false,
		"{{if eq .Number \"a\"}}x{{end}}":                                                false,
		"{{$x := .Number}}{{$x}}":                                                        false,
		"{{\"a\"}}":                                                                      false,
		"{{range $i, $r := .Rows}}{{$i}}{{end}}":                                         false,
		"{{template \"x\" .}}{{define \"x\"}}y{{end}}":                                   false,
		"{{.Class}}": reflect.TypeFor[says]().NumMethod() == 0,
	} {
		one, err := template.New("own").Funcs(template.FuncMap{"indent": indent, "join": join}).Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		p, ok := newPage(one.Root, reflect.TypeFor[letter]())
		if ok != ready {
			t.Errorf("%s: made ready: %v", text, ok)
		}
		if ok {
			samePage(t, p, one)
		}
	}
}

// An operator's letter with a word that no page knows is written all the same.
func TestOwnLetterIsWritten(t *testing.T) {
	templates, err := LoadTemplates(fstest.MapFS{"receipt.en.txt": {Data: []byte("{{printf \"%s!\" .Number}}\n\n{{with .Us}}by {{.}}{{end}}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	l := newLetter()
	defer l.free()
	err = templates.render(l, "receipt", "en", &letter{Number: "GW#1", Us: "us"})
	if err != nil || l.subject != "GW#1!" || string(l.body) != "by us\n" {
		t.Errorf("%q, %q, %v", l.subject, l.body, err)
	}
}
