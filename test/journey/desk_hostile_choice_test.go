package journey

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// barbs are what no page offers: sent where one chooses, where a page keeps something for itself, and in addresses. Each has a word of its own, that no page may keep.
var barbs = []string{
	`"><script>barb(1)</script>`, "'; DROP TABLE barb; --", "barb\x00\u202e", "../../../etc/barb", strings.Repeat("barb", 2000), "barb\xff\xfe", "-1barb", "99999999999999999999barb", "{{barb}}%s%00",
	"barb\r\nSet-Cookie: barb=1", "=barb()", "//evil.example/barb", "javascript:barb()", "\u2067barb\u202e", "en\u0000barb", "0x7fffffffbarb",
}

// shut are forms that end the desk for whoever sends them, whatever stands in their fields.
var shut = []string{"/desk/out", "/desk/safety/lock", "/desk/ways/codes"}

// choices sends what no page offers from all forms of some pages: in each field alone, or, where there is little time, in all of a form at once. It is refused in words, or what a
// form has otherwise stands, and nothing of it is kept. Each field is tried once, on the first page that has it.
func (a *assault) choices(t *testing.T, paths []string) {
	t.Helper()
	for _, path := range paths {
		if !a.first("choices of " + kind(path)) {
			continue
		}
		for _, f := range a.lead.sees(path).sheets() {
			if slices.Contains(shut, f.action) || f.action == "/sign" { // which is a letter's own form, looked at in a frame
				continue
			}
			fresh := map[string]bool{}
			for _, name := range f.others {
				if key := kind(f.action) + " " + bare(name); !a.chosen[key] {
					a.chosen[key], fresh[name] = true, true
				}
			}
			names := slices.Sorted(maps.Keys(fresh))
			if prove {
				for _, name := range names {
					a.chooses(t, path, f, name)
				}
				continue
			}
			own := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "base" || name == "id" })
			for i, list := range [][]string{own, slices.DeleteFunc(names, func(name string) bool { return slices.Contains(own, name) })} {
				if len(list) > 0 && (i == 0 || len(own) == 0 || a.barbs%4 == 0) {
					a.chooses(t, path, f, list...)
				}
			}
		}
	}
}

// chooses sends a form with something else in some of its fields.
func (a *assault) chooses(t *testing.T, path string, f sheet, names ...string) {
	t.Helper()
	form := maps.Clone(f.values)
	var sent []string
	for _, name := range names {
		barb := barbs[a.barbs%len(barbs)]
		a.barbs++
		form[name] = []string{barb}
		sent = append(sent, barb)
	}
	p := a.refuses(t, func() page {
		if f.file != "" {
			return a.lead.upload(f.action, form, f.file, "", nil)
		}
		return a.lead.send("POST", f.action, form)
	}, sent...)
	if p.status >= 400 {
		return
	}
	if to := p.header.Get("Location"); strings.Contains(to, "barb") {
		t.Errorf("%s: %q leads on to %q", shortened(f.action), names, to)
	} else if to != "" {
		a.harmless(t, a.lead.sees(to), nil)
	}
	if prove || p.header.Get("Location") == "" {
		a.unstained(t, a.lead.sees(path), f, names, sent)
	}
}

// refuses holds that an answer to a barb is one in words, or goes on as if it were not there, and never shows it as it is.
func (a *assault) refuses(t *testing.T, send func() page, sent ...string) page {
	t.Helper()
	a.lead.prove()
	p := send()
	if strings.HasPrefix(p.header.Get("Location"), "/desk/prove") {
		a.lead.proven = time.Time{}
		a.lead.prove()
		p = send()
	}
	a.harmless(t, p, nil)
	a.barbed++
	if strings.HasPrefix(p.header.Get("Location"), "/desk/in") {
		t.Fatalf("%s: %q ended the session", shortened(p.path), sent)
	}
	for _, barb := range sent {
		if strings.ContainsAny(barb, "<>\"") && strings.Contains(p.body, barb) {
			t.Errorf("%s (%d): %.60q stands in the answer as it is", shortened(p.path), p.status, barb)
		}
	}
	switch {
	case p.status == http.StatusOK, p.status == http.StatusNoContent, p.status == http.StatusSeeOther, p.status == http.StatusTemporaryRedirect, p.status == http.StatusMovedPermanently:
	case p.status < 400 || p.status > 429:
		t.Errorf("%s: %.60q is answered with %d", shortened(p.path), sent, p.status)
	case p.lang() == "" || !strings.Contains(p.body, "<h1") || len(p.text()) < 60:
		if p.status != http.StatusBadRequest { // what is no HTTP is answered before any page is asked
			t.Errorf("%s: %.60q is refused with %d, and no page: %.200s", shortened(p.path), sent, p.status, p.body)
		}
	}
	return p
}

