package relay

import "time"

// GiveUpAfter is how long a delivery is tried before it fails (RFC 5321
// section 4.5.4.1: at least 4 to 5 days).
const GiveUpAfter = 5 * 24 * time.Hour

const (
	firstDelay = time.Minute
	maxDelay   = 4 * time.Hour
)

// Backoff is how long to wait after attempt number attempt (1 is the first)
// before the next: one minute, doubled each time up to four hours. jitter in
// [0,1) moves it from 75 % to 125 %, so that the deliveries that failed
// together, because a server was down, do not come back together.
func Backoff(attempt int, jitter float64) time.Duration {
	d := firstDelay
	for ; attempt > 1 && d < maxDelay; attempt-- {
		d *= 2
	}
	return time.Duration(float64(min(d, maxDelay)) * (0.75 + 0.5*jitter))
}
