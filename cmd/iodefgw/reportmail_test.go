package main

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"iodefgw/iodef"
	"iodefgw/mailgw/message"
	"iodefgw/mailgw/pgp"
	"iodefgw/relay/disclosure"
)

// Whatever a reporter says, the mail is one that a strict reader takes: one
// document, valid, and it and the conditions under the reporter's signature.
func TestReportsAreReadBackAsTheyWereMeant(t *testing.T) {
	now := time.Date(2026, 11, 20, 4, 0, 0, 0, time.UTC)
	secret, err := pgp.GenerateSecret("CERT-U", "cert@example.co.jp", now.Add(-time.Hour), seeded("key"))
	if err != nil {
		t.Fatal(err)
	}
	public, err := secret.Public()
	if err != nil {
		t.Fatal(err)
	}
	ring := pgp.NewKeyring([]*pgp.Key{public})
	presets := []string{"", "forward-log-as-is", "hide-my-ip", "minimal", "no-relay", "ask-me", "自サイトのIPアドレスを伏せる"}
	word := rapid.StringOfN(rapid.RuneFrom([]rune("aé漢<&>'\"]\\ .,")), 1, 40, -1)

	rapid.Check(t, func(t *rapid.T) {
		addr := rapid.Custom(func(t *rapid.T) netip.Addr {
			if rapid.Bool().Draw(t, "v6") {
				return netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "a16"))).Unmap()
			}
			return netip.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "a4")))
		})
		in := ReportInput{
			Version: rapid.SampledFrom([]iodef.Version{iodef.V1, iodef.V2}).Draw(t, "version"),
			Now:     now, Seen: now.Add(-time.Duration(rapid.IntRange(0, 86400).Draw(t, "age")) * time.Second),
			Sources: rapid.SliceOfN(addr, 1, 3).Draw(t, "sources"),
			Targets: []Target{{addr.Draw(t, "target"), rapid.SampledFrom([]string{"", "www.example.co.jp"}).Draw(t, "name")}},
			Port:    rapid.Uint16().Draw(t, "port"), Type: rapid.SampledFrom([]string{"", "policy", "recon", "unknown"}).Draw(t, "type"),
			Severity: rapid.SampledFrom([]string{"", "low", "high"}).Draw(t, "severity"),
			Text:     word.Draw(t, "text"), Log: strings.Join(rapid.SliceOf(word).Draw(t, "log"), "\n"),
			Language: rapid.SampledFrom([]string{"en", "ja"}).Draw(t, "language"),
			From:     "cert@example.co.jp", To: "ir@gw.example.org", Name: "CERT-U",
			Gzip: rapid.Bool().Draw(t, "gzip"), Sign: secret, Random: seeded("mail"),
		}
		preset := rapid.SampledFrom(presets).Draw(t, "preset")
		if preset != "" {
			in.Conditions = presetLine(preset)
		}
		mail, err := BuildReport(in)
		if err != nil {
			t.Fatal(err)
		}
		in.Random = seeded("mail")
		if again, err := BuildReport(in); err != nil || !bytes.Equal(mail, again) {
			t.Fatalf("not the same again: %v", err)
		}
		opened := pgp.Open(message.Parse(mail), ring, nil, pgp.Policy{}, now)
		tag, signer := opened.Decide(func(string) string { return "cert-u" })
		docs := opened.Documents()
		if tag != pgp.TagGood || signer != secret.Fingerprint() || len(docs) != 1 || !docs[0].Covered {
			t.Fatalf("%s by %s, %d documents", tag, signer, len(docs))
		}
		doc, err := iodef.Parse(docs[0].Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if v := iodef.Verdict(doc.Validate(now)); v != iodef.VerdictValid || doc.Version() != in.Version {
			t.Fatalf("version %s is %s", doc.Version(), v)
		}
		conditions, found, err := disclosure.ParseConditions(opened.Text())
		want, _ := disclosure.Preset(preset)
		if err != nil || found != (preset != "") || found && conditions.String() != want.String() {
			t.Fatalf("conditions %v, %v, %q", found, err, conditions.String())
		}
		checkIncident(t, doc, in)
	})
}

// checkIncident compares what was said with what is read.
func checkIncident(t *rapid.T, doc *iodef.Document, in ReportInput) {
	incident := doc.Incidents()[0]
	var sources []string
	for _, s := range incident.Systems() {
		if s.Category() != "source" {
			continue
		}
		for _, a := range s.Addresses() {
			sources = append(sources, a.Value())
		}
	}
	if len(sources) != len(in.Sources) {
		t.Fatalf("sources %v, want %v", sources, in.Sources)
	}
	for i, s := range sources {
		if got, err := netip.ParseAddr(s); err != nil || got != in.Sources[i] {
			t.Fatalf("source %q, want %s", s, in.Sources[i])
		}
	}
	var log strings.Builder
	for c := range doc.Cells() {
		if c.Element.Name() == "RecordItem" && c.Attr == "" {
			log.WriteString(c.Value)
		}
	}
	if strings.TrimSpace(in.Log) != "" && log.String() != in.Log {
		t.Fatalf("log %q, want %q", log.String(), in.Log)
	}
}
