package tongues

import (
	"bytes"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/outlet/desk/desktest"
)

// sendsFile sends a file as a form of a page does.
func sendsFile(b *desktest.Browser, path string, file []byte) *httptest.ResponseRecorder {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	part, _ := w.CreateFormFile("file", "ar.po")
	part.Write(file)
	w.Close()
	req := httptest.NewRequest("POST", path, &body)
	req.Header.Set("Content-Type", w.FormDataContentType())
	return b.Send(req)
}

// A file that is taken out and brought back changes nothing; what changes is shown first, and taken in when that is said.
func TestFileOutAndIn(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		rowan := r.Joins(organiser.Home, "Rowan", organiser.Translator)
		path := langs + "/ru/file"
		src := rowan.Ask("GET", path, nil)
		if src.Code != 200 || !strings.Contains(src.Header().Get("Content-Disposition"), "ru.po") || src.Header().Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %v", src.Code, src.Header())
		}
		file, bad := readCatalogue(src.Body.Bytes())
		if len(bad) > 0 || len(file.list) < 60 {
			t.Fatalf("%v %d", bad, len(file.list))
		}
		if w := sendsFile(rowan, path, src.Body.Bytes()); w.Code != 200 || !strings.Contains(w.Body.String(), "Nothing would change") {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		set := func(path, text string, fuzzy bool) {
			i := slices.IndexFunc(file.list, func(m message) bool { return m.ctx == path })
			file.list[i].str, file.list[i].fuzzy = text, fuzzy
		}
		set("case.title", "Свободу Борису", false)
		set("case.act", "из файла", false)
		set("events[id=bridge].what", "Взрывы", false)
		set("events[id=video].what", "Не знаю", true)
		set("case.summary", "a\u202eb", false)
		file.list = append(file.list, message{ctx: "events[id=gone].what", id: "x", str: "y"})
		r.edits(func(c *letter.Campaign) {
			c.Event("bridge").What["en"] = "Two explosions." // the source moves
			c.Case.Act["ru"] = "отсюда"                      // somebody translates it here
		})
		w := sendsFile(rowan, path, file.write())
		for _, want := range []string{"1 text was changed here since: both will be kept", "3 texts would change", "1 text can&#39;t be kept", "1 text is not there any more", "Its source says something else by now", "Свободу"} {
			if !strings.Contains(strings.ReplaceAll(w.Body.String(), "’", "&#39;"), want) {
				t.Errorf("%q is not there: %s", want, w.Body)
			}
		}
		if r.campaign().Case.Title["ru"] == "Свободу Борису" {
			t.Error("looked at, and taken in")
		}
		name := desktest.Hidden(w.Body.String(), "name")
		w = rowan.Ask("POST", path, url.Values{"name": {name}, "act": {"take"}})
		if w.Code != 200 || !strings.Contains(w.Body.String(), "3 texts changed") || !strings.Contains(w.Body.String(), "1 text was changed here meanwhile") {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		c, kept := r.campaign(), r.tongue("ru")
		if c.Case.Title["ru"] != "Свободу Борису" || c.Case.Act["ru"] != "отсюда" || c.Event("bridge").What["ru"] != "Взрывы" || len(kept.Aside["case.act"]) != 1 || kept.Aside["case.act"][0].Text != "из файла" {
			t.Errorf("%+v", kept.Aside)
		}
		body := rowan.Sees(langs + "/ru?show=stale")
		if !strings.Contains(body, "Взрывы") || !strings.Contains(body, "Не знаю") || strings.Contains(body, "Свободу Борису</textarea>") {
			t.Errorf("%s", body)
		}
		if w := rowan.Ask("POST", path, url.Values{"name": {name}, "act": {"take"}}); w.Code != 410 {
			t.Errorf("taken in twice: %d", w.Code)
		}
		// What is stale goes out so marked, with the words that it was made from; whoever takes the mark away says that it is right.
		out := rowan.Ask("GET", path, nil).Body.String()
		if !strings.Contains(out, "#, fuzzy\n#| msgid \"An explosion") {
			t.Errorf("%s", out)
		}
		w = sendsFile(rowan, path, []byte(strings.ReplaceAll(out, "#, fuzzy\n", "")))
		if !strings.Contains(w.Body.String(), "2 texts would be marked as still right") {
			t.Errorf("%s", w.Body)
		}
		rowan.Ask("POST", path, url.Values{"name": {desktest.Hidden(w.Body.String(), "name")}, "act": {"take"}})
		if body := rowan.Sees(langs); strings.Contains(body, "older than their source") || strings.Contains(body, "text is older") {
			t.Errorf("%s", body)
		}
	})
}

