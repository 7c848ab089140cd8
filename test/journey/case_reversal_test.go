package journey

import (
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	storySlug = "kagarlitsky"
	storyPage = "/en/" + storySlug
)

// story is the scenario's campaign file with the organisers' key, as a real campaign would apply it: nobody made up has signed.
func story(t *testing.T, o *organiser) string {
	t.Helper()
	b, err := os.ReadFile("../../internal/app/demo/kagarlitsky-2023.yaml")
	must(t, err)
	return change(t, string(b), "    rehearsal_signers: 1846\n", "", "  contact: demo@outcry.example\n", "  contact: demo@outcry.example\n  "+o.line+"\n")
}

// change replaces each text that is there once by the next.
func change(t *testing.T, s string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(s, pairs[i]) {
			t.Fatalf("%q is not in the file", pairs[i])
		}
		s = strings.Replace(s, pairs[i], pairs[i+1], 1)
	}
	return s
}

// reversed is the story two months later: the appeal turned the decision round, and a second letter was written. With out, the person is out again.
func reversed(t *testing.T, file string, out bool) string {
	t.Helper()
	b, err := os.ReadFile("../../internal/core/casefile/testdata/reopened.yaml")
	must(t, err)
	for _, section := range []string{"sources", "proceedings", "events"} {
		m := regexp.MustCompile(`(?ms)^` + section + `:\n(.*?)(?:^\w|\z)`).FindStringSubmatch(string(b))
		if m == nil {
			t.Fatalf("no %s", section)
		}
		if release := strings.Index(m[1], "  - id: made-up-release\n"); release >= 0 && !out {
			m[1] = m[1][:release]
		}
		file = change(t, file, "\n"+section+":\n", "\n"+section+":\n"+m[1])
	}
	return file + `
  - slug: again
    state: open
    pace: immediate
    version: 1
    dated: 2024-02-20
    succeeds: release
    addressee: {en: The authorities of Russia, ru: Власти России}
    demand: {en: Release him again, ru: Освободите его снова}
    title: {en: A second letter, ru: Второе письмо}
    body: {en: "Made up for a test.", ru: "Выдумано для проверки."}
    run_by: {en: the editors of this demonstration, ru: редакция этой демонстрации}
    contact: demo@outcry.example
`
}

