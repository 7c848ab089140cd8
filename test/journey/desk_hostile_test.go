package journey

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

const (
	calm = "calmcase" // nothing but innocent texts
	wild = "wildcase" // the same, with hostile ones
	bait = "baitcase" // the same, where things are begun that are never finished, and nothing is published
)

// assault is an installation at whose desk somebody types what is hostile into every field of one case, and innocent words into the same fields of another.
type assault struct {
	*site
	t     *testing.T
	lead  *member
	clock *clock

	fields        map[string]bool       // by form and field
	before        map[string]url.Values // what stood in a form at first, by its page and its first field
	tried, posted int
	kept, refused int
	mails, stride int // of forms that are tried in a round, one in so many

	chosen, once     map[string]bool // what was tried of what one chooses, by form and field; and what else was done, see first
	barbs, barbed    int             // the next one; and how often one was sent
	stuck            int             // that a draft keeps, and marks
	samples, signers int
	heads            []string          // of a mail
	links            map[string]string // the private links of translators, by the page where each was made
	guests, sheets   int
}

func newAssault(t *testing.T, e engine) *assault {
	t.Helper()
	s := newSite(t, e)
	src, err := os.ReadFile("../../internal/app/demo/kagarlitsky-2023.yaml")
	must(t, err)
	for _, slug := range []string{calm, wild, bait} {
		s.apply(furnished(string(src), slug))
	}
	a := &assault{site: s, t: t, clock: &clock{}, fields: map[string]bool{}, before: map[string]url.Values{}, chosen: map[string]bool{}, once: map[string]bool{}, links: map[string]string{}}
	s.within(t, a.clock)
	return a
}

// furnished is the demonstration's case under a slug, with something of each part that the demonstration has nothing of.
func furnished(src, slug string) string {
	src = strings.NewReplacer("kagarlitsky", slug, "  rehearsal: true\n", "", "    rehearsal_signers: 1846\n", "").Replace(src)
	src = strings.Replace(src, "withheld: [accuser]", `recognitions:
  - {by: {en: A list, ru: Список}, status: political_prisoner, as_printed: {en: a prisoner}, criteria: "https://paper.example/criteria", on: 2023-12-20, source: article}
corrections:
  - {on: 2023-12-21, of: arrest, was: {en: one thing, ru: одно}, now: {en: another, ru: другое}, why: {en: a slip, ru: описка}}
redactions: [{event: taken-out, on: 2023-12-22, why: private_person}]
withheld: [accuser]`, 1)
	return strings.Replace(src, "    interest: party\n", `    interest: party
    title: {en: An article, ru: Статья}
    url: https://paper.example/article
    archived: https://archive.example/article
`, 1)
}

// value is what is typed into the n-th field in a round.
type value func(n int) string

// round is every hostile text, beginning with another in each round, so that each field gets each text in as many rounds as there are texts.
func round(begin int) value {
	return func(n int) string {
		text := hostileTexts[(begin+n)%len(hostileTexts)].text
		if strings.TrimSpace(text) == "" {
			return text
		}
		return fmt.Sprintf("%s %d", text, n) // no two alike: what repeats a claim elsewhere is refused for that
	}
}

