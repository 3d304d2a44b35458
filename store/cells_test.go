package store

import (
	"testing"
	"time"
)

// Decisions that say the same of the same cells share a row; it is there while a ticket needs it and goes with the last.
func TestCellsAreSharedUntilTheLastTicketIsPurged(t *testing.T) {
	s := openTest(t, Options{})
	a, b := accept(t, s, 1, "198.51.100.1"), accept(t, s, 2, "198.51.100.2")
	rows := func() int64 {
		t.Helper()
		n, err := one(t.Context(), s.readers, "cells", "", scanID, "SELECT count(*) FROM cells WHERE digest = (SELECT cells_digest FROM decision WHERE id = ?)", a.DecisionIDs[0])
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	first, err := s.DecisionByID(t.Context(), a.DecisionIDs[0])
	if err != nil {
		t.Fatal(err)
	}
	for i, done := range []Accepted{a, b} {
		if rows() != 1 {
			t.Fatalf("%d rows of cells with %d tickets purged", rows(), i)
		}
		now, err := s.DecisionByID(t.Context(), done.DecisionIDs[0])
		if err != nil || string(now.Cells) != string(first.Cells) {
			t.Fatalf("decision %d has cells %s, want %s (%v)", done.DecisionIDs[0], now.Cells, first.Cells, err)
		}
		d := attempt(t, s, done.DeliveryIDs[0])
		if err := s.Sent(t.Context(), d.ID, d.Attempts, Reply{Code: 250}); err != nil {
			t.Fatal(err)
		}
		if err := s.SetTicket(t.Context(), done.TicketID, TicketOpen, TicketClosed, "alice", "done"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Purge(t.Context(), "alice", Retention{Tickets: time.Now().Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	if rows() != 0 {
		t.Errorf("%d rows of cells that no ticket needs", rows())
	}
}
