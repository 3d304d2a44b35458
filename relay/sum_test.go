package relay

import (
	"testing"

	"iodefgw/mailgw/message"
	"iodefgw/relay/disclosure"
)

// earlier is a message of ours that said this.
func earlier(t *testing.T, text string) []byte {
	t.Helper()
	entity, err := message.Entity(text)
	if err != nil {
		t.Fatal(err)
	}
	return append([]byte("MIME-Version: 1.0\r\n"), entity...)
}

// TestCase_160_AllMessagesTogether: what no message told must not follow from
// all of them; what one told by itself stops nothing.
func TestCase_160_AllMessagesTogether(t *testing.T) {
	for _, c := range []struct {
		name string
		sent []string
		want string
	}{
		{"nothing before", nil, ""},
		{"told before, when it was allowed", []string{"the target was 203.0.113.25\n"}, ""},
		{"two halves", []string{"the target begins with 203.0.\n", "113.25 is how it ends\n"}, NotProved},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := newDesk(t, "", certU(), ispR(disclosure.AbuseDesk), orgV())
			to := Recipient{Party: d.parties.ByID("isp-r"), Stage: disclosure.Acknowledged}
			for _, s := range c.sent {
				to.Sent = append(to.Sent, earlier(t, s))
			}
			n, err := d.Preview(&Ticket{Number: "GW#00000042", Reports: []*Report{d.report("cert-u", "conditions: hide-my-ip\n", exampleReport(t))}}, to, d.parties, noon)
			d.check(err)
			if n.Refusal != c.want {
				t.Errorf("refusal %q %q, want %q", n.Refusal, n.Leaks, c.want)
			}
		})
	}
}