// types types into every field of a form at once. What is refused has to be marked and to come back as it was typed; it is then left as it stood, and the rest is sent again,
// until the form is taken. What was taken has to stand there as it was typed.
func (a *assault) types(path string, f sheet, v value) {
	a.t.Helper()
	form := maps.Clone(f.values)
	typed := map[string]string{}
	for n, name := range f.texts {
		if typed[name] == "" {
			if typed[name] = v(n); strings.TrimSpace(typed[name]) == "" && (strings.Contains(name, ".when.") || strings.Contains(name, ".published.")) {
				typed[name] = "=1" // no day at all is refused later, before publishing
			}
			form.Set(name, typed[name])
			a.fields[skeleton(f.action)+" "+bare(name)] = true
			a.tried++
		}
	}
	for range 8 {
		a.lead.prove()
		p := a.lead.send("POST", f.action, form)
		a.posted++
		a.harmless(a.t, p, nil)
		if strings.HasPrefix(p.header.Get("Location"), "/desk/prove") {
			a.lead.proven = time.Time{}
			continue
		}
		if p.status < 400 {
			a.holds(path, f, typed, p)
			return
		}
		if p.status != http.StatusUnprocessableEntity && p.status != http.StatusConflict && p.status != http.StatusTooManyRequests && p.status != http.StatusForbidden {
			a.t.Errorf("%s answers %d: %.300s", shortened(f.action), p.status, p.text())
			return
		}
		back, ok := p.same(f)
		if !ok {
			a.t.Errorf("%s (%d): the form does not come back: %.300s", shortened(f.action), p.status, p.text())
			return
		}
		a.cameBack(f, form, typed, back)
		if len(p.problems()) == 0 && len(back.wrong) == 0 {
			a.t.Errorf("%s (%d): nothing is said of why: %.300s", shortened(f.action), p.status, p.text())
		}
		if back.wrong["f.source"] { // another source is chosen: what is typed for a new one is too much
			maps.DeleteFunc(typed, func(name, _ string) bool {
				if strings.HasPrefix(name, "s.") {
					form[name] = f.values[name]
					return true
				}
				return false
			})
			continue
		}
		if !a.gives(f, form, typed, append(slices.Collect(maps.Keys(back.wrong)), p.problems()...)) {
			return // refused for what nobody typed: a tick, a choice
		}
	}
	a.t.Errorf("%s is not taken though all that is marked was mended; left is %.100q", shortened(f.action), typed)
}

// gives takes the hostile text out of the fields that are marked; false if there is none of them.
func (a *assault) gives(f sheet, form url.Values, typed map[string]string, marked []string) (some bool) {
	for name := range typed {
		if slices.ContainsFunc(marked, func(m string) bool {
			return m == name || strings.HasPrefix(name, m+".") || strings.HasPrefix(name, m+"-")
		}) {
			form[name] = f.values[name]
			delete(typed, name)
			a.refused++
			some = true
		}
	}
	return some
}

// cameBack holds that a form has what was typed, as far as a page can.
func (a *assault) cameBack(f sheet, form url.Values, typed map[string]string, back sheet) {
	a.t.Helper()
	for name, s := range typed {
		if got := back.values.Get(name); plain(got) != plain(s) && !unwritable(s) && !private[name] && !(bounded[name] && len(got) >= 200 && strings.HasPrefix(plain(s), plain(got))) && !(name == "slug" && strings.EqualFold(plain(got), plain(s))) {
			a.t.Errorf("%s: %s came back as %.60q, typed was %.60q", shortened(f.action), name, got, s)
		}
	}
}

// private are fields that come back in no page: a key may be the secret half of one, an address is somebody's.
var private = map[string]bool{"recipient": true, "code": true}

// bounded are fields that hold an address: what is longer than any comes back cut.
var bounded = map[string]bool{"first": true, "second": true, "email": true}

// drafted tells forms whose fields stand there again when the page is opened anew.
func drafted(action string) bool {
	for _, part := range []string{"/texts/", "/case/", "/photo"} {
		if strings.Contains(action, part) {
			return true
		}
	}
	return false
}

