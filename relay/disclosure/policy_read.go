package disclosure

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// Caps of the policy file. An operator's page has a dozen rules; a file of a
// hundred thousand, however it got there, would slow every decision.
const (
	maxPolicyBytes = 1 << 20
	maxRules       = 500
	maxProfiles    = 10000
)

type policyFile struct {
	Version    *int             `toml:"version"`
	DefaultTLP string           `toml:"default_tlp"`
	Third      string           `toml:"third_party_in_as_is_logs"`
	Weak       string           `toml:"on_weak_channel"`
	Approval   string           `toml:"approval"`
	Rules      []ruleFile       `toml:"rule"`
	Profiles   []map[string]any `toml:"profile"`
}

type ruleFile struct {
	ID   string            `toml:"id"`
	When whenFile          `toml:"when"`
	Set  map[string]string `toml:"set"`
}

type whenFile struct {
	Stage     oneOrMany `toml:"stage"`
	Relation  oneOrMany `toml:"relation"`
	TrustMin  int       `toml:"trust_min"`
	TIMin     int       `toml:"ti_min"`
	Type      oneOrMany `toml:"type"`
	Severity  oneOrMany `toml:"severity"`
	TLP       oneOrMany `toml:"tlp"`
	Recipient oneOrMany `toml:"recipient"`
	Until     time.Time `toml:"until"`
	NotBefore time.Time `toml:"not_before"`
	Approval  string    `toml:"approval"`
}

// oneOrMany is a list of words; one word may stand without brackets.
type oneOrMany []string

// UnmarshalTOML implements toml.Unmarshaler.
func (w *oneOrMany) UnmarshalTOML(v any) error {
	switch v := v.(type) {
	case string:
		*w = oneOrMany{v}
		return nil
	case []any:
		// An empty list would read as "whoever", where the writer meant "nobody".
		if len(v) == 0 {
			return fmt.Errorf("an empty list matches nothing; leave the key out")
		}
		for _, e := range v {
			s, ok := e.(string)
			if !ok {
				return fmt.Errorf("a list of strings is wanted")
			}
			*w = append(*w, s)
		}
		return nil
	}
	return fmt.Errorf("a string or a list of strings is wanted")
}

// ReadPolicy reads a policy that is to be used from now on: ParsePolicy, and
// each path must be one where a value can stand (known), each profile must end.
// A rule with a path that nothing has would take nothing away, and nobody would
// see it.
func ReadPolicy(text []byte, known func(path string) bool) (*Policy, error) {
	p, err := ParsePolicy(text)
	if err != nil {
		return nil, err
	}
	src := policySource(text)
	for i := range p.rules {
		for _, s := range p.rules[i].set {
			if s.path != "" && !known("/IODEF-Document/"+s.path) && !known("/IODEF-Document/Incident/"+s.path) {
				return nil, fmt.Errorf("policy line %d: rule %d, %.80q: no version of IODEF has a value there; names and their order are those of the schema, an attribute is /@name",
					src.line(s.text, src.table("rule", i)), i+1, s.text)
			}
		}
	}
	for i := range p.Profiles {
		if p.Profiles[i].Conditions.Until.IsZero() {
			return nil, fmt.Errorf("policy line %d: profile %d has no end: add until, the last day on which it holds, such as until = 2027-03-31", src.table("profile", i), i+1)
		}
	}
	return p, nil
}

