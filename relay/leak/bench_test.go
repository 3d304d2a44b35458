package leak

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime/quotedprintable"
	"strings"
	"syscall"
	"testing"
)

// notice is a message of the size and kind the gateway sends: a text and an
// IODEF document with a log of n lines.
func notice(encoding string, lines int) []byte {
	var log strings.Builder
	for i := range lines {
		fmt.Fprintf(&log, "Nov 20 12:%02d:%02d www sshd[%d]: Failed password for [withheld:account] from 198.51.100.77 port %d ssh2\r\n",
			i/60%60, i%60, 800+i, 40000+i%20000)
	}
	xml := "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<IODEF-Document version=\"2.00\" xml:lang=\"en\" xmlns=\"urn:ietf:params:xml:ns:iodef-2.0\">\r\n" +
		" <Incident purpose=\"mitigation\" restriction=\"need-to-know\">\r\n  <IncidentID name=\"gw.example.org\">GW#00000042</IncidentID>\r\n" +
		"  <GenerationTime>2026-11-20T04:00:00Z</GenerationTime>\r\n  <Contact role=\"creator\" type=\"organization\"><ContactName>GW CSIRT</ContactName>" +
		"<Email><EmailTo>ir@gw.example.org</EmailTo></Email></Contact>\r\n  <EventData><StartTime>2026-11-20T03:14:07Z</StartTime>\r\n" +
		"   <Flow><System category=\"source\"><Node><Address category=\"ipv4-addr\">198.51.100.77</Address></Node></System></Flow>\r\n" +
		"   <Expectation action=\"investigate\"/>\r\n   <Record><RecordData><RecordItem dtype=\"string\">" + log.String() + "</RecordItem></RecordData></Record>\r\n" +
		"  </EventData>\r\n </Incident>\r\n</IODEF-Document>\r\n"
	text := strings.Repeat("We have received a report about a computer in your network. The address below is the source of attacks on a third party.\r\n"+
		"Please investigate and tell us what you found. You reach us at the address above; keep the number in the subject.\r\n", 6)
	var body bytes.Buffer
	switch encoding {
	case "quoted-printable":
		w := quotedprintable.NewWriter(&body)
		w.Write([]byte(xml))
		w.Close()
	case "base64":
		body.WriteString(wrap(base64.StdEncoding.EncodeToString([]byte(xml))) + "\r\n")
	default:
		body.WriteString(xml)
	}
	return []byte("From: GW CSIRT <ir@gw.example.org>\r\nTo: abuse@isp-r.example\r\nSubject: [GW#00000042] TLP:AMBER report\r\n" +
		"Message-ID: <gw.42.1.7GQ2MZ4KDVXNA@gw.example.org>\r\nDate: Fri, 20 Nov 2026 04:00:00 +0000\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/mixed; boundary=\"=-b7f2b6d7a1c94e0f\"\r\n\r\n--=-b7f2b6d7a1c94e0f\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" +
		text + "\r\n--=-b7f2b6d7a1c94e0f\r\nContent-Type: application/xml\r\nContent-Transfer-Encoding: " + encoding + "\r\n\r\n" +
		body.String() + "\r\n--=-b7f2b6d7a1c94e0f--\r\n")
}

// twenty are the withheld values of a usual report.
func twenty() (withheld, kept []Value) {
	withheld = []Value{
		{IPv4, "203.0.113.25", 1}, {IPv4, "203.0.113.26", 2}, {IPv4, "192.0.2.200", 3}, {IPv4, "192.0.2.17", 4}, {Prefix, "203.0.113.0/24", 5},
		{IPv6, "2001:db8:77::25", 6}, {MAC, "00:1b:21:3c:9d:f8", 7}, {Domain, "example.co.jp", 8}, {Domain, "www.example.co.jp", 9},
		{Domain, "mail.example.co.jp", 10}, {Email, "taro.tanaka@example.co.jp", 11}, {Email, "ir@example.co.jp", 12}, {Name, "Tanaka Taro", 13},
		{Name, "Example Hosting KK", 14}, {Account, "ttanaka", 15}, {Path, "/home/ttanaka/.ssh/id_rsa", 16}, {URL, "http://www.example.co.jp/login?u=7", 17},
		{ASN, "AS64501", 18}, {Text, "+81-3-5555-0123", 19}, {Hash, "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", 20},
	}
	kept = []Value{{IPv4, "198.51.100.77", 101}, {Name, "GW CSIRT", 102}, {Email, "ir@gw.example.org", 103}, {Domain, "isp-r.example", 104}}
	return withheld, kept
}

func BenchmarkCompile(b *testing.B) {
	w, k := twenty()
	b.ReportAllocs()
	defer cpuTime(b)()
	for b.Loop() {
		if _, err := Compile(w, k); err != nil {
			b.Fatal(err)
		}
	}
}

// cpuTime reports the processor time of one round: the budget is stated in it,
// and it holds on a busy machine too.
func cpuTime(b *testing.B) func() {
	used := func() int64 {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return u.Utime.Nano() + u.Stime.Nano()
	}
	before := used()
	return func() { b.ReportMetric(float64(used()-before)/float64(b.N), "cpu-ns/op") }
}

func benchScan(b *testing.B, message []byte) {
	w, k := twenty()
	b.SetBytes(int64(len(message)))
	b.ReportAllocs()
	defer cpuTime(b)()
	for b.Loop() {
		s, err := Compile(w, k)
		if err != nil {
			b.Fatal(err)
		}
		if r := s.Scan(message); !r.Clean {
			b.Fatal(r.Findings, r.Err)
		}
	}
}

// A report of 6 KB becomes a message of 8 to 9 KB. Compile and scan together.
func BenchmarkScan8BitMessage(b *testing.B)   { benchScan(b, notice("8bit", 55)) }
func BenchmarkScanQPMessage(b *testing.B)     { benchScan(b, notice("quoted-printable", 55)) }
func BenchmarkScanBase64Message(b *testing.B) { benchScan(b, notice("base64", 55)) }
func BenchmarkScan1MBLog(b *testing.B)        { benchScan(b, notice("base64", 7400)) }
func BenchmarkScan1MBLog8Bit(b *testing.B)    { benchScan(b, notice("8bit", 10000)) }
func BenchmarkScan2MBLog8Bit(b *testing.B)    { benchScan(b, notice("8bit", 20000)) }
