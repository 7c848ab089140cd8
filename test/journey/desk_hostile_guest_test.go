package journey

import (
	"archive/tar"
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

var guestLink = regexp.MustCompile(`/desk/t/[A-Za-z0-9_-]{20,}`)

// invites makes a private link for whoever translates a case into a language, and gives the browser of somebody who got it.
func (a *assault) invites(t *testing.T, slug, tongue string) (m *member, path string) {
	t.Helper()
	at := "/desk/c/" + slug + "/languages/" + tongue + "/links"
	m = &member{reader: a.reader(), clock: a.clock}
	if path = a.links[at]; path != "" { // there are only so many of a case
		return m, path
	}
	var f sheet
	for _, s := range a.lead.sees(at).sheets() {
		if s.action == at {
			f = s
		}
	}
	a.lead.prove()
	p := a.lead.send("POST", at, f.values)
	if p.status == http.StatusSeeOther {
		p = a.lead.sees(p.header.Get("Location"))
	}
	if path = guestLink.FindString(p.body); path == "" {
		t.Fatalf("%s gives no link (%d): %.300s", at, p.status, p.text())
	}
	a.links[at] = path
	a.harmless(t, a.lead.sees(at), nil)
	return m, path
}

// translated has somebody with a private link translate a case: text by text into one language, and by a file into another. What is taken of it goes to readers with all else that
// stands in the draft; what is refused comes back at its field.
func (a *assault) translated(t *testing.T, slug string, v value) {
	t.Helper()
	guest, path := a.invites(t, slug, "en")
	a.harmless(t, guest.send("GET", path, nil), nil)
	p := guest.send("POST", path, url.Values{"lang": {"en"}})
	a.harmless(t, p, nil)
	n, last := 0, 0
	if found := regexp.MustCompile(`Page 1 of (\d+)\.`).FindStringSubmatch(p.text()); found != nil {
		last, _ = strconv.Atoi(found[1])
	}
	if last < 3 {
		t.Fatalf("%s has %d pages: %.300s", shortened(path), last, p.text())
	}
	for sheetNumber := 1; sheetNumber <= last; sheetNumber++ {
		if !prove && sheetNumber != 1+(a.guests*5+2)%last {
			continue
		}
		p = guest.send("POST", path, url.Values{"page": {fmt.Sprint(sheetNumber)}, "lang": {tongues[(a.guests+sheetNumber)%len(tongues)]}})
		a.harmless(t, p, nil)
		f, ok := translating(p)
		if !ok {
			t.Fatalf("%s: no form to translate in (%d): %.300s", shortened(path), p.status, p.text())
		}
		if sheetNumber < last && !strings.Contains(p.body, fmt.Sprintf(`name="go" value="%d"`, sheetNumber+1)) {
			t.Errorf("%s: behind page %d of %d comes none", shortened(path), sheetNumber, last)
		}
		p = a.translates(t, guest, f, func(i int) string {
			if grave := []string{"Anna \u202egpj.exe", "Anna\x1b[31mBerg", strings.Repeat("Anna Berg ", 14<<10), strings.Repeat("Anna Berg ", 4<<10)}; slug != calm && i < len(grave) { // on each page, whatever the others are
				return grave[i]
			}
			return v(1000 + n + i) // no two alike
		})
		n += len(f.texts)
	}
	a.guests++
	if slug != calm {
		a.strays(t, guest, path, p)
	}
	looks := func(paths ...string) {
		for i, at := range paths {
			if prove || slug != calm && i%2 == a.guests%2 {
				a.harmless(t, a.lead.sees("/desk/c/"+slug+at), nil)
			}
		}
	}
	looks("/languages", "/languages/en", "/languages/en?show=todo", "/languages/ru?from=en", "/changes", "/history")
	other, path := a.invites(t, slug, "ru")
	send := func(form url.Values) page { return other.send("POST", path, form) }
	a.filed(t, slug, send, func(file []byte) page { return other.upload(path, url.Values{"lang": {"en"}}, "file", "ru.po", file) }, url.Values{"act": {"file"}}, v)
	looks("/languages/ru", "/languages/ru?show=clash", "/languages/ru?show=stale", "/history")
}

// translating is the form of a page with pieces side by side.
func translating(p page) (f sheet, ok bool) {
	for _, s := range p.sheets() {
		if s.values.Has("hand") {
			s.texts = slices.DeleteFunc(s.texts, func(name string) bool { return !strings.HasPrefix(name, "t-") || s.values.Get(name) == "" })
			return s, true
		}
	}
	return f, false
}

// translates types into all pieces of one page. What is refused is marked, and stands there as it was typed; what is taken stands there when the page is opened anew.
func (a *assault) translates(t *testing.T, guest *member, f sheet, v value) page {
	t.Helper()
	form, typed := maps.Clone(f.values), map[string]string{}
	for i, name := range f.texts {
		typed[name] = v(i)
		form.Set(name, typed[name])
		a.fields["/desk/t/{token} "+name] = true
		a.tried++
	}
	for range 2 {
		p := guest.send("POST", f.action, form)
		a.harmless(t, p, nil)
		a.posted++
		back, ok := translating(p)
		if !ok || p.status != http.StatusOK && p.status != http.StatusUnprocessableEntity {
			t.Fatalf("a guest's form is answered with %d: %.300s", p.status, p.text())
		}
		for _, s := range p.sheets() {
			if s.values.Has("hand") { // with what is empty now
				back = s
			}
		}
		for name, s := range typed {
			got := back.values.Get(name)
			kept := strings.TrimSpace(s) != "" // a letter is whole or absent: what was emptied stands again
			switch {
			case p.status == http.StatusOK && !back.values.Has(name): // the texts before it are longer now, and it stands on the next page
			case !unwritable(s) && plain(got) != plain(s) && kept:
				t.Errorf("a guest's %s came back as %.60q, typed was %.60q (%d)", name, got, s, p.status)
			case back.wrong[name]:
				a.refused++
				delete(typed, name)
				form[name] = f.values[name]
			case turning(s):
				t.Errorf("a guest's %s is taken, with %.60q", name, s)
			default:
				a.kept++
			}
		}
		if p.status == http.StatusOK {
			return p
		}
		if len(back.wrong) == 0 {
			t.Errorf("a guest's form is refused, and nothing is marked: %.300s", p.text())
		}
		form["hand"], form["page"] = back.values["hand"], back.values["page"]
	}
	p := guest.send("POST", f.action, url.Values{"page": form["page"], "show": form["show"]})
	a.harmless(t, p, nil)
	return p
}

// turning tells a text with what moves or turns other words: it is in no text that anybody wants to keep.
func turning(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return control(r) || r == 0x202d || r == 0x202e })
}