// holds reads the page again, and holds that what was taken stands there as it was typed; what a rule keeps from being published is marked, and taken out.
func (a *assault) holds(path string, f sheet, typed map[string]string, done page) {
	a.t.Helper()
	if to := done.header.Get("Location"); to != "" && a.first("done "+kind(f.action)) {
		p := a.lead.send("GET", to, nil)
		a.harmless(a.t, p, nil)
	}
	if strings.Contains(f.action, calm) && !a.first("calm "+kind(f.action)) {
		return
	}
	if !drafted(f.action) || strings.HasSuffix(f.action, "/_new") {
		return
	}
	p := a.lead.sees(path)
	a.harmless(a.t, p, nil)
	back, ok := p.same(f)
	if !ok {
		a.t.Errorf("%s: the form is not there any more", shortened(path))
		return
	}
	for name, s := range typed {
		got := back.values.Get(name)
		if bare(name) == "f.nationality" || bare(name) == "f.languages" { // short words, with a comma or a blank between them
			got, s = strings.ReplaceAll(got, ",", " "), strings.ReplaceAll(s, ",", " ")
		}
		if plain(got) != plain(s) {
			a.t.Errorf("%s: %s was taken as %.60q, typed was %.60q", shortened(path), name, got, s)
			continue
		}
		a.kept++
	}
	form := maps.Clone(back.values)
	marked := append(slices.Collect(maps.Keys(back.wrong)), p.problems()...)
	original := f
	if len(marked) == 0 || !a.gives(original, form, typed, marked) {
		return
	}
	if again := a.lead.send("POST", f.action, form); again.status >= 400 {
		a.t.Errorf("%s: what was there before is refused: %.300s", shortened(path), again.text())
	}
}

// problems are the fields that a page's summary leads to.
func (p page) problems() (list []string) {
	_, rest, found := strings.Cut(p.body, `class="problems"`)
	if !found {
		return nil
	}
	summary, _, _ := strings.Cut(rest, "</div>")
	for part := range strings.SplitSeq(summary, `href="#`) {
		id, _, ok := strings.Cut(part, `"`)
		if ok && !strings.ContainsAny(id, " <>") {
			list = append(list, id)
		}
	}
	if len(list) == 0 {
		list = []string{""}
	}
	return list
}

// innocently is the path of the same page of the innocent case.
func innocently(path string) string { return strings.ReplaceAll(path, wild, calm) }

// skeleton is an address without what names one of many.
func skeleton(action string) string {
	action, _, _ = strings.Cut(action, "?")
	return strings.NewReplacer(calm, "{case}", wild, "{case}", bait, "{case}").Replace(action)
}

// kind is an address without which of many alike it is: of the events of a case, say.
func kind(path string) string { return oneOfMany.ReplaceAllString(skeleton(path), "$1{one}") }

var oneOfMany = regexp.MustCompile(`(/case/(?:events|sources|institutions|proceedings|positions|questions|recognitions|corrections|redactions)/)[^/]+`)

// bare is a field's name without the number of a row.
func bare(name string) string {
	var parts []string
	for part := range strings.SplitSeq(name, ".") {
		if strings.Trim(part, "0123456789") != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ".")
}

// leafs are the desk's pages about a case, by their links, each once.
func (a *assault) leafs(slug string) (list []string) {
	a.t.Helper()
	seen := map[string]bool{}
	at := "/desk/c/" + slug
	queue := []string{at, at + "/texts", at + "/ground", at + "/photo", at + "/case", at + "/languages", at + "/changes", at + "/history", at + "/signatures", at + "/followers",
		at + "/preview", at + "/spread", at + "/publish", at + "/try"}
	for len(queue) > 0 {
		path, _, _ := strings.Cut(queue[0], "#")
		queue = queue[1:]
		if seen[path] || len(list) > 400 {
			continue
		}
		seen[path] = true
		p := a.lead.sees(path)
		if !strings.HasPrefix(p.header.Get("Content-Type"), "text/html") {
			continue
		}
		list = append(list, path)
		for _, to := range p.links() {
			to, _, _ = strings.Cut(to, "#")
			if strings.HasPrefix(to, at+"/") && !strings.Contains(to, "lang=") && !strings.Contains(to, "/history/") && !strings.Contains(to, "/preview?") && !strings.Contains(to, "show=") &&
				!strings.HasSuffix(to, ".jpg") {
				queue = append(queue, to)
			}
		}
	}
	return list
}

