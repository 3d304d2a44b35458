package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// command is one sub-command.
type command struct {
	name    string
	forms   string // what follows the name, one form on a line
	summary string // one line for the list of commands
	run     func(env *Env, args []string) error
}

// commands lists the sub-commands in the order a newcomer meets them.
func commands() []command {
	return []command{
		{"demo", "[-once] [-dir FOLDER]",
			"watch a whole gateway at work, without any set-up", runDemo},
		{"init", "[-name NAME] [-domain DOMAIN] [-address ADDRESS] [-passphrase-file FILE] DIR",
			"make config, policy, parties file, key and database", runInit},
		{"serve", "[-config FILE]",
			"run the gateway", runServe},
		{"ingest", "[-config FILE] [-json] [-now TIME] PATH...",
			"take mails from files, mbox or Maildir", runIngest},
		{"check", "[-json] [-strict] FILE...",
			"validate IODEF documents", runCheck},
		{"convert", "-to 2.00|json|xml FILE",
			"convert version 1 to 2, and XML to and from JSON", runConvert},
		{"screen", "[-json] [-parties FILE] [-key FILE] [-config FILE] [-now TIME] [-authserv NAME] [-sha1-keys FINGERPRINTS] FILE.eml...",
			"say what the gateway would make of mails", runScreen},
		{"redact", "[-json|-message] -parties FILE [-policy FILE] -from PARTY [-conditions FILE] -to PARTY -stage STAGE [-now TIME] [-ticket NUMBER] FILE.xml",
			"show what a party would be told", runRedact},
		{"report", "-source ADDRESS -time TIME [FLAGS]",
			"make a report mail on standard output", runReport},
		{"party", "import [-yes] FILE\nexport [-keys FOLDER]\nlist [-json]\nremove [-why REASON] PARTY",
			"register the organisations we exchange reports with", runParty},
		{"key", "show [-armor] [-json] [FINGERPRINT]\nimport -party PARTY [-yes] FILE\nlist [-json]\nrevoke [-why REASON] FINGERPRINT\nrotate [-yes]\nannounce -to PARTY\npassphrase FILE",
			"show, register and revoke OpenPGP keys, and renew our own", runKey},
		{"policy", "table [-json] [FILE]\ncheck [-json] [FILE]",
			"show what recipients are told, and check a policy file", runPolicy},
		{"hold", "list [-json] [-rejected]\nshow [-json|-raw] ID\nrelease [-json] [-why REASON] ID...|-party PARTY [-yes]\nreject [-json] [-why REASON] ID...\nrecheck [-json] [-why REASON] ID...|-all",
			"see to mails that wait for a person", runHold},
		{"ticket", "list [-json] [-state STATE] [-reference NUMBER]\nshow [-json] [-raw REPORT] NUMBER\nexplain [-json] -to PARTY [-stage STAGE] NUMBER\nstatement [-json] -party PARTY [-send] NUMBER\noverride [-json] -to PARTY -conditions FILE|PRESET [-of PARTY] -why REASON NUMBER\nmerge [-json] -why REASON FROM INTO\nsplit [-json] -why REASON -report ID... NUMBER\nplan [-json] NUMBER\nclose [-json] -why REASON NUMBER...\nreopen [-json] -why REASON NUMBER...",
			"show incidents, explain what was told, merge, split and close", runTicket},
		{"queue", "list [-json] [-all] [-state STATE] [-party PARTY]\nshow [-json|-mail] ID\napprove [-json] [-sha256 PREFIX] ID...\nretry [-json] [-why REASON] ID...\ncancel [-json] [-why REASON] ID...\nhold -why REASON\nresume -why REASON",
			"look at messages before they leave, approve and retry", runQueue},
		{"audit", "verify [-json]\nreplay [-json] DECISION...\nlist [-json] [-subject SUBJECT]",
			"verify the chain of events, make decisions again", runAudit},
		{"backup", "FILE",
			"copy the database while the daemon runs", runBackup},
		{"fsck", "[-json]",
			"check what the database promises", runFsck},
	}
}

func usage(w io.Writer) {
	fmt.Fprint(w, `iodefgw exchanges incident reports (IODEF) between CSIRTs and sites.

Usage: iodefgw COMMAND [ARGUMENTS]

`)
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-8s %s\n", c.name, c.summary)
	}
	fmt.Fprintf(w, "  %-8s %s\n", "version", "print the version")
	fmt.Fprint(w, `
"iodefgw help COMMAND" shows its arguments. Where a FILE is taken, so are a
directory and - (standard input). -json prints one object per line. Exit
status: 0 fine, 1 findings or refused, 2 could not run.
`)
}

