package leak

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"mime/quotedprintable"
	"strings"
	"syscall"
	"testing"
)

// notice is a message of the size and kind the gateway sends: a letter that
// repeats the log, and an IODEF document with all n lines of it.
func notice(encoding string, lines int) []byte { return noticeOf(encoding, lines, sshLine) }

func sshLine(i int) string {
	return fmt.Sprintf("Nov 20 12:%02d:%02d www sshd[%d]: Failed password for [withheld:account] from 198.51.100.77 port %d ssh2", i/60%60, i%60, 800+i, 40000+i%20000)
}

// mixedLine is a line of a log of many programs: hardly one is like another.
func mixedLine(i int) string {
	r := rand.New(rand.NewPCG(uint64(i), 7))
	any := func(of ...string) string { return of[r.IntN(len(of))] }
	what := func() string {
		return any("connection", "request", "session", "user", "packet", "query", "upload", "certificate", "process", "mailbox", "relay", "zone") + " " +
			any("refused", "closed by peer", "timed out", "accepted", "not permitted", "too large", "expired", "opened", "malformed") + " " + any("on", "after", "before", "for") + " " +
			any("preauth", "handshake", "the third try", "lookup", "transfer", "startup")
	}
	at := fmt.Sprintf("Nov 20 12:%02d:%02d", i/60%60, i%60)
	switch r.IntN(5) {
	case 0:
		return fmt.Sprintf("%s www sshd[%d]: %s from 198.51.100.77 port %d: %s", at, r.IntN(30000), what(), r.IntN(65536), what())
	case 1:
		return fmt.Sprintf(`198.51.100.77 - - [20/Nov/2026:12:%02d:%02d +0900] "%s /%s/%s?id=%d HTTP/1.1" %d %d "-" "%s"`, i/60%60, i%60, any("GET", "POST"), any("cgi-bin", "admin", "wp-content", "static"),
			any("index.php", "login", "setup.cgi", "shell.jsp"), r.IntN(1000), 200+r.IntN(300), r.IntN(90000), any("curl/8.5.0", "Mozilla/5.0 (X11; Linux x86_64)", "masscan/1.3"))
	case 2:
		return fmt.Sprintf("%s mx postfix/smtpd[%d]: %010X: %s, relay=unknown[198.51.100.77]:%d, %s", at, r.IntN(30000), r.Uint64()>>24, what(), r.IntN(65536), what())
	case 3:
		return fmt.Sprintf("%s ns named[%d]: client @0x%x 198.51.100.77#%d: %s: %s", at, r.IntN(30000), r.Uint32(), r.IntN(65536), what(), any("REFUSED", "NXDOMAIN", "SERVFAIL"))
	}
	return fmt.Sprintf("%s %s: %s and %s, as the %s said of %s", at, any("su", "cron", "dovecot", "vsftpd", "httpd"), what(), what(), any("operator", "monitor", "daemon"), what())
}

// packetLine is a line of a packet filter, whose =80 and =47 could be
// quoted-printable.
func packetLine(i int) string {
	r := rand.New(rand.NewPCG(uint64(i), 8))
	return fmt.Sprintf("Nov 20 12:%02d:%02d fw kernel: DROP IN=eth%d OUT= SRC=198.51.100.77 DST=[withheld:ipv4] LEN=%d TTL=%d ID=%d PROTO=TCP SPT=%d DPT=%d SYN", i/60%60, i%60, r.IntN(4),
		40+r.IntN(1400), r.IntN(255), r.IntN(65536), r.IntN(65536), r.IntN(1024))
}

func noticeOf(encoding string, lines int, lineOf func(i int) string) []byte {
	var log, extract strings.Builder
	for i := range lines {
		line := lineOf(i) + "\r\n"
		log.WriteString(line)
		if i < 100 {
			extract.WriteString("  " + line)
		}
	}
	xml := "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<IODEF-Document version=\"2.00\" xml:lang=\"en\" xmlns=\"urn:ietf:params:xml:ns:iodef-2.0\">\r\n" +
		" <Incident purpose=\"mitigation\" restriction=\"need-to-know\">\r\n  <IncidentID name=\"gw.example.org\">GW#00000042</IncidentID>\r\n" +
		"  <GenerationTime>2026-11-20T04:00:00Z</GenerationTime>\r\n  <Contact role=\"creator\" type=\"organization\"><ContactName>GW CSIRT</ContactName>" +
		"<Email><EmailTo>ir@gw.example.org</EmailTo></Email></Contact>\r\n  <EventData><StartTime>2026-11-20T03:14:07Z</StartTime>\r\n" +
		"   <Flow><System category=\"source\"><Node><Address category=\"ipv4-addr\">198.51.100.77</Address></Node></System></Flow>\r\n" +
		"   <Expectation action=\"investigate\"/>\r\n   <Record><RecordData><RecordItem dtype=\"string\">" + log.String() + "</RecordItem></RecordData></Record>\r\n" +
		"  </EventData>\r\n </Incident>\r\n</IODEF-Document>\r\n"
	text := "To the security contact of ISP R,\r\n\r\nThe reporting site has agreed that we may pass on the following. These are\r\n" +
		"observations; we do not know their cause, and would be grateful if you could\r\nlook into them and tell us what you find.\r\n\r\n" +
		"What was observed\r\n  Source          198.51.100.77\r\n  Began           2026-11-20 03:14:07 UTC\r\n\r\nLog\r\n" + extract.String()
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
	const boundary = "=-0d8a75afba9aae1791ba36ccf38cb98d"
	return []byte("Date: Fri, 20 Nov 2026 12:00:00 +0000\r\nFrom: \"GW CSIRT\" <ir@gw.example.org>\r\nTo: abuse@isp-r.example\r\n" +
		"Reply-To: ir+1bc651866373042d20e8@gw.example.org\r\nSubject: [GW#00000042] [TLP:AMBER] Information on possible activity\r\n" +
		"Message-ID: <498387e2a5e6e388bca201b4@gw.example.org>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/mixed;\r\n boundary=\"" + boundary + "\"\r\n\r\n--" + boundary + "\r\n" +
		"Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n" +
		text + "\r\n--" + boundary + "\r\nContent-Type: application/xml\r\nContent-Transfer-Encoding: " + encoding + "\r\n\r\n" +
		body.String() + "\r\n--" + boundary + "--\r\n")
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

// A report of 6 KB becomes a message of 16 KB. Compile and scan together.
func BenchmarkScan8BitMessage(b *testing.B)   { benchScan(b, notice("8bit", 55)) }
func BenchmarkScanQPMessage(b *testing.B)     { benchScan(b, notice("quoted-printable", 55)) }
func BenchmarkScanBase64Message(b *testing.B) { benchScan(b, notice("base64", 55)) }
func BenchmarkScanMixedLog(b *testing.B)      { benchScan(b, noticeOf("7bit", 45, mixedLine)) }
func BenchmarkScanPacketLog(b *testing.B)     { benchScan(b, noticeOf("7bit", 40, packetLine)) }
func BenchmarkScan1MBMixedLog(b *testing.B)   { benchScan(b, noticeOf("8bit", 9500, mixedLine)) }
func BenchmarkScan1MBLog(b *testing.B)        { benchScan(b, notice("base64", 7400)) }
func BenchmarkScan1MBLog8Bit(b *testing.B)    { benchScan(b, notice("8bit", 10000)) }
func BenchmarkScan2MBLog8Bit(b *testing.B)    { benchScan(b, notice("8bit", 20000)) }