// ParsePolicy reads the operator's policy. It is strict: an unknown key, word or
// selector, a rule without effect, a wrong type or another version fails the
// whole file, and the error names the line. The error never repeats values. It
// reads what decisions were made from long ago; for what is to be used there is
// ReadPolicy.
func ParsePolicy(text []byte) (*Policy, error) {
	if len(text) > maxPolicyBytes {
		return nil, fmt.Errorf("policy: %d bytes, more than %d", len(text), maxPolicyBytes)
	}
	var f policyFile
	md, err := toml.Decode(string(text), &f)
	if err != nil {
		return nil, fmt.Errorf("policy: %w", err)
	}
	src := policySource(text)
	for _, key := range md.Undecoded() {
		if len(key) > 1 && key[0] == "profile" {
			continue // read below, as conditions
		}
		return nil, fmt.Errorf("policy line %d: unknown key %.60q", src.line(key[len(key)-1], 0), key.String())
	}
	p := &Policy{}
	if err := p.settings(&f, src); err != nil {
		return nil, err
	}
	if len(f.Rules) > maxRules || len(f.Profiles) > maxProfiles {
		return nil, fmt.Errorf("policy: more than %d rules or %d profiles", maxRules, maxProfiles)
	}
	for i := range f.Rules {
		at := src.table("rule", i)
		r, key, err := readRule(&f.Rules[i], i)
		if err == nil && slices.ContainsFunc(p.rules, func(o rule) bool { return o.id == r.id }) {
			key, err = "id", fmt.Errorf("a second rule of that id")
		}
		if err != nil {
			return nil, fmt.Errorf("policy line %d: rule %d, %.60q: %w", src.line(key, at), i+1, key, err)
		}
		p.rules = append(p.rules, r)
	}
	for i, raw := range f.Profiles {
		at := src.table("profile", i)
		pr, key, err := readProfile(raw)
		if err != nil {
			return nil, fmt.Errorf("policy line %d: profile %d, %.60q: %w", src.line(key, at), i+1, key, err)
		}
		p.Profiles = append(p.Profiles, pr)
	}
	sum := sha256.Sum256(text)
	p.digest = hex.EncodeToString(sum[:])
	return p, nil
}

func (p *Policy) settings(f *policyFile, src policySource) error {
	bad := func(key, want string) error {
		return fmt.Errorf("policy line %d: %s: want %s", src.line(key, 0), key, want)
	}
	if f.Version == nil || *f.Version != 1 {
		return bad("version", "1")
	}
	if f.DefaultTLP != "" {
		t, ok := parseTLP(f.DefaultTLP)
		if !ok {
			return bad("default_tlp", "RED, AMBER+STRICT, AMBER, GREEN or CLEAR")
		}
		p.DefaultTLP = t
	}
	switch f.Third {
	case "", "sanitize":
	case "allow":
		p.AllowThird = true
	default:
		return bad("third_party_in_as_is_logs", "sanitize or allow")
	}
	switch f.Weak {
	case "", "hold":
	case "reduce":
		p.ReduceWeak = true
	default:
		return bad("on_weak_channel", "hold or reduce")
	}
	if p.Approval = Approval(f.Approval); !knownApproval(p.Approval) {
		return bad("approval", "auto, one or two")
	}
	return nil
}

func knownApproval(a Approval) bool {
	return a == "" || a == ApproveAuto || a == ApproveOne || a == ApproveTwo
}

// readProfile reads a [[profile]]: party and source, the rest as conditions.
func readProfile(raw map[string]any) (p Profile, key string, err error) {
	var pairs []Pair
	for _, key := range slices.Sorted(maps.Keys(raw)) {
		text, ok := pairText(raw[key])
		if !ok {
			return p, key, fmt.Errorf("neither text, a list of texts nor a date")
		}
		switch key {
		case "party":
			p.Party = text
		case "source":
			p.Source = text
		default:
			pairs = append(pairs, Pair{key, text})
		}
	}
	if p.Party == "" {
		return p, "profile", fmt.Errorf("names no party")
	}
	// Loosening needs the owner's signature: a profile points to the mail that has it.
	if rest, ok := strings.CutPrefix(p.Source, "sha256:"); !ok || rest == "" {
		return p, "profile", fmt.Errorf("source names no signed mail (sha256:…)")
	}
	if p.Conditions, err = ParsePairs(pairs); err != nil {
		if ce, ok := err.(*ConditionsError); ok {
			return p, ce.Key, fmt.Errorf("%s", ce.Why)
		}
		return p, "profile", err
	}
	return p, "", nil
}

// pairText is a TOML value as the text that the block would have.
func pairText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case bool:
		if v {
			return "yes", true
		}
		return "no", true
	case time.Time:
		return v.Format(time.DateOnly), true
	case []any:
		items := make([]string, len(v))
		for i, e := range v {
			s, ok := e.(string)
			if !ok {
				return "", false
			}
			items[i] = s
		}
		return strings.Join(items, ", "), true
	}
	return "", false
}

// Digest is the SHA-256 of the file, hex; the audit binds each decision to it.
// The defaults have the digest of the shortest file that says them.
func (p *Policy) Digest() string {
	if p != nil && p.digest != "" {
		return p.digest
	}
	sum := sha256.Sum256([]byte("version = " + strconv.Itoa(1) + "\n"))
	return hex.EncodeToString(sum[:])
}