// flagSet makes the flags of a command; parse reads them.
func flagSet() *flag.FlagSet {
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	fs.SetOutput(io.Discard) // run tells of a wrong flag in the program's own form
	return fs
}

// parse reads flags wherever they stand and returns the other arguments.
// Behind -- everything is an argument.
func parse(fs *flag.FlagSet, args []string) ([]string, error) {
	var rest []string
	for {
		if err := fs.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, helpError{fs}
			}
			return nil, Hint{err, "-h lists the flags"}
		}
		if end := len(args) - fs.NArg() - 1; end >= 0 && args[end] == "--" {
			return append(rest, fs.Args()...), nil
		}
		if fs.NArg() == 0 {
			return rest, nil
		}
		rest, args = append(rest, fs.Arg(0)), fs.Args()[1:]
	}
}

// parseN is parse for a command that takes a fixed number of arguments; names
// are what it calls them.
func parseN(fs *flag.FlagSet, args []string, names ...string) ([]string, error) {
	rest, err := parse(fs, args)
	if err != nil {
		return nil, err
	}
	if len(rest) < len(names) {
		return nil, Hint{fmt.Errorf("%s is missing", names[len(rest)]), "-h shows the arguments"}
	}
	if len(rest) > len(names) {
		return nil, Hint{fmt.Errorf("%q is one argument too many", cut(rest[len(names)], 40)), "-h shows the arguments"}
	}
	return rest, nil
}

// verb is the second word of commands such as "ticket list".
type verb struct {
	name string
	run  func(env *Env, args []string) error
}

// runVerb picks the verb that the first argument names.
func runVerb(env *Env, args []string, verbs ...verb) error {
	var names []string
	for _, v := range verbs {
		if len(args) > 0 && args[0] == v.name {
			return v.run(env, args[1:])
		}
		names = append(names, v.name)
	}
	one := strings.Join(names, ", ")
	if len(args) == 0 {
		return Hint{errors.New("no verb given"), "say one of: " + one}
	}
	if args[0] == "-h" || args[0] == "-help" || args[0] == "--help" {
		return helpError{flagSet()}
	}
	return Hint{fmt.Errorf("no verb %q", cut(args[0], 40)), "say one of: " + one}
}

// helpError ends a command that was asked for its help.
type helpError struct{ flags *flag.FlagSet }

func (helpError) Error() string { return "help" }

// help prints a command's forms and the flags it was asked about.
func (c command) help(w io.Writer, fs *flag.FlagSet) {
	fmt.Fprintf(w, "iodefgw %s: %s\n\n", c.name, c.summary)
	lead := "Usage: "
	for form := range strings.SplitSeq(c.forms, "\n") {
		line := strings.TrimSpace("iodefgw " + c.name + " " + form)
		fmt.Fprintln(w, wrap(line, helpWidth, lead, strings.Repeat(" ", len(lead)+4)))
		lead = strings.Repeat(" ", len("Usage: "))
	}
	first := true
	fs.VisitAll(func(f *flag.Flag) {
		if first {
			fmt.Fprintln(w, "\nFlags:")
			first = false
		}
		value, text := flag.UnquoteUsage(f)
		fmt.Fprintln(w, strings.TrimRight("  -"+f.Name+" "+value, " "))
		fmt.Fprintln(w, wrap(text, helpWidth, "        ", "        "))
	})
	if first && strings.Contains(c.forms, "\n") {
		fmt.Fprintf(w, "\n\"iodefgw help %s VERB\" shows the flags of one.\n", c.name)
	}
}

// helpWidth is for the narrowest terminal in use.
const helpWidth = 79

// wrap breaks text at blanks into lines of at most width columns; the first
// line begins with first, the others with next. A blank in brackets is kept.
func wrap(text string, width int, first, next string) string {
	var b strings.Builder
	line := first
	empty := true
	for _, word := range fieldsOutside(text) {
		if !empty && len(line)+1+len(word) > width {
			b.WriteString(line + "\n")
			line, empty = next, true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	return b.String() + line
}

// fieldsOutside splits at blanks outside of square brackets.
func fieldsOutside(text string) []string {
	depth := 0
	return strings.FieldsFunc(text, func(r rune) bool {
		switch r {
		case '[':
			depth++
		case ']':
			depth--
		}
		return depth <= 0 && unicode.IsSpace(r)
	})
}
