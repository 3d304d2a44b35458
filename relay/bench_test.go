package relay

import (
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"
	"time"

	"iodefgw/relay/disclosure"
)

// withLog is the worked examples' report with its log repeated, each time with
// another time and port, up to a size.
func withLog(t testing.TB, size int) string {
	text := exampleReport(t)
	head, tail, ok := strings.Cut(text, "</RecordItem>")
	if !ok {
		t.Fatal("the report has no log")
	}
	var log strings.Builder
	for i := 0; len(head)+log.Len()+len(tail) < size; i++ {
		fmt.Fprintf(&log, "Nov 20 12:%02d:%02d www sshd[%d]: Failed password for root from 198.51.100.77 port %d ssh2\n", i/60%60, i%60, 800+i, 20000+i%40000)
	}
	return head + log.String() + "</RecordItem>" + tail
}

// withNames is the worked examples' report with a log of names that spell as
// many addresses.
func withNames(t testing.TB, names int) string {
	head, tail, ok := strings.Cut(exampleReport(t), "</RecordItem>")
	if !ok {
		t.Fatal("the report has no log")
	}
	var log strings.Builder
	for i := range names {
		fmt.Fprintf(&log, "h10-%d-%d-%d.example.com\n", i>>16&255, i>>8&255, i&255)
	}
	return head + log.String() + "</RecordItem>" + tail
}

// cpu is the processor time that this process has used: what a notice costs,
// however busy the machine is.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// asDaemon has the heap grow as far as cmd/iodefgw lets it (gcPercent there).
func asDaemon(b *testing.B) {
	was := debug.SetGCPercent(800)
	b.Cleanup(func() { debug.SetGCPercent(was) })
}

// BenchmarkNotice decides, builds and proves one notice: all but the seal. It
// begins with a parsed report and a recipient that was found. That the report is
// taken apart and its log read for values is counted; a ticket pays it once for
// all its messages.
func BenchmarkNotice(b *testing.B) {
	asDaemon(b)
	for _, size := range []int{6 << 10, 64 << 10, 1 << 20} {
		b.Run(fmt.Sprintf("%dKB", size>>10), func(b *testing.B) {
			d := newDesk(b, "", certU(), ispR(disclosure.AbuseDesk), orgV())
			reports := []*Report{d.report("cert-u", "conditions: forward-log-as-is\n", withLog(b, size))}
			to := d.told("isp-r", disclosure.Acknowledged, reports...).Recipient // as it was found
			b.SetBytes(int64(size))
			b.ReportAllocs()
			before := cpu(b)
			for b.Loop() {
				n, err := d.Notice(&Ticket{Number: "GW#00000042", Reports: reports}, to, d.parties, noon)
				if d.check(err); n.Refusal != "" {
					b.Fatal(n.Refusal, n.Leaks)
				}
			}
			b.ReportMetric(float64(cpu(b)-before)/1e3/float64(b.N), "cpu-µs/op")
		})
	}
}

// mixedLog is a log of several programs, hardly a line of it like another.
func mixedLog(size int) string {
	r := rand.New(rand.NewPCG(3, 4))
	any := func(words string) string { all := strings.Split(words, ","); return all[r.IntN(len(all))] }
	what := func() string {
		return any("connection,request,session,packet,query,upload,certificate,mailbox") + " " + any("refused,closed by peer,timed out,accepted,too large,expired,malformed") + " " +
			any("on,after,before") + " " + any("preauth,handshake,the third try,lookup,transfer,startup")
	}
	var log strings.Builder
	for log.Len() < size {
		switch fmt.Fprintf(&log, "Nov 20 12:%02d:%02d ", r.IntN(60), r.IntN(60)); r.IntN(4) {
		case 0:
			fmt.Fprintf(&log, "www sshd[%d]: %s from 198.51.100.77 port %d: %s\n", r.IntN(30000), what(), r.IntN(65536), what())
		case 1:
			fmt.Fprintf(&log, "mx postfix/smtpd[%d]: %010X: %s, client=unknown[198.51.100.77]:%d\n", r.IntN(30000), r.Uint64()>>24, what(), r.IntN(65536))
		case 2:
			fmt.Fprintf(&log, "www httpd: 198.51.100.77 \"%s /%s/%s HTTP/1.1\" %d %d\n", any("GET,POST,HEAD"), any("cgi-bin,admin,static"), any("index.php,login,setup.cgi"), 200+r.IntN(300), r.IntN(90000))
		default:
			fmt.Fprintf(&log, "fw %s: %s and %s, as the %s said\n", any("kernel,named,cron"), what(), what(), any("operator,monitor,daemon"))
		}
	}
	return log.String()
}

