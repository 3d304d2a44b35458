package main

import (
	"bytes"
	"errors"
	"io"
	"os/user"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"iodefgw/relay"
)

func terminal(width int, environment map[string]string) (env *Env, stdout, stderr *bytes.Buffer) {
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	return &Env{
		Stdin: strings.NewReader(""), Stdout: stdout, Stderr: stderr, Now: time.Now,
		Width: func(io.Writer) int { return width }, Getenv: func(k string) string { return environment[k] },
	}, stdout, stderr
}

// A Japanese character takes two columns: cut by letters the table would be
// twice as wide as the terminal.
func TestTableFitsTheTerminal(t *testing.T) {
	rows := [][]string{
		{"ID", "NAME", "REASONS"},
		{"1", "インシデント対応チームの長い名前です", "bad-signature unknown-key partial-coverage id-conflict"},
		{"2", "short", "unsigned"},
	}
	env, out, _ := terminal(50, map[string]string{"NO_COLOR": "1"})
	env.table(rows)
	for line := range strings.Lines(out.String()) {
		if n := columns(strings.TrimSuffix(line, "\n")); n > 50 {
			t.Errorf("%d columns: %q", n, line)
		}
	}
	if !strings.Contains(out.String(), "…") || !strings.Contains(out.String(), "short ") {
		t.Errorf("nothing is cut, or too much:\n%s", out)
	}
	// On a pipe nothing is cut: scripts read it.
	env, out, _ = terminal(0, nil)
	env.table(rows)
	if strings.Contains(out.String(), "…") || !strings.Contains(out.String(), "長い名前です") {
		t.Errorf("cut on a pipe:\n%s", out)
	}
}

func TestColoursOnlyOnATerminalThatWantsThem(t *testing.T) {
	for _, c := range []struct {
		width int
		env   map[string]string
		want  bool
	}{
		{80, nil, true}, {0, nil, false}, {80, map[string]string{"NO_COLOR": "1"}, false}, {80, map[string]string{"TERM": "dumb"}, false},
	} {
		env, out, _ := terminal(c.width, c.env)
		if got := env.paint(out, red, "x") != "x"; got != c.want {
			t.Errorf("width %d, %v: coloured %v", c.width, c.env, got)
		}
	}
}

func TestProgressIsDrawnOnATerminalOnly(t *testing.T) {
	for _, width := range []int{0, 60} {
		env, out, errs := terminal(width, nil)
		b := env.progress("files", 3)
		for range 3 {
			b.step(1)
		}
		if drawn := strings.Contains(errs.String(), "3/3 files"); drawn != (width > 0) {
			t.Errorf("width %d: %q", width, errs)
		}
		b.end()
		for line := range strings.SplitSeq(errs.String(), "\r") {
			if columns(line) > width {
				t.Errorf("wider than the terminal: %q", line)
			}
		}
		if out.Len() > 0 {
			t.Errorf("on standard output: %q", out)
		}
	}
}

// Whatever a peer wrote, a table line is one line and steers nothing.
func TestCase_193_TextFromOutsideCannotSteerTheTerminal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.String().Draw(t, "cell") + "\x1b[2J\u202e\n"
		width := rapid.IntRange(0, 120).Draw(t, "width")
		env, out, _ := terminal(width, map[string]string{"NO_COLOR": "1"})
		env.table([][]string{{"A", "B"}, {cell, "x"}})
		if strings.Count(out.String(), "\n") != 2 {
			t.Fatalf("more than two lines: %q", out)
		}
		for _, r := range strings.TrimSuffix(out.String(), "\n") {
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
				t.Fatalf("control %q in %q", r, out)
			}
		}
	})
}

func TestCutNeverExceedsItsColumns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, n := rapid.StringOf(rapid.SampledFrom([]rune("aAé漢字ｆカﾅ😀́"))).Draw(t, "text"), rapid.IntRange(1, 20).Draw(t, "columns")
		if got := cut(s, n); columns(got) > n {
			t.Fatalf("cut(%q, %d) = %q, %d columns", s, n, got, columns(got))
		}
	})
}

func TestHelpFitsEightyColumns(t *testing.T) {
	env, out, _ := terminal(0, nil)
	run([]string{"help"}, env)
	for _, c := range commands() {
		if run([]string{"help", c.name}, env) != exitFine {
			t.Errorf("help %s failed", c.name)
		}
	}
	for line := range strings.Lines(out.String()) {
		if n := columns(strings.TrimSuffix(line, "\n")); n > 80 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		want   string
	}{
		{nil, 0, ""},
		{errors.New("open x: gone"), 2, "iodefgw x: open x: gone\n"},
		{Hint{errors.New("no"), "try y"}, 2, "iodefgw x: no\nhint: try y\n"},
		{Hint{refused("no"), "try y"}, 1, "iodefgw x: no\nhint: try y\n"},
		{errFindings, 1, ""},
	} {
		env, _, errs := terminal(0, nil)
		if got := env.report(command{name: "x"}, c.err); got != c.status || errs.String() != c.want {
			t.Errorf("%v: status %d, %q", c.err, got, errs)
		}
	}
}

// The operator is who sudo says has become the service user, and never whom an
// operator's own environment names.
func TestOperatorIsAUserOfTheComputer(t *testing.T) {
	self, err := user.Current()
	if err != nil {
		t.Skip(err)
	}
	for _, c := range []struct {
		name, user, sudo string
		operators        []string
		want             string
	}{
		{"an operator", "alice", "", []string{"alice"}, "alice"},
		{"a stranger", "mallory", "", []string{"alice"}, ""},
		{"a service user without sudo", "iodefgw", "", []string{"alice"}, ""},
		{"an operator as the service user", "iodefgw", self.Uid, []string{self.Username}, self.Username},
		{"a stranger as the service user", "iodefgw", self.Uid, []string{"alice"}, ""},
		{"an operator who names another", "alice", self.Uid, []string{"alice", self.Username}, "alice"},
		{"sudo with nonsense", "iodefgw", "root", []string{"root"}, ""},
	} {
		env, _, _ := terminal(0, map[string]string{"SUDO_UID": c.sudo})
		env.User = func() (string, error) { return c.user, nil }
		got, err := env.operator(c.operators)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
}

// TestWithheldBy: the rule named is the first that allows no more than what was
// done; where two take away different things, both.
func TestWithheldBy(t *testing.T) {
	for want, c := range map[string]relay.Cell{
		"":                                    {Action: "keep", Reasons: []string{"hard: keep", "operator: keep"}},
		"stage first-contact":                 {Action: "drop", Reasons: []string{"hard: keep", "stage first-contact: drop", `consent nothing said, "stage: acknowledged": drop`}},
		`consent "my-hosts: hide"`:            {Action: "mask", Reasons: []string{"operator rule 1: generalise:/24", `consent "my-hosts: hide": mask`}},
		"operator rule 1":                     {Action: "generalise", Reasons: []string{"hard: keep", "operator rule 1: generalise:/24"}},
		"operator rule 1; consent pseudonyms": {Action: "mask", Reasons: []string{"operator rule 1: generalise:/24", "consent pseudonyms: pseudonymise", "channel x: keep"}},
	} {
		if got := withheldBy(c); got != want {
			t.Errorf("%v: %q, want %q", c.Reasons, got, want)
		}
	}
}

// TestCutFront: of a path the end stays.
func TestCutFront(t *testing.T) {
	for in, want := range map[string]string{"/a/b/c": "…b/c", "/b": "/b", "": "", "/日本/c": "…/c", "/abc": "/abc"} {
		if got := cutFront(in, 4); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