// A file that is none is refused with its lines; a hostile one does no harm.
func TestHostileFiles(t *testing.T) {
	r := open(t, dbtest.Open(t, db.Config{File: t.TempDir() + "/outcry.db"}))
	rowan := r.Joins(organiser.Home, "Rowan", organiser.Translator)
	path := langs + "/ru/file"
	good := rowan.Ask("GET", path, nil).Body.String()
	for name, c := range map[string]struct {
		file string
		code int
		say  string
	}{
		"nothing":           {"", 422, "Choose a file first."},
		"of another tongue": {strings.Replace(good, "Language: ru", "Language: de", 1), 422, "another language"},
		"no language":       {strings.Replace(good, "Language: ru", "Language: ", 1), 422, "another language"},
		"a picture":         {"\x89PNG\r\n\x1a\n\x00\x00", 422, "Line 1: a character here is not text"},
		"cut off":           {good[:len(good)/2], 422, "Line "},
		"two megabytes":     {good + strings.Repeat("# x\n", fileMost/4), 413, ""},
	} {
		if w := sendsFile(rowan, path, []byte(c.file)); w.Code != c.code || !strings.Contains(w.Body.String(), c.say) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	evil := strings.Replace(good, `msgctxt "case.title"`, "#. <script>alert(1)</script>\nmsgctxt \"case.title\"", 1)
	evil += "\nmsgctxt \"<script>alert(2)</script>\"\nmsgid \"a\"\nmsgstr \"<img src=x onerror=alert(3)>\"\n"
	evil = regexp.MustCompile(`(msgctxt "case.act"\nmsgid ".*"\nmsgstr )".*"`).ReplaceAllString(evil, `$1"<script>alert(4)</script>"`)
	w := sendsFile(rowan, path, []byte(evil))
	if w.Code != 200 || strings.Contains(w.Body.String(), "<script>alert") || strings.Contains(w.Body.String(), "<img") || !strings.Contains(w.Body.String(), "&lt;script&gt;alert(4)") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	rowan.Ask("POST", path, url.Values{"name": {desktest.Hidden(w.Body.String(), "name")}, "act": {"take"}})
	if got := r.campaign().Case.Act["ru"]; got != "<script>alert(4)</script>" {
		t.Errorf("not kept as it was typed: %q", got)
	}
	if body := r.opens(rowan, "ru", "case.act").body; strings.Contains(body, "<script>alert") {
		t.Error("a text is markup")
	}
	if w := sendsFile(rowan, langs+"/ru", []byte(good)); w.Code != 422 {
		t.Errorf("a file at a form's address: %d", w.Code)
	}
}

// Whoever has a link brings one file after the other: each takes the place of the one before, of which they are told, and nobody else is kept from bringing theirs.
func TestManyFiles(t *testing.T) {
	each(t, func(t *testing.T, r *room) {
		rowan := r.Joins(organiser.Home, "Rowan", organiser.Editor)
		good := rowan.Ask("GET", langs+"/ru/file", nil).Body.String()
		named := regexp.MustCompile(`(msgctxt "case.title"\nmsgid ".*"\nmsgstr )".*"`)
		brings := func(b *desktest.Browser, path, title string) (name string) {
			t.Helper()
			w := sendsFile(b, path, []byte(named.ReplaceAllString(good, `${1}"`+title+`"`)))
			if w.Code != 200 || !strings.Contains(w.Body.String(), title) {
				t.Fatalf("%d %s", w.Code, w.Body)
			}
			return desktest.Hidden(w.Body.String(), "name")
		}
		rowans := brings(rowan, langs+"/ru/file", "Роуэн")
		link, other := r.links(rowan, "ru"), r.links(rowan, "ru")
		first := brings(r.Nobody(), link, "Первый")
		last := first
		for range 24 {
			last = brings(r.Nobody(), link, "Последний")
		}
		others := brings(r.Nobody(), other, "Другой")
		for _, c := range []struct {
			b          *desktest.Browser
			path, name string
			code       int
			title      string
		}{
			{r.Nobody(), link, first, 410, ""},
			{r.Nobody(), link, others, 410, ""},
			{r.Nobody(), link, last, 200, "Последний"},
			{r.Nobody(), other, others, 200, "Другой"},
			{rowan, langs + "/ru/file", rowans, 200, "Роуэн"},
		} {
			if w := c.b.Ask("POST", c.path, url.Values{"act": {"take"}, "name": {c.name}}); w.Code != c.code {
				t.Errorf("%s: %d %s", c.title, w.Code, w.Body)
			}
			kept := r.campaign().Case.Title["ru"]
			for _, v := range r.tongue("ru").Aside["case.title"] {
				kept += " " + v.Text
			}
			if c.title != "" && !strings.Contains(kept, c.title) {
				t.Errorf("%q is not taken in: %q", c.title, kept)
			}
		}
	})
}