// strays sends what no page offers by a private link: for all that its page keeps for itself, and in the link's place.
func (a *assault) strays(t *testing.T, guest *member, path string, p page) {
	t.Helper()
	f, _ := translating(p)
	names := []string{"hand", "lang", "show", "part", "from", "page", "go", "act", "use", "drop", "right", "name"}
	for name := range f.values {
		if strings.HasPrefix(name, "w-") && len(names) < 16 {
			id := strings.TrimPrefix(name, "w-")
			names = append(names, name, "f-"+id, "s-"+id, "t-"+id+"<script>barb(1)</script>")
		}
	}
	for i, name := range names {
		if !prove && i%3 != a.guests%3 {
			continue
		}
		form := maps.Clone(f.values)
		barb := barbs[a.barbs%len(barbs)]
		a.barbs++
		form.Set(name, barb)
		a.refuses(t, func() page { return guest.send("POST", path, form) }, barb)
	}
	for i, barb := range barbs[:4] {
		q := a.refuses(t, func() page { return guest.send("POST", "/desk/t/"+url.PathEscape(barb), url.Values{"lang": {barb}}) }, barb)
		if q.status < 400 {
			t.Errorf("a private link %.40q opens something (%d)", barb, i)
		}
		a.refuses(t, func() page { return guest.send("GET", "/desk/t/"+url.PathEscape(barb), nil) }, barb)
	}
}

var msgstr = regexp.MustCompile(`(?m)^msgstr .*(\n".*)*`)

