package mailgw

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"iodefgw/iodef"
	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
	"iodefgw/relay"
)

// sharedMail lists the mails of a class of other people's mails, which lie
// beside the repository and are never copied into it.
func sharedMail(t *testing.T, class string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "shared", "mail", class, "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skipf("no ../shared/mail/%s beside the repository: other people's mails are tested where they lie", class)
	}
	return files
}

func screenFile(t *testing.T, file string, parties *relay.Parties, at time.Time) (Facts, Verdict) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	m := message.Parse(raw)
	facts := Collect(m, pgp.Open(m, parties.Ring, nil, pgp.Policy{}, at), at)
	return facts, Screen(facts, parties, Policy{})
}

// TestRealReports reads the IODEF of four real mails; the fifth has none.
func TestRealReports(t *testing.T) {
	nobody, err := relay.NewParties(nil)
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	for _, file := range sharedMail(t, "iodefmail") {
		facts, v := screenFile(t, file, nobody, time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC))
		if v.Action != Hold {
			t.Errorf("%s: %s, want hold: nobody here is known", filepath.Base(file), v.Action)
		}
		for _, d := range facts.incidents() {
			if d.IODEF == nil || d.Verdict != iodef.VerdictValid {
				t.Errorf("%s: document is %q: %v", filepath.Base(file), d.Verdict, d.Findings)
				continue
			}
			if len(sources(d.IODEF.Incidents()[0])) == 0 {
				t.Errorf("%s: no source address found", filepath.Base(file))
			}
			read++
		}
	}
	if read != 4 {
		t.Errorf("read %d documents, want 4", read)
	}
}

// TestOthersMailMovesNothing takes every mail of the hostile and the odd
// classes through the whole gateway: none panics, is lost, or moves anything.
func TestOthersMailMovesNothing(t *testing.T) {
	for _, class := range []string{"johnny", "mime", "pgp", "pgpreal", "dsn", "autoreply", "notincident"} {
		t.Run(class, func(t *testing.T) {
			files := sharedMail(t, class)
			b := newBench(t, examples+"/parties.toml", auto, "cert-u")
			for _, file := range files {
				raw, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				b.take(raw)
				if m := b.last(); m.State == "received" || m.State == "accepted" {
					t.Errorf("%s ended as %s", filepath.Base(file), m.State)
				}
			}
			wantKinds(t, b.deliveries(""))
		})
	}
}
