package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"iodefgw/relay"
	"iodefgw/relay/disclosure"
	"iodefgw/store"
)

// overrideLine is the line of ticket override -json.
type overrideLine struct {
	Ticket   string        `json:"ticket"`
	Party    string        `json:"party"`
	Delivery int64         `json:"delivery"`
	State    string        `json:"state"`
	Override *overrideInfo `json:"override"`
}

// overrideInfo is what queue show and others tell of an override.
type overrideInfo struct {
	Operator string `json:"operator"` // who proposed it
	Why      string `json:"why"`
	Of       string `json:"of"` // whose reports it is about
	Allows   string `json:"allows"`
}

// maxWhy is as much of a reason as an event keeps, in bytes.
const maxWhy = 500

// ticketOverride makes the one message by which a party is told, in an
// emergency, more than the rules allow. It waits for two operators (case 185).
func ticketOverride(env *Env, args []string) error {
	flags := flagSet()
	config := configFlag(env, flags)
	to := flags.String("to", "", "the `PARTY` to tell")
	of := flags.String("of", "", "the `PARTY` whose reports it is about; without it the only one that reported")
	allow := flags.String("conditions", "", "what may be told: a `PRESET` such as hide-my-ip, or a file with a block of conditions")
	why := flags.String("why", "", "the `REASON`, for those who approve and for the audit")
	asJSON := flags.Bool("json", false, "one JSON object")
	rest, err := parseN(flags, args, "NUMBER")
	if err != nil {
		return err
	}
	for _, f := range [...]struct{ name, value, hint string }{
		{"-to", *to, "party list shows the parties"},
		{"-conditions", *allow, "a preset, or a file with a block of conditions"},
		{"-why", strings.TrimSpace(*why), "say why, for those who approve and for the audit"},
	} {
		if f.value == "" {
			return Hint{fmt.Errorf("%s is missing", f.name), f.hint}
		}
	}
	if len(*why) > maxWhy {
		return Hint{fmt.Errorf("-why is over %d bytes", maxWhy), "the audit keeps no more of a reason"}
	}
	allows, err := readOverride(*allow)
	if err != nil {
		return err
	}
	s, err := env.session(*config, decides)
	if err != nil {
		return err
	}
	defer s.Close()
	if operators := slices.Clone(s.config.Gateway.Operators); len(slices.Compact(slices.Sorted(slices.Values(operators)))) < 2 {
		return Hint{refused("an override needs two operators, and there is one"), "operators in section [gateway] of the config lists them"}
	}
	t, err := s.ticket(rest[0])
	if err != nil {
		return err
	}
	line, err := s.override(t, *to, relay.Override{Operator: s.operator, Why: strings.TrimSpace(*why), Requester: *of, Allows: allows})
	if err != nil {
		return err
	}
	if *asJSON {
		return env.jsonLine(line)
	}
	fmt.Fprintf(env.Stdout, "made delivery %d to %s for ticket %s, %s\n", line.Delivery, printable(line.Party), line.Ticket, line.State)
	fmt.Fprintf(env.Stderr, "hint: queue show %d lists what it tells over the rules; two different operators say queue approve %[1]d\n", line.Delivery)
	return nil
}

// readOverride reads what an override allows from a file, or takes the name of
// a preset.
func readOverride(arg string) (disclosure.Conditions, error) {
	text := arg
	if _, preset := disclosure.Preset(arg); !preset {
		file, err := os.ReadFile(arg)
		if errors.Is(err, fs.ErrNotExist) {
			return disclosure.Conditions{}, Hint{fmt.Errorf("-conditions: %w", err), "forward-log-as-is, hide-my-ip and minimal are presets"}
		}
		if err != nil {
			return disclosure.Conditions{}, fmt.Errorf("-conditions: %w", err)
		}
		text = string(file)
	}
	c, err := relay.ParseOverride(text)
	if err != nil {
		return c, Hint{fmt.Errorf("-conditions %q: %w", cut(arg, 60), err),
			"a block says relay: yes and, of logs, my-addresses, my-hosts, identity, text and time, what may be told"}
	}
	return c, nil
}

// override plans the message and puts it into the queue in the operator's name.
func (s *session) override(t store.Ticket, id string, o relay.Override) (overrideLine, error) {
	line := overrideLine{Ticket: t.Number, Party: id}
	now, err := s.snapshot()
	if err != nil {
		return line, err
	}
	to := now.Parties.ByID(id)
	if to == nil {
		return line, Hint{refused("party %q is not registered", cut(id, 40)), "party list shows the parties"}
	}
	corr, err := s.OnTicket(s.ctx, t.ID)
	if err != nil {
		return line, storeHint(err)
	}
	situation, err := now.Situation(s.ctx, s.Store, t.ID)
	if err != nil {
		return line, err
	}
	if err := about(&o, situation); err != nil {
		return line, err
	}
	if err := s.noneWaits(t, id); err != nil {
		return line, err
	}
	plan, err := now.Relay.Override(*situation, to, o, now.Parties, now.Digests, s.env.Now())
	if err != nil {
		return line, err
	}
	if n := plan.Notices[0]; n.Refusal != "" {
		return line, Hint{refused("no override of %s to %s: %s", t.Number, id, n.Refusal), overrideRefused(n)}
	}
	done, err := s.Accept(s.ctx, store.Acceptance{Actor: s.operator, Verb: "override", Why: o.Why, Tickets: []store.TicketChange{
		{Correlation: corr, Recipients: plan.Recipients, Decisions: plan.Decisions, Pseudonyms: plan.Pseudonyms}}})
	if err != nil {
		return line, storeHint(err)
	}
	line.Delivery = done[0].DeliveryIDs[0]
	d, err := s.DeliveryByID(s.ctx, line.Delivery)
	line.State, line.Override = string(d.State), newOverrideInfo(&o)
	return line, storeHint(err)
}

