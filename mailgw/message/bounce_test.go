package message

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestReadBounce(t *testing.T) {
	report := func(status string) string {
		return "From: MAILER-DAEMON@x.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=q\n\n--q\n\ntext\n--q\nContent-Type: message/delivery-status\n\n" +
			"Reporting-MTA: dns; x.example\n\n" + status + "\n--q\nContent-Type: text/rfc822-headers\n\nMessage-ID: <42@gateway.example>\n--q--\n"
	}
	plain := func(subject, text string) string {
		return "From: MAILER-DAEMON@x.example\nSubject: " + subject + "\n\n" + text + "\n"
	}
	const id = "<42@gateway.example>"
	for _, c := range []struct {
		name, mail string
		want       Bounce
	}{
		{"failed", report("Final-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 5.1.1"), Bounce{OutcomeFailed, "5.1.1", id}},
		{"failed with a comment", report("Action: Failed (gave up)\nStatus: 4.4.7 (expired)"), Bounce{OutcomeFailed, "4.4.7", id}},
		{"delayed", report("Action: delayed\nStatus: 4.4.1"), Bounce{OutcomeDelayed, "4.4.1", id}},
		{"relayed", report("Action: relayed\nStatus: 2.0.0"), Bounce{OutcomeDelivered, "2.0.0", id}},
		{"two recipients", report("Action: delivered\nStatus: 2.0.0\n\nAction: failed\nStatus: 5.2.2"), Bounce{OutcomeFailed, "5.2.2", id}},
		{"no action", report("Final-Recipient: rfc822; a@x.example"), Bounce{OutcomeFailed, "", id}},
		{"qmail", plain("failure notice", "<a@x.example>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 no such user\n--- Below this line is a copy of the message.\n\nMessage-ID: "+id),
			Bounce{OutcomeFailed, "5.0.0", id}},
		{"an address is no status", plain("Undelivered mail", "host 5.1.1.9 said nothing"), Bounce{OutcomeFailed, "", ""}},
		{"a warning", plain("Warning: message delayed", "You do not need to resend. 451 4.4.1 try later"), Bounce{OutcomeDelayed, "4.4.1", ""}},
		{"nothing known", plain("Mail delivery failed", "sorry"), Bounce{OutcomeFailed, "", ""}},
		{"a delivery on the way", plain("Delivery failure", "250 2.0.0 accepted, then 550 5.1.1 refused"), Bounce{OutcomeFailed, "5.1.1", ""}},
	} {
		if got := ReadBounce(Parse([]byte(c.mail))); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	if b := (Bounce{Outcome: OutcomeFailed, Status: "4.4.7"}); b.Permanent() {
		t.Error("class 4 is permanent")
	}
	if b := (Bounce{Outcome: OutcomeFailed}); !b.Permanent() {
		t.Error("a failure without a status is not permanent")
	}
}

// Bounces of many MTAs: the status of an RFC 3464 part is the one that a plain
// reading of it gives, and of free text nine in ten have the right class.
func TestBouncesOfMTAs(t *testing.T) {
	field := regexp.MustCompile(`dsn-part: .*?Status=([245]\.\d+\.\d+)`)
	class := regexp.MustCompile(`class=(permanent|transient)`)
	files := sharedFiles(t, "dsn/MANIFEST.tsv")
	exact, exactAll, text, textAll := 0, 0, 0, 0
	for _, line := range strings.Split(string(read(t, files[0])), "\n") {
		f := strings.Split(line, "\t")
		if len(f) < 4 || !strings.HasSuffix(f[0], ".eml") && !strings.HasSuffix(f[0], ".msg") || strings.HasPrefix(f[0], "sisimai-mac-") {
			continue
		}
		b := ReadBounce(Parse(read(t, filepath.Join(filepath.Dir(files[0]), f[0]))))
		if want := field.FindStringSubmatch(f[3]); want != nil {
			exactAll++
			if b.Status == want[1] {
				exact++
			} else if testing.Verbose() {
				t.Logf("%s: %q, want %q", f[0], b.Status, want[1])
			}
		} else if want := class.FindStringSubmatch(f[3]); want != nil {
			textAll++
			if strings.HasPrefix(b.Status, "4") == (want[1] == "transient") {
				text++
			} else if testing.Verbose() {
				t.Logf("%s: %q, want %s", f[0], b.Status, want[1])
			}
		}
	}
	t.Logf("RFC 3464: %d of %d, free text: %d of %d", exact, exactAll, text, textAll)
	if exactAll < 80 || exact*100 < exactAll*95 || textAll < 50 || text*100 < textAll*90 {
		t.Errorf("RFC 3464: %d of %d, free text: %d of %d", exact, exactAll, text, textAll)
	}
}
