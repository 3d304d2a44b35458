package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// benchStory takes report n through all durable verbs of its life: receive, correlate, accept with one notice that leaves
// at once, sent. Sizes are those of a signed 6 KB report.
func benchStory(b testing.TB, s *Store, n int, policy, parties Digest) {
	ctx := context.Background()
	raw := make([]byte, 10<<10)
	rand.Read(raw)
	r, err := s.Receive(ctx, Incoming{Raw: raw, Location: Location{"a", "INBOX", 7, uint32(n + 1)}})
	if err != nil {
		b.Fatal(err)
	}
	source := fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255)
	at := time.Now()
	c, err := s.Correlate(ctx, Keys{MailID: r.ID, Party: "cert-u", IncidentName: "n", IncidentID: "bench" + itoa(n), Sources: []string{source}, At: at, Window: time.Hour})
	if err != nil {
		b.Fatal(err)
	}
	document := bytes.Repeat([]byte("x"), 6<<10)
	out, err := s.Accept(ctx, Acceptance{MailID: r.ID, Verdict: Verdict{Kind: KindReport, Signature: "trusted", Reasons: []string{"good-signature"}, MessageID: "<" + itoa(n) + "@bench>"},
		Tickets: []TicketChange{{Correlation: c,
			Reports:    []NewReport{{Party: "cert-u", IncidentName: "n", IncidentID: "bench" + itoa(n), GeneratedAt: at, At: at, Sources: []string{source}, Document: document}},
			Recipients: []NewRecipient{{Party: "isp-r", Token: fmt.Sprintf("bench-%020d", n)}},
			Decisions: []NewDecision{{Party: "isp-r", Kind: KindNotice, Stage: FirstContact, PolicyDigest: policy, PartiesDigest: parties, Scan: "clean", Twin: "equal",
				Cells: json.RawMessage(`["` + strings.Repeat("c", 2<<10) + `"]`),
				Delivery: &NewDelivery{Begin: true, From: "b" + itoa(n) + "@gw", To: "abuse@isp-r.example", MessageID: "<bench" + itoa(n) + "@gw>",
					Bytes: bytes.Repeat([]byte("0123456789abcde\r\n"), 500)}}}}}})
	if err != nil {
		b.Fatal(err)
	}
	d := out[0].Begun[0]
	if err := s.Sent(ctx, d.ID, d.Attempts, Reply{Code: 250, Text: "ok"}); err != nil {
		b.Fatal(err)
	}
}

func benchOpen(b *testing.B) (s *Store, policy, parties Digest) {
	b.Helper()
	s, err := Open(b.Context(), filepath.Join(b.TempDir(), "gw.db"), Options{Create: true, Daemon: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s, benchSnapshot(b, s, SnapshotPolicy), benchSnapshot(b, s, SnapshotParties)
}

func benchSnapshot(b *testing.B, s *Store, kind SnapshotKind) Digest {
	b.Helper()
	d, err := s.PutSnapshot(context.Background(), "op", kind, string(kind))
	if err != nil {
		b.Fatal(err)
	}
	return d
}

// cpu is what this process has used so far; unlike the clock it does not see who else is at work on the machine.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// benchReports has workers take b.N reports through the store; next numbers them.
func benchReports(b *testing.B, s *Store, policy, parties Digest, workers int, next *atomic.Int64) {
	last := next.Load() + int64(b.N)
	var group sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	before := cpu(b)
	for range workers {
		group.Go(func() {
			for n := next.Add(1); n <= last; n = next.Add(1) {
				benchStory(b, s, int(n), policy, parties)
			}
		})
	}
	group.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "reports/s")
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-µs/report")
	next.Store(last + int64(workers))
}

// BenchmarkReport is the store's share of a report, by how many workers write at once: one worker has every commit to
// itself, more share them.
func BenchmarkReport(b *testing.B) {
	for _, workers := range []int{1, 4, 16, 64} {
		s, policy, parties := benchOpen(b)
		var next atomic.Int64
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) { benchReports(b, s, policy, parties, workers, &next) })
	}
}

