package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/term"
)

// Exit statuses (cli.md): the caller's script decides by them.
const (
	exitFine     = 0
	exitFindings = 1 // findings, or refused
	exitError    = 2 // could not run
)

// Env is everything a command takes from the process around it, so that tests
// run commands with their own clock, streams and user.
type Env struct {
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer
	Now    func() time.Time
	Rand   io.Reader
	Getenv func(string) string
	User   func() (string, error) // the OS user: who an operator is
	Width  func(io.Writer) int    // columns of the terminal behind it, 0 for no terminal
}

func main() { os.Exit(run(os.Args[1:], processEnv())) }

func processEnv() *Env {
	return &Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Now: time.Now, Rand: rand.Reader, Getenv: os.Getenv,
		User: osUser, Width: terminalWidth,
	}
}

// run is the whole program: it picks the command, runs it and says how it ended.
func run(args []string, env *Env) int {
	if len(args) == 0 {
		usage(env.Stderr)
		return exitError
	}
	name, rest := args[0], args[1:]
	switch name {
	case "help", "-h", "-help", "--help":
		if len(rest) == 0 {
			usage(env.Stdout)
			return exitFine
		}
		name, rest = rest[0], append(rest[1:len(rest):len(rest)], "-h")
	case "version", "-version", "--version":
		fmt.Fprintln(env.Stdout, "iodefgw", version())
		return exitFine
	}
	for _, c := range commands() {
		if c.name == name {
			return env.report(c, c.run(env, rest))
		}
	}
	return env.report(command{}, Hint{fmt.Errorf("no command %q", cut(name, 40)), "iodefgw help lists the commands"})
}

// report prints how a command ended and turns it into an exit status.
func (env *Env) report(c command, err error) int {
	var hint Hint
	var help helpError
	switch {
	case err == nil:
		return exitFine
	case errors.As(err, &help):
		c.help(env.Stdout, help.flags)
		return exitFine
	case errors.Is(err, errFindings):
		return exitFindings
	}
	label := "iodefgw"
	if c.name != "" {
		label += " " + c.name
	}
	// A message may quote what a peer or a server said: one line, and nothing
	// that steers the terminal.
	fmt.Fprintf(env.Stderr, "%s: %s\n", label, printable(err.Error()))
	if errors.As(err, &hint) && hint.Hint != "" {
		fmt.Fprintf(env.Stderr, "hint: %s\n", printable(hint.Hint))
	}
	if errors.Is(err, errRefused) {
		return exitFindings
	}
	return exitError
}

var (
	// errFindings ends a command with status 1 and no further word: what there
	// was to say stands on standard output already.
	errFindings = errors.New("findings")
	// errRefused marks a refusal: it is told like an error and ends with status 1.
	errRefused = errors.New("refused")
)

// refused is a decision against what was asked, as opposed to a failure.
func refused(format string, args ...any) error {
	return refusal{fmt.Errorf(format, args...)}
}

type refusal struct{ error }

func (r refusal) Unwrap() error        { return r.error }
func (r refusal) Is(target error) bool { return target == errRefused }

// Hint is an error with advice for the person at the terminal.
type Hint struct {
	Err  error
	Hint string
}

func (h Hint) Error() string { return h.Err.Error() }
func (h Hint) Unwrap() error { return h.Err }

// version is what the build recorded: a tag, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v, revision, dirty := info.Main.Version, "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			revision = cut(s.Value, 12)
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "-dirty"
		}
	}
	if (v == "" || v == "(devel)") && revision != "" {
		v = revision + dirty
	}
	if v == "" {
		v = "(devel)"
	}
	return strings.Join([]string{v, info.GoVersion}, " ")
}

// osUser names the user by uid, never by $USER, which anybody can set.
func osUser() (string, error) {
	u, err := user.Current()
	if err != nil {
		return "", fmt.Errorf("find the operating system's user: %w", err)
	}
	return u.Username, nil
}

func terminalWidth(w io.Writer) int {
	f, ok := w.(*os.File)
	if !ok {
		return 0
	}
	columns, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return columns
}
