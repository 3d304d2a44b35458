package store

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Whoever changes, removes or reorders events, or cuts the chain's end off, is found out, also when the hashes after it
// are left as they were, and a signed head finds out one who rewrote them all.
func TestCase_181_AuditTamper(t *testing.T) {
	tests := map[string]string{
		"actor changed":      "UPDATE event SET actor = 'mallory' WHERE seq = 5",
		"detail changed":     "UPDATE event SET detail = '{}' WHERE seq = 6",
		"time changed":       "UPDATE event SET at = at + 1 WHERE seq = 7",
		"hash changed":       "UPDATE event SET hash = prev WHERE seq = 7",
		"row deleted":        "DELETE FROM event WHERE seq = 8",
		"first deleted":      "DELETE FROM event WHERE seq = 1",
		"end cut off":        "DELETE FROM event WHERE seq >= (SELECT max(seq) FROM event)",
		"rows swapped":       "UPDATE event SET seq = -1 WHERE seq = 4; UPDATE event SET seq = 4 WHERE seq = 5; UPDATE event SET seq = 5 WHERE seq = -1",
		"field moved across": "UPDATE event SET actor = actor || substr(verb, 1, 1), verb = substr(verb, 2) WHERE seq = 5",
		"end and tip cut":    "DELETE FROM event WHERE seq > 9; UPDATE event_tip SET (seq, hash) = (SELECT seq, hash FROM event WHERE seq = 9)",
	}
	for name, tamper := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "gw.db")
			s := openAt(t, path, Options{})
			for i := range 3 {
				accept(t, s, i+1, "198.51.100.77")
			}
			head, err := s.Head(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			head.Signature = "signed"
			if err := s.SignHead(t.Context(), head); err != nil {
				t.Fatal(err)
			}
			if err := s.SignHead(t.Context(), head); !errors.Is(err, ErrDuplicate) {
				t.Errorf("a second head for the day: %v", err)
			}
			if _, err := s.VerifyChain(t.Context(), nil); err != nil {
				t.Fatal(err)
			}
			clean(t, s)
			db := writerDB(t, path)
			if _, err := db.Exec(tamper); name != "end and tip cut" && err == nil {
				t.Error("the triggers let it pass")
			}
			if _, err := db.Exec("DROP TRIGGER event_is_final; DROP TRIGGER event_stays; " + tamper); err != nil {
				t.Fatal(err)
			}
			if n, err := s.VerifyChain(t.Context(), nil); err == nil {
				t.Errorf("chain of %d events passes", n)
			}
			if problems, err := s.Fsck(t.Context(), nil); err != nil || len(problems) == 0 {
				t.Errorf("fsck: %v, %v", problems, err)
			}
		})
	}
}

// A signature that the caller does not accept makes the chain bad.
func TestVerifyChainAsksForSignatures(t *testing.T) {
	s := openTest(t, Options{Now: func() time.Time { return time.Date(2026, 11, 20, 23, 59, 0, 0, time.UTC) }})
	receive(t, s, 1)
	head, err := s.Head(t.Context())
	if err != nil || head.Day != "2026-11-20" {
		t.Fatal(head, err)
	}
	head.Signature = "sig of " + head.Text()
	if err := s.SignHead(t.Context(), head); err != nil {
		t.Fatal(err)
	}
	for _, want := range []bool{true, false} {
		_, err := s.VerifyChain(t.Context(), func(h Head) error {
			if want == (h.Signature == "sig of "+h.Text()) {
				return nil
			}
			return errors.New("bad signature")
		})
		if (err == nil) != want {
			t.Errorf("want good %t: %v", want, err)
		}
	}
	head.Hash = strings.Repeat("0", 64)
	if err := s.SignHead(t.Context(), head); !errors.Is(err, ErrStale) {
		t.Errorf("signed a head that is not the chain's: %v", err)
	}
}

// Rows that are changed behind the verbs' back are found, each by its own rule.
func TestFsckFindsTampering(t *testing.T) {
	tests := map[string]string{
		"mail-digest":       "UPDATE mail_raw SET raw = x'00' WHERE mail = 1",
		"audit-row":         "UPDATE mail SET digest = '" + string(DigestOf(nil)) + "' WHERE id = 1",
		"mail-bytes":        "DELETE FROM mail_raw WHERE mail = 1",
		"report-digest":     "UPDATE report SET document = x'00' WHERE id = 1",
		"current-report":    "UPDATE report SET current = 1, incident_id = '1'",
		"accepted-report":   "DELETE FROM report WHERE id = 2",
		"decision-digest":   "UPDATE cells SET json = '[1]'",
		"decision-proof":    "UPDATE decision SET scan = 'leak' WHERE id = 1",
		"delivery-digest":   "UPDATE delivery_bytes SET bytes = x'00' WHERE delivery = 1",
		"scanned-digest":    "UPDATE delivery_bytes SET plain = x'00' WHERE delivery = 1",
		"delivery-bytes":    "DELETE FROM delivery_bytes WHERE delivery = 1",
		"queued-approval":   "UPDATE delivery SET approvals = 1 WHERE id = 1",
		"attempts":          "UPDATE delivery SET attempts = 3 WHERE id = 1",
		"attempt-under-way": "UPDATE delivery SET state = 'sending', next_at = 0 WHERE id = 1",
		"sent-attempt":      "UPDATE delivery SET state = 'sent', next_at = 0 WHERE id = 1",
		"stage-evidence":    "UPDATE recipient SET stage = 'trusted'",
		"snapshot-digest":   "UPDATE snapshot SET text = 'version = 2' WHERE kind = 'policy'",
		"delivery-decision": "UPDATE delivery SET party = 'other' WHERE id = 1",
		"cell-owner":        "UPDATE cells SET json = '{\"cells\":[{\"path\":\"x\",\"owner\":\"mine\"},{\"path\":\"y\"}]}'",
		"orphan":            "PRAGMA foreign_keys = OFF; UPDATE report SET mail = 99 WHERE id = 1",
	}
	for rule, tamper := range tests {
		t.Run(rule, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "gw.db")
			s := openAt(t, path, Options{})
			accept(t, s, 1, "198.51.100.77")
			accept(t, s, 2, "198.51.100.77")
			clean(t, s)
			if _, err := writerDB(t, path).Exec(tamper); err != nil {
				t.Fatal(err)
			}
			problems, err := s.Fsck(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.ContainsFunc(problems, func(p Problem) bool { return p.Rule == rule }) {
				t.Errorf("not found: %+v", problems)
			}
		})
	}
}

