package dossier

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// seen is what a reader sees of a page that nothing was pressed on: folded details show their summary, and nothing that is kept for screen readers or paper counts.
func seen(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		class, _ := attr(n, "class")
		if strings.Contains(class, "unseen") || class == "refs" {
			return
		}
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
			return
		}
		for c := range n.ChildNodes() {
			if n.Type == html.ElementNode && n.Data == "details" && !(c.Type == html.ElementNode && c.Data == "summary") {
				continue
			}
			walk(c)
			if c.Type == html.ElementNode && c.Data != "bdi" && c.Data != "a" && c.Data != "strong" && c.Data != "time" {
				b.WriteByte(' ')
			}
		}
	}
	walk(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

func element(doc *html.Node, name string) *html.Node {
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == name {
			return n
		}
	}
	return nil
}

// A reporter reads, from the rendered page alone and nothing pressed, in this order: who, where it stands, since when, where, on what charge, what comes next, how it is
// known. The first two screens of a phone hold some 1,300 characters in any of these scripts.
func TestGlanceIsReadInTenSeconds(t *testing.T) {
	s := serve(t, vera(t))
	for tag, want := range map[lang.Tag][]string{
		"en": {"Vera Example", "Serving a sentence", "as of 20 March 2024", "Held since 5 December 2023", "106 days held so far", "Camp No. 00", "дискредитация", "Criminal Code, article 280.3, part 1",
			"Hearing: 14 May 2024", "4 sources: court document, independent press and official statement", "Newest source: 20 March 2024", "Last checked 5 days ago"},
		"ru": {"Вера Примерова", "Отбывает наказание", "на 20 марта 2024 г.", "В заключении с 5 декабря 2023 г.", "106 дней в заключении", "Колония № 00", "дискредитация", "УК РФ, статья 280.3, часть 1",
			"Заседание суда: 14 мая 2024 г.", "4 источника: документ суда, независимая пресса и официальное заявление", "Самый новый источник: 20 марта 2024 г.", "5 дней назад"},
		"ar": {"فيرا إكزامبل", "قيد تنفيذ العقوبة", "20 مارس 2024", "قيد الاحتجاز منذ 5 ديسمبر 2023", "106 أيام", "المعسكر رقم 00", "дискредитация", "القانون الجنائي",
			"14 مايو 2024", "4 مصادر", "أحدث مصدر: 20 مارس 2024", "5 أيام"},
	} {
		_, doc := s.get("/"+string(tag)+"/vera", 200)
		text := strings.ReplaceAll(seen(element(doc, "main")), "\u00a0", " ")
		at := 0
		for _, w := range want {
			i := strings.Index(text[at:], w)
			if i < 0 {
				t.Fatalf("%s: %q does not follow in\n%.1500s", tag, w, text)
			}
			at += i + len(w)
		}
		if n := len([]rune(text[:at])); n > 1300 {
			t.Errorf("%s: a reader has read %d characters until they know all that", tag, n)
		}
	}
}

// Every derived line unfolds the events from which it follows, each at an address that answers.
func TestDerivedLinesSayFromWhat(t *testing.T) {
	for _, f := range []*casefile.File{vera(t), vera(t, "  - id: appeal\n    when: 2023-12-05", "  - id: appeal\n    when: 2023-12-06")} {
		s := serve(t, f)
		_, doc := s.get("/en/vera", 200)
		lines := 0
		each(doc, func(n *html.Node) {
			if class, _ := attr(n, "class"); n.Data != "details" || !strings.Contains(class, "why") {
				return
			}
			lines++
			links := 0
			each(n, func(n *html.Node) {
				if href, _ := attr(n, "href"); strings.HasPrefix(href, "/en/vera/e/") {
					links++
					s.get(href, 200)
				}
			})
			if links == 0 || !strings.Contains(words(n), "This follows from:") {
				t.Errorf("nothing is said of what it follows from: %s", words(n))
			}
		})
		if lines < 8 {
			t.Errorf("%d lines unfold", lines)
		}
		status := byID(doc, "glance")
		if got := words(element(status, "details")); !strings.Contains(got, "Decision on appeal") || !strings.Contains(got, "Arrested again") {
			t.Errorf("the status explains itself by %s", got)
		}
	}
}

// What comes next is a day to come, where there is one; a day that has passed is never said to come.
func TestWhatComesNextIsAhead(t *testing.T) {
	for _, c := range []struct {
		today      casefile.Date
		want, lack string
	}{
		{day(2024, 3, 21), "What comes next Hearing: 28 March 2024", "14 May"},
		{day(2024, 4, 2), "What comes next Hearing: 14 May 2024", "28 March"},
		{day(2024, 5, 20), "Last date told Hearing: 14 May 2024", "What comes next"},
	} {
		s := serve(t, vera(t, "  - id: posters\n", "  - {id: soon, when: 2024-03-28, kind: hearing_scheduled, nature: legal, source: ward-paper, learnt_on: 2024-03-20}\n  - id: posters\n"))
		s.pages.Now = func() time.Time {
			return time.Date(c.today.Year, time.Month(c.today.Month), c.today.Day, 9, 0, 0, 0, time.UTC)
		}
		_, doc := s.get("/en/vera", 200)
		if got := seen(byID(doc, "glance")); !strings.Contains(got, c.want) || strings.Contains(got, c.lack) {
			t.Errorf("on %s: %s", c.today, got)
		}
	}
}

