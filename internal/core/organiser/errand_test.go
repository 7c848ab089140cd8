package organiser

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/test/seizure"
)

// decide has a lead decide a deed at once, in a committee that is not yet to be two.
func (h *house) decide(name string, a Act, object, payload string) Errand {
	h.t.Helper()
	o, err := h.Do(h.t.Context(), h.fresh(name), Deed{Act: a, Object: object, Payload: []byte(payload)})
	must(h.t, err)
	if o.Proposed() {
		h.t.Fatalf("%+v", o)
	}
	return o.Errand
}

func (h *house) take(id string) bool {
	h.t.Helper()
	taken, err := h.Take(h.t.Context(), id)
	must(h.t, err)
	return taken
}

// state is how far an errand has come, to somebody of its committee.
func (h *house) state(name, id string) string {
	h.t.Helper()
	e, err := h.Errand(h.t.Context(), h.at(h.held[name]), id)
	must(h.t, err)
	return strings.TrimSpace(string(e.State) + " " + e.Fault)
}

// What was decided is there after a crash, is taken by one node at a time, and ends in one of few ways.
func TestErrands(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		h.joins(Home, "Rowan", Lead)
		h.joins("allies", "Birch", Lead)
		e := h.decide("Rowan", Export, "anna", "to whom")

		// Another process, which knows nothing but the database and the secret, carries on.
		after := NewBook(h.Config)
		due, err := after.Due(ctx)
		if err != nil || len(due) != 1 || due[0].ID != e.ID || string(due[0].Payload) != "to whom" {
			t.Fatalf("%+v, %v", due, err)
		}
		if !h.take(e.ID) || h.take(e.ID) {
			t.Error("not taken once")
		}
		if taken, err := after.Take(ctx, e.ID); taken || err != nil {
			t.Errorf("two nodes at once: %v, %v", taken, err)
		}
		h.now = h.now.Add((heldMinutes + 1) * time.Minute) // the first one has crashed
		if taken, err := after.Take(ctx, e.ID); !taken || err != nil {
			t.Errorf("after a crash: %v, %v", taken, err)
		}
		must(t, after.Ended(ctx, e.ID, nil))
		must(t, h.Ended(ctx, e.ID, errors.New("the first one was not dead"))) // comes too late
		if h.take(e.ID) || h.state("Rowan", e.ID) != "done" {
			t.Errorf("%s", h.state("Rowan", e.ID))
		}
		must(t, h.signsIn("allies", "Birch"))
		if _, err := h.Errand(ctx, h.at(h.held["Birch"]), e.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("another committee: %v", err)
		}

		for _, c := range []struct {
			outcome error
			hours   int // since it was decided
			want    string
		}{
			{errors.New("the disk is full"), 0, "waiting"},
			{fault.New(fault.Busy, "fault.busy"), 71, "waiting"},
			{fault.New(fault.Locked, "fault.waits"), 0, "waiting"},
			{fault.New(fault.Internal, "fault.internal"), 0, "waiting"},
			{fault.New(fault.Conflict, "fault.not_found"), 0, "failed fault.not_found"},
			{fault.New(fault.TooMany, "fault.busy"), 0, "failed fault.busy"},
			{errors.New("the disk is full"), 72, "failed fault.desk.errand_late"},
			{nil, 100, "done"},
		} {
			e := h.decide("Rowan", Export, "anna", "to whom")
			h.now = h.now.Add(time.Duration(c.hours) * time.Hour)
			if !h.take(e.ID) {
				t.Fatal("not to be had")
			}
			must(t, h.Ended(ctx, e.ID, c.outcome))
			must(t, h.signsIn("", "Rowan"))
			if have := h.state("Rowan", e.ID); have != c.want {
				t.Errorf("%v after %d hours: %s, want %s", c.outcome, c.hours, have, c.want)
			}
			if c.want == "waiting" && !h.take(e.ID) {
				t.Errorf("%v: can't be tried again", c.outcome)
			}
			must(t, h.Ended(ctx, e.ID, nil))
		}
		e = h.decide("Rowan", Export, "anna", "")
		must(t, h.Ended(ctx, e.ID, fault.New(fault.Invalid, "fault.desk.input_password", "Least", 12)))
		if list, err := h.Errands(ctx, h.at(h.held["Rowan"])); err != nil || list[0].Args["Least"] != "12" {
			t.Errorf("%+v, %v", list[0], err)
		}
		if acts := h.did(h.at(h.held["Rowan"])); acts[len(acts)-1] != "lead export failed/anna" {
			t.Errorf("%q", acts)
		}

		// After thirty days nothing is left, but for what waits.
		waits := h.decide("Rowan", Withhold, "anna", "")
		h.now = h.now.AddDate(0, 0, 31)
		must(t, h.Sweep(ctx))
		rows := 0
		must(t, d.View(ctx, func(tx *db.Tx) error {
			_, err := tx.One(`SELECT COUNT(*) FROM organiser_errand`).Scan(&rows)
			return err
		}))
		if due, err := h.Due(ctx); rows != 1 || err != nil || len(due) != 1 || due[0].ID != waits.ID {
			t.Errorf("%d rows, %+v, %v", rows, due, err)
		}
	})
}

