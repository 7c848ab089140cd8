package db_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/test/peers"
)

// tell writes nothing but a word.
func tell(t *testing.T, d *db.DB, w db.Word) {
	t.Helper()
	if err := d.Update(t.Context(), func(tx *db.Tx) error { return tx.Tell(w) }); err != nil {
		t.Fatal(err)
	}
}

// ears is what a process has heard.
type ears chan db.Word

func listen(t *testing.T, d *db.DB) ears {
	heard := make(ears, 100)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		d.Listen(ctx, func(w db.Word) { heard <- w })
	}()
	t.Cleanup(func() { stop(); <-ended })
	return heard
}

// next is the next word, which must come soon.
func (e ears) next(t *testing.T, want db.Word) {
	t.Helper()
	select {
	case w := <-e:
		if w != want {
			t.Fatalf("heard %q, want %q", w, want)
		}
	case <-time.After(5 * time.Second):
		t.Fatalf("%q was not heard", want)
	}
}

// until waits for a word and passes over others.
func (e ears) until(t *testing.T, want db.Word) {
	t.Helper()
	for over := time.After(10 * time.Second); ; {
		select {
		case w := <-e:
			if w == want {
				return
			}
		case <-over:
			t.Fatalf("%q was not heard", want)
		}
	}
}

// What one process tells is heard by another once it is committed; what comes to nothing is not.
func TestProcessesHearEachOther(t *testing.T) {
	dsn, _ := peers.Postgres(t)
	ours, theirs := dbtest.Open(t, db.Config{URL: dsn}), dbtest.Open(t, db.Config{URL: dsn})
	a, b := listen(t, ours), listen(t, theirs)
	a.next(t, db.Unsure)
	b.next(t, db.Unsure)
	spoilt := errors.New("spoilt")
	if err := theirs.Update(t.Context(), func(tx *db.Tx) error { return errors.Join(tx.Tell(db.Hidden), spoilt) }); !errors.Is(err, spoilt) {
		t.Fatal(err)
	}
	tell(t, theirs, db.Grown)
	a.next(t, db.Grown)
	b.next(t, db.Grown)
	tell(t, ours, db.Changed)
	b.next(t, db.Changed)
}

// A listener that loses its connection says that it heard nothing meanwhile, and hears again.
func TestListenerComesBack(t *testing.T) {
	dsn, _ := peers.Postgres(t)
	d, other := dbtest.Open(t, db.Config{URL: dsn}), dbtest.Open(t, db.Config{URL: dsn})
	heard := listen(t, d)
	heard.next(t, db.Unsure)
	for range 2 {
		n := 0
		if err := other.Update(t.Context(), func(tx *db.Tx) error {
			_, err := tx.One(`SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()`).Scan(&n)
			return err
		}); err != nil || n != 1 {
			t.Fatalf("%d listeners: %v", n, err)
		}
		tell(t, other, db.Grown) // into the void
		heard.next(t, db.Unsure) // deaf
		heard.next(t, db.Unsure) // and back
		tell(t, other, db.Changed)
		heard.next(t, db.Changed)
	}
}

// Without a server it goes on saying that it hears nothing, and not faster than about once a second.
func TestDeafListenerSaysSo(t *testing.T) {
	pg := peers.NewPostgres(t, peers.Options{})
	d := dbtest.Open(t, db.Config{URL: pg.Database(t)})
	heard := listen(t, d)
	heard.next(t, db.Unsure)
	pg.Kill(t)
	time.Sleep(2500 * time.Millisecond)
	n := len(heard)
	if n < 2 || n > 5 {
		t.Errorf("%d times in two and a half seconds", n)
	}
	pg.Restart(t)
	for deadline := time.Now().Add(10 * time.Second); d.Check(t.Context()) != nil && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() {
		for ctx.Err() == nil {
			_ = d.Update(ctx, func(tx *db.Tx) error { return tx.Tell(db.Grown) })
			time.Sleep(100 * time.Millisecond)
		}
	}()
	heard.until(t, db.Grown)
}

// On SQLite one process serves: there is nobody to tell, and nothing to hear.
func TestNobodyListensOnSQLite(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if d.Engine() != db.SQLite {
			return
		}
		tell(t, d, db.Grown)
		d.Listen(t.Context(), func(db.Word) { t.Error("heard something") })
	})
}
