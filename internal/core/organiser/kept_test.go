package organiser

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
	"outcry/test/seizure"
)

// A trail is deleted after thirty days but for its cuts, goes on from them, and stays whole; a row that is changed by hand is told.
func TestTrailIsKeptAndCut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		h.joins(Home, "Rowan", Lead)
		h.joins("allies", "Birch", Lead)
		for range 40 {
			h.now = h.now.Add(24 * time.Hour)
			var err error
			h.held["Rowan"], err = h.SignIn(ctx, h.claim("", "Rowan"), Token{}, Computer, "en")
			must(t, err)
			must(t, h.Sweep(ctx))
		}
		s := h.at(h.held["Rowan"])
		entries, cuts, err := h.Trail(ctx, s)
		must(t, err)
		oldest := h.now.AddDate(0, 0, -trailDays).UTC().Truncate(24 * time.Hour)
		if len(entries) != 31 || entries[0].Hour.Before(oldest) || entries[len(entries)-1].N != 42 || len(cuts) != 40 {
			t.Errorf("%d entries from %v on, %d cuts", len(entries), entries[0].Hour, len(cuts))
		}
		for _, e := range entries {
			if e.Hour.Minute() != 0 || e.Hour.Second() != 0 {
				t.Errorf("%v is finer than an hour", e.Hour)
			}
		}
		// The whole of a trail may go, and what follows still does.
		h.now = h.now.AddDate(0, 0, 60)
		must(t, h.Sweep(ctx))
		h.held["Rowan"], err = h.SignIn(ctx, h.claim("", "Rowan"), Token{}, Computer, "en")
		must(t, err)
		s = h.at(h.held["Rowan"])
		entries, _, err = h.Trail(ctx, s)
		must(t, err)
		if len(entries) != 1 || entries[0].N != 43 {
			t.Errorf("%+v", entries)
		}
		// Reading is noted once an hour, a refusal too.
		for range 3 {
			must(t, h.Noted(ctx, s, Look, ""))
			must(t, h.Noted(ctx, s, Key, "refused"))
		}
		if acts := h.did(s); !slices.Equal(acts, []string{"lead enter code", "lead look ", "lead key refused"}) {
			t.Errorf("%q", acts)
		}
		if err := h.Noted(ctx, s, Edit, "Anna Example"); err == nil {
			t.Error("somebody's words got into the trail")
		}
		for _, hand := range []string{`UPDATE organiser_trail SET role = 'editor' WHERE n = 43`, `DELETE FROM organiser_trail WHERE n = 44`} {
			must(t, d.Update(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(hand + ` AND committee = '` + s.Committee.ID + `'`)
				return err
			}))
			if _, _, err := h.Trail(ctx, s); !errors.Is(err, ErrTrail) {
				t.Errorf("%s: %v", hand, err)
			}
		}
	})
}

// What is kept of a person opens by the secret alone, lies in its own row alone, and names nobody on the disk; a change of the secret keeps it all.
func TestKeptSealed(t *testing.T) {
	dir := t.TempDir()
	d := dbtest.Open(t, db.Config{File: filepath.Join(dir, "outcry.db")})
	h, ctx := open(t, d), t.Context()
	link, _, err := h.InviteByServer(ctx, Home, Lead, false)
	must(t, err)
	j := h.join(link, "Rowanberry")
	s := h.fresh("Rowanberry")
	must(t, d.Flush(ctx))
	cookie := h.held["Rowanberry"]
	scanner, err := seizure.New(
		seizure.Canary{Name: "the pseudonym", Value: "Rowanberry", Also: []string{"rowanberry"}},
		seizure.Canary{Name: "the password", Value: password},
		seizure.Canary{Name: "how a hash of it begins", Value: "$argon2id$"},
		seizure.Canary{Name: "the authenticator", Value: h.keys["Rowanberry"].Reveal()},
		seizure.Canary{Name: "a recovery code", Value: j.Codes[0].Reveal(), Also: []string{strings.ReplaceAll(j.Codes[0].Reveal(), "-", "")}},
		seizure.Canary{Name: "the link", Value: string(link.b.Reveal()), Also: []string{link.Text()}},
		seizure.Canary{Name: "a cookie", Value: string(cookie.b.Reveal()), Also: []string{cookie.Text()}},
	)
	must(t, err)
	hits, err := scanner.Scan(dir)
	must(t, err)
	if len(hits) > 0 {
		t.Error(seizure.Report(hits))
	}
	seeing, err := seizure.New(seizure.Canary{Name: "the hash of a cookie", Value: string(cookie.hash("session"))})
	must(t, err)
	if hits, err := seeing.Scan(dir); err != nil || len(hits) == 0 {
		t.Errorf("the search finds nothing, not even the hash of a cookie: %v", err)
	}

	next, err := seal.NewSecretFile(filepath.Join(t.TempDir(), "next"))
	must(t, err)
	must(t, d.Update(ctx, func(tx *db.Tx) error { return Rewrap(tx, h.Unlock, next) }))
	for what, c := range map[string]struct {
		u    *seal.Unlock
		want error
	}{"the new secret": {next, nil}, "the old one": {h.Unlock, seal.ErrOpen}, "none": {seal.NewLocked(""), seal.ErrLocked}} {
		b := NewBook(Config{DB: d, Unlock: c.u, Now: h.Now, Hardness: h.Hardness})
		desk, err := b.People(ctx, s)
		if !errors.Is(err, c.want) || c.want == nil && desk.People[0].Name.Reveal() != "Rowanberry" {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := b.Session(ctx, h.held["Rowanberry"]); c.want == seal.ErrLocked && !fault.Is(err, fault.Locked) {
			t.Errorf("a session opens while locked: %v", err)
		}
	}
}

// A case is the first committee's until it is given to another one.
func TestWhoseCase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		home, allies := h.at(h.joins(Home, "Rowan", Lead).Token).Committee, h.at(h.joins("allies", "Birch", Lead).Token).Committee
		holds := func(c Committee) bool {
			t.Helper()
			ok, err := h.Holds(ctx, c, "anna")
			must(t, err)
			return ok
		}
		if !holds(home) || holds(allies) {
			t.Error("a case of nobody")
		}
		must(t, d.Update(ctx, func(tx *db.Tx) error { return h.Hold(tx, "anna", allies) }))
		if holds(home) || !holds(allies) {
			t.Error("a case that was given")
		}
	})
}

// Few passwords are hashed at once and few wait; who comes then is told so and not kept.
func TestHashesAreBounded(t *testing.T) {
	h := newHasher()
	for range hashesMost {
		if _, err := h.take(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error)
	for range hashesWait {
		go func() { _, err := h.take(ctx); gone <- err }()
	}
	for h.wait.Load() < hashesWait {
		time.Sleep(time.Millisecond)
	}
	_, err := h.take(t.Context())
	if !fault.Is(err, fault.Busy) {
		t.Errorf("one more: %v", err)
	}
	cancel()
	for range hashesWait {
		if err := <-gone; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}