// begins tells a form that adds something to a case.
func begins(action string) bool {
	return strings.HasSuffix(action, "/_new") || strings.HasSuffix(skeleton(action), "/{case}/case") || strings.HasSuffix(action, "/out")
}

// fill types into every form of every page of a case at the desk.
func (a *assault) fill(slug string, paths []string, v value) {
	a.t.Helper()
	n, alike := 0, map[string]int{}
	for i, path := range paths {
		if slug == bait && i%a.stride != a.posted%a.stride {
			continue
		}
		if alike[kind(path)]++; !prove && alike[kind(path)] > 4 && (slug == calm || slug == wild && i%2 == 0) { // where there is little time, some of many events do
			continue
		}
		for _, f := range a.lead.sees(path).sheets() {
			if len(f.texts) == 0 || f.file != "" || !strings.Contains(f.action, slug) || begins(f.action) && slug != bait {
				continue
			}
			begin, first := n, path+" "+f.texts[0]
			if _, before := a.before[first]; !before {
				a.before[first] = f.values
			}
			if slug != bait { // what the rules of publishing want beside a text is there where a text was
				f.texts = slices.DeleteFunc(slices.Clone(f.texts), func(name string) bool { return a.before[first].Get(name) == "" })
				if len(f.texts) == 0 {
					continue
				}
			}
			a.types(path, f, func(i int) string { return v(begin + i) })
			n += len(f.texts)
		}
	}
}

// mend brings back what stood at first where a page marks what can't be published; a rule may be about what another form says.
// With whole, all that was typed into what happened is taken back: where a tick asks for words, nothing that one types is marked.
func (a *assault) mend(paths []string, whole bool) {
	a.t.Helper()
	for _, path := range paths {
		if !drafted(path) && !strings.HasSuffix(path, "/ground") {
			continue
		}
		p := a.lead.sees(path)
		for _, f := range p.sheets() {
			if len(f.texts) == 0 || a.before[path+" "+f.texts[0]] == nil {
				continue
			}
			marked := append(slices.Collect(maps.Keys(f.wrong)), p.problems()...)
			for _, m := range marked { // and what stands beside it, which asks for it
				if i := strings.LastIndexByte(m, '.'); i > 1 {
					marked = append(marked, m[:i])
				}
			}
			form, typed := maps.Clone(f.values), map[string]string{}
			if whole && strings.Contains(path, "/case/events/") {
				marked = append(marked, f.texts...)
			}
			wrong := len(marked) > 0
			for _, name := range f.texts {
				typed[name] = f.values.Get(name)
				if (wrong || strings.Contains(path, "/texts/")) && strings.TrimSpace(typed[name]) == "" { // a text that something else has to have
					marked = append(marked, name)
				}
			}
			if len(marked) > 0 && a.gives(sheet{values: a.before[path+" "+f.texts[0]]}, form, typed, marked) {
				for range 4 { // what else is in the way is said now: what came by a translator's link, this form may not take
					p := a.lead.send("POST", f.action, form)
					if p.status < 400 {
						break
					}
					back, _ := p.same(f)
					if !a.gives(sheet{values: a.before[path+" "+f.texts[0]]}, form, typed, append(slices.Collect(maps.Keys(back.wrong)), p.problems()...)) {
						a.t.Logf("%s is not mended (%d), marked is %q: %.300s", shortened(f.action), p.status, marked, p.text())
						break
					}
				}
			}
		}
	}
}

// presentable publishes a case, without what the rules of publishing refuse of it.
func (a *assault) presentable(slug string, paths []string) (why string) {
	a.t.Helper()
	for try := range 4 {
		if why = a.publish(slug); why == "" {
			break
		}
		a.mend(paths, try == 2)
	}
	return why
}

