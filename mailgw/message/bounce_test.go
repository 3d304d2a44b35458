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
		{"failed", report("Final-Recipient: rfc822; a@x.example\nAction: failed\nStatus: 5.1.1"), Bounce{Outcome: OutcomeFailed, Status: "5.1.1", MessageID: id, Recipient: "a@x.example"}},
		{"failed with a comment", report("Action: Failed (gave up)\nStatus: 4.4.7 (expired)"), Bounce{Outcome: OutcomeFailed, Status: "4.4.7", MessageID: id}},
		{"delayed", report("Action: delayed\nStatus: 4.4.1"), Bounce{Outcome: OutcomeDelayed, Status: "4.4.1", MessageID: id}},
		{"relayed", report("Action: relayed\nStatus: 2.0.0"), Bounce{Outcome: OutcomeDelivered, Status: "2.0.0", MessageID: id}},
		{"two recipients", report("Action: delivered\nStatus: 2.0.0\n\nAction: failed\nStatus: 5.2.2"), Bounce{Outcome: OutcomeFailed, Status: "5.2.2", MessageID: id}},
		{"no action", report("Final-Recipient: rfc822; a@x.example"), Bounce{Outcome: OutcomeFailed, MessageID: id, Recipient: "a@x.example"}},
		{"qmail", plain("failure notice", "<a@x.example>:\n192.0.2.1 does not like recipient.\nRemote host said: 550 no such user\n--- Below this line is a copy of the message.\n\nMessage-ID: "+id),
			Bounce{Outcome: OutcomeFailed, Status: "5.0.0", MessageID: id, Recipient: "a@x.example"}},
		{"an address is no status", plain("Undelivered mail", "host 5.1.1.9 said nothing"), Bounce{Outcome: OutcomeFailed, Status: "", MessageID: ""}},
		{"a warning", plain("Warning: message delayed", "You do not need to resend. 451 4.4.1 try later"), Bounce{Outcome: OutcomeDelayed, Status: "4.4.1", MessageID: ""}},
		{"nothing known", plain("Mail delivery failed", "sorry"), Bounce{Outcome: OutcomeFailed, Status: "", MessageID: ""}},
		{"a delivery on the way", plain("Delivery failure", "250 2.0.0 accepted, then 550 5.1.1 refused"), Bounce{Outcome: OutcomeFailed, Status: "5.1.1", MessageID: ""}},
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

// Bounces of many MTAs: of those with a known outcome at least 99 in 100 are
// read right. The status of an RFC 3464 part is one that a plain reading of it
// finds, and its recipient too; of the others it is the class that is known.
func TestBouncesOfMTAs(t *testing.T) {
	field := regexp.MustCompile(`dsn-part: .*?Status=([245]\.\d+\.\d+)`)
	recipients := regexp.MustCompile(`(?:Final|Original)-Recipient=([^;]*;? *[^;|]*)`)
	class := regexp.MustCompile(`class=(permanent|transient|delivered)`)
	files := sharedFiles(t, "dsn/MANIFEST.tsv")
	type score struct{ right, all int }
	var statuses, classes, whom score
	count := func(s *score, ok bool, what string, args ...any) {
		s.all++
		if ok {
			s.right++
		} else if testing.Verbose() {
			t.Logf(what, args...)
		}
	}
	for _, line := range strings.Split(string(read(t, files[0])), "\n") {
		f := strings.Split(line, "\t")
		if len(f) < 4 || !strings.HasSuffix(f[0], ".eml") && !strings.HasSuffix(f[0], ".msg") || strings.HasPrefix(f[0], "sisimai-mac-") {
			continue
		}
		b := ReadBounce(Parse(read(t, filepath.Join(filepath.Dir(files[0]), f[0]))))
		status := field.FindStringSubmatch(f[3])
		if status != nil {
			// Of several recipients the worst, the first of equals: any of them here.
			count(&statuses, strings.Contains(f[3], b.Status) && b.Status != "", "%s: status %q, want %q", f[0], b.Status, status[1])
		}
		if want := class.FindStringSubmatch(f[3]); want != nil && strings.Count(f[3], "class=") == 1 {
			// Some labels come from a file's name; what the report part says counts more.
			switch {
			case strings.Contains(f[3], "Action=delayed"):
				want[1] = "transient"
			case strings.Contains(f[3], "Action=failed; Status=5"):
				want[1] = "permanent"
			}
			got := "permanent"
			switch {
			case b.Outcome == OutcomeDelivered:
				got = "delivered"
			case !b.Permanent():
				got = "transient"
			}
			count(&classes, got == want[1], "%s: %+v is %s, want %s", f[0], b, got, want[1])
		}
		if want := recipients.FindStringSubmatch(f[3]); want != nil {
			count(&whom, b.Recipient != "" && strings.Contains(f[3], b.Recipient), "%s: recipient %q, want %q", f[0], b.Recipient, want[1])
		}
	}
	t.Logf("status %d of %d, class %d of %d, recipient %d of %d", statuses.right, statuses.all, classes.right, classes.all, whom.right, whom.all)
	for _, s := range []score{statuses, classes, whom} {
		if s.all < 100 || s.right*100 < s.all*99 {
			t.Errorf("%d of %d", s.right, s.all)
		}
	}
}
