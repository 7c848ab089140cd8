package jobs

import (
	"context"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
)

// What was done while the database was held is written down when it is free again, and not done twice.
func TestEndWaitsForTheDatabase(t *testing.T) {
	for name, stops := range map[string]bool{"it goes on": false, "the server stops": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := New(Config{DB: dbtest.Open(t, db.Config{File: filepath.Join(t.TempDir(), "outcry.db")}), Now: time.Now})
				done := 0
				q.Handle("mail", func(context.Context, []byte, []byte) error { done++; return nil })
				add(t, q, 1)
				rows, err := q.lease(t.Context())
				if err != nil || len(rows) != 1 {
					t.Fatal(len(rows), err)
				}
				free, held := make(chan struct{}), make(chan struct{})
				go func() {
					defer close(held)
					if err := q.db.Update(context.Background(), func(*db.Tx) error { <-free; return nil }); err != nil {
						t.Error(err)
					}
				}()
				synctest.Wait()
				ctx, stop := context.WithCancel(t.Context())
				written := make(chan struct{})
				go func() {
					defer close(written)
					q.write(ctx, q.attempt(ctx, rows[0]))
				}()
				began := time.Now()
				if stops {
					time.AfterFunc(time.Second, stop)
					<-written // and does not wait for ever
					if waited := time.Since(began); waited > 15*time.Second {
						t.Errorf("the server stops after %v", waited)
					}
					close(free)
					<-held
					return
				}
				defer stop()
				time.Sleep(time.Minute)
				close(free)
				<-held
				<-written
				count(t, q, Count{})
				if done != 1 {
					t.Errorf("done %d times", done)
				}
			})
		})
	}
}
