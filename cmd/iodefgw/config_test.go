package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// Each file of testdata/config has one defect, and says in its head how the
// start is refused: file, line, setting and a hint.
func TestCase_188_BadConfigsAreRefusedWithTheirLine(t *testing.T) {
	files, err := filepath.Glob("testdata/config/bad-*.toml")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(strings.TrimSuffix(name, ".toml"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, hint := headLine(t, text, "want"), headLine(t, text, "hint")
			if hint == "" {
				t.Error("no hint")
			}
			t.Chdir(t.TempDir())
			writeFile(t, name, string(text), 0o600)
			writeFile(t, "gateway.key", "", 0o600)
			status, _, stderr := runCommand("serve", "-config", name)
			if got := "iodefgw serve: " + want + "\nhint: " + hint + "\n"; stderr != got || status != exitError {
				t.Errorf("status %d\n%s", status, cmp.Diff(got, stderr))
			}
		})
	}
}

func headLine(t *testing.T, text []byte, key string) string {
	m := regexp.MustCompile(`(?m)^# ` + key + `: (.*)$`).FindSubmatch(text)
	if m == nil {
		t.Fatalf("no %s line", key)
	}
	return string(m[1])
}

// The sample says what the defaults are; this holds it to it.
func TestSampleShowsEverySettingAndItsDefault(t *testing.T) {
	as := parseSample(t, sampleConfig)
	defaults := defaultConfig()
	for _, s := range []struct{ got, want any }{
		{as.Gateway.TicketPrefix, defaults.Gateway.TicketPrefix},
		{as.IMAP.Poll, defaults.IMAP.Poll}, {as.SMTP.Connections, defaults.SMTP.Connections},
		{as.Screen, defaults.Screen}, {as.Log, defaults.Log},
	} {
		if !cmp.Equal(s.got, s.want, cmpopts.EquateEmpty()) {
			t.Errorf("sample gives %v, default is %v", s.got, s.want)
		}
	}
	// With every default written out it is the same config.
	full := regexp.MustCompile(`(?m)^#([a-z_]+ = )`).ReplaceAllString(sampleConfig, "$1")
	if got := parseSample(t, full); !cmp.Equal(as, got, cmpopts.IgnoreUnexported(Config{}), cmpopts.EquateEmpty()) {
		t.Error(cmp.Diff(as, got, cmpopts.IgnoreUnexported(Config{}), cmpopts.EquateEmpty()))
	}
	for _, key := range settings(defaults) {
		if lineOf(full, strings.Split(key, ".")) <= lineOf(full, strings.Split(key, ".")[:1]) {
			t.Errorf("%s is not in the sample", key)
		}
	}
}

