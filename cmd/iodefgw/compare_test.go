package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"

	"iodefgw/mailgw/pgp"
	"iodefgw/store"
)

// TestBesideAScript drains the same kind of mailbox through the real daemon and
// through testdata/glue.py, which does less, and compares their CPU. It runs
// where IODEFGW_COMPARE says how many reports and mails; testdata/compare.sh
// does. The target is a tenth; it fails at one and a half times that.
func TestBesideAScript(t *testing.T) {
	var reports, mails int
	if _, err := fmt.Sscan(os.Getenv("IODEFGW_COMPARE"), &reports, &mails); err != nil {
		t.Skip("testdata/compare.sh runs it: it measures, and takes a minute")
	}
	c := newContest(t)
	var table strings.Builder
	fmt.Fprintf(&table, "\n%-34s %8s %10s %10s %10s %9s\n", "", "mails", "cpu µs", "servers µs", "reports/s", "start ms")
	script := c.script("RS_CSIRTX", mails, false)
	script.write(&table, "script, a process each")
	together := c.script("RS_CSIRTX", mails, true)
	together.write(&table, "script, one xmllint for 50")
	var plain spent
	var stages string
	for _, v := range []variant{
		{"gateway, clear", "RS_GW", false, false},
		{"gateway, encrypted", "RS_SITEA", true, false},
		{"gateway, clear, with receipts", "RS_SITEB", false, true},
	} {
		s, st := c.gateway(v, reports)
		s.write(&table, v.name)
		if !v.encrypted && !v.receipts {
			plain, stages = s, st
		}
	}
	ratio := float64(script.each()) / float64(plain.each())
	t.Logf("%s\nmean of a mail or message at each stage of the first of these, waiting included:\n%s", table.String(), stages)
	t.Logf("the script takes %.1f times the CPU of the gateway (target 10), %.1f with one xmllint for 50 mails",
		ratio, float64(together.each())/float64(plain.each()))
	if ratio < 10/1.5 {
		t.Errorf("a ratio of %.1f is under the target of 10 by more than half of it", ratio)
	}
}

// spent is what a run took, from the first look into the mailbox until the last
// mail was taken by the sink.
type spent struct {
	mails         int
	cpu, servers  time.Duration
	start, settle time.Duration // CPU before and after
	took          time.Duration
}

func (s spent) each() time.Duration { return s.cpu / time.Duration(s.mails) }

func (s spent) write(w io.Writer, name string) {
	fmt.Fprintf(w, "%-34s %8d %10d %10d %10.0f %9d\n", name, s.mails, s.each().Microseconds(),
		(s.servers / time.Duration(s.mails)).Microseconds(), float64(s.mails)/s.took.Seconds(), s.start.Milliseconds())
}

// variant is one way to send: accounts are separate mailboxes of one server.
type variant struct {
	name, account       string
	encrypted, receipts bool
}

type contest struct {
	t    *testing.T
	srv  map[string]string
	sink *sinkProcess
	bin  string
}

func newContest(t *testing.T) *contest {
	srv := realServers(t)
	return &contest{t: t, srv: srv, sink: startSinkProcess(t, srv), bin: buildProgram(t)}
}

// desk is a gateway that reads an account and sends to the sink.
func (c *contest) desk(v variant) (*realGateway, *pgp.Secret) {
	g := newRealGateway(c.t, c.srv, c.bin)
	g.configure()
	g.set("imap", "username", c.srv[v.account+"_USER"])
	g.set("imap", "password_file", g.file("account.password", c.srv[v.account+"_PASS"]+"\n"))
	g.set("smtp", "addr", "localhost:"+c.sink.port)
	g.set("smtp", "username", "")
	g.set("smtp", "password_file", "")
	g.set("http", "addr", "127.0.0.1:"+freePort(c.t))
	way := `channel = "verified-tls"`
	if v.encrypted {
		g.must(g.bin, "init", "-name", "Site B", "-domain", "siteb.test", "-address", c.srv["RS_SITEB_ADDR"], filepath.Join(g.dir, "siteb"))
		g.file("siteb.asc", g.must(g.bin, "key", "show", "-armor", "-config", filepath.Join(g.dir, "siteb", configName)))
		way = "channel = \"openpgp\"\nkeys = [\"siteb.asc\"]"
	}
	g.register(fmt.Sprintf(`
[[party]]
id = "site-a"
name = "Site A"
addresses = [%q]
keys = ["site.asc"]
networks = ["203.0.113.0/24"]
receipts = %v

[[party]]
id = "site-b"
name = "Site B"
addresses = [%q]
networks = ["198.18.0.0/15"]
relation = "abuse-desk"
%s
`, c.srv["RS_SITEA_ADDR"], v.receipts, c.srv["RS_SITEB_ADDR"], way))
	key, err := os.ReadFile(filepath.Join(g.dir, "site", "gateway.key"))
	check(c.t, err)
	site, err := pgp.ReadSecret(key, nil)
	check(c.t, err)
	return g, site
}

// fill puts reports into an account's mailbox.
func (c *contest) fill(g *realGateway, site *pgp.Secret, account string, n int) {
	for i := range n {
		g.put(account+"_MAILDIR", fmt.Sprintf("%d.report%d.compare", time.Now().Unix(), i), compareReport(c.t, c.srv, site, account, i))
	}
}