// filed brings back a translator's file: with hostile texts in it, which is looked at and then taken, and after files that are none. ask is the form that hands it out; nil if that
// is no form.
func (a *assault) filed(t *testing.T, slug string, send func(url.Values) page, upload func([]byte) page, ask url.Values, v value) {
	t.Helper()
	p := send(ask)
	whole := p.body
	if !strings.Contains(whole, "msgctxt") {
		t.Fatalf("no file is handed out: %d %.200s", p.status, p.text())
	}
	if kind := p.header.Get("Content-Disposition"); strings.Count(kind, "filename") != 1 {
		t.Errorf("the file is called %q", kind)
	}
	n := 0
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\r", "")
	filled := func(text func(int) string) string {
		n = -1
		return msgstr.ReplaceAllStringFunc(whole, func(old string) string {
			if n++; n == 0 || old == `msgstr ""` { // the head, and what is not translated
				return old
			}
			return `msgstr "` + quoted.Replace(text(n)) + `"`
		})
	}
	all := filled(func(n int) string { return v(2000 + n) }) // with what no text has
	hostile := filled(func(n int) string {
		if text := v(2000 + n); !unwritable(text) && !strings.ContainsAny(text, "\u202d\u202e\u2028\u2029\ufeff") && len(text) < 10<<10 {
			return text
		}
		return innocent(2000 + n)
	})
	head := func(line string) string {
		return strings.Replace(whole, `"MIME-Version`, `"`+line+`\n"`+"\n"+`"MIME-Version`, 1)
	}
	for what, file := range map[string]string{
		"contexts that are none":    strings.ReplaceAll(hostile, `msgctxt "`, `msgctxt "<script>alert(1)</script>`),
		"a head with a script":      head(`X-<script>alert(1)</script>: \"><img src=x onerror=alert(1)>`),
		"another language":          strings.Replace(whole, `"Language: `, `"Language: <script>alert(1)</script>`, 1),
		"another source":            strings.Replace(hostile, `"X-Source-Language: `, `"X-Source-Language: ../../`, 1),
		"another character set":     strings.Replace(whole, "charset=UTF-8", "charset=UTF-7", 1),
		"no text":                   "\x00\xff\xfe",
		"no end":                    `msgid "` + strings.Repeat("x", 1<<20),
		"many":                      strings.Repeat("msgctxt \"a\"\nmsgid \"<script>\"\nmsgstr \"=1+1\"\n\n", 20_000),
		"comments":                  "#, fuzzy, <script>alert(1)</script>\n#| msgid \"\u202e\"\n#~ msgid \"x\"\n" + hostile,
		"plurals":                   "msgid \"a\"\nmsgid_plural \"<script>\"\nmsgstr[0] \"x\"\nmsgstr[999999999999] \"y\"\n",
		"a web page":                "<html><script>alert(1)</script>",
		"a mark, and ends of lines": "\ufeff" + strings.ReplaceAll(hostile, "\n", "\r\n"),
		"nothing":                   "",
		"what is no text":           all,
		"NUL in a text":             strings.Replace(whole, `msgstr "`, "msgstr \"\x00\xff", 3),
	} {
		if !prove && (len(what)+a.guests)%3 != 0 || slug == calm || a.once[slug+" "+what] { // at the desk the ones, by a private link the others; twenty may wait to be taken in
			continue
		}
		a.once[slug+" "+what] = true
		p = upload([]byte(file))
		a.harmless(t, p, nil)
		a.posted++
		if p.status != http.StatusOK && (p.status < 400 || p.lang() == "" || len(p.text()) < 60) {
			t.Errorf("a file of %s is answered with %d: %.200s", what, p.status, p.text())
		}
	}
	p = upload([]byte(hostile))
	a.harmless(t, p, nil)
	for _, f := range p.sheets() {
		if f.file != "" || !f.values.Has("name") {
			continue
		}
		barbed := maps.Clone(f.values)
		barbed.Set("name", `"><script>barb(1)</script>`)
		a.refuses(t, func() page { return send(barbed) }, barbed.Get("name"))
		done := send(f.values)
		a.harmless(t, done, nil)
		if done.status != http.StatusOK {
			t.Errorf("a file that was looked at is answered with %d: %.300s", done.status, done.text())
		}
		a.tried, a.posted = a.tried+n, a.posted+1
		return
	}
	t.Errorf("a file that was looked at (%d) can't be taken: %.300s", p.status, p.text())
}

