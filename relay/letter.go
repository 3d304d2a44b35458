package relay

import (
	"bytes"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"text/template"

	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

//go:embed templates/*.txt
var builtin embed.FS

// Templates are the letters by kind and language. An operator replaces one by
// a file of the same name (such as notice.ja.txt) in a folder of its own.
type Templates struct {
	set    *template.Template
	digest string                 // of their text
	form   atomic.Pointer[formOf] // the last that was asked for, see Relay.form
}

// letterKinds are the letters that every language must have.
var letterKinds = []string{"notice", "receipt", "question", "masked", "more", "answered", "answer", "statement"}

// LoadTemplates reads the built-in letters and lays those of the folder over
// them; nil means none. A letter is tried on an empty draft, so that a mistake
// in it stops the start and not the first report.
func LoadTemplates(folder fs.FS) (*Templates, error) {
	set := template.New("").Option("missingkey=error").Funcs(template.FuncMap{"indent": indent, "join": join})
	set, err := set.ParseFS(builtin, "templates/*.txt")
	if err != nil {
		return nil, fmt.Errorf("read letters: %w", err)
	}
	if folder != nil {
		own, err := fs.Glob(folder, "*.txt")
		if err != nil {
			return nil, fmt.Errorf("read letters: %w", err)
		}
		for _, name := range own {
			if set.Lookup(name) == nil {
				return nil, fmt.Errorf("read letters: there is no letter %q to replace", name)
			}
			if set, err = set.ParseFS(folder, name); err != nil {
				return nil, fmt.Errorf("read letters: %w", err)
			}
		}
	}
	t := &Templates{set: set, digest: digestOf(set)}
	for _, kind := range letterKinds {
		for _, lang := range []string{"en", "ja"} {
			w := newLetter()
			if err := t.render(w, kind, lang, &letter{}); err != nil {
				return nil, err
			}
			w.free()
		}
	}
	return t, nil
}

// digestOf tells one set of letters from another.
func digestOf(set *template.Template) string {
	var all []string
	for _, t := range set.Templates() {
		if t.Tree != nil {
			all = append(all, t.Name()+"\n"+t.Root.String())
		}
	}
	slices.Sort(all)
	return string(store.DigestOf([]byte(strings.Join(all, "\n"))))
}

// letter is what a template may name.
type letter struct {
	Number, TLP, TLPMeaning string
	Us, Contact, Recipient  string
	First, Earlier          bool
	Systems                 []System
	Rows, Texts             []string
	Logs                    []indented
	Summaries               []LogSummary
	LogHeld                 bool
	Reporters               []string
	WithheldBinary          int
	Ask, AddressFrom        string
	OthersTold              []string
	ReplyTo                 string
	Who                     string   // a recipient, by its class
	Things                  []string // what it asks for
	Tellings                []telling
	Overridden              bool // one of them was told under an override
	says
}

// telling is a Telling in words.
type telling struct {
	At, Who           string
	Things            []string
	Perhaps, Override bool
}

// says is what a letter that tells nothing of a report is filled with.
type says struct {
	BadLine int  `json:"bad_line,omitempty"` // of conditions that could not be read
	Stopped bool `json:"stopped,omitempty"`  // its requester asked to stop, or says two things
	Already bool `json:"already,omitempty"`  // something of its reports was told, or may have been
	Masked  int  `json:"masked,omitempty"`   // third-party values in a log
	Altered bool `json:"altered,omitempty"`  // its line ends could not be carried as they were

	About string              `json:"about,omitempty"` // recipient, by its id: not for the letter
	Class disclosure.Relation `json:"class,omitempty"` // its relation to us: all that the letter says of it
	Name  string              `json:"name,omitempty"`  // its name, where it allows that
	Wants []string            `json:"wants,omitempty"` // keys of conditions: what more it asks for
	Told  []Telling           `json:"told,omitempty"`  // of a disclosure statement
}

// A writtenLetter is a letter's subject and body. It takes memory that letters
// are written in one after another: its body stands only until it is freed.
type writtenLetter struct {
	subject string
	body    []byte
	b       bytes.Buffer
}

var writtenLetters = sync.Pool{New: func() any { return new(writtenLetter) }}

func newLetter() *writtenLetter { return writtenLetters.Get().(*writtenLetter) }

func (w *writtenLetter) free() {
	w.subject, w.body = "", nil
	w.b.Reset()
	writtenLetters.Put(w)
}

// render writes a letter: the first line of a template is the subject.
func (t *Templates) render(w *writtenLetter, kind, lang string, l *letter) error {
	name := kind + "." + lang + ".txt"
	if err := t.set.ExecuteTemplate(&w.b, name, *l); err != nil { // by a pointer each field would be copied
		return fmt.Errorf("write letter %s: %w", name, err)
	}
	subject, body, ok := bytes.Cut(bytes.TrimLeft(w.b.Bytes(), "\n"), []byte("\n"))
	if !ok {
		return fmt.Errorf("write letter %s: no subject line", name)
	}
	w.subject, w.body = string(bytes.TrimSpace(subject)), bytes.TrimLeft(body, "\n")
	return nil
}

// notice writes the letter of a draft in the recipient's language.
func (t *Templates) notice(to *writtenLetter, d *Draft, us Identity) error {
	w := wording[d.To.Language]
	kind := "notice"
	if d.Answer {
		kind = "answer"
	}
	return t.render(to, kind, d.To.Language, &letter{
		Number: d.Number, TLP: d.TLP, TLPMeaning: w.tlp[d.TLP],
		Us: us.Name, Contact: us.Address, Recipient: d.To.DisplayName(),
		First: d.Stage == disclosure.FirstContact, Earlier: d.Earlier, Systems: d.Systems,
		Rows: rows(d, w), Texts: d.Texts, Logs: excerpts(d.Logs, w), Summaries: d.Summaries, LogHeld: d.LogHeld,
		Reporters: d.Reporters, WithheldBinary: d.WithheldBinary,
		Ask: w.ask(d.Action), AddressFrom: w.found[d.AddressFrom],
		OthersTold: d.OthersTold, ReplyTo: d.ReplyTo,
	})
}

// rows are the observed facts, one a line: label and value.
func rows(d *Draft, w words) []string {
	out := make([]string, 0, len(d.Systems)+len(d.Types)+4)
	add := func(key, value string) {
		if value != "" {
			label := w.label[key]
			out = append(out, label+blanks(label, w.width)+value)
		}
	}
	for _, s := range d.Systems {
		add(s.Category, s.String())
	}
	clock := " (" + w.clock(d.Clock) + ")"
	add("start", d.Start.String()+clockFor(d.Start, clock))
	add("end", d.End.String()+clockFor(d.End, clock))
	if d.Start.IsZero() && d.End.IsZero() {
		add("detect", d.Detect.String()+clockFor(d.Detect, clock))
	}
	for _, t := range d.Types {
		add("type", t)
	}
	add("severity", d.Severity)
	return out
}

func clockFor(m Moment, clock string) string {
	if m.IsZero() {
		return ""
	}
	return clock
}

// String is the time as far as it may be told.
func (m Moment) String() string {
	if m.IsZero() {
		return ""
	}
	return m.UTC().Format([]string{
		disclosure.Second: "2006-01-02 15:04:05 UTC",
		disclosure.Minute: "2006-01-02 15:04 UTC",
		disclosure.Hour:   "2006-01-02 15h UTC",
	}[m.Step])
}

// String is a system on one line: addresses, names, services.
func (s System) String() string {
	var parts []string
	for _, a := range s.Addresses {
		parts = append(parts, a.Value)
	}
	parts = append(parts, s.Names...)
	for _, v := range s.Services {
		if p := v.String(); p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, "  ")
}

// protocols are the names of those that people know, by IANA's numbers.
var protocols = map[string]string{"1": "icmp", "6": "tcp", "17": "udp", "58": "icmp6", "132": "sctp"}

// String names a service as people do: tcp/22.
func (v Service) String() string {
	proto, known := protocols[v.Protocol]
	if !known && v.Protocol != "" {
		proto = "protocol-" + v.Protocol
	}
	ports := v.Port + v.Portlist
	switch {
	case proto != "" && ports != "":
		return proto + "/" + ports
	case ports != "":
		return "port " + ports
	}
	return proto
}

// A letter shows so much of a log: people read it, and the document has all.
const (
	shownLines = 20
	shownBytes = 4 << 10
)

// excerpts are the first lines of each log, and how many there are in all.
func excerpts(logs []string, w words) []indented {
	out := make([]indented, 0, len(logs))
	for _, log := range logs {
		end := 0
		for range shownLines {
			n := strings.IndexByte(log[end:], '\n') + 1
			if n == 0 || end+n > shownBytes {
				break
			}
			end += n
		}
		rest := strings.TrimRight(log[end:], "\n")
		if len(log) <= shownBytes && strings.IndexByte(rest, '\n') < 0 {
			end, rest = len(log), "" // one line more takes no more room than a note
		}
		shown := indented{text: strings.TrimRight(log[:end], "\n")}
		if rest != "" {
			shown.note = fmt.Sprintf(w.cut, strings.Count(log[:end], "\n")+strings.Count(rest, "\n")+1)
		}
		out = append(out, shown)
	}
	return out
}

// indented is text that is set off where it is written, with a note below.
type indented struct{ text, note string }

// indent sets text off, and keeps a line from looking like a mail's structure.
// What is set off already stays as it is.
func indent(v any) indented {
	if s, ok := v.(indented); ok {
		return s
	}
	return indented{text: strings.TrimRight(strings.ReplaceAll(v.(string), "\r\n", "\n"), "\n")}
}

// Format writes the text, whatever the verb.
func (s indented) Format(to fmt.State, _ rune) {
	begin := "  "
	if s.text != "" || s.note == "" {
		for line := range strings.SplitSeq(s.text, "\n") {
			io.WriteString(to, begin)
			io.WriteString(to, line)
			begin = "\n  "
		}
	}
	if s.note != "" {
		io.WriteString(to, begin)
		io.WriteString(to, s.note)
	}
}

func join(s []string) string { return strings.Join(s, ", ") }
