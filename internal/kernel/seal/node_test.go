package seal

import (
	"context"
	"errors"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
)

// At midnight one node's clock is in the new day and another's is not yet: what the first seals, the second opens.
func TestNodesWhoseClocksDiffer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, u := t.Context(), secret(t)
		midnight := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
		first, second := &clock{midnight.Add(-time.Hour)}, &clock{midnight.Add(-time.Hour)}
		a, err := OpenDayKeys(ctx, d, u, first.now)
		if err != nil {
			t.Fatal(err)
		}
		b, err := OpenDayKeys(ctx, d, u, second.now)
		if err != nil {
			t.Fatal(err)
		}
		first.t, second.t = midnight.Add(2*time.Second), midnight.Add(-time.Second)
		token, err := a.Token(ctx, "page", []byte("hello"))
		if err != nil {
			t.Fatal(err)
		}
		code, err := a.Code(ctx, []byte("tag"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := b.OpenToken(ctx, "page", token); err != nil || string(got) != "hello" {
			t.Errorf("%q: %v", got, err)
		}
		if !b.CodeIs(ctx, code, []byte("tag")) {
			t.Error("the code is refused")
		}
	})
}

// While the database is away nobody learns that a token is no good: it may be.
func TestAwayIsNotExpired(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := &clock{time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)}
		k, err := OpenDayKeys(t.Context(), d, secret(t), c.now)
		if err != nil {
			t.Fatal(err)
		}
		token, err := k.Token(t.Context(), "page", []byte("hello"))
		if err != nil {
			t.Fatal(err)
		}
		c.t = c.t.Add(day)
		d.Close()
		if _, err := k.OpenToken(context.Background(), "page", token); err == nil || errors.Is(err, ErrOpen) {
			t.Errorf("%v, want an error that may pass", err)
		}
	})
}
