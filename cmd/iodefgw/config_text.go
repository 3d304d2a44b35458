package main

import (
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// Duration is a time.Duration written as text; "d" stands for 24 hours.
type Duration time.Duration

func (d *Duration) UnmarshalText(text []byte) error {
	s := string(text)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return fmt.Errorf("%q is no duration such as \"30d\"", cut(s, 20))
		}
		*d = Duration(time.Duration(n) * 24 * time.Hour)
		return nil
	}
	v, err := time.ParseDuration(s)
	if err != nil {
		return fmt.Errorf("%q is no duration such as \"5m\"", cut(s, 20))
	}
	*d = Duration(v)
	return nil
}

// Size is a number of bytes, written with KiB or MiB or without a unit.
type Size int64

func (z *Size) UnmarshalText(text []byte) error {
	s, unit := string(text), int64(1)
	for suffix, factor := range map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20} {
		if rest, ok := strings.CutSuffix(s, suffix); ok {
			s, unit = strings.TrimSpace(rest), factor
			break
		}
	}
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return fmt.Errorf("%q is no size such as \"25MiB\"", cut(string(text), 20))
	}
	*z = Size(int64(n) * unit)
	return nil
}

// Level is the least level that is logged.
type Level slog.Level

// Level makes it a slog.Leveler.
func (l Level) Level() slog.Level { return slog.Level(l) }

func (l *Level) UnmarshalText(text []byte) error {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	level, ok := levels[string(text)]
	if !ok {
		return fmt.Errorf("%q is not \"debug\", \"info\", \"warn\" or \"error\"", cut(string(text), 20))
	}
	*l = Level(level)
	return nil
}

// Mailboxes are written as one name or as a list of names.
type Mailboxes []string

func (m *Mailboxes) UnmarshalTOML(value any) error {
	list, isList := value.([]any)
	if !isList {
		list = []any{value}
	}
	*m = nil
	for _, v := range list {
		name, ok := v.(string)
		if !ok {
			return errors.New("is no name of a mailbox, such as \"INBOX\", and no list of them")
		}
		*m = append(*m, name)
	}
	return nil
}

// sampleHint is the advice where there is no better one.
const sampleHint = "the config that \"iodefgw init\" writes explains every setting"

// wrongType is how the TOML reader tells of a value of another type.
var wrongType = regexp.MustCompile(`^toml: line (\d+) \(last key "([^"]*)"\): incompatible types: TOML value has type (\w+)`)

// tomlError gives a fault of the TOML reader the form of our own.
func tomlError(file string, err error) error {
	if m := wrongType.FindStringSubmatch(err.Error()); m != nil {
		return Hint{fmt.Errorf("%s:%s: %s: is of the wrong type (%s)", file, m[1], m[2], m[3]), sampleHint}
	}
	var p toml.ParseError
	if !errors.As(err, &p) {
		return fmt.Errorf("%s: %w", file, err)
	}
	// A message of several lines repeats what stands in the file.
	what, _, _ := strings.Cut(p.Message, "\n")
	if p.LastKey != "" {
		what = p.LastKey + ": " + what
	}
	return Hint{fmt.Errorf("%s:%d: %s", file, p.Position.Line, what), sampleHint}
}

// fault is the error about one key; its line is where the key stands, or its
// section where it is missing.
func (c *Config) fault(key toml.Key, what, hint string) error {
	if hint == "" {
		hint = sampleHint
	}
	name := key.String()
	if line := lineOf(c.text, key); line > 0 {
		return Hint{fmt.Errorf("%s:%d: %s: %s", c.File, line, name, what), hint}
	}
	return Hint{fmt.Errorf("%s: %s: %s", c.File, name, what), hint}
}

// lineOf finds the line on which a key of a config stands, counted from 1:
// the reader does not tell the lines of keys that it has read. Where the key is
// missing it is that of its section, where that is missing 0.
func lineOf(text string, key toml.Key) int {
	section, at := "", 0
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = strings.Trim(strings.SplitN(line, "#", 2)[0], "[] \t")
			if section == key.String() {
				return i + 1
			}
			if len(key) > 1 && section == key[:len(key)-1].String() {
				at = i + 1
			}
			continue
		}
		name, _, ok := strings.Cut(line, "=")
		if !ok {
			continue
		}
		name = strings.Trim(strings.TrimSpace(name), `"'`)
		if section != "" {
			name = section + "." + name
		}
		if name == key.String() {
			return i + 1
		}
	}
	return at
}

// settings lists every key of the config as "section.name".
func settings(c *Config) []string {
	var all []string
	t := reflect.TypeOf(*c)
	for i := range t.NumField() {
		section := t.Field(i)
		if section.Type.Kind() != reflect.Struct {
			continue
		}
		for j := range section.Type.NumField() {
			all = append(all, section.Tag.Get("toml")+"."+section.Type.Field(j).Tag.Get("toml"))
		}
	}
	return all
}

func sections(c *Config) []string {
	var all []string
	for _, s := range settings(c) {
		name, _, _ := strings.Cut(s, ".")
		if len(all) == 0 || all[len(all)-1] != name {
			all = append(all, name)
		}
	}
	return all
}

// nearest proposes the known word that a wrong one was probably meant to be.
func nearest(wrong string, known []string) string {
	best, least := "", 4 // more than three slips is another word
	for _, k := range known {
		if d := distance(wrong, k); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		// The right name in the wrong section.
		_, name, _ := strings.Cut(wrong, ".")
		for _, k := range known {
			if strings.HasSuffix(k, "."+name) && name != "" {
				return fmt.Sprintf("did you mean %q?", k)
			}
		}
		return sampleHint
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// distance is Levenshtein's: insertions, deletions and changes of bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
