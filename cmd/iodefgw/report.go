package main

import (
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"iodefgw/iodef"
	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
	"iodefgw/relay/disclosure"
)

// maxLog is the largest log that a report carries, in bytes: what an IODEF
// reader takes as one text.
const maxLog = 1 << 20

// reportFlags are the flags of the command.
type reportFlags struct {
	source, at, target, port, kind, severity, text, log *string
	conditions, restriction, expect, reference, id      *string
	version, language, name, from, to, subject          *string
	sign, passphrase, encrypt, now, seed                *string
	gzip                                                *bool
}

func newReportFlags(fs *flag.FlagSet) *reportFlags {
	return &reportFlags{
		source:      fs.String("source", "", "the `ADDRESS` that it came from, several joined by commas"),
		at:          fs.String("time", "", "the `TIME` it happened, with its zone: 2026-11-20T12:14:07+09:00"),
		target:      fs.String("target", "", "the `HOST` of yours that was reached: an address, a name, or ADDRESS/NAME; several joined by commas"),
		port:        fs.String("port", "", "the `PORT` that was reached, such as 22 or 53/udp"),
		kind:        fs.String("type", "", "the `KIND` of incident, a type of IODEF's SystemImpact (Impact in 1.00) or a word of your own"),
		severity:    fs.String("severity", "", "the `SEVERITY`: low, medium or high"),
		text:        fs.String("text", "", "a `DESCRIPTION` in words"),
		log:         fs.String("log", "", "a `FILE` with lines of log, - for standard input"),
		conditions:  fs.String("conditions", "", "what may be passed on: a `PRESET` such as hide-my-ip, or a file with a block of conditions"),
		restriction: fs.String("restriction", "", "the `RESTRICTION` of the document, such as need-to-know"),
		expect:      fs.String("expect", "contact-source-site", "the `ACTION` asked for, several joined by commas, empty for none"),
		reference:   fs.String("reference", "", "the `NUMBER` that somebody else gave it, such as JPCERT#12345678, several joined by commas"),
		id:          fs.String("id", "", "your number of the incident as `NAME:ID`; the same again is an update"),
		version:     fs.String("version", "2.00", "the IODEF `VERSION`: 1.00 or 2.00"),
		language:    fs.String("language", "en", "the `LANGUAGE` of the mail: en or ja"),
		name:        fs.String("name", "", "your `NAME`"),
		from:        fs.String("from", "", "your `ADDRESS`; without it that of the key, else user@host"),
		to:          fs.String("to", "", "the gateway's `ADDRESS`; without it the mail is addressed to yourself"),
		subject:     fs.String("subject", "", "the `SUBJECT` of the mail"),
		sign:        fs.String("sign", "", "a `FILE` with the secret key to sign with"),
		passphrase:  fs.String("passphrase-file", "", "a `FILE` whose first line is the passphrase of the key"),
		encrypt:     fs.String("encrypt", "", "a `FILE` with the gateway's public key, to encrypt to it"),
		now:         fs.String("now", "", "make the report at this `TIME` (RFC 3339) and not by the clock"),
		seed:        fs.String("seed", "", "take random numbers from this `TEXT`: the same report again, for tests"),
		gzip:        fs.Bool("gzip", false, "attach the document as .xml.gz"),
	}
}

