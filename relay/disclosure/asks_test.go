package disclosure

import (
	"fmt"
	"testing"
)

// TestCase_184_Asks: what an answer asks for, and what merely sounds like it.
func TestCase_184_Asks(t *testing.T) {
	for text, want := range map[string]string{
		"Thank you. Please send logs.":                              "[logs]",
		"Could you share the log evidence\nof this access with us?": "[logs]",
		"We need the destination address to find the NAT session.":  "[my-addresses]",
		"ログをお送りください。":                                               "[logs]",
		"該当する宛先アドレスを教えていただけますか。":                                    "[my-addresses]",
		"詳細をご提供いただけますと幸いです。":                                        "[logs my-addresses my-hosts identity text]",
		"Can you provide more details?":                             "[logs my-addresses my-hosts identity text]",
		"May we know? We would like to know who reported this.":     "[identity]",

		"宛先のIPアドレスを教えてください。":                                      "[my-addresses]",
		"接続先のアドレスは何ですか？":                                          "[my-addresses]",
		"What is the target address?":                             "[my-addresses]",
		"Which host was attacked?":                                "[my-hosts]",
		"Who was the reporter?":                                   "[identity]",
		"Without logs we cannot act.":                             "[logs]",
		"We cannot find the customer without the destination IP.": "[my-addresses]",

		"Thank you, no logs needed.":                                "[]",
		"No further details are required.":                          "[]",
		"We cut it off without further notice.":                     "[]",
		"The machine, which logs nothing, is gone.":                 "[]",
		"The logs are not needed.":                                  "[]",
		"We looked at our logs and found nothing.":                  "[]",
		"We have it and look into it.":                              "[]",
		"There is no need to send logs.":                            "[]",
		"We don't need more.":                                       "[]",
		"We will send you our logs tomorrow.":                       "[]",
		"ログは不要です。":                                                  "[]",
		"Thanks.\n> Please send logs.\n":                            "[]",
		"Thanks.\nOn Fri, GW CSIRT wrote:\nPlease send more logs\n": "[]",
		"Thanks.\n-----Original Message-----\nPlease send logs\n":   "[]",
		"Please do not share our log with others.":                  "[]",
		"conditions: forward-log-as-is\nlogs: as-is\nDone.":         "[]",
		"": "[]",
	} {
		if got := fmt.Sprint(Asks(text)); got != want {
			t.Errorf("%q asks for %s, want %s", text, got, want)
		}
	}
}

// TestCase_184_More: only what the requester alone keeps back can be asked for.
func TestCase_184_More(t *testing.T) {
	for _, c := range []struct {
		name, conditions, policy string
		stage                    Stage
		want                     string
	}{
		{"all but the log's third parties is granted", "conditions: forward-log-as-is\nidentity: keep\ntext: as-is", "", Authenticated, "[]"},
		{"the log is not granted", "conditions: minimal", "", Acknowledged, "[logs my-addresses my-hosts identity]"},
		{"persons and texts wait for a later stage, accounts do not", "conditions: hide-my-ip", "", Acknowledged, "[logs my-addresses identity]"},
		{"and are kept back then", "conditions: hide-my-ip", "", Authenticated, "[logs my-addresses identity text]"},
		{"the site keeps logs back", "conditions: minimal", "[[rule]]\nset = { log = \"drop\" }", Acknowledged, "[my-addresses my-hosts identity]"},
		{"an extract of the log is all that first contact has", "conditions: minimal", "", FirstContact, "[logs]"},
	} {
		in := allOwners(ispR(VerifiedTLS), c.stage, conditions(t, block(c.conditions)))
		in.Policy = policy(t, "version = 1\n"+c.policy)
		in.Recipient.Channel, in.Recipient.HasKey = OpenPGP, true
		if got := fmt.Sprint(Decide(in).More(0)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
