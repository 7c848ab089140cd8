package rehearse

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"outcry/internal/app/rehearse/load"
)

// The search doubles until a rate gives way, and then narrows down.
func TestSearch(t *testing.T) {
	for _, c := range []struct {
		bears, from, most float64
		held, gave        float64 // 0 of gave: nothing gave way
	}{
		{1e9, 10, 100, 100, 0},
		{1e9, 250, 100, 100, 0},
		{90, 10, 1000, 80, 95},
		{55, 10, 1000, 48, 57},
		{9, 10, 1000, 9, 10},
		{3, 10, 1000, 3, 4},
		{0, 10, 1000, 0, 1.25},
	} {
		r := &rehearsal{step: time.Millisecond, target: target{here: true}, report: &Report{}}
		b, err := r.search(t.Context(), time.Now().Add(time.Hour), c.from, c.most, func(rate float64) (Step, error) { return Step{Rate: rate, Held: rate <= c.bears}, nil })
		if err != nil || b.Held > c.bears || b.Gave != 0 && (b.Gave <= c.bears || b.Held > 0 && b.Gave > 1.35*b.Held) || (b.Gave == 0) != (c.gave == 0) || math.Abs(b.Held-c.held) > 0.15*c.held {
			t.Errorf("of a machine that bears %.0f, from %.0f to %.0f: %+v, %v", c.bears, c.from, c.most, b, err)
		}
	}
	hiccups := map[float64]int{}
	r := &rehearsal{step: time.Millisecond, target: target{here: true}, report: &Report{}}
	if b, err := r.search(t.Context(), time.Now().Add(time.Hour), 10, 100, func(rate float64) (Step, error) {
		hiccups[rate]++
		return Step{Held: hiccups[rate] > 1}, nil
	}); err != nil || b != (Bound{Held: 100}) {
		t.Errorf("rates that hold when tried again: %+v, %v", b, err)
	}
	r = &rehearsal{step: time.Second, target: target{here: true}, report: &Report{}}
	tries := 0
	if _, err := r.search(t.Context(), time.Now(), 10, 1000, func(float64) (Step, error) { tries++; return Step{Held: true}, nil }); err != nil || tries != 1 {
		t.Errorf("without time left it tries %d rates, %v", tries, err)
	}
	stop, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.search(stop, time.Now().Add(time.Hour), 10, 1000, func(float64) (Step, error) { return Step{Held: true}, nil }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// What makes a step not hold, and nothing else.
func TestTake(t *testing.T) {
	took := func(n int, d time.Duration) (list []time.Duration) {
		for range n {
			list = append(list, d)
		}
		return list
	}
	for _, c := range []struct {
		name string
		o    load.Outcome
		why  string
	}{
		{"all well", load.Outcome{Offered: 100, Done: 100, Took: took(100, 900*time.Millisecond)}, ""},
		{"a few late", load.Outcome{Offered: 100, Done: 95, Late: 5, Took: took(95, time.Millisecond)}, ""},
		{"too many late", load.Outcome{Offered: 100, Done: 94, Late: 6, Took: took(94, time.Millisecond)}, "fell behind"},
		{"slow", load.Outcome{Offered: 100, Done: 100, Took: append(took(98, time.Millisecond), took(2, 1100*time.Millisecond)...)}, "took longer than 1.1 s"},
		{"one error", load.Outcome{Offered: 100, Done: 99, Failed: 1, Why: map[string]int{"503": 1}, Took: took(99, time.Millisecond)}, "1 of 100 failed: 503"},
	} {
		s := Step{Held: true}
		s.take(c.o)
		if s.Held != (c.why == "") || !strings.Contains(s.Why, c.why) {
			t.Errorf("%s: held %v, %q", c.name, s.Held, s.Why)
		}
	}
}

func report(change func(*Report)) *Report {
	r := &Report{Own: true, Here: true, Machine: Machine{Cores: 2, Memory: 1 << 30, Handles: 20_000, Engine: "SQLite"},
		Signers: Bound{Held: 80, Gave: 113}, Readers: Bound{Held: 2000}, Viewers: Watched{Open: 2000, Asked: 2000},
		Night:   Night{Signers: 42, Readers: 200, Viewers: 2000, Held: true},
		Recount: Recount{Acknowledged: 1234, Counted: 1234, Held: true},
		Steps: []Step{{Stage: "signers", Rate: 80, Held: true, Done: 100, Seconds: 1, Server: 0.05}, {Stage: "signers", Rate: 113, Why: "it was slow", Busy: 0.97, Server: 0.6, Crowd: 0.3},
			{Stage: "night", Rate: 42, Held: true, Crowd: 0.25}}}
	change(r)
	r.First = weakest(r)
	r.conclude()
	return r
}

// The verdict says what the figures say, in words.
func TestVerdict(t *testing.T) {
	night := func(change func(*Step)) func(*Report) {
		return func(r *Report) {
			s := Step{Stage: "night", Rate: 60, Why: "it was slow", Free: 1 << 29}
			change(&s)
			r.Steps = append(r.Steps, s)
		}
	}
	for _, c := range []struct {
		name   string
		change func(*Report)
		says   []string
	}{
		{"usual", func(*Report) {}, []string{
			"This machine bears about 42 signers a second (150,000 an hour) with 2,000 watching the number and 200 reading the letter each second.",
			"Signers with no readers beside them: 80 a second held, 110 did not. Readers alone: 2,000 a second held, the most that was tried.",
			"What gives way first: the processor (97 % busy: the server 60 %, this crowd 30 %); at 110 signers a second, it was slow.",
			"about 33 signers a second, so that would pass; what this program is made for, 50, would not",
			"Recounted: each of the 1,234 who were told that they are counted is in the log, which counts 1,234.",
			"took up to 25 % of its processors: the server alone bears more", "Your mail server was not tested", "have 20,000 files open",
			"The server itself took 1.0 ms of processor time for each signer", "would bear about 2,000 a second"}},
		{"strong", func(r *Report) { r.Night.Signers = 200 }, []string{"this is 4 times the first"}},
		{"weak", func(r *Report) { r.Night.Signers = 8 }, []string{"8 signers a second (28,000 an hour)", "is enough for less"}},
		{"nothing gave way", func(r *Report) { r.Steps = r.Steps[:1] }, []string{"Nothing gave way: it bears more than was tried.", "try as many, and more"}},
		{"nothing held", func(r *Report) { r.Night = Night{Viewers: 2000} }, []string{"This machine bore no signers with 2,000 watching"}},
		{"lost", func(r *Report) {
			r.Recount = Recount{Acknowledged: 9, Counted: 8, Missing: 1, Why: "1 of the 9 is not in the log"}
		}, []string{"RECOUNT FAILED: 1 of the 9 is not in the log."}},
		{"a site", func(r *Report) { r.Own, r.Steps = false, nil }, []string{"This site bears about 200 readers a second with 2,000 watching the number.", "Signing was not tested"}},
		{"a site that fails", func(r *Report) { r.Own, r.Here, r.Stopped = false, false, true }, []string{"the rehearsal stopped and left it alone"}},
		{"others", night(func(s *Step) { s.Busy, s.Server, s.Crowd = 1, 0.1, 0.1 }), []string{"most of which other programs had (100 % busy: the server 10 %, this crowd 10 %, others 80 %)", "Hold it again when the machine is quiet"}},
		{"disk waits", night(func(s *Step) { s.Busy, s.Wait, s.SyncMs = 0.4, 0.3, 31 }), []string{"What gives way first: the disk (to make one page safe took it 31.0 ms meanwhile); at 60 signers a second"}},
		{"disk is slow", night(func(s *Step) { s.Busy, s.SyncMs = 0.4, 140 }), []string{"first: the disk"}},
		{"mails", night(func(s *Step) { s.Busy, s.mails = 0.4, true }), []string{"first: the mails; at 60"}},
		{"memory", night(func(s *Step) { s.Busy, s.Free = 1, 1<<20 }), []string{"first: memory (1 MB left)"}},
		{"unknown", night(func(s *Step) { s.Busy = 0.4 }), []string{"nothing that can be seen from here (processors 40 % busy"}},
		{"handles", func(r *Report) {
			r.Steps = []Step{{Stage: "viewers", Rate: 2000, Done: 900, Why: "no more", files: true}}
			r.Viewers = Watched{Open: 900, Asked: 2000, Why: "no more", Lost: 3}
		}, []string{"first: file handles (20,000 a process); with 900 watching, no more", "Of 2,000 viewers 900 could watch: no more.", "3 of those who watched were cut off"}},
		{"a hiccup", func(r *Report) {
			r.Steps[1].Stage = "night"
			r.Steps = append(r.Steps, Step{Stage: "night", Rate: 113, Held: true})
		}, []string{"Nothing gave way"}},
		{"in memory", func(r *Report) { r.Machine.InMemory = true }, []string{"is in memory, so the disk was not tested"}},
	} {
		r := report(c.change)
		text := strings.Join(append(r.Verdict, r.Notes...), "\n")
		for _, words := range c.says {
			if !strings.Contains(text, words) {
				t.Errorf("%s: there is no %q in:\n%s", c.name, words, text)
			}
		}
	}
}

func TestFigure(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 1.25: "1.2", 3: "3", 42: "42", 99.6: "99", 113: "110", 1999: "1,900", 144_000: "140,000", 1_000_000: "1,000,000"} {
		if have := Figure(v); have != want {
			t.Errorf("%v: %s, want %s", v, have, want)
		}
	}
	if Commas(1234567) != "1,234,567" || Commas(123) != "123" {
		t.Error("commas")
	}
	if tile(0) != "000" || tile(67) != "067" || tile(1234067) != "x001/x234/067" {
		t.Errorf("tiles %s %s", tile(67), tile(1234067))
	}
}
