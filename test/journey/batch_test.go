package journey

import (
	"testing"
	"time"
)

// untilBatch returns when the next full ten minutes, at which everything waiting is counted, are not near.
func untilBatch(t testing.TB) {
	t.Helper()
	next := time.Now().Truncate(10 * time.Minute).Add(10 * time.Minute)
	if left := time.Until(next); left < time.Minute {
		t.Logf("waiting %v for the next ten minutes to begin", left)
		time.Sleep(left + time.Second)
	}
}
