package translog

import (
	"context"
	"log/slog"
	"time"

	"outcry/internal/kernel/db"
)

const (
	// Nobody's leaf is told to wait for longer than a day: one that does was queued while the clock was ahead. An hour is for the clock of another process.
	farthest   = 25 * time.Hour
	afterwards = 10 * time.Minute // how long it waits then, so that it is not alone in its batch
	rightEvery = time.Hour
)

// rightTimes has leaves wait no longer that wait for a time which was never right. It looks when Run begins, hourly, and when the clock is set by an hour
// or more; only Run's goroutine calls it.
func (l *Log) rightTimes(ctx context.Context) {
	now := l.now()
	if now.Sub(l.righted).Abs() < rightEvery {
		return
	}
	n := int64(0)
	err := l.db.Update(ctx, func(tx *db.Tx) (err error) {
		n, err = rightQueued(tx, now.Add(farthest).UnixMicro(), now.Add(afterwards).UnixMicro())
		return err
	})
	switch {
	case err != nil && ctx.Err() == nil:
		l.log.Error("what waits for the log could not be looked through", slog.Any("error", err))
	case err == nil:
		l.righted = now
	}
	if n > 0 && err == nil {
		l.log.Warn("the clock was set back: entries waited for a time that was never right, and will be in the log within ten minutes", slog.Int64("entries", n))
	}
}