// What is hostile, typed into every field of the desk, is kept as it was typed or refused in words with the form as it was; published, it harms nobody anywhere.
func TestHostileDesk(t *testing.T) {
	t.Parallel()
	if !prove {
		t.Run("SQLite", func(t *testing.T) { hostileDesk(t, engine{name: "SQLite"}, 1, 8) })
		return
	}
	each(t, false, func(t *testing.T, e engine) {
		if e.sqlite() {
			hostileDesk(t, e, 8, 2)
			return
		}
		hostileDesk(t, e, 2, 4) // the rows are other ones, the pages are not
	})
}

// first tells whether something was not done yet; where there is time for all, it always is.
func (a *assault) first(what string) bool {
	was := a.once[what]
	a.once[what] = true
	return prove || !was
}

// house are the committee's own pages, beside those of a case.
var house = []string{"/desk/", "/desk/people", "/desk/review", "/desk/trail", "/desk/proposals", "/desk/kept", "/desk/settings", "/desk/safety", "/desk/safety/purge", "/desk/safety/handover",
	"/desk/mail", "/desk/ally", "/desk/invite", "/desk/ways", "/desk/ways/authenticator", "/desk/new", "/desk/sessions", "/desk/prove"}

func hostileDesk(t *testing.T, e engine, rounds, stride int) {
	a := newAssault(t, e)
	a.stride = stride
	var names []string
	for _, h := range hostileTexts { // most are no pseudonyms; who joins as one of the others is done
		if strings.ContainsAny(h.text, "\x00\x07\u202e") || len(h.text) > 200 || !utf8.ValidString(h.text) || strings.TrimSpace(h.text) == "" {
			names = append(names, h.text)
		}
	}
	a.lead = a.joins(a.clock, a.invited(), append(names, "Rowan <b>=1+1</b>")...)
	paths := a.leafs(calm)
	all := shape{}
	a.fill(calm, paths, innocent)
	for _, path := range paths {
		if a.first("draft of " + kind(path)) {
			maps.Copy(all, shapeOf(a.lead.sees(path)))
		}
	}
	a.photograph(t, calm, innocent)
	a.translated(t, calm, innocent)
	if why := a.presentable(calm, paths); why != "" {
		t.Fatalf("the innocent case can't be published: %s", why)
	}
	a.named(t, calm, []string{"Plain words, typed once"})
	for _, path := range paths {
		maps.Copy(all, shapeOf(a.lead.sees(path)))
	}
	a.drilled(t, wild, a.sample(2))
	to := func(slug string) (list []string) {
		for _, path := range paths {
			list = append(list, strings.ReplaceAll(path, calm, slug))
		}
		return list
	}
	for i := range rounds {
		v := round(i*len(hostileTexts)/rounds + 1)
		a.fill(wild, to(wild), v)
		a.fill(bait, to(bait), v)
		a.house(v)
		a.files(t, v)
		a.photograph(t, wild, v)
		a.translated(t, wild, v)
		if why := a.presentable(wild, to(wild)); why != "" {
			t.Errorf("round %d: it can't be published: %s", i, why)
		}
		a.named(t, wild, a.sample(2))
		for n, path := range append(to(wild), house...) {
			known := all
			if !strings.Contains(path, wild) {
				known = nil
			}
			a.harmless(t, a.lead.sees(path+"?lang="+tongues[n%len(tongues)]), known)
		}
		a.spread(t)
		a.posts(t)
		a.papers(t, wild)
	}
	a.bareFiles(t, wild)
	a.tables(t)
	a.uploads(t)
	a.doors(t, a.sample(1))
	places := append(to(bait), house...)
	a.choices(t, places)
	a.asks(t, places)
	a.strangers(t)
	a.mailed(t)
	t.Logf("%s: %d fields, %d texts typed in %d forms: %d kept, %d refused; %d choices and %d barbs, of which a draft keeps %d and marks them, %d sheets", e.name, len(a.fields), a.tried, a.posted, a.kept, a.refused, len(a.chosen), a.barbed, a.stuck, a.sheets)
}