// files brings back a translator's file at the desk of the case that is never published.
func (a *assault) files(t *testing.T, v value) {
	t.Helper()
	at := "/desk/c/" + bait + "/languages/ru/file"
	send := func(form url.Values) page {
		if form == nil {
			return a.lead.send("GET", at, nil)
		}
		return a.lead.send("POST", at, form)
	}
	a.filed(t, bait, send, func(file []byte) page { return a.lead.upload(at, url.Values{}, "file", "ru.po\"; x=\"\r\n.html", file) }, nil, v)
}

// uploads gives hostile files to the commands that take files in: each is refused in words that move no terminal, and nothing of it is kept.
func (a *assault) uploads(t *testing.T) {
	t.Helper()
	folder := t.TempDir()
	must(t, os.Chmod(folder, 0o777))
	export := func(verb string) string {
		out, err := a.command(verb, "export", "-", "--case", calm).Output()
		must(t, err)
		return string(out)
	}
	whole, words := export("campaign"), regexp.MustCompile(`"?Plain words, number \d+"?`)
	if len(words.FindAllString(whole, -1)) < 50 {
		t.Fatalf("nothing was typed into %.300s", whole)
	}
	spoiled := func(text string) string {
		n := 0
		return words.ReplaceAllStringFunc(whole, func(old string) string {
			if n++; n%10 != 1 {
				return old
			}
			return text
		})
	}
	files := map[string]string{
		"anchors upon anchors": "a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e]\n",
		"a thing of a program": "!!python/object/apply:os.system ['x']\n", "no text": "\x00\xff\xfe\x1b[31m", "an escape": "schema: \"\x1b[2J\x1b]0;x\x07\"\n", "deep": strings.Repeat("[", 20_000), "nothing": "",
		"a key that is hostile": "\"\u202e<script>\\e[31m\": 1\n", "twice": whole + whole, "too much": "a: \"" + strings.Repeat("Anna ", 3<<20) + "\"\n",
		"an escape in a text": spoiled(`"Anna \e[31m\u0007 Berg"`), "an override in a text": spoiled(`"Anna \u202egpj.exe"`), "NUL in a text": spoiled(`"Anna\0Berg"`),
	}
	for what, file := range files {
		if !prove && len(what)%3 == a.samples%3 {
			continue
		}
		path := filepath.Join(folder, "file.yaml")
		must(t, os.WriteFile(path, []byte(file), 0o644))
		for i, verb := range []string{"case", "campaign"} {
			if !prove && len(what)/2%2 == i {
				continue
			}
			out, err := a.command(verb, "apply", path).CombinedOutput()
			a.calmly(t, verb+" apply of "+what, out)
			if err == nil || len(out) == 0 || len(out) > 64<<10 || strings.Contains(string(out), "goroutine ") {
				t.Errorf("%s apply of %s: %v %.300q", verb, what, err, out)
			}
		}
	}
	path := filepath.Join(folder, "all.tar")
	for what, file := range map[string]string{"no archive": "\x1b[31m", "a path in an archive": tarred(t, "../../../etc/passwd", "x"), "an escape in an archive": tarred(t, "cases/\x1b[31m.yaml", "x"), "an empty archive": tarred(t, "", "")} {
		must(t, os.WriteFile(path, []byte(file), 0o644))
		out, err := a.command("archive", "import", path, "--dry-run").CombinedOutput()
		a.calmly(t, "archive import of "+what, out)
		if err == nil || len(out) == 0 || strings.Contains(string(out), "goroutine ") {
			t.Errorf("archive import of %s: %v %.300q", what, err, out)
		}
	}
	if export("campaign") != whole {
		t.Error("something of a file that was refused is kept")
	}
}

// tarred is an archive with one file in it, or with none.
func tarred(t *testing.T, name, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if name != "" {
		must(t, w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(text))}))
		_, err := w.Write([]byte(text))
		must(t, err)
	}
	must(t, w.Close())
	return b.String()
}
