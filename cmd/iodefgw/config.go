package main

import (
	"cmp"
	"database/sql/driver"
	_ "embed"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"iodefgw/mailgw"
	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
	"iodefgw/relay"
	"iodefgw/store"
)

// sampleConfig shows every setting with its default; init writes it.
//
//go:embed config.sample.toml
var sampleConfig string

// Config is the whole configuration, as config.sample.toml describes it. File
// names in it are complete once ReadConfig has returned.
type Config struct {
	Gateway struct {
		Name           string   `toml:"name"`
		Domain         string   `toml:"domain"`
		Address        string   `toml:"address"`
		Bounce         string   `toml:"bounce"`
		TicketPrefix   string   `toml:"ticket_prefix"`
		Key            string   `toml:"key"`
		PassphraseFile string   `toml:"passphrase_file"`
		Database       string   `toml:"database"`
		Policy         string   `toml:"policy"`
		Templates      string   `toml:"templates"`
		Language       string   `toml:"language"`
		Operators      []string `toml:"operators"`
	} `toml:"gateway"`
	IMAP struct {
		Addr         string        `toml:"addr"`
		TLS          relay.TLSMode `toml:"tls"`
		CAFile       string        `toml:"ca_file"`
		Username     string        `toml:"username"`
		PasswordFile string        `toml:"password_file"`
		Mailbox      Mailboxes     `toml:"mailbox"`
		Processed    string        `toml:"processed"`
		Held         string        `toml:"held"`
		Rejected     string        `toml:"rejected"`
		Poll         Duration      `toml:"poll"`
		Idle         Duration      `toml:"idle"`
		MaxSize      Size          `toml:"max_size"`
		Workers      int           `toml:"workers"`
	} `toml:"imap"`
	SMTP struct {
		Addr         string        `toml:"addr"`
		TLS          relay.TLSMode `toml:"tls"`
		CAFile       string        `toml:"ca_file"`
		Username     string        `toml:"username"`
		PasswordFile string        `toml:"password_file"`
		LocalName    string        `toml:"local_name"`
		Connections  int           `toml:"connections"`
	} `toml:"smtp"`
	Screen struct {
		Reject     []string       `toml:"reject"`
		MaxAge     Duration       `toml:"max_age"`
		MaxAhead   Duration       `toml:"max_ahead"`
		LinkWindow Duration       `toml:"link_window"`
		Weights    map[string]int `toml:"weights"`
		Suspicious int            `toml:"suspicious"`
		Networks   []netip.Prefix `toml:"networks"`
		AuthServID []string       `toml:"authserv_id"`
		DKIMDNS    bool           `toml:"dkim_dns"`
		SHA1Keys   []string       `toml:"legacy_keys"`
	} `toml:"screen"`
	Retention struct {
		Mails   Duration `toml:"mails"`
		Tickets Duration `toml:"tickets"`
	} `toml:"retention"`
	HTTP struct {
		Addr string `toml:"addr"`
	} `toml:"http"`
	Log struct {
		Level  Level  `toml:"level"`
		Format string `toml:"format"`
	} `toml:"log"`

	File string                                        `toml:"-"` // where it was read from
	text string                                        // of the file: errors name lines
	wrap func(driver.Connector, bool) driver.Connector // tests fail the database with it; nil otherwise
}

func defaultConfig() *Config {
	c := &Config{}
	c.Gateway.TicketPrefix = "GW"
	c.Gateway.Key = "gateway.key"
	c.Gateway.Database = "iodefgw.db"
	c.Gateway.Policy = "policy.toml"
	c.Gateway.Language = "en"
	c.IMAP.TLS = relay.TLSImplicit
	c.IMAP.Mailbox = Mailboxes{"INBOX"}
	c.IMAP.Processed, c.IMAP.Held, c.IMAP.Rejected = "Processed", "Held", "Rejected"
	c.IMAP.Poll = Duration(time.Minute)
	c.IMAP.Idle = Duration(5 * time.Minute)
	c.IMAP.MaxSize = Size(mailgw.DefaultMaxSize)
	c.IMAP.Workers = 128
	c.SMTP.TLS = relay.TLSStart
	c.SMTP.Connections = 4
	c.Screen.MaxAge = Duration(30 * 24 * time.Hour)
	c.Screen.MaxAhead = Duration(10 * time.Minute)
	c.Screen.Suspicious = mailgw.DefaultSuspicious
	c.Screen.LinkWindow = Duration(7 * 24 * time.Hour)
	c.Log.Format = "text"
	return c
}

