package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"iodefgw/mailgw"
	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
	"iodefgw/relay"
)

// screened is one line of screen -json; an interface (cli.md).
type screened struct {
	File      string             `json:"file"`
	Kind      string             `json:"kind"`
	Signature string             `json:"signature"`
	Signer    string             `json:"signer"`
	Party     string             `json:"party"`
	Decrypted bool               `json:"decrypted"`
	Documents []screenedDocument `json:"documents"`
	Verdict   string             `json:"verdict"`
	Reasons   []string           `json:"reasons"`
}

type screenedDocument struct {
	Format  string `json:"format"`
	SHA256  string `json:"sha256"`
	Covered bool   `json:"covered"`
}

// runScreen says what the gateway would make of mails, with the functions the
// daemon uses. What only the database knows (replays, answers to a notice) is
// not looked at.
func runScreen(env *Env, args []string) error {
	flags := flagSet()
	asJSON := flags.Bool("json", false, "one JSON object per mail")
	partiesFile := flags.String("parties", "", "the parties `FILE`; without it nobody is known")
	configFile := flags.String("config", "", "a gateway's config `FILE`, for what its [screen] sets; without it the defaults")
	keyFile := flags.String("key", "", "the gateway's secret key `FILE`, to open encrypted mail")
	server := flags.String("authserv", "", "believe the topmost Authentication-Results if it is by this `NAME`")
	sha1 := flags.String("sha1-keys", "", "`FINGERPRINTS` of keys whose certificates may use SHA-1, by comma")
	at := flags.String("now", "", "reception `TIME` (RFC 3339); without it the clock")
	rest, err := parse(flags, args)
	if err != nil {
		return err
	}
	if len(rest) == 0 {
		return Hint{fmt.Errorf("no mail to screen"), "name a file, a folder or -"}
	}
	parties, err := partiesFrom(*partiesFile)
	if err != nil {
		return err
	}
	now, err := env.timeFlag(*at)
	if err != nil {
		return err
	}
	var secret *pgp.Secret
	if *keyFile != "" {
		key, err := os.ReadFile(*keyFile)
		if err != nil {
			return fmt.Errorf("read key: %w", err)
		}
		if secret, err = pgp.ReadSecret(key, nil); err != nil {
			return fmt.Errorf("read key %q: %w", *keyFile, err)
		}
	}
	x := screening{parties: parties, secret: secret, now: now}
	config := defaultConfig()
	if *configFile != "" {
		if config, err = readSettings(*configFile); err != nil {
			return err
		}
	}
	if *sha1 != "" {
		config.Screen.SHA1Keys = append(config.Screen.SHA1Keys, strings.Split(*sha1, ",")...)
	}
	if *server != "" {
		config.Screen.AuthServID = append(config.Screen.AuthServID, *server)
	}
	x.pgp, x.policy, x.dkim = config.pgpPolicy(), config.screenPolicy(), config.dkim()
	refusedSome := false
	err = env.eachFile(rest, message.MaxSize, []string{".eml"}, func(name string, data []byte) error {
		s := x.screen(name, data)
		refusedSome = refusedSome || s.Verdict != string(mailgw.Accept)
		if *asJSON {
			return json.NewEncoder(env.Stdout).Encode(s)
		}
		return env.showScreened(s)
	})
	if err == nil && refusedSome {
		return errFindings
	}
	return err
}

// screening is what mails are screened with.
type screening struct {
	parties *relay.Parties
	secret  *pgp.Secret
	pgp     pgp.Policy
	policy  mailgw.Policy
	dkim    mailgw.DKIM
	now     time.Time
}

func (x *screening) screen(name string, data []byte) screened {
	mail := message.Parse(data)
	facts := mailgw.Collect(mail, pgp.Open(mail, x.parties.Ring, x.secret, x.pgp, x.now), x.now)
	x.dkim.Collect(context.Background(), &facts, mail, x.parties)
	v := mailgw.Screen(facts, x.parties, x.policy)
	action := v.Action
	if action == mailgw.Record {
		action = mailgw.Hold // what is only recorded is not accepted
	}
	s := screened{
		File: name, Kind: string(v.Kind), Signature: string(v.Class), Signer: v.Signer, Party: v.Party,
		Decrypted: facts.Opened.Decrypted, Documents: []screenedDocument{}, Verdict: string(action), Reasons: v.Reasons,
	}
	for _, d := range facts.Documents {
		if d.Err == nil {
			s.Documents = append(s.Documents, screenedDocument{d.Format, d.SHA256(), d.Covered})
		}
	}
	return s
}

func (env *Env) showScreened(s screened) error {
	fmt.Fprintf(env.Stdout, "%s: %s, signature %s, %s\n", printable(s.File), s.Kind, s.Signature, s.Verdict)
	if s.Signer != "" {
		who := s.Party
		if who == "" {
			who = "no registered party"
		}
		fmt.Fprintf(env.Stdout, "  signed by %s (%s)\n", s.Signer, who)
	}
	for _, d := range s.Documents {
		covered := "not covered by a good signature"
		if d.Covered {
			covered = "covered"
		}
		fmt.Fprintf(env.Stdout, "  document %s, %s, sha256 %s\n", d.Format, covered, d.SHA256)
	}
	for _, r := range s.Reasons {
		line := "  " + r
		if clear := mailgw.Clears(r); clear != "" && clear != "nothing" {
			line += ": " + clear
		}
		fmt.Fprintln(env.Stdout, line)
	}
	return nil
}

// partiesFrom reads a parties file; no name is nobody.
func partiesFrom(file string) (*relay.Parties, error) {
	if file == "" {
		return relay.NewParties(nil)
	}
	list, err := relay.ReadParties(file)
	if err != nil {
		return nil, err
	}
	return relay.NewParties(list)
}

// timeFlag reads a -now.
func (env *Env) timeFlag(s string) (time.Time, error) {
	if s == "" {
		return env.Now(), nil
	}
	t, err := time.Parse(time.RFC3339, strings.TrimSpace(s))
	if err != nil {
		return t, Hint{fmt.Errorf("%q is no time", cut(s, 40)), "such as 2026-11-20T03:14:07Z"}
	}
	return t, nil
}
