package site

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/locales"
)

// A consent ends with its last day: no file is applied, and the page is gone. So is it, at once, when somebody says stop.
func TestReloadHeedsTheDayAndStops(t *testing.T) {
	d := dbtest.Open(t, db.Config{File: filepath.Join(t.TempDir(), "outcry.db")})
	words, err := lang.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	today := time.Date(2024, 5, 1, 23, 59, 59, 0, time.UTC)
	now := func() time.Time { return today }
	s := New(Config{Words: words, Cases: casefile.New(casefile.Config{DB: d, Now: now}), DB: d, Cache: web.NewCache(1 << 20), Now: now, Logger: slog.New(slog.DiscardHandler)})
	var f casefile.File
	if err := casefile.Decode([]byte(strings.Replace(strings.TrimSuffix(campaign, "events:\n"), "date: 2024-03-01}", "date: 2024-03-01, until: 2024-05-02}", 1)), &f); err != nil {
		t.Fatal(err)
	}
	update := func(change func(*db.Tx) error) {
		t.Helper()
		if err := d.Update(t.Context(), change); err != nil {
			t.Fatal(err)
		}
	}
	reload := func(changed, shown bool) {
		t.Helper()
		got, err := s.Reload(t.Context())
		if _, e := s.Case("anna"); err != nil || got != changed || (e == nil) != shown {
			t.Errorf("at %v: changed %v, shown %v, %v", today, got, e == nil, err)
		}
	}
	update(func(tx *db.Tx) error {
		_, err := s.Cases.Apply(tx, &f)
		return err
	})
	reload(true, true)
	reload(false, true)
	update(func(tx *db.Tx) error {
		return s.Cases.Stop(tx, "anna", casefile.Stop{Kind: casefile.StopScope, Name: "name", By: "family", Day: casefile.Date{Year: 2024, Month: 5, Day: 1}})
	})
	reload(true, false)
	update(func(tx *db.Tx) error { return s.Cases.Lift(tx, "anna", "scope", "name", "family") })
	reload(true, true)
	today = today.Add(time.Second)
	reload(true, true)
	today = today.Add(24 * time.Hour)
	reload(true, false)
	reload(false, false)
}
