package iodef

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// report makes a version 2 report of about so many octets, with systems,
// contacts, log lines and indentation as real producers write them.
func report(size int) []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>
<IODEF-Document version="2.00" xml:lang="en" xmlns="urn:ietf:params:xml:ns:iodef-2.0">
  <Incident purpose="reporting" restriction="private">
    <IncidentID name="csirt.example.com">2026-0042</IncidentID>
    <StartTime>2026-01-31T00:00:00+09:00</StartTime>
    <ReportTime>2026-01-31T09:00:00+09:00</ReportTime>
    <GenerationTime>2026-01-31T09:30:00+09:00</GenerationTime>
    <Description>Scans &amp; login attempts against our mail hosts</Description>
    <Assessment>
      <SystemImpact severity="low" completion="failed" type="takeover-account"/>
      <Confidence rating="high"/>
    </Assessment>
    <Contact role="creator" type="organization">
      <ContactName>Example CSIRT</ContactName>
      <Email><EmailTo>cert@csirt.example.com</EmailTo></Email>
    </Contact>
`)
	for i := 0; b.Len() < size-60; i++ {
		fmt.Fprintf(&b, `    <EventData>
      <Description>attempt %d</Description>
      <StartTime>2026-01-31T00:%02d:%02d+09:00</StartTime>
      <Flow>
        <System category="source" spoofed="no">
          <Node>
            <Address category="ipv4-addr">192.0.2.%d</Address>
          </Node>
          <Service ip-protocol="6"><Port>%d</Port></Service>
        </System>
        <System category="target">
          <Node>
            <Address category="ipv4-addr">198.51.100.%d</Address>
          </Node>
          <Service ip-protocol="6"><Port>25</Port></Service>
        </System>
      </Flow>
      <Expectation action="investigate" severity="medium"/>
      <Record>
        <RecordData>
          <RecordItem dtype="string">Jan 31 00:%02d:%02d mx1 postfix/smtpd[4711]: warning: unknown[192.0.2.%d]: SASL LOGIN authentication failed</RecordItem>
        </RecordData>
      </Record>
    </EventData>
`, i, i/60%60, i%60, i%250+1, 1024+i%60000, i%250+1, i/60%60, i%60, i%250+1)
	}
	b.WriteString("  </Incident>\n</IODEF-Document>\n")
	return b.Bytes()
}

func benchmark(b *testing.B, raw []byte) {
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if d, err := Parse(raw); err == nil {
			d.Validate(testNow)
		}
	}
}

// The sizes show that the cost is linear.
func BenchmarkParseValidate(b *testing.B) {
	for _, size := range []int{6_000, 300_000, 4_000_000} {
		raw := report(size)
		b.Run(fmt.Sprintf("%dKB", size/1000), func(b *testing.B) { benchmark(b, raw) })
	}
}

// BenchmarkReader is BenchmarkParseValidate with the memory used again, as
// check does it.
func BenchmarkReader(b *testing.B) {
	raw := report(6000)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	var r Reader
	for b.Loop() {
		d, err := r.Parse(raw)
		if err != nil {
			b.Fatal(err)
		}
		d.Validate(testNow)
	}
}

func BenchmarkParseOnly(b *testing.B) {
	raw := report(6000)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(raw); err != nil {
			b.Fatal(err)
		}
	}
}

// hostile documents: each aims at one cost. Size is about n octets.
func hostile(n int) map[string][]byte {
	open := `<IODEF-Document version="2.00" xml:lang="en" xmlns="urn:ietf:params:xml:ns:iodef-2.0">`
	wrap := func(unit string) []byte {
		return []byte(open + strings.Repeat(unit, n/len(unit)) + `</IODEF-Document>`)
	}
	names := strings.Builder{}
	for i := 0; names.Len() < n; i++ {
		fmt.Fprintf(&names, "<n%d/>", i)
	}
	attrs := strings.Builder{}
	for i := range 63 {
		fmt.Fprintf(&attrs, " a%d=''", i)
	}
	bindings := strings.Builder{}
	for i := range 60 {
		fmt.Fprintf(&bindings, " xmlns:p%d='urn:%d'", i, i)
	}
	deep := `<IODEF-Document` + bindings.String() + `><a` + strings.ReplaceAll(bindings.String(), "p", "q") + `>`
	return map[string][]byte{
		"siblings":   wrap("<a/>"),
		"names":      []byte(open + names.String() + `</IODEF-Document>`),
		"attributes": wrap("<a" + attrs.String() + "/>"),
		"references": wrap("&#x41;&amp;"),
		"comments":   wrap("<!---->"),
		"cdata":      wrap("<![CDATA[]]>"),
		"pis":        wrap("<?a?>"),
		"blank":      wrap(" \n"),
		"depth":      []byte(strings.Repeat("<a>", n/3)),
		"open":       []byte(strings.Repeat("<", n)),
		"ampersands": wrap("&"),
		"brackets":   wrap("]"),
		"prefixes":   []byte(deep + strings.Repeat("<p0:a p0:b=''/>", n/15) + `</a></IODEF-Document>`),
		"quotes":     []byte(open + `<a b="` + strings.Repeat("'", n)),
		"faults":     wrap("<Incident/>"),
		"ids":        []byte(open + strings.Repeat(`<Incident purpose="other" observable-id="x"/>`, n/46) + `</IODEF-Document>`),
		"texts":      wrap("x<!---->"),
	}
}

func BenchmarkHostile(b *testing.B) {
	for name, raw := range hostile(1_000_000) {
		b.Run(name, func(b *testing.B) { benchmark(b, raw) })
	}
}
