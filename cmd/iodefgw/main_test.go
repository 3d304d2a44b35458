package main

import (
	"bytes"
	"database/sql"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"
	openpgp "github.com/ProtonMail/go-crypto/openpgp/v2"
	_ "github.com/mattn/go-sqlite3"
	"github.com/rogpeppe/go-internal/testscript"

	"iodefgw/mailgw/pgp"
)

// TestMain lets scripts run this test binary as iodefgw. A script sets the user
// ($AS), the clock ($AT) and the terminal's width ($WIDE); the real program has
// no such way in.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"iodefgw":        func() { os.Exit(run(os.Args[1:], scriptEnv())) },
		"day-begins":     func() { os.Exit(beginDay()) },
		benchServersName: serveBench,
		sinkName:         serveSink,
	})
}

func scriptEnv() *Env {
	env := processEnv()
	if user := os.Getenv("AS"); user != "" {
		env.User = func() (string, error) { return user, nil }
	}
	if at, err := time.Parse(time.RFC3339, os.Getenv("AT")); err == nil {
		env.Now = func() time.Time { return at }
	}
	if wide, err := strconv.Atoi(os.Getenv("WIDE")); err == nil {
		env.Width = func(io.Writer) int { return wide }
	}
	return env
}

// TestScripts runs testdata/script: each script shows one command.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			e.Setenv("AS", "alice")
			e.Setenv("AT", "2026-11-20T04:00:00Z")
			e.Setenv("ESC", "\x1b[31mred")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"gateway": makeGateway, "status": status, "mode": mode, "expiringkey": expiringKey, "tamper": tamper, "sweep": sweep, "failed": failed, "fingerprint": fingerprint,
			"infiles": inFiles, "retention": retention,
			"latin1": func(ts *testscript.TestScript, neg bool, args []string) {
				ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte("user M\xfcller logged in\n"), 0o600))
			},
		},
	})
}

// status N COMMAND ARGS… runs a command that must end with exit status N.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N command args...")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

// mode PERM FILE… checks the permissions of files.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.ParseUint(args[0], 8, 32)
	ts.Check(err)
	for _, file := range args[1:] {
		st, err := os.Stat(ts.MkAbs(file))
		ts.Check(err)
		if same := st.Mode().Perm() == os.FileMode(want); same == neg {
			ts.Fatalf("%s has mode %04o", file, st.Mode().Perm())
		}
	}
}

// expiringKey FILE makes a public key that ends on 2027-01-01.
func expiringKey(ts *testscript.TestScript, neg bool, args []string) {
	begin, end := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	e, err := openpgp.NewEntity("Expiring", "", "abuse@isp-r.example", &packet.Config{
		Algorithm: packet.PubKeyAlgoEdDSA, Time: func() time.Time { return begin }, KeyLifetimeSecs: uint32(end.Sub(begin).Seconds()),
	})
	ts.Check(err)
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	defer f.Close()
	w, err := armor.Encode(f, "PGP PUBLIC KEY BLOCK", nil)
	ts.Check(err)
	ts.Check(e.Serialize(w))
	ts.Check(w.Close())
}

// tamper DATABASE changes the actor of event 2, as somebody with the file could.
func tamper(ts *testscript.TestScript, neg bool, args []string) {
	db, err := sql.Open("sqlite3", ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close()
	for _, q := range []string{"DROP TRIGGER event_is_final", "UPDATE event SET actor = 'nobody' WHERE seq = 2"} {
		_, err = db.Exec(q)
		ts.Check(err)
	}
}

// infiles FOLDER TEXT looks for a text in the files of a folder.
func inFiles(ts *testscript.TestScript, neg bool, args []string) {
	files, err := filepath.Glob(ts.MkAbs(args[0]) + "/*")
	ts.Check(err)
	found := ""
	for _, f := range files {
		if data, err := os.ReadFile(f); err == nil && bytes.Contains(data, []byte(args[1])) {
			found = f
		}
	}
	if (found == "") != neg {
		ts.Fatalf("found %q", found)
	}
}

// retention CONFIG TIME has mails and closed tickets purged after some time.
func retention(ts *testscript.TestScript, neg bool, args []string) {
	text := ts.ReadFile(args[0])
	for _, key := range []string{"mails", "tickets"} {
		text = strings.Replace(text, `#`+key+` = "0s"`, key+` = "`+args[1]+`"`, 1)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// fingerprint FILE puts the fingerprint of a public key into $FPR.
func fingerprint(ts *testscript.TestScript, neg bool, args []string) {
	keys, err := pgp.ReadKeys([]byte(ts.ReadFile(args[0])))
	ts.Check(err)
	ts.Setenv("FPR", keys[0].Fingerprint())
}
