package journey

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"outcry/internal/feature/letter"
	"outcry/internal/kernel/lang"
	"outcry/locales"
)

var stripForm = regexp.MustCompile(`restore ([0-9a-f]{32})`)

// english are the words of the pages.
func english(t testing.TB) *lang.Printer {
	t.Helper()
	words, err := lang.Load(locales.FS)
	must(t, err)
	return words.Printer("en")
}

// told runs a command to its end, which must be a good one, and returns what it said.
func (s *site) told(args ...string) string {
	s.t.Helper()
	out, err := s.command(args...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("outcry %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// openWith starts the server on a campaign of the test's own.
func openWith(t testing.TB, e engine, text string) *site {
	t.Helper()
	s := newSite(t, e)
	s.apply(text)
	s.start()
	return s
}

// life is what TestControl checks after each step: what the log says, what the pages say, and that an auditor is content with both.
type life struct {
	*site
	t     testing.TB
	audit *auditor
	words *lang.Printer
	size  int64
}

// after waits until the log has so many more entries, has it recounted, and gives the letter's count.
func (l *life) after(what string, entries, counted, withdrawn, removed int64) {
	l.t.Helper()
	l.size += entries
	published := l.grows(l.size)
	c := of(l.t, published, atOnce)
	if c.Counted != counted || c.Withdrawn != withdrawn || c.Removed != removed {
		l.t.Fatalf("%s: %d counted, %d withdrawn and %d removed; want %d, %d and %d", what, c.Counted, c.Withdrawn, c.Removed, counted, withdrawn, removed)
	}
	l.audit.content(l.base())
}

// listed tells whether the public list, or a search in it, has a name; pages are made anew within a second of the log.
func (l *life) listed(r *reader, path, name string, want bool) {
	l.t.Helper()
	var at page
	eventually(l.t, fmt.Sprintf("%s and %q: %v is wanted", path, name, want), func() bool {
		at = r.read(path)
		return strings.Contains(at.body, name) == want
	})
	if !strings.Contains(at.header.Get("X-Robots-Tag"), "noindex") {
		l.t.Errorf("%s may be indexed", path)
	}
}

// A signer keeps control of what was signed, through the whole life of a letter: by the private link, by the mailbox, and whatever its organisers do.
// After each step the log, the pages and an auditor agree.
func TestControl(t *testing.T) {
	t.Parallel()
	each(t, false, func(t *testing.T, e engine) {
		committee := newOrganiser(t)
		l := &life{site: openWith(t, e, committee.campaign()), t: t, audit: newAuditor(t), words: english(t)}
		l.size = l.grows(texts + 1).Size // the key that news are sealed to is in the log too
		p := l.signer("anna@signers-a.example")
		names := p.paper() + "/names"

		must(t, p.sign())
		l.after("signed", 1, 1, 0, 0)

		must(t, p.shows("Пётр Ёлкин", "ботаник"))
		l.after("shown", 1, 1, 0, 0)
		l.listed(p.reader, names, "Пётр Ёлкин", true)
		for query, want := range map[string]bool{"елкин": true, "Ёлк": true, "петр": true, "ПЁТР елкин": true, "иванов": false} {
			l.listed(p.reader, names+"?q="+escape(query), "Пётр Ёлкин", want)
		}
		must(t, p.shows("Peter Yolkin", ""))
		l.after("edited", 1, 1, 0, 0)
		l.listed(p.reader, names, "Peter Yolkin", true)
		l.listed(p.reader, names, "Ёлкин", false)
		l.listed(p.reader, names+"?q="+escape("елкин"), "Yolkin", false)
		must(t, p.hides())
		l.after("hidden", 1, 1, 0, 0)
		l.listed(p.reader, names, "Yolkin", false)
		if n := l.number(t, "SELECT (SELECT count(*) FROM letter_name) + (SELECT count(*) FROM letter_word)"); n != 0 {
			t.Errorf("%d rows are left of a hidden name", n)
		}

		l.news(p, committee)

		must(t, p.shows("Anna Ahe", ""))
		l.after("shown again", 1, 1, 0, 0)
		must(t, p.withdraw())
		l.after("withdrawn by the link", 1, 0, 1, 0)
		l.listed(p.reader, names, "Anna Ahe", false)
		l.restart() // the budgets of mail are a process's
		must(t, p.sign())
		l.after("signed again", 1, 1, 1, 0)
		l.restart()
		left, err := p.leaves()
		must(t, err)
		if !left.says(l.words.T("leave.done_title")) {
			t.Errorf("leaving says %s", left.text())
		}
		l.after("withdrawn by the mailbox", 1, 0, 1, 1)
		stranger := l.signer("nobody@strangers.example")
		never, err := stranger.leaves() // has not signed, and is told the same
		must(t, err)
		clock := regexp.MustCompile(`\d\d:\d\d UTC`) // a minute may have passed between the two
		if clock.ReplaceAllString(never.text(), "") != clock.ReplaceAllString(left.text(), "") {
			t.Errorf("who has not signed reads another page:\n%s\n%s", never.text(), left.text())
		}
		l.after("withdrawn by a mailbox that had not signed", 0, 0, 1, 1)

		l.suppressed()
		l.rests(p)
		l.taken(p)
		l.ends(p)
	})
}

func escape(s string) string { return url.QueryEscape(s) }

// news are had at an address that the server can't read, and end by a link.
func (l *life) news(p *signer, committee *organiser) {
	t := l.t
	t.Helper()
	if list := committee.list(l.site); strings.Count(list, "@") != 0 {
		t.Errorf("before anyone asked, the list is %q", list)
	}
	other := &signer{reader: p.reader, address: "Reader+news@Followers.example"}
	stop, err := p.follows(other)
	must(t, err)
	list := committee.list(l.site)
	if want := "\"address\",\"language\",\"stop\"\n\"" + other.address + "\",\"en\",\"" + publicURL + stop + "\"\n"; list != want {
		t.Errorf("the list is %q, want %q", list, want)
	}
	ask := p.reader.read(stop)
	if n := l.number(t, "SELECT count(*) FROM news"); n != 1 {
		t.Errorf("after a scanner opened the link there are %d rows", n)
	}
	f, err := ask.formTo(stop)
	must(t, err)
	done, err := p.post(f.action, f.values)
	must(t, err)
	if done.status != http.StatusOK || !done.says(l.words.T("news.done_title")) || l.number(t, "SELECT count(*) FROM news") != 0 {
		t.Errorf("the button answers %d: %s", done.status, done.text())
	}
	// A mail program presses the button by itself, without a header of ours and with whatever form (RFC 8058).
	again := &signer{reader: p.reader, address: "reader@other-followers.example"}
	stop, err = p.follows(again)
	must(t, err)
	one, err := p.do("POST", stop, nil, nil)
	must(t, err)
	if one.status != http.StatusOK || l.number(t, "SELECT count(*) FROM news") != 0 {
		t.Errorf("one click answers %d", one.status)
	}
	if list := committee.list(l.site); strings.Count(list, "@") != 0 {
		t.Errorf("after all have ended it, the list is %q", list)
	}
	if now := l.published().Size; now != l.size {
		t.Errorf("news left %d entries in the log", now-l.size)
	}
}

// suppressed: who says that it was somebody else gets no more mail, until that is taken back.
func (l *life) suppressed() {
	t := l.t
	t.Helper()
	p := l.signer("quiet@strangers.example")
	must(t, errors.Join(p.ask(), p.open(), p.never(false)))
	if n := l.number(t, "SELECT count(*) FROM letter_suppressed"); n != 1 {
		t.Errorf("%d addresses are suppressed", n)
	}
	l.restart()
	before := l.mail.server.Tried()
	must(t, p.ask())
	eventually(t, "the job is not done", func() bool { return l.number(t, "SELECT count(*) FROM job") == 0 })
	if tried := l.mail.server.Tried(); tried != before || len(l.mail.to(p.address)) != 1 {
		t.Errorf("who wants no mail got %d", tried-before)
	}
	must(t, p.enter()) // the code of before is good all the same: it is the mailbox's own word
	l.after("signed after all", 1, 1, 1, 1)
	must(t, p.withdraw())
	l.after("and withdrawn", 1, 0, 2, 1)
	must(t, p.never(true))
	if n := l.number(t, "SELECT count(*) FROM letter_suppressed"); n != 0 {
		t.Errorf("%d addresses are suppressed after it was taken back", n)
	}
}

// rests is a pause, and back.
func (l *life) rests(p *signer) {
	t := l.t
	t.Helper()
	waits := l.signer("waits@signers-b.example")
	must(t, errors.Join(waits.ask(), waits.open()))
	name := caseSlug + "/" + atOnce
	l.run("letter", "pause", name)
	said := l.words.T("letter.paused")
	eventually(t, "the letter's page does not say that it is paused", func() bool {
		at := p.reader.read(p.paper())
		_, err := at.form("email", "version")
		return at.says(said) && err != nil
	})
	if err := waits.enter(); err == nil {
		t.Error("a paused letter is signed")
	}
	if at := l.forced(waits); at.status == http.StatusOK || !at.says(l.words.T("fault.letter.paused")) {
		t.Errorf("asking under a paused letter answers %d: %s", at.status, at.text())
	}
	l.after("paused", 0, 0, 2, 1)
	l.run("letter", "resume", name)
	eventually(t, "the letter can't be signed after it is resumed", func() bool { return waits.enter() == nil })
	l.after("resumed", 1, 1, 2, 1)

	l.apply(strings.Replace(strings.Replace(l.text(), "    pace: immediate\n    version: 1", "    pace: immediate\n    version: 2", 1),
		"We who sign know him as a botanist.", "We who sign know him as a botanist and a neighbour.", 1))
	l.after("a new version", 1, 1, 2, 1)
	late := l.signer("late@signers-c.example")
	eventually(t, "the new text is not on the page", func() bool { return strings.Contains(late.reader.read(late.paper()).body, "and a neighbour") })
	must(t, late.sign())
	l.after("signed the new version", 1, 2, 2, 1)
	if c := of(t, l.published(), atOnce); c.ByVersion[1] != 1 || c.ByVersion[2] != 1 {
		t.Errorf("by version: %v", c.ByVersion)
	}
	must(t, waits.withdraw())
	l.after("withdrawn by who signed the first version", 1, 1, 3, 1)
	*p = *late
}

// text is the campaign file as it was applied, with the key.
func (l *life) text() string {
	out := l.told("campaign", "export", "-")
	if !strings.Contains(out, "news_recipient") {
		l.t.Fatalf("the file does not come back:\n%s", out)
	}
	return out
}

// forced sends an address to a letter whose page has no form for it.
func (l *life) forced(p *signer) page {
	l.t.Helper()
	at, err := p.post("/sign", map[string][]string{"lang": {"en"}, "case": {caseSlug}, "letter": {atOnce}, "version": {"1"}, "email": {p.address}})
	must(l.t, err)
	return at
}

// taken: organisers take a signature out by a rule, and put it back.
func (l *life) taken(p *signer) {
	t := l.t
	t.Helper()
	const reason = "Signed by a program, as far as we can see"
	name := caseSlug + "/" + atOnce
	remove := func() string {
		t.Helper()
		said := l.told("letter", "remove", name, "--day", time.Now().UTC().Format(time.DateOnly), "--reason", "automated", "--words", reason, "--role", "moderator", "--yes")
		m := stripForm.FindStringSubmatch(said)
		if m == nil {
			t.Fatalf("removing names no removal:\n%s", said)
		}
		return m[1]
	}
	must(t, p.shows("Lena Late", ""))
	l.after("shown", 1, 1, 3, 1)
	l.listed(p.reader, p.paper()+"/names", "Lena Late", true)

	first := remove()
	at, err := p.mine()
	must(t, err)
	if !at.says(reason) || !at.says(l.words.T("mine.struck_title")) {
		t.Errorf("the private page of one who was taken out says %s", at.text())
	}
	l.listed(p.reader, p.paper()+"/names", "Lena Late", false)
	l.run("letter", "restore", first)
	if n := l.number(t, "SELECT count(*) FROM log_queue"); n != 0 {
		t.Errorf("after it was undone %d leaves wait", n)
	}
	time.Sleep(1200 * time.Millisecond) // the sequencer looks once a second
	l.after("undone within ten minutes", 0, 1, 3, 1)
	l.listed(p.reader, p.paper()+"/names", "Lena Late", true)

	second := remove()
	d := l.rows(t)
	defer d.Close()
	_, err = d.Exec("UPDATE log_queue SET not_before = 1") // as if ten minutes were over
	must(t, err)
	l.after("removed", 1, 0, 3, 2)
	letters := l.published()
	if c := of(t, letters, atOnce); len(c.Removals) != 2 {
		t.Errorf("removed for %v", c.Removals)
	}
	eventually(t, "the letter's page does not say why", func() bool {
		at := p.reader.read(p.paper())
		return at.says(l.words.N("count.removed.automated", 1))
	})
	l.run("letter", "restore", second)
	l.after("restored", 1, 1, 3, 1)
	at, err = p.mine()
	must(t, err)
	if at.says(reason) {
		t.Errorf("the private page of one who was put back says %s", at.text())
	}
	l.listed(p.reader, p.paper()+"/names", "Lena Late", true)
}

// ends: the letter is closed, and another follows it.
func (l *life) ends(p *signer) {
	t := l.t
	t.Helper()
	name := caseSlug + "/" + atOnce
	l.run("letter", "close", name, "--yes")
	l.after("closed", 1, 1, 3, 1)
	eventually(t, "the letter's page does not say that it is closed", func() bool { return p.reader.read(p.paper()).says(l.words.T("letter.closed")) })
	if at := l.forced(l.signer("too-late@signers-d.example")); at.status == http.StatusOK || !at.says(l.words.T("fault.letter.closed")) {
		t.Errorf("asking under a closed letter answers %d: %s", at.status, at.text())
	}
	successor := "  - slug: after\n    succeeds: " + atOnce + strings.NewReplacer("for Pavel Orlov", "for Pavel Orlov once more", "в защиту Павла Орлова", "в защиту Павла Орлова снова").Replace(
		campaign[strings.Index(campaign, "\n    state: open\n    pace: immediate"):strings.Index(campaign, "  - slug: "+inBatches)])
	l.apply(strings.TrimRight(l.text(), "\n") + "\n" + successor)
	l.after("a successor", 1, 1, 3, 1)
	same := &signer{reader: p.reader, address: p.address, letter: "after", mails: len(l.mail.to(p.address))}
	eventually(t, "the new letter can't be read", func() bool { at, err := same.get(same.paper()); return err == nil && at.status == http.StatusOK })
	must(t, same.sign())
	l.after("signed the new letter too", 1, 1, 3, 1)
	other := l.signer("new@signers-e.example")
	other.letter = "after"
	must(t, other.sign())
	l.after("and another", 1, 1, 3, 1)
	if c := of(t, l.published(), "after"); c.Counted != 2 {
		t.Errorf("the new letter counts %d", c.Counted)
	}
	title := "An open letter for Pavel Orlov"
	eventually(t, "the new letter's page does not show both counts", func() bool {
		at := same.reader.read(same.paper())
		return at.says(l.words.N("letter.succeeds", 1, "Title", title)) && strings.Contains(at.body, `>2<`)
	})
	eventually(t, "the old letter's page does not show both counts", func() bool {
		return p.reader.read(p.paper()).says(l.words.N("letter.succeeded", 2, "Title", title+" once more"))
	})
	must(t, p.withdraw()) // the private link does, for good
	l.after("withdrawn after closing", 1, 0, 4, 1)
	out := l.recounted()
	for _, want := range []string{"closed   " + name, "with 1 counted at", "sealed   campaign"} {
		if !strings.Contains(out, want) {
			t.Errorf("verify does not say %q:\n%s", want, out)
		}
	}
}

// recounted is what outcry verify prints.
func (l *life) recounted() string {
	l.t.Helper()
	code, out, errs := l.audit.run("verify", l.base())
	if code != 0 {
		l.t.Fatalf("verify exits with %d\n%s", code, errs)
	}
	return out
}

// counts reads the JSON of letter list, of one letter.
func (s *site) listing(slug string) (state letter.State, waiting int) {
	s.t.Helper()
	out, err := s.command("letter", "list", "--json").Output()
	must(s.t, err)
	var list []struct {
		Letter  string
		State   letter.State
		Waiting int
	}
	must(s.t, json.Unmarshal(out, &list))
	for _, l := range list {
		if l.Letter == caseSlug+"/"+slug {
			return l.State, l.Waiting
		}
	}
	s.t.Fatalf("letter list has no %s", slug)
	return "", 0
}
