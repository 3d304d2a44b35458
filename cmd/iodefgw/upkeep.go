package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"iodefgw/iodef"
	"iodefgw/relay/disclosure"
)

// runBackup copies the database while the daemon goes on.
func runBackup(env *Env, args []string) error {
	flags := flagSet()
	s, rest, err := env.open(flags, args, decides, "FILE")
	if err != nil {
		return err
	}
	defer s.Close()
	var b *bar
	err = s.Backup(s.ctx, s.operator, rest[0], func(done, total int) {
		if b == nil {
			b = env.progress("pages", int64(total))
		}
		b.step(int64(done) - b.done)
	})
	if b != nil {
		b.end()
	}
	if err != nil {
		return storeHint(err)
	}
	fmt.Fprintf(env.Stdout, `made %s
To restore it, stop the daemon, remove %s-wal and %[2]s-shm, and put it in the
place of %[2]s. The gateway then sends nothing before "iodefgw queue resume".
`, rest[0], filepath.Base(s.config.Gateway.Database))
	return nil
}

// runFsck checks what the database promises.
func runFsck(env *Env, args []string) error {
	flags := flagSet()
	asJSON := flags.Bool("json", false, "one JSON object per problem")
	s, _, err := env.open(flags, args, reads)
	if err != nil {
		return err
	}
	defer s.Close()
	var b *bar
	problems, err := s.Fsck(s.ctx, func(done, total int64) {
		if b == nil {
			b = env.progress("rows", total)
		}
		b.step(done - b.done)
	})
	if b != nil {
		b.end()
	}
	if err != nil {
		return storeHint(err)
	}
	if len(problems) == 0 {
		if !*asJSON {
			fmt.Fprintln(env.Stdout, "no problems found")
		}
		return nil
	}
	out := env.listing(*asJSON, "RULE", "WHERE", "WHAT")
	for _, p := range problems {
		line := struct {
			Rule    string `json:"rule"`
			Subject string `json:"subject"`
			Text    string `json:"text"`
		}{p.Rule, p.Subject, p.Text}
		if err := out.add(line, p.Rule, p.Subject, p.Text); err != nil {
			return err
		}
	}
	out.end()
	return errFindings
}

func runPolicy(env *Env, args []string) error {
	return runVerb(env, args, verb{"table", policyTable}, verb{"check", policyCheck})
}

// policyTable prints the whole policy that holds: defaults, settings, rules and
// profiles, on one page.
func policyTable(env *Env, args []string) error {
	flags := flagSet()
	config := configFlag(env, flags)
	asJSON := flags.Bool("json", false, "one JSON object per row")
	rest, err := parse(flags, args)
	if err != nil {
		return err
	}
	p, err := env.policy(*config, rest)
	if err != nil {
		return err
	}
	if *asJSON {
		for _, row := range p.Rows() {
			if err := env.jsonLine(row); err != nil {
				return err
			}
		}
		return nil
	}
	return p.Table(env.Stdout)
}

// policyCheck says whether a policy can be read.
func policyCheck(env *Env, args []string) error {
	flags := flagSet()
	config := configFlag(env, flags)
	asJSON := flags.Bool("json", false, "one JSON object")
	rest, err := parse(flags, args)
	if err != nil {
		return err
	}
	p, err := env.policy(*config, rest)
	if fault := (policyFault{}); errors.As(err, &fault) {
		return refusal{err} // the file was read and judged
	}
	if err != nil {
		return err
	}
	if *asJSON {
		return env.jsonLine(map[string]string{"policy": p.Digest()})
	}
	fmt.Fprintf(env.Stdout, "policy %s\n", p.Digest())
	return nil
}

// policy reads the policy file that is named, or that of the config.
func (env *Env) policy(configFile string, named []string) (*disclosure.Policy, error) {
	if len(named) > 1 {
		return nil, fmt.Errorf("%q is one argument too many", cut(named[1], 40))
	}
	if len(named) == 1 {
		return readPolicy(named[0])
	}
	c, err := ReadConfig(configFile)
	if err != nil {
		return nil, err
	}
	return readPolicy(c.Gateway.Policy)
}

// readPolicy reads a policy file; without a name it is the defaults.
func readPolicy(file string) (*disclosure.Policy, error) {
	if file == "" {
		return disclosure.ParsePolicy([]byte("version = 1\n"))
	}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Hint{fmt.Errorf("read policy: %w", err), "a file with \"version = 1\" alone is the defaults"}
	}
	if err != nil {
		return nil, fmt.Errorf("read policy: %w", err)
	}
	return parsePolicy(file, text)
}

// parsePolicy reads a policy that is to be used.
func parsePolicy(file string, text []byte) (*disclosure.Policy, error) {
	p, err := disclosure.ReadPolicy(text, iodef.HasPath)
	if err != nil {
		return nil, Hint{newPolicyFault(file, err), "policy.toml, as init writes it, shows what can be set"}
	}
	return p, nil
}

// policyFault is what is wrong with a policy file.
type policyFault struct{ error }

// newPolicyFault names file and line in the form of all our files.
func newPolicyFault(file string, err error) policyFault {
	if m := policyLine.FindStringSubmatch(err.Error()); m != nil {
		return policyFault{fmt.Errorf("%s:%s: %s", file, m[1], m[2])}
	}
	return policyFault{fmt.Errorf("%s: %w", file, err)}
}

var policyLine = regexp.MustCompile(`^policy line (\d+): (.*)$`)