// A release is not the end: two months later an appeal turns the decision round. The page that was closed is open again at the same addresses, with a
// second period in custody and what binds the person; a letter follows the closed one; and who asked for news, by mail or by feed, still has it.
func TestReversedOnAppeal(t *testing.T) {
	t.Parallel()
	each(t, false, func(t *testing.T, e engine) {
		committee := newOrganiser(t)
		s := newSite(t, e)
		file := story(t, committee)
		s.apply(file)
		s.start()
		r := s.reader()

		// December: out, and under restrictions. Somebody signs, and follows.
		says(t, r.read(storyPage), "Not in custody, but under restrictions", "140 days held", "Imposed, not yet final", "!Times in custody")
		first := &signer{reader: r, address: "signer@example.org", about: storySlug, letter: "release"}
		must(t, first.sign())
		follower := s.signer("follower@example.net")
		stop, err := first.follows(follower)
		must(t, err)
		list, rows := committee.list(s, "--case", storySlug), sealedRows(t, s)
		if !strings.Contains(list, follower.address) || !strings.Contains(list, stop) || len(rows) != 1 {
			t.Fatalf("%d rows; the organisers read %s", len(rows), list)
		}
		addresses := []string{storyPage, "/ru/" + storySlug, storyPage + "/timeline", storyPage + "/changes", storyPage + "/feed.xml", storyPage + "/calendar.ics", storyPage + "/sheet", first.paper(), stop}
		for _, link := range r.read(storyPage + "/timeline").links() {
			if strings.HasPrefix(link, storyPage+"/e/") && !slices.Contains(addresses, link) {
				addresses = append(addresses, link)
			}
		}
		feed := entryIDs(r.read(storyPage + "/feed.xml"))
		if len(addresses) < 20 || len(feed) < 10 {
			t.Fatalf("only %d addresses and %d entries of a feed", len(addresses), len(feed))
		}
		holds := func(when string) {
			t.Helper()
			for _, path := range addresses {
				r.read(path)
			}
			now := entryIDs(r.read(storyPage + "/feed.xml"))
			for _, id := range feed {
				if !slices.Contains(now, id) {
					t.Errorf("%s: who follows by feed has lost entry %s", when, id)
				}
			}
			if got := sealedRows(t, s); !slices.Equal(got, rows) {
				t.Errorf("%s: of the followers are kept %q, and were %q", when, got, rows)
			}
			if got := committee.list(s, "--case", storySlug); got != list {
				t.Errorf("%s: the organisers read %s", when, got)
			}
			if p, err := first.mine(); err != nil || p.status != http.StatusOK {
				t.Errorf("%s: the signer's own page answers %d, %v", when, p.status, err)
			}
		}
		holds("before")

		// The committee takes it for over: it closes the letter for good, and the case.
		s.run("letter", "close", storySlug+"/release", "--yes")
		file = change(t, file, "  state: open\n  title:", "  state: closed\n  title:", "    state: open\n    pace", "    state: closed\n    pace")
		s.apply(file)
		shows(t, r, first.paper(), "This letter is closed", "!Go to the new letter")
		holds("closed")

		// February: five years, and taken again.
		file = change(t, file, "  state: closed\n  title:", "  state: open\n  title:")
		s.apply(reversed(t, file, false))
		shows(t, r, storyPage, "Serving a sentence", "In custody again. Released: 12 December 2023. Held again: 14 February 2024. Times in custody so far: 2.", "Held since 14 February 2024", "35 days held so far", "140 days held",
			"Custody · for 5 years",
			"Decision on appeal 14 February 2024 Ban on running websites for 2 years", "Ban on teaching", "Cap on cash withdrawals", "In all: 7", "!Imposed, not yet final", "A second letter")
		says(t, r.read(storyPage+"/changes"), "Arrested again")
		says(t, r.read(storyPage+"/e/release"), "Release from custody", "12 December 2023", "sentence without custody")
		holds("reversed")

		// A letter of its own follows, at the same case; the closed one keeps its count, leads there, and takes nobody.
		shows(t, r, first.paper(), "This letter is closed", "1 e-mail address confirmed here", "Go to the new letter", "Whoever signed can still withdraw by the private link")
		second := &signer{reader: r, address: first.address, about: storySlug, letter: "again", mails: first.mails}
		if !slices.Contains(r.read(first.paper()).links(), second.paper()) {
			t.Error("the closed letter does not lead to the one that follows it")
		}
		must(t, second.sign())
		shows(t, r, second.paper(), "1 e-mail address confirmed here", "It follows an earlier letter, “Release Boris Kagarlitsky”: 1 address confirmed there, counted apart.", "!This letter is closed")
		if err := first.ask(); err == nil {
			t.Error("the closed letter can be signed")
		}
		another := s.signer("another@example.net")
		if _, err := second.follows(another); err != nil {
			t.Fatal(err)
		}
		if got := sealedRows(t, s); len(got) != 2 || !slices.Contains(got, rows[0]) || !strings.Contains(committee.list(s, "--case", storySlug), another.address) {
			t.Errorf("who follows by the second letter is not beside who followed by the first: %d rows", len(got))
		}

		// September: out again, and not free.
		s.apply(reversed(t, file, true))
		shows(t, r, storyPage, "Not in custody, but under restrictions", "201 days held", "140 days held", "Times in custody", "In all: 7",
			"Decision on appeal 14 February 2024 Ban on running websites for 2 years", "Ban on teaching", "!Fine · 600,000 RUB")
		for _, path := range addresses {
			r.read(path)
		}

		// The link of December still ends what it began, and nothing else.
		f, err := r.read(stop).formTo(stop)
		must(t, err)
		if p, err := r.post(f.action, f.values); err != nil || p.status != http.StatusOK {
			t.Fatalf("%d %v", p.status, err)
		}
		if got := committee.list(s, "--case", storySlug); strings.Contains(got, follower.address) || !strings.Contains(got, another.address) {
			t.Errorf("the organisers read %s", got)
		}
	})
}

// says holds what a page says, and, behind a !, what it must not.
func says(t *testing.T, p page, sentences ...string) {
	t.Helper()
	for _, s := range sentences {
		if never, absent := strings.CutPrefix(s, "!"); p.says(never) == absent {
			t.Errorf("%s says %q: %v\n%s", p.path, never, absent, p.text())
		}
	}
}

// shows waits until a page says all that, for a server sees a moment later what a command has changed.
func shows(t *testing.T, r *reader, path string, sentences ...string) {
	t.Helper()
	missing := func(p page) func(string) bool {
		return func(sentence string) bool {
			never, absent := strings.CutPrefix(sentence, "!")
			return p.says(never) == absent
		}
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if p, err := r.get(path); err == nil && !slices.ContainsFunc(sentences, missing(p)) {
			return
		}
	}
	says(t, r.read(path), sentences...)
}

// sealedRows are the rows of who asked for news of the story's case, as they are kept.
func sealedRows(t *testing.T, s *site) []string {
	t.Helper()
	b, err := s.command("news", "export", "-", "--case", storySlug).Output()
	must(t, err)
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	if len(lines) < 2 || lines[0] != "outcry sealed news v1 "+storySlug || !strings.HasPrefix(lines[len(lines)-1], "end ") {
		t.Fatalf("the export: %.300s", b)
	}
	return lines[1 : len(lines)-1]
}

var entryID = regexp.MustCompile(`<entry[^>]*><id[^>]*>([^<]+)`)

func entryIDs(p page) (ids []string) {
	for _, m := range entryID.FindAllStringSubmatch(p.body, -1) {
		ids = append(ids, m[1])
	}
	return ids
}
