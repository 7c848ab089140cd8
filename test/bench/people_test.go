package bench

import (
	"slices"
	"testing"
	"time"
)

// TestPeopleFloors holds half of the floors of 300 cases of 60 events, on SQLite, among other tests. As in TestFloors, where those take more than an eighth of the
// processors a ratio says nothing of us; what never passes in a row of tries has become slower.
func TestPeopleFloors(t *testing.T) {
	b := newBench(t, 300*ms)
	s, files := b.crowd(sqlite, 300, 60)
	s.start(t)
	type work struct {
		line
		clients int
		do      func(try int) run
	}
	works := []work{
		// each try in a language in which no page has been read yet
		{line{work: "case page, cold", floor: coldFloor.half()}, 1, func(try int) run { return s.cold(files, []string{"en", "ru", "ar", "fr"}[try]) }},
		{line{work: "case page", floor: listFloor.half()}, 32, func(int) run { return s.warm(32, time.Second, "/en/"+files[0].Case.Slug) }},
		{line{work: "list, filtered", floor: listFloor.half()}, 32, func(int) run { return s.warm(32, time.Second, "/en/people?status=held&sort=held") }},
		{line{work: "search", floor: searchFloor.half()}, 1, func(int) run { return s.search(1, time.Second, files) }},
	}
	for try := 0; try < 4 && len(works) > 0; try++ {
		works = slices.DeleteFunc(works, func(w work) bool {
			l := b.beside(s, w.clients, w.line, func() run { return w.do(try) })
			short := l.lacks(l.floor)
			t.Logf("%s: %.0f/s, %.3f of the bare server's, %v CPU each, half of them in %v; half the floor is %s: %s (neighbours took %.0f %% of the processors) %s",
				l.work, l.run.rate(), l.ratio(), l.run.cpuEach(), l.run.at(0.5), l.floor.words(""), l.verdict(), 100*l.others, l.note)
			return len(short) == 0 || slices.Equal(short, []string{"ratio"}) && l.others > 1.0/8
		})
	}
	for _, w := range works {
		t.Errorf("%s stayed below half of its floor", w.line.work)
	}
}