// A person who was let out and taken again is on the same page, which says so, and both periods stand on it.
func TestHeldAgain(t *testing.T) {
	s := serve(t, vera(t))
	for tag, want := range map[lang.Tag][]string{
		"en": {"In custody again. Released: 2 October 2023. Held again: 5 December 2023. Times in custody so far: 2.", "What changed on this page since: 5 December 2023"},
		"ru": {"Снова под стражей. Освобождение: 2 октября 2023", "Что изменилось на этой странице с этого дня: 5 декабря 2023"},
		"ar": {"قيد الاحتجاز من جديد", "منذ: 5 ديسمبر 2023"}, "fr": {"De nouveau en détention.", "depuis : 5 décembre 2023"},
	} {
		_, doc := s.get("/"+string(tag)+"/vera", 200)
		notice := byClass(byID(doc, "glance"), "notice")
		if notice == nil {
			t.Fatalf("%s: nothing at the top", tag)
		}
		got := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(words(notice))
		for _, w := range want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: %q is not in %s", tag, w, got)
			}
		}
		if to, _ := attr(element(notice, "a"), "href"); to != "/"+string(tag)+"/vera/changes?since=2023-12-05" {
			t.Errorf("%s: it leads to %q", tag, to)
		}
	}
	s.changed = []casefile.Changed{{Day: day(2023, 10, 3), Kind: casefile.ChangeAdded, Section: casefile.SectionEvents, ID: "release"}, {Day: day(2023, 12, 6), Kind: casefile.ChangeAdded, Section: casefile.SectionEvents, ID: "rearrest"}}
	_, doc := s.get("/en/vera/changes?since=2023-12-05", 200)
	if got := words(element(doc, "main")); !strings.Contains(got, "Arrested again") || strings.Contains(got, "Release") {
		t.Errorf("what changed since: %s", got)
	}
	if _, doc := s.get("/en/vera/sheet", 200); !strings.Contains(words(article(doc)), "Held again: 5 December 2023") {
		t.Error("the sheet does not say it")
	}
	for name, f := range map[string]*casefile.File{
		"released again": vera(t, "  - id: posters\n", "  - {id: out, when: 2024-03-22, kind: release, nature: event, source: ward-paper, release: parole}\n  - id: posters\n"),
		"died":           vera(t, "  - id: posters\n", "  - {id: death, when: 2024-03-22, kind: death, nature: event, source: ward-paper, family: told}\n  - id: posters\n"),
	} {
		if _, doc := serve(t, f).get("/en/vera", 200); strings.Contains(words(doc), "Held again") {
			t.Errorf("%s: the page says that the person is held", name)
		}
	}
	_, doc = s.get("/en/vera", 200)
	for _, want := range []string{"Held from 3 March 2023 to 2 October 2023", "213 days held", "as printed: “seven months”", "Released: sentence without custody", "Held since 5 December 2023"} {
		if got := words(byID(doc, "custody")); !strings.Contains(got, want) {
			t.Errorf("%q is not in %s", want, got)
		}
	}
}

// Death is a state: nothing is asked for any more, no letter, no collection, and no title that asks.
func TestNothingIsAskedOfTheDead(t *testing.T) {
	f := vera(t, "  - id: posters\n", `  - id: collection
    when: 2024-03-19
    kind: fund_opened
    nature: event
    source: ward-paper
    collected: elsewhere
    amount: {minor: 100000, currency: RUB}
  - id: death
    when: 2024-03-21
    kind: death
    nature: event
    source: ward-paper
    family: told
  - id: posters
`)
	src, doc := serve(t, f).get("/en/vera", 200)
	if title := words(element(doc, "title")); !strings.HasPrefix(title, "Vera Example") || strings.Contains(title, "Release") {
		t.Errorf("the window is called %q", title)
	}
	if h1 := words(element(doc, "h1")); h1 != "Vera Example" {
		t.Errorf("the title is %q", h1)
	}
	for _, never := range []string{"sign-here", "Release Vera", "kind=fund", "Collection opened", `id="asks"`, `id="dates"`, "What comes next"} {
		if strings.Contains(src, never) {
			t.Errorf("the page still has %q", never)
		}
	}
	if got := words(byID(doc, "glance")); !strings.Contains(got, "Died in custody as of 21 March 2024") || !strings.Contains(got, "Nothing is asked for here any more.") {
		t.Error(got)
	}
	alive, _ := serve(t, vera(t)).get("/en/vera", 200)
	if !strings.Contains(alive, "sign-here") || !strings.Contains(alive, `id="asks"`) {
		t.Error("nothing was there to be taken away")
	}
}

// Who was released is told to be under what still binds; what a court imposed is not told as final before it is.
func TestReleasedIsNotFree(t *testing.T) {
	w := demo(t)
	f, ok := w.File.Public(nil)
	if !ok {
		t.Fatal("it is not public")
	}
	s := serve(t, f)
	_, doc := s.get("/en/kagarlitsky", 200)
	glance := words(byID(doc, "glance"))
	for _, want := range []string{"Not in custody, but under restrictions", "Restrictions in force Foreign agent", "In all: 8", "Of these, imposed and not yet final: 2", "Imposed, not yet final."} {
		if !strings.Contains(glance, want) {
			t.Errorf("the glance lacks %q: %s", want, glance)
		}
	}
	_, doc = s.get("/en/kagarlitsky/e/release", 200)
	if got := words(byClass(doc, "entry")); !strings.Contains(got, "Known to be in force after it: Foreign agent · Ban on teaching") {
		t.Errorf("the event itself: %s", got)
	}
	_, doc = s.get("/en/kagarlitsky", 200)
	dates := words(byID(doc, "dates"))
	for _, want := range []string{"Last day for the defence to appeal", "27 December 2023", "By law: ст. 389.4 УПК РФ; 15 days.", "Days off are not reckoned with", "That day has passed."} {
		if !strings.Contains(dates, want) {
			t.Errorf("the dates lack %q: %s", want, dates)
		}
	}
}
