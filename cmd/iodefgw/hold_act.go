package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"iodefgw/mailgw"
	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
	"iodefgw/relay"
	"iodefgw/store"
)

// holdRecheck has mails screened again: those named, or all that are held.
func holdRecheck(env *Env, args []string) error {
	flags := flagSet()
	config := configFlag(env, flags)
	all := flags.Bool("all", false, "every held mail")
	why := flags.String("why", "", "the `REASON`, for the audit")
	asJSON := flags.Bool("json", false, "one JSON object per mail")
	rest, err := parse(flags, args)
	if err != nil {
		return err
	}
	list, err := idsOr(*all, "-all", rest)
	if err != nil {
		return err
	}
	s, err := env.session(*config, decides)
	if err != nil {
		return err
	}
	defer s.Close()
	if *all {
		mails, err := s.held(func(store.Mail) bool { return true })
		if err != nil {
			return err
		}
		list = idsOf(mails)
	}
	return s.actOnMails(*asJSON, *all, "to be screened again", *why, (*store.Store).Recheck, list)
}

// holdRelease lets mails pass: those named, or all that a party which does not
// sign has sent, after a look at them.
func holdRelease(env *Env, args []string) error {
	flags := flagSet()
	config := configFlag(env, flags)
	party := flags.String("party", "", "every held mail from an address of `PARTY` that is only not signed")
	yes := flags.Bool("yes", false, "do not ask, for scripts")
	why := flags.String("why", "", "the `REASON`, for the audit")
	asJSON := flags.Bool("json", false, "one JSON object per mail")
	rest, err := parse(flags, args)
	if err != nil {
		return err
	}
	list, err := idsOr(*party != "", "-party", rest)
	if err != nil {
		return err
	}
	s, err := env.session(*config, decides)
	if err != nil {
		return err
	}
	defer s.Close()
	if *party != "" {
		mails, err := s.unsignedOf(*party)
		if err != nil {
			return err
		}
		if len(mails) == 0 {
			return refused("no unsigned mail of party %q is held", cut(*party, 40))
		}
		if !*asJSON {
			env.preview(mails)
		}
		if err := env.confirm(*yes, fmt.Sprintf("Release these %d mails? Anybody can write a From address.", len(mails))); err != nil {
			return err
		}
		list = idsOf(mails)
	}
	return s.actOnMails(*asJSON, *party != "", "released", *why, (*store.Store).Release, list)
}

// idsOr reads the ids that a command names, unless a flag names them all.
func idsOr(all bool, flag string, args []string) ([]int64, error) {
	if !all {
		return ids(args)
	}
	if len(args) > 0 {
		return nil, Hint{fmt.Errorf("%s and an id exclude each other", flag), "name the mails, or all of them"}
	}
	return nil, nil
}

func idsOf(mails []store.Mail) (list []int64) {
	for _, m := range mails {
		list = append(list, m.ID)
	}
	return list
}

// actOnMails does one thing to mails. In bulk, one that somebody else has seen
// to meanwhile is passed over.
func (s *session) actOnMails(asJSON, bulk bool, done, why string,
	act func(s *store.Store, ctx context.Context, id int64, operator, why string) error, list []int64) error {
	for _, id := range list {
		switch err := act(s.Store, s.ctx, id, s.operator, why); {
		case bulk && errors.Is(err, store.ErrState):
			continue
		case err != nil:
			return storeHint(err)
		}
		if err := s.env.acted(asJSON, actLine{"mail", id, done, s.operator}); err != nil {
			return err
		}
	}
	return nil
}

// held lists the held mails that pass a test.
func (s *session) held(test func(store.Mail) bool) ([]store.Mail, error) {
	var found []store.Mail
	filter := store.MailFilter{State: store.MailHeld}
	for m, err := range paged(func() ([]store.Mail, error) { return s.Mails(s.ctx, filter) }) {
		if err != nil {
			return nil, err
		}
		filter.After = m.ID
		if test(m) {
			found = append(found, m)
		}
	}
	return found, nil
}

// unsignedOf lists the held mails from an address of a party that nothing is
// wrong with but that they are not signed. Others are released one by one.
func (s *session) unsignedOf(id string) ([]store.Mail, error) {
	parties, err := readRegistry(s.ctx, s.Store, s.env.Now())
	if err != nil {
		return nil, err
	}
	p := parties.ByID(id)
	if p == nil {
		return nil, Hint{refused("no party %q", cut(id, 40)), "party list shows the parties"}
	}
	candidates, err := s.held(func(m store.Mail) bool {
		return m.Kind == store.KindReport && !slices.ContainsFunc(m.Reasons, func(r string) bool { return r != pgp.TagUnsigned && r != pgp.TagSMIME })
	})
	if err != nil {
		return nil, err
	}
	var found []store.Mail
	for _, m := range candidates {
		full, err := s.MailByID(s.ctx, m.ID)
		if err != nil {
			return nil, storeHint(err)
		}
		if isFrom(full.Raw, p) {
			found = append(found, m)
		}
	}
	return found, nil
}

func isFrom(raw []byte, p *relay.Party) bool {
	from, err := message.Parse(raw).Header.From()
	return err == nil && len(from) == 1 && p.Owns(from[0].Addr)
}

// preview shows what is about to be released.
func (env *Env) preview(mails []store.Mail) {
	rows := [][]string{{"ID", "RECEIVED", "BYTES", "SIGNATURE", "REASONS"}}
	for _, m := range mails {
		rows = append(rows, []string{strconv.FormatInt(m.ID, 10), moment(m.ReceivedAt), strconv.FormatInt(m.Size, 10), m.Signature, strings.Join(m.Reasons, " ")})
	}
	env.table(rows)
}

// recheckWaiting has held mails judged again whose reasons the registry can
// clear, once it has changed. The daemon does it.
func (s *session) recheckWaiting(why string) error {
	mails, err := s.held(func(m store.Mail) bool { return slices.ContainsFunc(m.Reasons, mailgw.Registry) })
	if err != nil {
		return err
	}
	return s.actOnMails(false, true, "to be screened again", why, (*store.Store).Recheck, idsOf(mails))
}