// about fills in whose reports an override is about.
func about(o *relay.Override, s *relay.Situation) error {
	var reporters []string
	for _, r := range s.Reports {
		reporters = appendNew(reporters, r.Party.ID)
	}
	switch {
	case o.Requester == "" && len(reporters) == 1:
		o.Requester = reporters[0]
	case o.Requester == "" && len(reporters) > 1:
		return Hint{errors.New("-of is missing: several have reported"), "say whose reports it is about: " + strings.Join(reporters, ", ")}
	case !slices.Contains(reporters, o.Requester):
		return Hint{refused("no report of %q is on %s", cut(o.Requester, 40), s.Number), "ticket show lists the reports and whose they are"}
	}
	return nil
}

// noneWaits refuses a second override to one party: who approves must know
// that what it looks at is all.
func (s *session) noneWaits(t store.Ticket, party string) error {
	filter := store.DeliveryFilter{TicketID: t.ID, Party: party}
	for d, err := range paged(func() ([]store.Delivery, error) { return s.Deliveries(s.ctx, filter) }) {
		if err != nil {
			return err
		}
		filter.After = d.ID
		switch d.State {
		case store.AwaitingApproval, store.Queued, store.Deferred, store.HeldBack:
			if d.Override {
				return Hint{refused("delivery %d, an override of %s to %s, waits already", d.ID, t.Number, party),
					"queue approve or queue cancel " + strconv.FormatInt(d.ID, 10)}
			}
		}
	}
	return nil
}

// overrideRefused says of a refusal what an override can do about it.
func overrideRefused(n *relay.Notice) string {
	switch why := n.Refusal; why {
	case relay.NothingMore:
		return "the rules tell all that it would; ticket explain shows what still keeps the rest back"
	case relay.NothingNew:
		return "the party was told all of it before"
	case relay.NoAddress:
		return "the party has no address that we could write to"
	case relay.NotProved:
		return strings.Join(n.Leaks, "; ")
	case string(disclosure.RefusedMarking), string(disclosure.RefusedRestricted):
		return "the report is marked so that it may not go to that party; only who marked it can lift that"
	case string(disclosure.RefusedUnsigned):
		return "nobody signed the report, so that nobody knows whose it is"
	}
	return "no override passes that"
}

func newOverrideInfo(o *relay.Override) *overrideInfo {
	if o == nil {
		return nil
	}
	lines := strings.Split(strings.TrimSpace(o.Allows.String()), "\n")
	return &overrideInfo{o.Operator, o.Why, o.Requester, strings.Join(lines[2:len(lines)-1], ", ")} // between the marks, without the version
}

// overrideOf is the override that a message was made under, nil for none.
func (s *session) overrideOf(d store.Delivery) (*overrideInfo, error) {
	if !d.Override {
		return nil, nil
	}
	decision, err := s.DecisionByID(s.ctx, d.DecisionID)
	if err != nil {
		return nil, storeHint(err)
	}
	o, err := relay.OverrideIn(decision)
	return newOverrideInfo(o), err
}

// printOverride says that a message is an override, and what it tells that the
// rules would have kept back.
func (env *Env) printOverride(o *overrideInfo, cells []relay.Cell) {
	if o == nil {
		return
	}
	fmt.Fprintf(env.Stdout, "override   proposed by %s, of what %s reported: %s\nwhy        %s\n",
		printable(o.Operator), printable(o.Of), printable(o.Allows), printable(o.Why))
	rows := [][]string{{"TOLD OVER THE RULES", "CLASS", "OWNER", "GOES OUT", "WHICH WOULD KEEP IT BACK"}}
	held := false
	for _, c := range cells {
		if why := c.Overridden(); why != "" && c.Action != disclosure.Drop.String() {
			rows = append(rows, []string{c.Path, c.Class, c.Owner, c.Action, strings.TrimPrefix(why, disclosure.OverrideMark)})
			held = held || strings.Contains(why, "("+string(disclosure.RefusedHeld)+")")
		}
	}
	if held {
		fmt.Fprintln(env.Stdout, "held       somebody has asked to stop; it leaves all the same if two operators approve")
	}
	env.block(rows)
}