// runReport makes a report mail on standard output.
func runReport(env *Env, args []string) error {
	fs := flagSet()
	f := newReportFlags(fs)
	if _, err := parseN(fs, args); err != nil {
		return err
	}
	in, err := f.input(env)
	if err != nil {
		return err
	}
	mail, err := BuildReport(in)
	if err != nil {
		return err
	}
	if _, err := env.Stdout.Write(mail); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

// input turns flags into what they say.
func (f *reportFlags) input(env *Env) (ReportInput, error) {
	in := ReportInput{
		Version: iodef.Version(*f.version), Type: *f.kind, Severity: *f.severity, Text: *f.text, Restriction: *f.restriction,
		Language: *f.language, Name: *f.name, From: *f.from, To: *f.to, Subject: *f.subject, Gzip: *f.gzip,
		Expect: words(*f.expect), References: words(*f.reference), Now: env.Now().Truncate(time.Second), Random: env.Rand,
	}
	if *f.severity != "" && !iodef.Enumerated(iodef.V2, "SystemImpact", "severity", *f.severity) {
		return in, Hint{fmt.Errorf("-severity: %q is no severity", cut(*f.severity, 40)), "low, medium or high"}
	}
	if *f.source == "" {
		return in, Hint{errors.New("-source is missing"), "the address that the access came from"}
	}
	if *f.at == "" {
		return in, Hint{errors.New("-time is missing"), "when it happened, such as 2026-11-20T12:14:07+09:00"}
	}
	if in.Version != iodef.V1 && in.Version != iodef.V2 {
		return in, Hint{fmt.Errorf("-version %q is not known", cut(*f.version, 20)), "1.00 or 2.00"}
	}
	if in.Language != "en" && in.Language != "ja" {
		return in, Hint{fmt.Errorf("-language %q is not known", cut(*f.language, 20)), "en or ja"}
	}
	if *f.seed != "" && *f.encrypt != "" {
		return in, Hint{refused("-seed would let anybody guess the key that the mail is encrypted with"), "leave one of -seed and -encrypt out"}
	}
	steps := []func(*Env, *ReportInput) error{f.times, f.hosts, f.read, f.keys, f.names}
	for _, step := range steps {
		if err := step(env, &in); err != nil {
			return in, err
		}
	}
	return in, nil
}

func (f *reportFlags) times(_ *Env, in *ReportInput) (err error) {
	const form = "RFC 3339 with a zone, such as 2026-11-20T12:14:07+09:00"
	if in.Seen, err = time.Parse(time.RFC3339, *f.at); err != nil {
		return Hint{fmt.Errorf("-time %q is no time", cut(*f.at, 40)), form}
	}
	if *f.now != "" {
		if in.Now, err = time.Parse(time.RFC3339, *f.now); err != nil {
			return Hint{fmt.Errorf("-now %q is no time", cut(*f.now, 40)), form}
		}
	}
	if *f.seed != "" {
		in.Random = seeded(*f.seed)
	}
	return nil
}

// seeded is a source of numbers that anybody who knows the seed can repeat.
func seeded(seed string) io.Reader { return rand.NewChaCha8(sha256.Sum256([]byte(seed))) }

func (f *reportFlags) hosts(_ *Env, in *ReportInput) (err error) {
	if in.Sources, err = parseSources(*f.source); err != nil {
		return err
	}
	if in.Targets, err = parseTargets(*f.target); err != nil {
		return Hint{err, "such as 203.0.113.25/www.example.co.jp"}
	}
	if *f.port != "" {
		number, protocol, _ := strings.Cut(*f.port, "/")
		n, err := strconv.ParseUint(number, 10, 16)
		p, known := map[string]int{"": 6, "tcp": 6, "udp": 17, "sctp": 132}[protocol]
		if err != nil || n == 0 || !known {
			return Hint{fmt.Errorf("-port %q is no port", cut(*f.port, 20)), "such as 22 or 53/udp"}
		}
		in.Port, in.Protocol = uint16(n), p
	}
	return nil
}

// read takes in the log and the conditions.
func (f *reportFlags) read(env *Env, in *ReportInput) error {
	if *f.log != "" {
		b, err := env.readInput(*f.log, maxLog)
		if err != nil {
			return err
		}
		if len(b) > maxLog {
			return Hint{fmt.Errorf("log %q is over %d bytes", *f.log, maxLog), "send the lines that show the access"}
		}
		if !utf8.Valid(b) {
			return Hint{fmt.Errorf("log %q is not UTF-8", *f.log), "convert it, such as with iconv -t UTF-8"}
		}
		in.Log = strings.ReplaceAll(string(b), "\r\n", "\n")
	}
	if *f.conditions == "" {
		return nil
	}
	in.Conditions = presetLine(*f.conditions)
	if _, ok := disclosure.Preset(*f.conditions); !ok {
		b, err := os.ReadFile(*f.conditions)
		if err != nil {
			return Hint{fmt.Errorf("-conditions %q is neither a preset nor a file: %w", cut(*f.conditions, 60), err),
				"presets: forward-log-as-is, hide-my-ip, minimal, no-relay, ask-me"}
		}
		in.Conditions = string(b)
	}
	_, found, err := disclosure.ParseConditions(in.Conditions)
	switch {
	case err != nil:
		return fmt.Errorf("conditions %q: %w", *f.conditions, err)
	case !found:
		return Hint{fmt.Errorf("conditions %q: there are none in it", *f.conditions), "a block of conditions, or one line \"conditions: PRESET\""}
	}
	return nil
}

func (f *reportFlags) keys(_ *Env, in *ReportInput) error {
	if *f.sign != "" {
		key, err := readPrivate(*f.sign, "-sign")
		if err != nil {
			return err
		}
		var passphrase []byte
		if *f.passphrase != "" {
			if passphrase, err = readPassword(*f.passphrase, "-passphrase-file"); err != nil {
				return err
			}
		}
		if in.Sign, err = pgp.ReadSecret(key, passphrase); err != nil {
			return Hint{fmt.Errorf("read key %q: %w", *f.sign, err), "-passphrase-file names a file with its passphrase"}
		}
	}
	if *f.encrypt != "" {
		raw, err := os.ReadFile(*f.encrypt)
		if err != nil {
			return fmt.Errorf("read key: %w", err)
		}
		keys, err := pgp.ReadKeys(raw)
		if err != nil {
			return fmt.Errorf("read key %q: %w", *f.encrypt, err)
		}
		in.Encrypt = keys[0]
	}
	return nil
}

// names finds out who reports, and splits the incident's number.
func (f *reportFlags) names(env *Env, in *ReportInput) error {
	if *f.id != "" {
		i := strings.LastIndexByte(*f.id, ':')
		if i < 1 || i == len(*f.id)-1 {
			return Hint{fmt.Errorf("-id %q is not NAME:ID", cut(*f.id, 40)), "such as cert.example.co.jp:2026-17"}
		}
		in.IDName, in.ID = (*f.id)[:i], (*f.id)[i+1:]
	}
	if in.From != "" {
		return nil
	}
	if in.Sign != nil {
		k, err := in.Sign.Public()
		if err != nil {
			return fmt.Errorf("read key %q: %w", *f.sign, err)
		}
		for _, id := range k.UserIDs() {
			if list, err := message.ParseAddresses(id); err == nil && len(list) == 1 {
				in.From = list[0].Addr
				if in.Name == "" {
					in.Name = list[0].Name
				}
				return nil
			}
		}
	}
	user, err := env.User()
	if err != nil {
		return err
	}
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	in.From = user + "@" + host
	return nil
}

// words splits a list at commas; an empty one is empty and not nil.
func words(list string) []string {
	all := []string{}
	for w := range strings.SplitSeq(list, ",") {
		if w = strings.TrimSpace(w); w != "" {
			all = append(all, w)
		}
	}
	return all
}