// Errands of one act on one object are carried out in their order, and what was taken back is not published by what was decided before.
func TestErrandsInOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		h.joins(Home, "Rowan", Lead)
		first, second, other := h.decide("Rowan", Publish, "anna", "1"), h.decide("Rowan", Publish, "anna", "2"), h.decide("Rowan", Publish, "boris", "1")
		if due, err := h.Due(ctx); err != nil || len(due) != 3 || due[0].ID != first.ID || due[1].ID != second.ID || due[2].ID != other.ID {
			t.Errorf("%+v, %v", due, err)
		}
		if h.take(second.ID) {
			t.Error("the second before the first")
		}
		if !h.take(other.ID) {
			t.Error("another case waits")
		}
		if !h.take(first.ID) {
			t.Error("the first can't be had")
		}
		back := h.decide("Rowan", Withhold, "anna", "")
		if h.take(back.ID) {
			t.Error("taken back while it is being published: what comes last would be what is shown")
		}
		must(t, h.Ended(ctx, first.ID, errors.New("no luck")))
		if !h.take(back.ID) {
			t.Error("what waits to be published stands in the way of taking back")
		}
		for _, e := range []Errand{first, second} {
			if h.take(e.ID) || h.state("Rowan", e.ID) != "failed fault.desk.errand_overtaken" {
				t.Errorf("published after it was taken back: %s", h.state("Rowan", e.ID))
			}
		}
		must(t, h.Ended(ctx, back.ID, nil))
		if again := h.decide("Rowan", Publish, "anna", "3"); !h.take(again.ID) {
			t.Error("it can't be published again")
		}
	})
}

// A purge is of all that a committee has: nothing that was decided before it is published after it, and it waits for what is being published.
func TestPurgeOvertakes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		h.joins(Home, "Rowan", Lead)
		held, waits := h.decide("Rowan", Publish, "anna", "1"), h.decide("Rowan", Publish, "boris", "1")
		if !h.take(held.ID) {
			t.Error("the first can't be had")
		}
		purge := h.decide("Rowan", Purge, "", "")
		if h.take(purge.ID) {
			t.Error("purged while something is being published")
		}
		must(t, h.Ended(ctx, held.ID, nil))
		if h.take(waits.ID) || h.state("Rowan", waits.ID) != "failed fault.desk.errand_overtaken" {
			t.Errorf("published after a purge was decided: %s", h.state("Rowan", waits.ID))
		}
		if !h.take(purge.ID) {
			t.Error("the purge can't be had")
		}
		must(t, h.Ended(ctx, purge.ID, nil))
		if again := h.decide("Rowan", Publish, "anna", "2"); !h.take(again.ID) {
			t.Error("it can't be published again")
		}
	})
}

// Of many who would carry an errand out at once one does.
func TestOneTakes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		h.joins(Home, "Rowan", Lead)
		e := h.decide("Rowan", Publish, "anna", "")
		var wg sync.WaitGroup
		var mu sync.Mutex
		n := 0
		for range 8 {
			wg.Go(func() {
				if taken, err := NewBook(h.Config).Take(context.Background(), e.ID); err == nil && taken {
					mu.Lock()
					n++
					mu.Unlock()
				}
			})
		}
		if wg.Wait(); n != 1 {
			t.Errorf("%d have it", n)
		}
	})
}