// BenchmarkTickets is the cost of a report in a database that holds many. Filling it takes minutes.
func BenchmarkTickets(b *testing.B) {
	for _, tickets := range []int{10_000, 1_000_000} {
		s, policy, parties := benchOpen(b)
		fill(b, s, tickets)
		var next atomic.Int64
		b.Run(fmt.Sprintf("tickets=%d", tickets), func(b *testing.B) { benchReports(b, s, policy, parties, 16, &next) })
	}
}

// fill makes tickets with a report, a recipient and a sent notice each, without their bytes.
func fill(b *testing.B, s *Store, n int) {
	b.Helper()
	numbers := fmt.Sprintf("WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < %d) ", n)
	digest := "lower(hex(randomblob(32)))"
	for _, statement := range []string{
		"INSERT INTO mail (id, digest, size, received_at, first_seen, state, kind, message_id, finished_at) " + numbers +
			"SELECT n, " + digest + ", 10000, n, n, 'accepted', 'report', '<' || hex(randomblob(8)) || '@fill>', n FROM i",
		"INSERT INTO location (account, mailbox, uidvalidity, uid, mail, state, seen_at) " + numbers + "SELECT 'a', 'INBOX', 6, n, n, 'done', n FROM i",
		"INSERT INTO ticket (id, number, state, version, opened, updated) " + numbers + "SELECT n, 'OLD#' || n, 'open', 1, n, n FROM i",
		"INSERT INTO ticket_key (kind, value, ticket, first_at, last_at) " + numbers +
			"SELECT 'source', '10.' || (n >> 16 & 255) || '.' || (n >> 8 & 255) || '.' || (n & 255), n, n, n FROM i",
		"INSERT INTO report (mail, ticket, incident, party, incident_name, incident_id, instance, generated_at, at, version, digest, conditions, number, answer, current, accepted_at) " +
			numbers + "SELECT n, n, 0, 'cert-u', 'n', hex(randomblob(8)), '', n, n, '2.00', " + digest + ", '', '', 0, 1, n FROM i",
		"INSERT INTO recipient (ticket, party, stage, token, address, basis, opened, updated) " + numbers +
			"SELECT n, 'isp-r', 'first-contact', hex(randomblob(16)), 'abuse@isp-r.example', 'network', n, n FROM i",
		"INSERT INTO event (at, actor, verb, subject, detail, prev, hash) " + numbers + "SELECT n, 'gateway', 'fill', 'ticket/' || n, '{}', '', '' FROM i",
		"INSERT INTO decision (id, ticket, party, kind, stage, policy_digest, parties_digest, reports, inputs, cells, cells_digest, scan, twin, message_digest, refusal, digest, at) " +
			numbers + "SELECT n, n, 'isp-r', 'notice', 'first-contact', (SELECT min(digest) FROM snapshot), (SELECT max(digest) FROM snapshot), '[]', '{}', n % 1000, " +
			digest + ", 'clean', 'equal', " + digest + ", '', " + digest + ", n FROM i",
		"INSERT INTO delivery (decision, ticket, party, kind, envelope_from, envelope_to, message_id, digest, size, approvals, state, created, updated) " + numbers +
			"SELECT n, n, 'isp-r', 'notice', hex(randomblob(8)), 'abuse@isp-r.example', hex(randomblob(8)), " + digest + ", 1, 0, 'sent', n, n FROM i",
	} {
		if err := s.writer.do(context.Background(), "fill", func(t *tx) error {
			_, err := t.exec(statement)
			if err == nil {
				err = t.row("SELECT coalesce(max(seq), 0) FROM event").Scan(&t.tip.seq)
			}
			return err
		}); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Checkpoint(context.Background()); err != nil {
		b.Fatal(err)
	}
}
