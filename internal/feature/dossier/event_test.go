package dossier

import (
	"strings"
	"testing"

	"golang.org/x/net/html"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// Every event has an address for life, which search engines may keep, with its neighbours in order of time.
func TestEventsHaveAddresses(t *testing.T) {
	f := vera(t)
	s := serve(t, f)
	all := f.InOrder()
	for i, e := range all {
		src, doc := s.get("/en/vera/e/"+e.ID, 200)
		if strings.Contains(src, "noindex") || !strings.Contains(src, `<link rel="canonical" href="https://letters.example/en/vera/e/`+e.ID+`"`) {
			t.Errorf("%s: search engines are turned away, or have no address to keep", e.ID)
		}
		near := map[string]string{}
		each(doc, func(n *html.Node) {
			if rel, _ := attr(n, "rel"); rel == "prev" || rel == "next" {
				near[rel], _ = attr(n, "href")
			}
		})
		if i > 0 && near["prev"] != "/en/vera/e/"+all[i-1].ID || i == 0 && near["prev"] != "" {
			t.Errorf("before %s stands %s", e.ID, near["prev"])
		}
		if i < len(all)-1 && near["next"] != "/en/vera/e/"+all[i+1].ID {
			t.Errorf("after %s stands %s", e.ID, near["next"])
		}
	}
	s.get("/en/vera/e/nothing", 404)
	s.get("/en/nobody/e/arrest", 404)
}

// What was taken out answers 410 with the sort of reason, and with nothing of what it said.
func TestTakenOutIsGone(t *testing.T) {
	s := serve(t, vera(t))
	for tag, want := range map[string]string{"en": "Reason:", "ru": "Причина:", "ar": "السبب:", "fr": "Raison"} {
		_, doc := s.get("/"+tag+"/vera/e/neighbour", 410)
		reason := printer(t, lang.Tag(tag)).T("case.redaction.private_person")
		if got := words(element(doc, "main")); !strings.Contains(got, want) || !strings.Contains(got, reason) {
			t.Errorf("%s: %s", tag, got)
		}
	}
}

// What was taken back stays, struck, under the day and the reason.
func TestTakenBackStays(t *testing.T) {
	s := serve(t, vera(t))
	for _, path := range []string{"/en/vera/e/strike", "/en/vera/timeline"} {
		_, doc := s.get(path, 200)
		del := element(doc, "del")
		if del == nil || words(del) != "She refused food." {
			t.Fatalf("%s strikes nothing", path)
		}
		if got := words(del.Parent); !strings.Contains(got, "Taken back: 1 February 2024. Reason: the paper took it back") {
			t.Errorf("%s: %s", path, got)
		}
	}
	_, doc := s.get("/en/vera", 200)
	if got := words(byID(doc, "timeline")); strings.Contains(got, "refused food") {
		t.Errorf("it stands among the newest: %s", got)
	}
}

// Values that compete stand side by side, each with how far it holds and who says so; the page chooses none.
func TestCompetingValues(t *testing.T) {
	_, doc := serve(t, vera(t)).get("/en/vera/e/picket", 200)
	got := words(byClass(doc, "entry"))
	for _, want := range []string{"reported event contested", "What is said, side by side: date", "1 May 2023 as told above refuted 2 May 2023 Who says so: a reader",
		"What is said, side by side: number", "Attendance: about 40 as told above an interested party claims it 12 Who says so: the police"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if got := words(byID(doc, "corrections")); !strings.Contains(got, "This page said The picket was on 2 May. It says now The picket was on 1 May. Why The paper’s") && !strings.Contains(got, "Why the paper’s own photograph is dated") {
		t.Errorf("the correction: %s", got)
	}
}

// Sources unfold in place: who, what sort, when, where in it; the two axes apart from each other and folded once more; our own copy by its hash. A source that is not told
// is said not to be.
func TestSourcesUnfold(t *testing.T) {
	s := serve(t, vera(t))
	_, doc := s.get("/en/vera/timeline", 200)
	arrest := byID(doc, "event-arrest")
	got := words(arrest)
	for _, want := range []string{"2 sources", "Made-up Regional Court, 5 December 2023 court document", "Where in it: page 2", "Reliability of the source, from A to F: A.", "Credibility of this piece of information, from 1 to 6: 1, confirmed by others.",
		"SHA-256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "The Ward Paper, 20 March 2024 independent press", "from 1 to 6: 2, probably true."} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
	if shown := seen(arrest); strings.Contains(shown, "Reliability") || strings.Contains(shown, "Credibility") || strings.Contains(shown, "SHA-256") || !strings.Contains(shown, "2 sources") {
		t.Errorf("unfolded before anybody asked: %s", shown)
	}
	cold := words(byID(doc, "event-cold"))
	if !strings.Contains(cold, "This source is not named here") || strings.Contains(cold, "cellmate") || strings.Contains(cold, "somebody who was held") {
		t.Errorf("a source kept back: %s", cold)
	}
	src, _ := s.get("/en/vera", 200)
	if strings.Contains(src, "cellmate") || strings.Contains(src, "somebody who was held") {
		t.Error("a source kept back stands on the page")
	}
	contra := words(byID(doc, "event-picket"))
	if !strings.Contains(contra, "The town’s police, 2 May 2023 official statement contradicts") {
		t.Errorf("what contradicts is not said to: %s", contra)
	}
}

// A text that is not there in the reader's language is shown in the one there is, and the gap is marked; where nothing lacks nothing is.
func TestGapsOfTranslation(t *testing.T) {
	s := serve(t, vera(t))
	for path, want := range map[string]bool{"/ar/vera/e/cold": true, "/fr/vera/e/cold": true, "/en/vera/e/cold": false, "/ru/vera/e/cold": false, "/ar/vera/e/arrest": false, "/ar/vera": true, "/en/vera": false} {
		src, doc := s.get(path, 200)
		if got := strings.Contains(src, `<p class="gap">`); got != want {
			t.Errorf("%s: marked %v, want %v", path, got, want)
		}
		if want && !strings.Contains(words(doc), "English") {
			t.Errorf("%s does not say in which language", path)
		}
	}
	_, doc := s.get("/ar/vera/e/cold", 200)
	if !strings.Contains(words(doc), "لم يُترجم بعد؛ معروض بلغته: English") {
		t.Error(words(byClass(doc, "entry")))
	}
}

// Speculation is shown with its label beside it, and nowhere else: in no title, no description, no glance, not among the newest.
func TestSpeculationIsLabelled(t *testing.T) {
	f := vera(t, "when: 2024-02-14", "when: 2024-03-20")
	s := serve(t, f)
	paths := []string{"/en/vera", "/en/vera/timeline", "/en/vera/changes"}
	for _, e := range f.Events {
		paths = append(paths, "/en/vera/e/"+e.ID)
	}
	found := 0
	for _, path := range paths {
		_, doc := s.get(path, 200)
		each(doc, func(n *html.Node) {
			for _, a := range n.Attr {
				if soft(a.Val) {
					t.Errorf("%s: %s=%q", path, a.Key, a.Val)
				}
			}
			if n.Type != html.TextNode || !soft(n.Data) {
				return
			}
			found++
			near := n.Parent
			for ; near.Parent != nil && near.Data != "li" && near.Parent.Data != "main"; near = near.Parent {
				if strings.HasPrefix(near.Data, "h") {
					t.Errorf("%s: it stands in <%s>", path, near.Data)
				}
			}
			if !strings.Contains(words(near), "speculation") || near.Parent == nil {
				t.Errorf("%s: %q stands without its label", path, n.Data)
			}
		})
		for _, id := range []string{"glance"} {
			if part := byID(doc, id); part != nil && soft(words(part)) {
				t.Errorf("%s: it stands in #%s", path, id)
			}
		}
	}
	if found < 3 {
		t.Errorf("it was found %d times: what was looked for?", found)
	}
	if _, doc := s.get("/en/vera", 200); soft(words(byID(doc, "timeline"))) {
		t.Error("it stands among the newest")
	}
}

// soft tells whether a text repeats what the case marks as speculation.
func soft(s string) bool {
	return strings.Contains(s, "settled over dinner") || strings.Contains(s, "judge was ill at ease")
}

// No page says what brought a release about: the answers stand beside each other under their labels, and the page says what must not be read out of them.
func TestNoCauseIsConcluded(t *testing.T) {
	f := vera(t)
	s := serve(t, f)
	_, doc := s.get("/en/vera", 200)
	section := words(byID(doc, "explanations"))
	if !strings.Contains(section, "Neither is established. This page does not say what brought it about.") {
		t.Error(section)
	}
	if got := words(byID(doc, "unknown")); !strings.Contains(got, "Why was she let go in October? 2 explanations are given; none is established.") {
		t.Error(got)
	}
	_, doc = s.get("/en/vera/e/release", 200)
	for _, q := range f.Questions {
		for _, a := range q.Answers {
			if got := words(element(doc, "main")); strings.Contains(got, a.What["en"]) {
				t.Errorf("the release stands beside the cause that somebody gives: %s", got)
			}
		}
	}
}

// What nobody told is said: gaps with the events that leave them open, contradictions side by side, where somebody looked and found nothing.
func TestWhatWeDoNotKnow(t *testing.T) {
	f := vera(t, "  - id: posters\n", `  - id: again
    when: 2024-03-02
    kind: detention
    nature: event
    source: town-paper
  - id: posters
`)
	if len(f.Stand(casefile.AsOf{}).Conflicts) == 0 {
		t.Fatal("nothing contradicts")
	}
	_, doc := serve(t, f).get("/en/vera", 200)
	got := words(byID(doc, "unknown"))
	p := printer(t, "en")
	for _, c := range f.Stand(casefile.AsOf{}).Conflicts {
		if !strings.Contains(got, p.T("case.conflict."+string(c.Kind))) {
			t.Errorf("%s is not in %s", c.Kind, got)
		}
	}
	for _, want := range []string{p.T("case.gap.event_day"), p.T("case.gap.counsel"), "College of Physicians no statement was found", "Looked for: 3 March 2023 to 20 March 2024; by the committee"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %s", want, got)
		}
	}
}
