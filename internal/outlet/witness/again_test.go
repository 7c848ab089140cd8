package witness

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// A site that does not answer is asked again soon, then more and more seldom, and never more seldom than one that does.
func TestRecountedAgainSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key, folder := begin(t)
		begun := time.Now()
		var asked []time.Duration
		w, err := Open(Config{Key: key, State: folder, Logs: []Log{{Key: newLog("a.example/log", 1).key(t), Site: "http://a.example"}}, Every: time.Hour, Now: time.Now,
			Client: &http.Client{Transport: down(func() { asked = append(asked, time.Since(begun).Round(time.Second)) })}})
		must(t, err)
		defer w.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 4*time.Hour)
		defer cancel()
		w.Run(ctx)
		var pauses []time.Duration // between two recounts; one asks four times within eleven seconds
		for i := range asked[1:] {
			if pause := asked[i+1] - asked[i]; pause >= soon {
				pauses = append(pauses, pause)
			}
		}
		if want := []time.Duration{10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600}; len(pauses) != len(want) || slices.ContainsFunc(want, func(d time.Duration) bool { return !slices.Contains(pauses, d*time.Second) }) {
			t.Errorf("pauses are %v, want %v seconds", pauses, want)
		}
	})
}

// A site that stays down for weeks is asked as seldom at their end.
func TestNeverWithoutAPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		key, folder := begin(t)
		asked := 0
		w, err := Open(Config{Key: key, State: folder, Logs: []Log{{Key: newLog("a.example/log", 1).key(t), Site: "http://a.example"}}, Every: time.Hour, Now: time.Now,
			Client: &http.Client{Transport: down(func() { asked++ })}})
		must(t, err)
		defer w.Close()
		ctx, cancel := context.WithTimeout(t.Context(), 14*24*time.Hour)
		defer cancel()
		w.Run(ctx)
		if most := 4 * (14*24 + 12); asked > most || asked < most/2 {
			t.Errorf("in two weeks it was asked %d times, want %d at most", asked, most)
		}
	})
}

// down is a network in which no site answers.
type down func()

func (d down) RoundTrip(*http.Request) (*http.Response, error) {
	d()
	return nil, errors.New("nobody answers")
}