// ReadConfig reads and checks a config file. Its errors name file and line.
func ReadConfig(file string) (*Config, error) {
	c, err := readSettings(file)
	if err != nil {
		return nil, err
	}
	return c, c.checkFiles()
}

// readSettings is ReadConfig without a look at the files that the config names.
func readSettings(file string) (*Config, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, Hint{fmt.Errorf("read config: %w", err), "-config names the file; \"iodefgw init DIR\" makes one"}
	}
	return parseConfig(file, string(text))
}

// parseConfig reads and checks the text of a config file.
func parseConfig(file, text string) (*Config, error) {
	c := defaultConfig()
	c.File, c.text = file, text
	meta, err := toml.Decode(text, c)
	if err != nil {
		return nil, tomlError(file, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		k := unknown[0]
		if len(k) == 1 && meta.Type(k...) == "Hash" {
			return nil, c.fault(k, "unknown section", nearest(k[0], sections(c)))
		}
		return nil, c.fault(k, "unknown key", nearest(k.String(), settings(c)))
	}
	if all := c.faults(meta); len(all) > 0 {
		return nil, c.fault(strings.Split(all[0].key, "."), all[0].what, all[0].hint)
	}
	if c.Gateway.Bounce == "" {
		c.Gateway.Bounce = c.Gateway.Address
	}
	if c.SMTP.LocalName == "" {
		c.SMTP.LocalName = c.Gateway.Domain
	}
	c.complete()
	return c, nil
}

// fault is a wrong setting.
type fault struct{ key, what, hint string }

var (
	prefixForm      = regexp.MustCompile(`^[A-Z][A-Z0-9-]{0,15}$`)
	fingerprintForm = regexp.MustCompile(`^([0-9A-F]{40}|[0-9A-F]{64})$`)
	domainForm      = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
)

// faults lists what is wrong with the settings, in the order of the sample.
// The sections imap and smtp may be absent: operators' commands do without.
func (c *Config) faults(meta toml.MetaData) []fault {
	var all []fault
	add := func(bad bool, key, what, hint string) {
		if bad {
			all = append(all, fault{key, what, hint})
		}
	}
	isAddress := func(a string) bool { _, err := message.NewAddr(a); return err == nil }
	isServer := func(a string) bool { h, p, err := net.SplitHostPort(a); return err == nil && h != "" && p != "" }

	g := &c.Gateway
	add(g.Name == "", "gateway.name", "is missing", "the name of your team")
	add(!domainForm.MatchString(g.Domain), "gateway.domain", "is missing or no domain name", "a domain of yours in lower case, such as \"gw.example.org\"")
	add(!isAddress(g.Address), "gateway.address", "is missing or no mail address", "the address that reports come to, such as \"ir@gw.example.org\"")
	add(g.Bounce != "" && !isAddress(g.Bounce), "gateway.bounce", "is no mail address", "leave it out to take gateway.address")
	add(isAddress(g.Address) && relay.CheckReplies(g.Address) != nil, "gateway.address", "cannot be written with a token in it", "at most 41 letters before the @, in plain form")
	bounce := cmp.Or(g.Bounce, g.Address)
	add(isAddress(bounce) && relay.CheckBounces(bounce) != nil, "gateway.bounce", "cannot be written with a mark in it", "at most 20 letters before the @, in plain form; left out it is gateway.address")
	add(!prefixForm.MatchString(g.TicketPrefix), "gateway.ticket_prefix", "is no prefix for ticket numbers", "capitals, digits and -, such as \"GW\"")
	add(g.Key == "", "gateway.key", "is empty", "the file with the gateway's secret key, such as \"gateway.key\"")
	add(g.Database == "", "gateway.database", "is empty", "a file name, such as \"iodefgw.db\"")
	add(g.Language != "en" && g.Language != "ja", "gateway.language", "is not known", "\"en\" or \"ja\"")
	add(len(g.Operators) == 0 || slices.Contains(g.Operators, ""), "gateway.operators", "is missing or empty", "names of users of this computer, such as [\"alice\", \"bob\"]")

	if meta.IsDefined("imap") {
		m := &c.IMAP
		add(!isServer(m.Addr), "imap.addr", "is missing or not host:port", "such as \"imap.example.org:993\"")
		add(!slices.Contains([]relay.TLSMode{relay.TLSImplicit, relay.TLSStart, relay.TLSNone}, m.TLS), "imap.tls", "is not known", "\"implicit\", \"starttls\" or \"insecure-loopback\"")
		add(isServer(m.Addr) && m.TLS.Check(m.Addr) != nil, "imap.tls", "sends a password in clear over the network", "\"insecure-loopback\" is for a server on this computer")
		add(m.Username == "", "imap.username", "is missing", "")
		add(m.PasswordFile == "", "imap.password_file", "is missing", "a file whose first line is the password, chmod 600")
		add(len(m.Mailbox) == 0 || slices.Contains(m.Mailbox, ""), "imap.mailbox", "is empty", "\"INBOX\" is where mail arrives")
		add(len(m.Mailbox) > 16, "imap.mailbox", "names more than 16 mailboxes", "each has a connection of its own")
		for i, name := range m.Mailbox {
			add(slices.Contains(m.Mailbox[:i], name), "imap.mailbox", fmt.Sprintf("names %q twice", cut(name, 40)), "its mails would be taken by two")
			add(slices.Contains([]string{m.Processed, m.Held, m.Rejected}, name), "imap.mailbox", "is also a folder that mails are moved to", "take another for processed, held and rejected")
		}
		add(m.Poll < Duration(time.Second), "imap.poll", "is under a second", "such as \"1m\"")
		add(m.Idle < Duration(time.Second) || m.Idle > Duration(29*time.Minute), "imap.idle", "is not between 1s and 29m", "servers drop an IDLE after 30 minutes (RFC 2177)")
		add(m.MaxSize < 4<<10 || m.MaxSize > message.MaxSize, "imap.max_size", "is not between 4KiB and 25MiB", "")
		add(m.Workers < 1 || m.Workers > 256, "imap.workers", "is not between 1 and 256", "")
	}
	if meta.IsDefined("smtp") {
		s := &c.SMTP
		add(!isServer(s.Addr), "smtp.addr", "is missing or not host:port", "such as \"smtp.example.org:587\"")
		add(!slices.Contains([]relay.TLSMode{relay.TLSImplicit, relay.TLSStart, relay.TLSOpportunistic, relay.TLSNone}, s.TLS), "smtp.tls", "is not known", "\"starttls\", \"implicit\", \"opportunistic\" or \"insecure-loopback\"")
		add(isServer(s.Addr) && s.TLS.Check(s.Addr) != nil, "smtp.tls", "sends mail in clear over the network", "\"insecure-loopback\" is for a server on this computer")
		add(s.Username != "" && s.PasswordFile == "", "smtp.password_file", "is missing for the username", "a file whose first line is the password, chmod 600")
		add(s.Username == "" && s.PasswordFile != "", "smtp.username", "is missing for the password", "")
		add(s.Connections < 1 || s.Connections > 64, "smtp.connections", "is not between 1 and 64", "")
	}
	for _, tag := range c.Screen.Reject {
		add(mailgw.Clears(tag) == "", "screen.reject", fmt.Sprintf("names %q, which is no reason of screening", cut(tag, 40)), "such as \"bad-signature\"; \"iodefgw hold show\" names them")
		add(tag == pgp.TagGood, "screen.reject", "would reject well signed reports", "remove \"good-signature\"")
	}
	add(c.Screen.MaxAge <= 0, "screen.max_age", "is not above zero", "such as \"30d\"")
	add(c.Screen.MaxAhead <= 0, "screen.max_ahead", "is not above zero", "such as \"10m\"")
	for _, f := range c.Screen.SHA1Keys {
		add(!fingerprintForm.MatchString(bareFingerprint(f)), "screen.legacy_keys", fmt.Sprintf("names %q, which is no fingerprint", cut(f, 80)), "40 or 64 hexadecimal digits, as \"iodefgw key list\" shows them")
	}
	for name, w := range c.Screen.Weights {
		add(!mailgw.IsSign(name), "screen.weights", fmt.Sprintf("names %q, which is no sign of deception", cut(name, 40)), "such as \"lookalike-domain\"; \"iodefgw hold show\" names them")
		add(w < 0 || w > 100, "screen.weights", "holds a weight that is not between 0 and 100", "0 switches a sign off")
	}
	add(c.Screen.Suspicious < 1, "screen.suspicious", "is not above zero", "such as 50")
	add(slices.Contains(c.Screen.AuthServID, ""), "screen.authserv_id", "holds an empty name", "the name that your mail server writes into Authentication-Results")
	add(c.Screen.LinkWindow < 0, "screen.link_window", "is below zero", "\"0s\" links nothing")
	add(c.Retention.Mails < 0, "retention.mails", "is below zero", "\"0s\" keeps them")
	add(c.Retention.Tickets < 0, "retention.tickets", "is below zero", "\"0s\" keeps them")
	if a := c.HTTP.Addr; a != "" {
		_, port, err := net.SplitHostPort(a)
		add(err != nil || port == "", "http.addr", "is not host:port", "such as \"127.0.0.1:9110\"")
	}
	add(c.Log.Format != "text" && c.Log.Format != "json", "log.format", "is not known", "\"text\" or \"json\"")
	return all
}

// complete makes file names relative to the config file complete.
func (c *Config) complete() {
	folder := filepath.Dir(c.File)
	for _, f := range []*string{
		&c.Gateway.Key, &c.Gateway.PassphraseFile, &c.Gateway.Database, &c.Gateway.Policy, &c.Gateway.Templates,
		&c.IMAP.CAFile, &c.IMAP.PasswordFile, &c.SMTP.CAFile, &c.SMTP.PasswordFile,
	} {
		if *f != "" && !filepath.IsAbs(*f) {
			*f = filepath.Join(folder, *f)
		}
	}
}

// Serves reports whether the config says all that the daemon needs, beyond
// what operators' commands do.
func (c *Config) Serves() error {
	if c.IMAP.Addr == "" {
		return Hint{fmt.Errorf("%s: section [imap] is missing", c.File), "the daemon needs a mailbox to read from"}
	}
	if c.SMTP.Addr == "" {
		return Hint{fmt.Errorf("%s: section [smtp] is missing", c.File), "the daemon needs a server to send through"}
	}
	for _, f := range []struct{ file, what string }{
		{c.IMAP.PasswordFile, "imap.password_file"}, {c.SMTP.PasswordFile, "smtp.password_file"},
	} {
		if f.file == "" {
			continue
		}
		if _, err := readPassword(f.file, f.what); err != nil {
			return fmt.Errorf("%s: %w", c.File, err)
		}
	}
	return nil
}

// Secret reads and unlocks the gateway's key.
func (c *Config) Secret() (*pgp.Secret, error) {
	key, err := readPrivate(c.Gateway.Key, "gateway.key")
	if err != nil {
		return nil, err
	}
	passphrase, err := c.passphrase()
	if err != nil {
		return nil, err
	}
	s, err := pgp.ReadSecret(key, passphrase)
	if err != nil {
		return nil, Hint{fmt.Errorf("read gateway key %q: %w", c.Gateway.Key, err), "passphrase_file names a file with the key's passphrase"}
	}
	return s, nil
}

// passphrase unlocks the gateway's key; nil for none.
func (c *Config) passphrase() ([]byte, error) {
	if c.Gateway.PassphraseFile == "" {
		return nil, nil
	}
	return readPassword(c.Gateway.PassphraseFile, "gateway.passphrase_file")
}

// pgpPolicy says which signatures and keys count.
func (c *Config) pgpPolicy() pgp.Policy {
	p := sha1Policy(c.Screen.SHA1Keys)
	p.MaxAge, p.MaxAhead = time.Duration(c.Screen.MaxAge), time.Duration(c.Screen.MaxAhead)
	return p
}

// screenPolicy is what the site set about screening.
func (c *Config) screenPolicy() mailgw.Policy {
	return mailgw.Policy{Reject: c.Screen.Reject, Weights: c.Screen.Weights, Suspicious: c.Screen.Suspicious, Networks: c.Screen.Networks}
}

// dkim is whose word on DKIM counts.
func (c *Config) dkim() mailgw.DKIM {
	d := mailgw.DKIM{Servers: c.Screen.AuthServID}
	if c.Screen.DKIMDNS {
		d.Lookup = net.DefaultResolver.LookupTXT
	}
	return d
}

// sha1Policy is the default policy with an exception for these keys (P6).
func sha1Policy(fingerprints []string) pgp.Policy {
	p := pgp.Policy{SHA1SelfSignatures: map[string]bool{}}
	for _, f := range fingerprints {
		p.SHA1SelfSignatures[bareFingerprint(f)] = true
	}
	return p
}

// StoreOptions are what every command opens the database with.
func (c *Config) StoreOptions(env *Env) store.Options {
	return store.Options{Prefix: c.Gateway.TicketPrefix + "#", Now: env.Now, Rand: env.Rand, Wrap: c.wrap}
}