// What a daemon looks at before it sends anything from a large database: whatever was changed of a message that can
// leave, of the stages, of the policies or of the audit chain since its last signed head is found, and a message that
// was sent is left to the rest.
func TestFsckFirstFindsWhatCanLeave(t *testing.T) {
	const triggers = "DROP TRIGGER event_is_final; "
	tests := map[string]string{
		"decision-proof":    "UPDATE decision SET scan = 'leak' WHERE id = 1",
		"decision-digest":   "UPDATE decision SET inputs = '{\"a\":1}' WHERE id = 1",
		"cell-owner":        "UPDATE cells SET json = '[{\"path\":\"x\"}]'",
		"delivery-digest":   "UPDATE delivery_bytes SET bytes = x'00' WHERE delivery = 1",
		"scanned-digest":    "UPDATE delivery_bytes SET plain = x'00' WHERE delivery = 1",
		"delivery-bytes":    "DELETE FROM delivery_bytes WHERE delivery = 1",
		"queued-approval":   "UPDATE delivery SET approvals = 1 WHERE id = 1",
		"attempts":          "UPDATE delivery SET attempts = 3 WHERE id = 1",
		"attempt-under-way": "UPDATE delivery SET state = 'sending', next_at = 0 WHERE id = 1",
		"delivery-decision": "UPDATE delivery SET party = 'other' WHERE id = 1",
		"stage-evidence":    "UPDATE recipient SET stage = 'trusted'",
		"snapshot-digest":   "UPDATE snapshot SET text = 'version = 2' WHERE kind = 'policy'",
		"sent-attempt":      "UPDATE delivery SET state = 'queued', next_at = 1 WHERE id = 2",
		"audit-row":         "UPDATE delivery SET digest = '" + string(DigestOf([]byte{0})) + "' WHERE id = 1; UPDATE delivery_bytes SET bytes = x'00' WHERE delivery = 1",
		"audit-chain":       triggers + "UPDATE event SET actor = 'mallory' WHERE seq = (SELECT max(seq) FROM event)",
		"signed":            "UPDATE head SET signature = 'other'",
		"behind the head":   triggers + "UPDATE event SET actor = 'mallory' WHERE seq = 2",
		"sent":              "UPDATE delivery_bytes SET bytes = x'00' WHERE delivery = 2",
	}
	for name, tamper := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "gw.db")
			s := openAt(t, path, Options{})
			accept(t, s, 1, "198.51.100.77")
			second := accept(t, s, 2, "198.51.100.78").DeliveryIDs[0]
			d, err := s.Attempt(t.Context(), second)
			if err == nil {
				err = s.Sent(t.Context(), second, d.Attempts, Reply{Code: 250})
			}
			head, err2 := s.Head(t.Context())
			head.Signature = "signed"
			if err := errors.Join(err, err2, s.SignHead(t.Context(), head)); err != nil {
				t.Fatal(err)
			}
			verify := func(h Head) error {
				if h.Signature != "signed" {
					return errors.New("bad signature")
				}
				return nil
			}
			if problems, err := s.fsckFirst(t.Context(), verify, true); err != nil || len(problems) > 0 {
				t.Fatalf("before: %v, %v", problems, err)
			}
			if _, err := writerDB(t, path).Exec(tamper); err != nil {
				t.Fatal(err)
			}
			want := name
			switch name {
			case "signed":
				want = "audit-chain"
			case "behind the head", "sent":
				want = ""
				if problems, err := s.FsckRest(t.Context(), nil); err != nil || len(problems) == 0 {
					t.Errorf("the rest: %v, %v", problems, err)
				}
			}
			problems, err := s.fsckFirst(t.Context(), verify, true)
			if err != nil {
				t.Fatal(err)
			}
			if found := slices.ContainsFunc(problems, func(p Problem) bool { return p.Rule == want }); found != (want != "") {
				t.Errorf("want %q, found: %+v", want, problems)
			}
			if problems, rest, err := s.FsckFirst(t.Context(), verify); err != nil || rest || len(problems) == 0 {
				t.Errorf("a small database is checked whole: %v, rest %v, %v", problems, rest, err)
			}
		})
	}
}
