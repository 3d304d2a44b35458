package disclosure

import "testing"

// TestRecogniseMailWithinMail: whom a bounce is of stands within the address that
// it goes to; what a log has before an = is mostly but a key.
func TestRecogniseMailWithinMail(t *testing.T) {
	names := []NamedParty{{Domains: []string{"example.co.jp"}}}
	recognises(t, names, []recognised{
		{"<bounce+anna.b=c.example.com@list.example>", "email:anna.b=c.example.com=anna.b@c.example.com hostname:list.example=list.example"},
		{"anna=example.co.jp@list.example", "email:anna=example.co.jp=anna@example.co.jp hostname:list.example=list.example"},
		{"SRS0=ab=cd=d.example=anna@list.example", "email:d.example=anna=anna@d.example hostname:list.example=list.example"},
		{"from=anna.li@list.example to=x=anna@list.example", "email:anna.li@list.example=anna.li@list.example email:anna@list.example=anna@list.example"},
		{"ssh bob@192.0.2.9:22 sip:bob@192.0.2.9;x", "account:bob=bob@192.0.2.9 address:192.0.2.9=192.0.2.9 account:bob=bob@192.0.2.9 address:192.0.2.9=192.0.2.9"},
		{"bob@192.0.2.9-10 bob@192.0.2.9.5", "address:192.0.2.9=192.0.2.9 address:192.0.2.9=192.0.2.9"},
	})
}
