package pgp

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"iodefgw/mailgw/message"
)

// tenKB is a signed mail of 10 KB by a new Ed25519 key, and that key.
func tenKB(b *testing.B) ([]byte, *Key) {
	own, key := newSecret(b, "gw")
	doc := strings.Repeat("<Address category=\"ipv4-addr\">198.51.100.23</Address>\n", 120)
	e, err := message.Entity("See the document.\n", message.Attachment{Type: "application/xml", Filename: "incident.xml",
		Data: "<IODEF-Document xmlns=\"urn:ietf:params:xml:ns:iodef-2.0\">\n" + doc + "</IODEF-Document>\n"})
	if err != nil {
		b.Fatal(err)
	}
	mail, err := Seal(outHeader(b), e, own, nil, received, rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	return mail, key
}

// BenchmarkScreen reads and opens that mail with the key at hand, turn by turn
// with the floor: hashing the content and one Ed25519 check. x-floor is the ratio
// of the medians, which other work on the machine does not change; it is at most
// 1.5, and the same with ten keys as with ten thousand.
func BenchmarkScreen(b *testing.B) {
	mail, key := tenKB(b)
	parts := message.Parse(mail).Root.Children
	block, err := signatureBlock(parts[1])
	if err != nil {
		b.Fatal(err)
	}
	p, err := packet.Read(bytes.NewReader(block))
	if err != nil {
		b.Fatal(err)
	}
	floor := func() {
		h, err := p.(*packet.Signature).PrepareVerify()
		if err != nil {
			b.Fatal(err)
		}
		h.Write(parts[0].Raw)
		if err := key.entity.PrimaryKey.VerifySignature(h, p.(*packet.Signature)); err != nil {
			b.Fatal(err)
		}
	}
	for _, n := range []int{10, 10000} {
		b.Run(fmt.Sprintf("keys=%d", n), func(b *testing.B) {
			ring := crowd(b, n, key)
			b.ReportAllocs()
			var bare, screen []time.Duration
			for b.Loop() {
				t0 := time.Now()
				floor()
				t1 := time.Now()
				o := Open(message.Parse(mail), ring, nil, Policy{}, received)
				t2 := time.Now()
				if len(o.Signatures) != 1 || o.Signatures[0].Tag != TagGood {
					b.Fatal(describe(o))
				}
				bare, screen = append(bare, t1.Sub(t0)), append(screen, t2.Sub(t1))
			}
			b.ReportMetric(float64(median(screen))/float64(median(bare)), "x-floor")
			b.ReportMetric(float64(median(screen))/1e3, "µs/screen")
		})
	}
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// crowd is a keyring of n keys, one of them key.
func crowd(b *testing.B, n int, key *Key) *Keyring {
	_, other := newSecret(b, "other")
	r := NewKeyring([]*Key{key})
	for i := range n - 1 {
		id := other.entity.PrimaryKey.KeyId + uint64(i)
		r.byID[id] = append(r.byID[id], component{key: other})
	}
	return r
}

// BenchmarkDocuments adds finding and decoding the documents.
func BenchmarkDocuments(b *testing.B) {
	mail, key := tenKB(b)
	ring := NewKeyring([]*Key{key})
	for b.Loop() {
		o := Open(message.Parse(mail), ring, nil, Policy{}, received)
		if d := o.Documents(); len(d) != 1 || !d[0].Covered {
			b.Fatal("no covered document")
		}
	}
}

// BenchmarkSeal signs, and signs and encrypts, 10 KB of content. cpu-µs/op is
// what it costs where other work on the machine takes its share.
func BenchmarkSeal(b *testing.B) {
	own, key := newSecret(b, "gw")
	h := outHeader(b)
	e, err := message.Entity("See the document.\n", message.Attachment{Type: "application/xml", Filename: "incident.xml",
		Data: strings.Repeat("<Address category=\"ipv4-addr\">198.51.100.23</Address>\n", 130)})
	if err != nil {
		b.Fatal(err)
	}
	for name, to := range map[string]*Key{"signed": nil, "encrypted": key} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			before := cpuTime(b)
			for b.Loop() {
				if _, err := Seal(h, e, own, to, received, rand.Reader); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(cpuTime(b)-before)/1e3/float64(b.N), "cpu-µs/op")
		})
	}
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