// A payload may be of any bytes up to its bound; more is refused, and so is an object that is no word of ours.
func TestPayloads(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		h.joins(Home, "Rowan", Lead)
		for _, n := range []int{0, 1, payloadStep - 2, payloadStep - 1, payloadStep, payloadMost} {
			payload := bytes.Repeat([]byte{0xff, 0}, n/2+1)[:n]
			o, err := h.Do(ctx, h.fresh("Rowan"), Deed{Act: Withhold, Object: "anna", Payload: payload})
			must(t, err)
			due, err := h.Due(ctx)
			if err != nil || len(due) != 1 || !bytes.Equal(due[0].Payload, payload) {
				t.Fatalf("%d bytes: %d, %v", n, len(due), err)
			}
			must(t, h.Ended(ctx, o.Errand.ID, nil))
		}
		_, err := h.Do(ctx, h.fresh("Rowan"), Deed{Act: Withhold, Object: "anna", Payload: make([]byte, payloadMost+1)})
		refused(t, "too much", err, "fault.desk.payload")
		for _, object := range []string{"Anna", "anna example", strings.Repeat("a", objectMost+1)} {
			if _, err := h.Do(ctx, h.fresh("Rowan"), Deed{Act: Withhold, Object: object}); !fault.Is(err, fault.NotFound) {
				t.Errorf("%q: %v", object, err)
			}
		}
	})
}

// What a deed holds lies on no disk, neither while it waits nor after, nor does its digest.
func TestPayloadsAreSealed(t *testing.T) {
	dir := t.TempDir()
	d := dbtest.Open(t, db.Config{File: filepath.Join(dir, "outcry.db")})
	h, ctx := open(t, d), t.Context()
	h.joins(Home, "Rowan", Lead)
	deed := Deed{Act: Publish, Object: "anna", Payload: []byte("Mother of the prisoner, flat 12")}
	digest := deed.Digest()
	looks := func(when string) {
		t.Helper()
		must(t, d.Flush(ctx))
		scanner, err := seizure.New(seizure.Canary{Name: "the payload", Value: string(deed.Payload)}, seizure.Canary{Name: "a part of it", Value: "prisoner, flat 12"},
			seizure.Canary{Name: "its digest", Value: string(digest[:])})
		must(t, err)
		hits, err := scanner.Scan(dir)
		must(t, err)
		if len(hits) > 0 {
			t.Errorf("%s: %s", when, seizure.Report(hits))
		}
	}
	o, err := h.Do(ctx, h.fresh("Rowan"), deed)
	must(t, err)
	looks("decided")
	must(t, h.Ended(ctx, o.Errand.ID, nil))
	looks("done")
	h.joins(Home, "Ash", Lead)
	h.joins(Home, "Cedar", Lead)
	if o, err = h.Do(ctx, h.fresh("Rowan"), deed); err != nil || !o.Proposed() {
		t.Fatal(o, err)
	}
	looks("proposed")
	seeing, err := seizure.New(seizure.Canary{Name: "an id", Value: o.Proposal.ID})
	must(t, err)
	if hits, err := seeing.Scan(dir); err != nil || len(hits) == 0 {
		t.Errorf("the search finds nothing, not even an id: %v", err)
	}
}

// A case is given to one committee and stays there; a committee's cases are its own, and the first one's are also those of nobody.
func TestCases(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		h.Known = func(context.Context) ([]string, error) { return []string{"anna", "boris", "vera"}, nil }
		home, allies := h.at(h.joins(Home, "Rowan", Lead).Token), h.at(h.joins("allies", "Birch", Lead).Token)
		hold := func(slug string, s Session) error {
			var refused error
			must(t, d.Update(ctx, func(tx *db.Tx) error {
				refused = h.Hold(tx, slug, s.Committee)
				return nil
			}))
			return refused
		}
		must(t, hold("vera", allies))
		must(t, hold("vera", allies))
		must(t, hold("new", allies))
		must(t, hold("mine", home))
		refused(t, "another committee's", hold("vera", home), "fault.desk.held")
		refused(t, "another committee's", hold("mine", allies), "fault.desk.held")
		for _, c := range []struct {
			s    Session
			want []string
		}{{home, []string{"anna", "boris", "mine"}}, {allies, []string{"new", "vera"}}} {
			if have, err := h.Cases(ctx, c.s); err != nil || !slices.Equal(have, c.want) {
				t.Errorf("%s: %q, want %q, %v", c.s.Committee.Name, have, c.want, err)
			}
		}
	})
}