// unstained holds that what was sent stands in no field of a form that was taken, but where it is marked: a draft keeps what it has to have before it is published, such as a source
// that somebody else took out meanwhile.
func (a *assault) unstained(t *testing.T, p page, f sheet, names, sent []string) {
	t.Helper()
	a.harmless(t, p, nil)
	for _, s := range p.sheets() {
		if s.action != f.action {
			continue
		}
		for i, name := range names {
			kept := slices.ContainsFunc(s.values[name], func(v string) bool { return v != "" && plain(v) == plain(sent[i]) })
			if kept {
				a.stuck++
			}
			if kept && !s.wrong[name] && !slices.Contains(p.problems(), name) && !strings.Contains(p.body, `id="`+name+`-error"`) {
				t.Errorf("%s: %s is %.60q from now on, and nothing says that it is wrong", shortened(p.path), name, sent[i])
			}
		}
	}
}

// asks puts barbs into the addresses of the desk: each part of a path behind its kind, and each value of a query, alone. Nothing of them is there, and nothing breaks.
func (a *assault) asks(t *testing.T, paths []string) {
	t.Helper()
	seen := map[string]bool{}
	try := func(key, path string, barb string) {
		if !seen[key] {
			if seen[key] = true; !prove && len(seen)%3 != a.samples%3 {
				return
			}
			a.refuses(t, func() page { return a.lead.send("GET", path, nil) }, barb)
			if !strings.Contains(path, "?") && (prove || len(seen)%2 == 0) {
				a.refuses(t, func() page { return a.lead.send("POST", path, url.Values{"base": {"1"}}) }, barb)
			}
		}
	}
	for _, path := range paths {
		bare, query, _ := strings.Cut(path, "?")
		parts := strings.Split(bare, "/")
		kind := kind(bare)
		for i := 3; i < len(parts); i++ {
			barb := barbs[(a.barbs+i)%len(barbs)]
			a.barbs++
			changed := slices.Clone(parts)
			changed[i] = url.PathEscape(barb)
			try(kind+" "+string(rune('0'+i)), strings.Join(changed, "/"), barb)
		}
		values, _ := url.ParseQuery(query)
		for _, name := range append(slices.Sorted(maps.Keys(values)), "lang", "page", "show", "revision", "from", "part", "q", "of", "tongue", "width", "cleaned", "back", "kind") {
			if !prove && values.Get(name) == "" && (len(seen)+len(name))%13 != 0 {
				continue
			}
			barb := barbs[a.barbs%len(barbs)]
			a.barbs++
			v := maps.Clone(values)
			v.Set(name, barb)
			try(kind+" ?"+name, bare+"?"+v.Encode(), barb)
		}
	}
}

// doors types into the pages for who has not signed in. A name that is nobody's comes back, however long it is.
func (a *assault) doors(t *testing.T, texts []string) {
	t.Helper()
	nobody := &member{reader: a.reader(), clock: a.clock}
	for i, text := range texts {
		barb := barbs[i%len(barbs)]
		form := url.Values{"lang": {barb}, "name": {text}, "committee": {barb}, "password": {password}, "code": {"123456"}, "device": {barb}, "back": {barb}}
		p := a.refuses(t, func() page { return nobody.send("POST", "/desk/in", form) }, barb)
		a.tried, a.posted = a.tried+1, a.posted+1
		back, err := p.form("name", "code")
		if p.status < 400 || err != nil || plain(back.values.Get("name")) != plain(text) && !unwritable(text) {
			t.Errorf("signing in as %.40q is answered with %d, and comes back as %.40q", text, p.status, back.values.Get("name"))
		}
		for _, at := range []string{"/desk/join/", "/desk/t/", "/desk/in/"} {
			a.refuses(t, func() page {
				return nobody.send("POST", at+url.PathEscape(barb), url.Values{"lang": {barb}, "name": {text}})
			}, barb)
		}
		a.refuses(t, func() page {
			return nobody.send("GET", "/desk/in?back="+url.QueryEscape(barb)+"&name="+url.QueryEscape(text[:min(len(text), 3000)]), nil)
		}, barb)
	}
}

// strangers ask for what no page ever named, where an address holds a secret.
func (a *assault) strangers(t *testing.T) {
	t.Helper()
	nobody := &member{reader: a.reader(), clock: a.clock}
	for i, barb := range barbs {
		for j, at := range []string{"/mine/%", "/news/%", "/wish/%", "/r/%", "/confirm?lang=en&t=%", "/not-me?t=%", "/en/%", "/en/" + wild + "/%", "/en/" + wild + "/release/%", "/letters/%/1.txt", "/embed/%?lang=%", "/photo/" + wild + "/%"} {
			if !prove && (i+j)%9 != 0 {
				continue
			}
			for _, method := range []string{"GET", "POST"} {
				path := strings.ReplaceAll(at, "%", url.PathEscape(barb))
				a.refuses(t, func() page {
					return nobody.send(method, path, url.Values{"lang": {barb}, "page": {barb}, "code": {barb}})
				}, barb)
			}
		}
	}
}
