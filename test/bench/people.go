package bench

import (
	"fmt"
	"net/url"
	"slices"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/core/casefile/casetest"
	"outcry/internal/kernel/db"
)

// The floors and goals of the list of people, for 300 cases of 60 events.
var (
	coldFloor, coldGoal     = mark{p50: 20 * ms}, mark{p50: 5 * ms}
	searchFloor, searchGoal = mark{p50: 20 * ms}, mark{p50: 5 * ms}
	listFloor, listGoal     = mark{ratio: 0.5, cpu: 80 * time.Microsecond}, mark{ratio: 0.8, cpu: 80 * time.Microsecond}
	deriveFloor, deriveGoal = mark{p50: ms}, mark{p50: ms / 10} // of one case of 1,000 events
)

// crowd makes a site of so many made-up people, each with so many events, as one command would apply them; it is not started.
func (b *bench) crowd(engine string, people, events int) (*site, []*casefile.File) {
	b.Helper()
	s := newSite(b, b.bin, engine)
	a := b.inside(s)
	files := casetest.People(7, people, events)
	began := time.Now()
	for some := range slices.Chunk(files, 20) {
		b.check(a.DB.Update(b.Context(), func(tx *db.Tx) error {
			for _, f := range some {
				if _, err := a.Cases.Apply(tx, f); err != nil {
					return fmt.Errorf("%s: %w", f.Case.Slug, err)
				}
			}
			return nil
		}))
	}
	b.say("%d cases of %d events applied in %v", people, events, time.Since(began).Round(ms))
	b.check(a.Close())
	return s, files
}

// reads is a load on pages, by an address for each request.
func (s *site) reads(c int, d time.Duration, most int, next func(n int) (path, good string)) run {
	cpu := s.cpu()
	r := load{clients: c, time: d, most: most, next: func(n int) ask {
		path, good := next(n)
		return ask{url: s.url + path, gzip: good == "", good: good}
	}}.run()
	r.cpu = s.cpu() - cpu
	return r
}

// cold reads each person's page once, of which none was read before: what it takes to render one.
func (s *site) cold(files []*casefile.File, tag string) run {
	return s.reads(1, time.Minute, len(files), func(n int) (string, string) { return "/" + tag + "/" + files[n].Case.Slug, "" })
}

// warm reads pages that are in memory.
func (s *site) warm(c int, d time.Duration, path string) run {
	return s.reads(c, d, 0, func(int) (string, string) { return path, "" })
}

// search looks for somebody, each time by other words: nothing of it is kept.
func (s *site) search(c int, d time.Duration, files []*casefile.File) run {
	return s.reads(c, d, 0, func(n int) (string, string) {
		f := files[n%len(files)]
		names := f.Person.Names
		return "/en/people?q=" + url.QueryEscape(names[n/len(files)%len(names)].Text) + "&sort=held", `href="/en/made-up-`
	})
}

// derived derives one case of so many events again and again, as a page does that is not in memory.
func derived(events int) (r run) {
	f := casetest.Person(7, 1, events)
	for began := time.Now(); r.wall < time.Second; r.wall = time.Since(began) {
		at := time.Now()
		f.Stand(casefile.AsOf{})
		r.took = append(r.took, time.Since(at))
		r.done++
	}
	slices.Sort(r.took)
	return r
}

// people measures 300 cases of 60 events: pages cold and from memory, the list, its filters, the search.
func (b *bench) people(engine string) {
	b.Helper()
	s, files := b.crowd(engine, 300, 60)
	b.add(line{work: "derive a case of 1000 events", c: 1, run: derived(1000), floor: deriveFloor, goal: deriveGoal})
	s.start(b)
	defer s.stop(b)
	b.add(b.beside(s, 1, line{work: "case page, cold, 300 × 60", engine: engine, floor: coldFloor, goal: coldGoal}, func() run { return s.cold(files, "en") }))
	page := "/en/" + files[0].Case.Slug
	for _, path := range []string{page, "/en/people", "/en/people?status=held&sort=date", "/en/people/map"} {
		what := map[string]string{page: "case page, gzip", "/en/people": "list of 300, gzip", "/en/people/map": "map of 300, gzip"}[path]
		if what == "" {
			what = "list of 300, filtered, gzip"
		}
		s.get(b, path)
		b.add(b.beside(s, 32, line{work: what, engine: engine, floor: listFloor, goal: listGoal}, func() run { return s.warm(32, 2*time.Second, path) }))
	}
	b.add(b.beside(s, 1, line{work: "search among 300", engine: engine, floor: searchFloor, goal: searchGoal}, func() run { return s.search(1, 2*time.Second, files) }))
	b.add(b.beside(s, 32, line{work: "search among 300", engine: engine}, func() run { return s.search(32, 2*time.Second, files) }))
}
