package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"iodefgw/store"
)

// scriptParties are the organisations of the scripts, those of the worked
// examples: cert-u reports, isp-r holds the source addresses.
const scriptParties = `
[[party]]
id        = "cert-u"
name      = "CERT-U"
addresses = ["cert@example.co.jp"]
keys      = ["cert-u.asc"]
networks  = ["203.0.113.0/24"]
domains   = ["example.co.jp"]
relation  = "csirt"
trust     = 2

[[party]]
id        = "isp-r"
name      = "ISP R"
addresses = ["abuse@isp-r.example"]
networks  = ["198.51.100.0/24"]
relation  = "abuse-desk"
`

// makeGateway is the script command "gateway [SETTING]": a gateway in gw, with
// alice and bob as operators and the parties above, and the reporter's key in
// cert-u. SETTING is a line for its policy. It runs the same commands as a
// person would.
func makeGateway(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("gateway cannot fail")
	}
	command := func(args ...string) string {
		var out, errs bytes.Buffer
		env := processEnv()
		env.Stdin, env.Stdout, env.Stderr = strings.NewReader(""), &out, &errs
		env.User = func() (string, error) { return "alice", nil }
		env.Width = func(io.Writer) int { return 0 }
		env.Getenv = func(string) string { return "" }
		env.Now = func() time.Time { return time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC) }
		if status := run(args, env); status != exitFine {
			ts.Fatalf("%v: status %d: %s", args, status, errs.String())
		}
		return out.String()
	}
	gw, site := ts.MkAbs("gw"), ts.MkAbs("cert-u")
	command("init", gw)
	command("init", "-name", "CERT-U", "-domain", "example.co.jp", "-address", "cert@example.co.jp", site)
	edit := func(file string, change func(string) string) {
		ts.Check(os.WriteFile(file, []byte(change(ts.ReadFile(file))), 0o600))
	}
	edit(gw+"/iodefgw.toml", func(s string) string {
		return strings.Replace(s, `operators = ["alice"]`, `operators = ["alice", "bob"]`, 1)
	})
	for _, setting := range args {
		edit(gw+"/policy.toml", func(s string) string { return s + "\n" + setting + "\n" })
	}
	ts.Check(os.WriteFile(ts.MkAbs("cert-u.asc"), []byte(command("key", "show", "-armor", "-config", site+"/iodefgw.toml")), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("parties.toml"), []byte(scriptParties), 0o600))
	fmt.Fprint(ts.Stdout(), command("party", "import", "-yes", "-config", gw+"/iodefgw.toml", ts.MkAbs("parties.toml")))
	ts.Setenv("IODEFGW_CONFIG", gw+"/iodefgw.toml")
}

// sweep is the script command "sweep CONFIG": what a daemon does first when it
// starts, on mails that were released or are to be screened again.
func sweep(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: sweep config")
	}
	env := processEnv()
	env.Now = func() time.Time { return time.Date(2026, 11, 20, 4, 5, 0, 0, time.UTC) }
	c, err := ReadConfig(ts.MkAbs(args[0]))
	ts.Check(err)
	d, err := newDaemon(context.Background(), env, c, slog.New(slog.DiscardHandler), true)
	ts.Check(err)
	ts.Check(errors.Join(d.gateway.Sweep(context.Background()), d.close()))
}

// beginDay is the program "day-begins CONFIG" of the scripts: what a daemon does
// when a day begins, and when it starts. It is a process of its own: a lease is
// let go of late where others are forked beside it.
func beginDay() int {
	env, ctx := scriptEnv(), context.Background()
	c, err := ReadConfig(os.Args[1])
	if err == nil {
		var d *daemon
		if d, err = newDaemon(ctx, env, c, slog.New(slog.DiscardHandler), true); err == nil {
			err = errors.Join(d.dayBegins(ctx), d.close())
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return exitError
	}
	return exitFine
}

// failed is the script command "failed CONFIG ID REPLY": a delivery was tried,
// and the server refused it for good with these words.
func failed(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: failed config id reply")
	}
	c, err := ReadConfig(ts.MkAbs(args[0]))
	ts.Check(err)
	id, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ctx := context.Background()
	s, err := store.Open(ctx, c.Gateway.Database, c.StoreOptions(processEnv()))
	ts.Check(err)
	d, err := s.Attempt(ctx, id)
	ts.Check(err)
	ts.Check(errors.Join(s.Fail(ctx, id, d.Attempts, store.Reply{Code: 550, Text: args[2]}), s.Close()))
}