// gateway drains a mailbox of n reports through the daemon.
func (c *contest) gateway(v variant, n int) (spent, string) {
	g, site := c.desk(v)
	c.fill(g, site, v.account, n)
	messages := n
	if v.receipts {
		messages = 2 * n
	}
	servers := dovecotCPU(c.t, c.srv) + processCPU(c.sink.pid)
	g.start()
	begun := g.connected()
	s := spent{mails: n, start: processCPU(g.daemon.Process.Pid)}
	s.took = c.sink.wait(c.t, messages).Sub(begun)
	s.cpu = processCPU(g.daemon.Process.Pid) - s.start
	s.servers = dovecotCPU(c.t, c.srv) + processCPU(c.sink.pid) - servers
	stages := stageMeans(c.t, g)
	_ = g.daemon.Process.Signal(os.Interrupt)
	check(c.t, g.daemon.Wait())
	s.settle = g.daemon.ProcessState.UserTime() + g.daemon.ProcessState.SystemTime() - s.cpu - s.start
	g.daemon = nil
	c.t.Logf("%s: %d ms of CPU for the drain, %d ms from the last message to the end", v.name, s.cpu.Milliseconds(), s.settle.Milliseconds())

	db, err := store.Open(context.Background(), filepath.Join(g.dir, "gw", "iodefgw.db"), store.Options{ReadOnly: true})
	check(c.t, err)
	defer db.Close()
	counts, err := db.Counts(context.Background())
	check(c.t, err)
	if int(counts.Mails[store.MailAccepted]) != n || int(counts.Deliveries[store.Sent]) != messages {
		c.t.Errorf("%s: mails %v, deliveries %v", v.name, counts.Mails, counts.Deliveries)
	}
	return s, stages
}

// connected waits until the daemon has logged in; the mailbox is opened next.
func (g *realGateway) connected() time.Time {
	g.t.Helper()
	for begun := time.Now(); time.Since(begun) < 30*time.Second; time.Sleep(2 * time.Millisecond) {
		if strings.Contains(g.log(), "msg=connected") {
			return time.Now()
		}
	}
	g.t.Fatalf("the daemon does not get into its mailbox\n%s", g.log())
	return time.Time{}
}

// stageMeans reads the histograms that the daemon serves.
func stageMeans(t *testing.T, g *realGateway) string {
	c, err := ReadConfig(g.config())
	check(t, err)
	r, err := http.Get("http://" + c.HTTP.Addr + "/metrics")
	check(t, err)
	defer r.Body.Close()
	sums, counts := map[string]float64{}, map[string]float64{}
	var order []string
	for lines := bufio.NewScanner(r.Body); lines.Scan(); {
		var value float64
		name, rest, ok := strings.Cut(lines.Text(), `{stage="`)
		stage, number, _ := strings.Cut(rest, `"} `)
		if _, err := fmt.Sscan(number, &value); !ok || err != nil {
			continue
		}
		switch name {
		case "iodefgw_stage_seconds_sum":
			sums[stage] = value
			order = append(order, stage)
		case "iodefgw_stage_seconds_count":
			counts[stage] = value
		}
	}
	var b strings.Builder
	for _, stage := range order {
		fmt.Fprintf(&b, "%-8s %6.0f times %8.2f ms\n", stage, counts[stage], 1000*sums[stage]/counts[stage])
	}
	return b.String()
}

// script drains a mailbox of n reports through testdata/glue.py.
func (c *contest) script(account string, n int, together bool) spent {
	schema, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "iodef", "schema", "iodef-2.0-errata.xsd"))
	check(c.t, err)
	if _, err := os.Stat(schema); err != nil {
		c.t.Skip("no ../shared beside the repository, where the RFCs' schemas lie: nothing compared")
	}
	for _, tool := range []string{"python3", "gpgv", "xmllint"} {
		if _, err := exec.LookPath(tool); err != nil {
			c.t.Skipf("no %s here: nothing compared", tool)
		}
	}
	g, site := c.desk(variant{account: account})
	c.fill(g, site, account, n)
	armored, err := os.Open(filepath.Join(g.dir, "site.asc"))
	check(c.t, err)
	defer armored.Close()
	block, err := armor.Decode(armored)
	check(c.t, err)
	ring, err := io.ReadAll(block.Body)
	check(c.t, err)
	settings, err := json.Marshal(map[string]any{
		"host": "localhost", "imap_port": c.srv["RS_IMAPS_PORT"], "smtp_port": c.sink.port, "ca": c.srv["RS_CA"],
		"user": c.srv[account+"_USER"], "password": c.srv[account+"_PASS"], "from": c.srv["RS_GW_ADDR"], "to": c.srv["RS_SITEB_ADDR"],
		"keyring": g.file("site.gpg", string(ring)), "schema": schema, "database": filepath.Join(g.dir, "glue.db"),
		"together": together, "folder": c.t.TempDir(),
	})
	check(c.t, err)
	cmd := exec.Command("python3", filepath.Join("..", "..", "testdata", "glue.py"), fmt.Sprint(n))
	cmd.Stdin, cmd.Stderr = bytes.NewReader(settings), os.Stderr
	servers := dovecotCPU(c.t, c.srv) + processCPU(c.sink.pid)
	out, err := cmd.Output()
	check(c.t, err)
	c.sink.wait(c.t, n)
	var told struct {
		Sent                  int
		Seconds, CPU, Startup float64
	}
	check(c.t, json.Unmarshal(out, &told))
	if told.Sent != n {
		c.t.Errorf("the script sent %d of %d", told.Sent, n)
	}
	seconds := func(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
	return spent{mails: n, cpu: seconds(told.CPU), start: seconds(told.Startup), took: seconds(told.Seconds),
		servers: dovecotCPU(c.t, c.srv) + processCPU(c.sink.pid) - servers}
}