func parseSample(t *testing.T, text string) *Config {
	c, err := parseConfig("sample.toml", text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFilesAreRelativeToTheConfig(t *testing.T) {
	c, err := parseConfig("/etc/gw/iodefgw.toml", sampleConfig)
	if err != nil {
		t.Fatal(err)
	}
	if c.Gateway.Key != "/etc/gw/gateway.key" || c.IMAP.PasswordFile != "/etc/gw/imap.password" || c.IMAP.CAFile != "" {
		t.Errorf("key %q, password %q, ca %q", c.Gateway.Key, c.IMAP.PasswordFile, c.IMAP.CAFile)
	}
}

// Whoever can read one of these files can be the gateway.
func TestCase_104_PrivateFilesOpenToOthersStopTheStart(t *testing.T) {
	for _, file := range []string{"gateway.key", "imap.password", "smtp.password", "passphrase", "iodefgw.db", "iodefgw.db-wal"} {
		for _, mode := range []os.FileMode{0o640, 0o604, 0o620, 0o602} {
			t.Run(file+"/"+mode.String(), func(t *testing.T) {
				t.Chdir(t.TempDir())
				full := strings.NewReplacer(`#passphrase_file = ""`, `passphrase_file = "passphrase"`,
					`#policy = "policy.toml"`, `policy = ""`,
					"#username = \"\"\n#password_file = \"\"", "username = \"ir\"\npassword_file = \"smtp.password\"").Replace(sampleConfig)
				writeFile(t, "iodefgw.toml", full, 0o644)
				for _, f := range []string{"gateway.key", "imap.password", "smtp.password", "passphrase", "iodefgw.db", "iodefgw.db-wal"} {
					writeFile(t, f, "secret\n", 0o600)
				}
				if _, err := ReadConfig("iodefgw.toml"); err != nil {
					t.Fatalf("before: %v", err)
				}
				if err := os.Chmod(file, mode); err != nil {
					t.Fatal(err)
				}
				status, _, stderr := runCommand("hold", "list", "-config", "iodefgw.toml")
				if status != exitError || !strings.Contains(stderr, file) || !strings.Contains(stderr, "by others than its owner") ||
					!strings.Contains(stderr, "hint: chmod 600") {
					t.Errorf("status %d: %s", status, stderr)
				}
			})
		}
	}
}

// TestCase_104_CredentialsOfSystemd: systemd lets the service in by an access
// list, which looks like a right of the group; others stay out there too.
func TestCase_104_CredentialsOfSystemd(t *testing.T) {
	for _, c := range []struct {
		mode os.FileMode
		file string
		fine bool
	}{
		{0o400, credentials + "iodefgw.service/passphrase", true},
		{0o440, credentials + "iodefgw.service/passphrase", true},
		{0o444, credentials + "iodefgw.service/passphrase", false},
		{0o460, credentials + "iodefgw.service/passphrase", false},
		{0o440, "/etc/iodefgw/passphrase", false},
	} {
		file := filepath.Join(t.TempDir(), "passphrase")
		check(t, os.WriteFile(file, nil, 0o600))
		check(t, os.Chmod(file, c.mode))
		st, err := os.Stat(file)
		check(t, err)
		if err := checkMode(st, c.file, "gateway.passphrase_file"); (err == nil) != c.fine {
			t.Errorf("%s with mode %04o: %v", c.file, c.mode, err)
		}
	}
}

// A password is in no message, whatever is wrong around it.
func TestCase_192_SecretsAreInNoMessage(t *testing.T) {
	t.Chdir(t.TempDir())
	const secret = "correct-horse-battery"
	writeFile(t, "iodefgw.toml", strings.Replace(sampleConfig, `#policy = "policy.toml"`, `policy = ""`, 1), 0o600)
	writeFile(t, "gateway.key", secret, 0o600)
	writeFile(t, "imap.password", "\n"+secret, 0o600)
	for _, args := range [][]string{{"serve"}, {"key", "show"}, {"hold", "list"}, {"queue", "approve", "1"}} {
		status, stdout, stderr := runCommand(args...)
		if status == exitFine {
			t.Errorf("%v went through", args)
		}
		if strings.Contains(stdout+stderr, secret) {
			t.Errorf("%v tells the secret: %s", args, stderr)
		}
	}
}

// The daemon keeps the database for itself; operators' commands are no daemon.
func TestCase_187_SecondDaemonIsRefusedAndOperatorsAreNot(t *testing.T) {
	t.Chdir(t.TempDir())
	if status, _, stderr := runCommand("init", "."); status != exitFine {
		t.Fatal(stderr)
	}
	c, err := ReadConfig(configName)
	if err != nil {
		t.Fatal(err)
	}
	first, err := newDaemon(t.Context(), processEnv(), c, slog.New(slog.DiscardHandler), true)
	if err != nil {
		t.Fatal(err)
	}
	defer first.close()
	for _, args := range [][]string{
		{"queue", "hold", "-why", "test"}, {"queue", "list"}, {"hold", "list"}, {"fsck"}, {"audit", "verify"},
		{"backup", "copy.db"}, {"queue", "resume", "-why", "test"},
	} {
		if status, _, stderr := runCommand(args...); status != exitFine {
			t.Errorf("%v beside the daemon: %s", args, stderr)
		}
	}
	writeFile(t, "imap.password", "x\n", 0o600)
	status, _, stderr := runCommand("serve")
	if status != exitError || !strings.Contains(stderr, "in use by another daemon") || !strings.Contains(stderr, "hint: one daemon") {
		t.Errorf("second daemon: status %d: %s", status, stderr)
	}
}

func runCommand(args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	env := processEnv()
	env.Stdout, env.Stderr, env.Stdin = &out, &errs, strings.NewReader("")
	env.Getenv = func(string) string { return "" }
	status = run(args, env)
	return status, out.String(), errs.String()
}

func writeFile(t *testing.T, name, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}