// BenchmarkNoticeMixed is a notice of a log of many shapes.
func BenchmarkNoticeMixed(b *testing.B) {
	d := newDesk(b, "", certU(), ispR(disclosure.AbuseDesk), orgV())
	head, tail, _ := strings.Cut(exampleReport(b), "</RecordItem>")
	r := d.report("cert-u", "conditions: forward-log-as-is\n", head+mixedLog(4<<10)+"</RecordItem>"+tail)
	n := d.told("isp-r", disclosure.Acknowledged, r)
	for name, do := range map[string]func(){"notice": func() { d.told("isp-r", disclosure.Acknowledged, r) }, "scan": func() { n.scan(nil) }} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			before := cpu(b)
			for b.Loop() {
				do()
			}
			b.ReportMetric(float64(cpu(b)-before)/1e3/float64(b.N), "cpu-µs/op")
		})
	}
}

// BenchmarkNoticeNames is a notice of which every value is withheld: a log of
// host names that spell addresses of the requester's site.
func BenchmarkNoticeNames(b *testing.B) {
	for _, names := range []int{5000, 20000} {
		b.Run(fmt.Sprint(names), func(b *testing.B) {
			d := newDesk(b, "", certU(), ispR(disclosure.CSIRT), orgV())
			r := d.report("cert-u", blockOf("conditions: minimal\nmy-site: 10.0.0.0/8\n"), withNames(b, names))
			before := cpu(b)
			for b.Loop() {
				d.told("isp-r", disclosure.Acknowledged, r)
			}
			b.ReportMetric(float64(cpu(b)-before)/1e3/float64(b.N)/float64(names), "cpu-µs/name")
		})
	}
}

// BenchmarkNoticeNode is a notice of one machine with that many addresses.
func BenchmarkNoticeNode(b *testing.B) {
	for _, addresses := range []int{1000, 4000} {
		b.Run(fmt.Sprint(addresses), func(b *testing.B) {
			var all strings.Builder
			for i := range addresses {
				fmt.Fprintf(&all, `<Address category="ipv4-addr">198.51.%d.%d</Address>`, i>>8, i&255)
			}
			d := newDesk(b, "", certU(), ispR(disclosure.AbuseDesk), orgV())
			r := d.report("cert-u", "conditions: forward-log-as-is\n", strings.Replace(exampleReport(b), "<Node>", "<Node>"+all.String(), 1))
			before := cpu(b)
			for b.Loop() {
				d.told("isp-r", disclosure.Acknowledged, r)
			}
			b.ReportMetric(float64(cpu(b)-before)/1e3/float64(b.N)/float64(addresses), "cpu-µs/address")
		})
	}
}

// BenchmarkNoticeSteps is what each step of the 6 KB notice takes by itself.
// The scan stands in BenchmarkNotice alone: it is package leak's.
func BenchmarkNoticeSteps(b *testing.B) {
	asDaemon(b)
	d := newDesk(b, "", certU(), ispR(disclosure.AbuseDesk), orgV())
	r := d.report("cert-u", "conditions: forward-log-as-is\n", withLog(b, 6<<10))
	t := &Ticket{Number: "GW#00000042", Reports: []*Report{r}}
	n := d.told("isp-r", disclosure.Acknowledged, r)
	random, memory := rand.New(rand.NewPCG(1, 2)), twinners.Get().(*twinner)
	memory.begin(n, random)
	fresh := func() *Notice { return &Notice{Recipient: n.Recipient, Number: n.Number, Now: n.Now, us: d.Us} }
	in := d.decide(fresh(), t, d.parties)
	header, err := d.header(n)
	d.check(err)
	w, bare, filled := &written{}, d.newDraft(n, t), &drafter{}
	memory.drafter.written = n.Draft.Logs
	l := newLetter()
	d.check(d.Templates.notice(l, n.Draft, d.Us))
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"take apart", func() { collect(t.Reports, d.parties.values) }},
		{"own and decide", func() { d.decide(fresh(), t, d.parties) }},
		{"decide", func() { disclosure.Decide(in) }},
		{"fill", func() { draft := bare; filled.fill(&draft, n.material, n.res, n.names) }},
		{"document", func() { document(n.Draft, d.Us) }},
		{"letter", func() { l := newLetter(); d.Templates.notice(l, n.Draft, d.Us); l.free() }},
		{"mail", func() { w.mail(header, l, n.Draft.attachment(n.Document)) }},
		{"scan", func() { n.scan(nil) }},
		{"values", func() { n.values() }},
		{"twin", func() {
			memory.draw()
			draft := bare
			memory.drafter.fill(&draft, &memory.twin, memory.decided.Twin(n.res, memory.twin.cells), memory.names)
			if !draft.equal(n.Draft) {
				b.Fatal("a twin shows")
			}
		}},
		{"row", func() { n.table() }},
		{"said", func() { n.said = ""; n.Said() }},
	} {
		b.Run(strings.ReplaceAll(step.name, " ", "-"), func(b *testing.B) {
			b.ReportAllocs()
			before := cpu(b)
			for b.Loop() {
				step.do()
			}
			b.ReportMetric(float64(cpu(b)-before)/1e3/float64(b.N), "cpu-µs/op")
		})
	}
}
