package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"

	"iodefgw/store"
)

// session is an operator's command at work on a gateway's database. The daemon
// may run beside it.
type session struct {
	*store.Store
	env      *Env
	config   *Config
	operator string // set where the command changes something
	ctx      context.Context
}

// access is what a command does to the database.
type access int

const (
	reads   access = iota
	decides        // changes something in an operator's name
)

// configFlag adds -config to a command's flags.
func configFlag(env *Env, flags *flag.FlagSet) *string {
	file := env.Getenv("IODEFGW_CONFIG")
	if file == "" {
		file = configName
	}
	return flags.String("config", file, "the gateway's config `FILE`; without it $IODEFGW_CONFIG, else "+configName)
}

// session opens the gateway that a config describes. The caller closes it.
func (env *Env) session(configFile string, a access) (*session, error) {
	c, err := ReadConfig(configFile)
	if err != nil {
		return nil, err
	}
	s := &session{env: env, config: c, ctx: context.Background()}
	options := c.StoreOptions(env)
	options.ReadOnly = a == reads
	if a == decides {
		if s.operator, err = env.operator(c.Gateway.Operators); err != nil {
			return nil, err
		}
	}
	if s.Store, err = store.Open(s.ctx, c.Gateway.Database, options); err != nil {
		return nil, storeHint(err)
	}
	return s, nil
}

// open reads a command's arguments, -config beside its own flags, and opens the
// gateway. names are what it calls the arguments. The caller closes the session.
func (env *Env) open(flags *flag.FlagSet, args []string, a access, names ...string) (*session, []string, error) {
	config := configFlag(env, flags)
	rest, err := parseN(flags, args, names...)
	if err != nil {
		return nil, nil, err
	}
	s, err := env.session(*config, a)
	return s, rest, err
}

// openIDs is open for a command that takes the numbers of mails, deliveries or
// decisions, at least one.
func (env *Env) openIDs(flags *flag.FlagSet, args []string, a access) (*session, []int64, error) {
	config := configFlag(env, flags)
	rest, err := parse(flags, args)
	if err != nil {
		return nil, nil, err
	}
	all, err := ids(rest)
	if err != nil {
		return nil, nil, err
	}
	s, err := env.session(*config, a)
	return s, all, err
}

// operator names the person at work: an OS user that the config lists. Where
// the database belongs to a service user, who is none of them, it is the person
// that sudo says has become it. That name is worth as much as the sudoers file:
// it should let operators run iodefgw as the service user, and nothing else.
func (env *Env) operator(operators []string) (string, error) {
	name, err := env.User()
	if err != nil {
		return "", err
	}
	if slices.Contains(operators, name) {
		return name, nil
	}
	if uid := env.Getenv("SUDO_UID"); uid != "" {
		if u, err := user.LookupId(uid); err == nil && slices.Contains(operators, u.Username) {
			return u.Username, nil
		}
	}
	return "", Hint{refused("user %q is no operator of this gateway", name), "operators in section [gateway] of the config lists them"}
}

// storeHint adds advice to errors of the store, and tells its refusals from
// what did not work.
func storeHint(err error) error {
	for _, h := range []struct {
		is      error
		refused bool
		hint    string
	}{
		{os.ErrNotExist, false, "iodefgw init makes the database"},
		{store.ErrMode, false, "chmod 600 on the database and the files beside it"},
		{store.ErrLeased, false, "one daemon works on a database; operators' commands may run beside it"},
		{store.ErrNewer, false, "use the version of iodefgw that wrote it, or a later one"},
		{store.ErrCorrupt, false, "stop the daemon and restore the last backup"},
		{store.ErrUnavailable, false, "see to disk space and permissions, then try again"},
		{store.ErrStale, true, "look again: it has changed meanwhile"},
		{store.ErrState, true, ""},
		{store.ErrDuplicate, true, ""},
		{store.ErrNotFound, true, ""},
	} {
		if errors.Is(err, h.is) {
			if h.refused {
				err = refusal{err}
			}
			return Hint{err, h.hint}
		}
	}
	return err
}

// confirm asks a yes-or-no question at the terminal. Without a person to ask it
// refuses, unless -yes has answered before.
func (env *Env) confirm(yes bool, question string) error {
	if yes {
		return nil
	}
	fmt.Fprintf(env.Stderr, "%s [yes/no] ", question)
	line, err := bufio.NewReader(io.LimitReader(env.Stdin, 100)).ReadString('\n')
	answer := strings.ToLower(strings.TrimSpace(line))
	if answer == "yes" {
		return nil
	}
	if err != nil && answer == "" {
		fmt.Fprintln(env.Stderr)
		return Hint{refused("nobody has confirmed"), "-yes confirms in a script"}
	}
	return refused("not confirmed; nothing was changed")
}

// ids reads the numbers of mails or deliveries.
func ids(args []string) ([]int64, error) {
	if len(args) == 0 {
		return nil, Hint{errors.New("ID is missing"), "list shows the ids"}
	}
	var all []int64
	for _, a := range args {
		n, err := strconv.ParseInt(a, 10, 64)
		if err != nil || n < 1 {
			return nil, Hint{fmt.Errorf("%q is no id", cut(a, 40)), "list shows the ids"}
		}
		all = append(all, n)
	}
	return all, nil
}

// paged walks a list that the store gives page by page; who walks it moves the
// filter on, behind each one seen.
func paged[T any](page func() ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			list, err := page()
			if err != nil {
				var none T
				yield(none, storeHint(err))
				return
			}
			if len(list) == 0 {
				return
			}
			for _, one := range list {
				if !yield(one, nil) {
					return
				}
			}
		}
	}
}

// operatorVerb is an act of an operator on some mails or deliveries, with a
// reason for the audit. The daemon takes up what follows of it.
func operatorVerb(what, done string, act func(s *store.Store, ctx context.Context, id int64, operator, why string) error) func(*Env, []string) error {
	return func(env *Env, args []string) error {
		flags := flagSet()
		why := flags.String("why", "", "the `REASON`, for the audit")
		asJSON := flags.Bool("json", false, "one JSON object per "+what)
		s, all, err := env.openIDs(flags, args, decides)
		if err != nil {
			return err
		}
		defer s.Close()
		for _, id := range all {
			if err := act(s.Store, s.ctx, id, s.operator, *why); err != nil {
				return storeHint(err)
			}
			if err := env.acted(*asJSON, actLine{what, id, done, s.operator}); err != nil {
				return err
			}
		}
		return nil
	}
}

// actLine is what an operator did to a mail or a delivery.
type actLine struct {
	What     string `json:"what"` // mail or delivery
	ID       int64  `json:"id"`
	Done     string `json:"done"`
	Operator string `json:"operator"`
}

func (env *Env) acted(asJSON bool, a actLine) error {
	if asJSON {
		return env.jsonLine(a)
	}
	fmt.Fprintf(env.Stdout, "%s %d %s\n", a.What, a.ID, a.Done)
	return nil
}
