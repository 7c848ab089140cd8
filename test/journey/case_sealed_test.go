package journey

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// keptBack are words of a made-up case that no reader may find anywhere; sealed ones are not even kept.
var keptBack = regexp.MustCompile(`(?i)(sealed|hidden)-?canary-?\w*`)

// secretive is the campaign with something of each sort that may not be told: sealed; for the team or the coalition; not told before the family knows; illness to
// which nobody agreed; a name that rests on a source which is kept back; a guess, which has its label on pages and stands in no title.
func secretive(t *testing.T) string {
	return change(t, campaign, "events:\n", `  - {id: diary, kind: relative, publisher: {en: hidden-canary-diary}, published: 2026-03, visibility: team, url: "https://hidden-canary.example/diary"}
  - {id: vault, kind: counsel, publisher: {en: sealed-canary-note}, published: 2026-03, visibility: sealed}
institutions:
  - {id: far-prison, kind: prison, name: {en: hidden-canary-prison}, city: {en: hidden-canary-city}, country: RU, geo: {lat: 1234, lon: 5678}}
  - {id: vault-prison, kind: prison, name: {en: sealed-canary-prison}}
corrections:
  - {on: 2026-03-09, of: plan, was: {en: hidden-canary-was}, now: {en: x}, why: {en: y}}
events:
  - {id: vaulted, when: 2026-03-03, kind: context, nature: event, source: vault, at: vault-prison, visibility: sealed, what: {en: sealed-canary-strategy}}
  - {id: rests, when: 2026-03-03, kind: search, nature: event, evidence: [{source: vault, locator: {en: sealed-canary-page}}, {source: diary, locator: {en: hidden-canary-page}}], what: {en: She saw it.}}
  - {id: plan, when: 2026-03-04, kind: context, nature: event, source: paper, visibility: team, at: far-prison, what: {en: hidden-canary-plan}}
  - {id: allies, when: 2026-03-04, kind: context, nature: event, source: paper, visibility: coalition, what: {en: hidden-canary-allies}}
  - {id: moved, when: 2026-03-05, kind: transfer_arrival, nature: event, source: paper, place: {en: hidden-canary-camp}}
  - {id: ill, when: 2026-03-06, kind: health, nature: event, source: paper, family: told, what: {en: hidden-canary-illness}}
  - {id: officer, when: 2026-03-06, kind: search, nature: event, source: paper, actor: {role: investigator, name: {en: hidden-canary-name}, public_function: true, source: diary}}
  - {id: guess, when: 2026-03-07, kind: claim, nature: speculation, source: paper, by: {en: a newspaper}, what: {en: it was for the guess-canary poem}}
`)
}

// What is not for everybody is in no page, feed, calendar, image, list, search or archive that a reader gets; what is sealed is not on the disk either (R3, R4, R5).
func TestNoReaderFindsWhatIsKeptBack(t *testing.T) {
	t.Parallel()
	s := newSite(t, engine{name: "SQLite"})
	s.apply(secretive(t))
	s.start()
	r := s.reader()
	seen := map[string]page{}
	image := "/embed/" + of(t, s.published(), atOnce).ID.String()
	next := []string{"/letters.json", "/en/people?q=canary", "/en/people?q=Orlov", "/en/people/map", image, image + ".svg"}
	for _, tag := range []string{"en", "ru", "ar", "fr"} {
		next = append(next, "/"+tag+"/", "/"+tag+"/"+caseSlug)
		for _, rest := range []string{"timeline", "changes", "sheet", "questionnaire", "plain", "feed.xml", "feed.json", "calendar.ics", "e/vaulted", "e/plan", "e/allies", "e/moved", "e/ill"} {
			next = append(next, "/"+tag+"/"+caseSlug+"/"+rest)
		}
	}
	for len(next) > 0 {
		path := next[0]
		next = next[1:]
		path, _, _ = strings.Cut(path, "#")
		if _, ok := seen[path]; ok || len(seen) > 600 {
			continue
		}
		p, err := r.get(path)
		must(t, err)
		seen[path] = p
		if found := keptBack.FindString(p.body); found != "" {
			t.Errorf("%s says %s", path, found)
		}
		for _, link := range p.links() {
			if link = strings.TrimPrefix(link, publicURL); strings.HasPrefix(link, "/") && !strings.HasPrefix(link, "//") {
				next = append(next, link)
			}
		}
	}
	if len(seen) < 60 || !seen["/en/"+caseSlug+"/e/rests"].says("She saw it.") || !seen["/en/"+caseSlug+"/e/rests"].says("This source is not named here") || !seen["/en/"+caseSlug+"/e/officer"].says("investigator") {
		t.Errorf("of %d addresses the ones that must tell something don't", len(seen))
	}

	// A guess stands on pages alone, in no title, no description and nothing that is taken away.
	guessed := 0
	for path, p := range seen {
		if !strings.Contains(p.body, "guess-canary") {
			continue
		}
		guessed++
		head, _, _ := strings.Cut(p.body, "</head>")
		if !strings.HasPrefix(p.header.Get("Content-Type"), "text/html") || strings.Contains(head, "guess-canary") || strings.HasPrefix(path, "/en/") && !p.says("speculation") {
			t.Errorf("%s has the guess in what is shown without its label", path)
		}
	}
	if guessed == 0 {
		t.Error("the guess is nowhere: what was looked for?")
	}

	// The archive goes to another committee, with what the team knows; nothing sealed is in it, on the disk, or in what the server says.
	tar, err := s.command("archive", "export", "-", "--quiet").Output()
	must(t, err)
	if bytes.Contains(tar, []byte("sealed-canary")) || !bytes.Contains(tar, []byte("hidden-canary-plan")) {
		t.Error("the archive has what is sealed, or lacks what another team has to know")
	}
	s.server.stop()
	files := 0
	for _, dir := range []string{s.data, s.logs, s.temp, s.home} {
		must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			files++
			b, err := os.ReadFile(path)
			if bytes.Contains(b, []byte("sealed-canary")) {
				t.Errorf("%s has what is sealed", path)
			}
			return err
		}))
	}
	if said := s.said(); files < 3 || keptBack.MatchString(said) {
		t.Errorf("%d files; the server says %s", files, said)
	}
}
