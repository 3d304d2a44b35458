package relay

import (
	"testing"
	"time"
)

func TestCase_108_Backoff(t *testing.T) {
	for attempt, want := range map[int]time.Duration{
		0: time.Minute, 1: time.Minute, 2: 2 * time.Minute, 5: 16 * time.Minute, 8: 128 * time.Minute,
		9: 4 * time.Hour, 40: 4 * time.Hour, 1 << 40: 4 * time.Hour,
	} {
		if got := Backoff(attempt, 0.5); got != want {
			t.Errorf("Backoff(%d, 0.5) = %v, want %v", attempt, got, want)
		}
		lo, hi := Backoff(attempt, 0), Backoff(attempt, 0.999999)
		if lo != want*3/4 || hi >= want*5/4 || hi <= want {
			t.Errorf("Backoff(%d) goes from %v to %v, want 75 %% to 125 %% of %v", attempt, lo, hi, want)
		}
	}
	// A greylisting server of 5 minutes or an hour is asked again soon after
	// it would take the mail, and the days are not filled with attempts.
	tries, age := 0, time.Duration(0)
	for age < GiveUpAfter {
		tries++
		age += Backoff(tries, 0.5)
	}
	if tries < 25 || tries > 60 {
		t.Errorf("%d attempts in %v", tries, GiveUpAfter)
	}
}
