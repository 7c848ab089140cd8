package journey

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// aCase is a file of somebody made up, with an event of each sort that an address can lead to.
func aCase(slug, publication, more string) string {
	return fmt.Sprintf(`
campaign: {slug: free-%[1]s, languages: [en], run_by: {en: a committee}, contact: committee@letters.example}
person: {names: [{text: Canary Example, lang: en}]}
case:
  slug: %[1]s
  publication: {%[2]s}
  %[3]s
  title: {en: Release Canary Example}
sources: [{id: paper, kind: independent_media, publisher: {en: A Paper}, published: 2024-03-01}]
events:
  - {id: arrest, when: 2024-02-01, kind: detention, nature: event, source: paper}
  - {id: back, when: 2024-02-02, kind: search, nature: event, source: paper, retracted: {on: 2024-03-02, why: {en: the paper took it back}}}
  - {id: team, when: 2024-02-03, kind: search, nature: event, source: paper, visibility: team}
  - {id: coalition, when: 2024-02-03, kind: search, nature: event, source: paper, visibility: coalition}
  - {id: sealed, when: 2024-02-03, kind: search, nature: event, source: paper, visibility: sealed}
  - {id: waiting, when: 2024-02-04, kind: transfer_start, nature: event, source: paper}
  - {id: ill, when: 2024-02-05, kind: health, nature: event, source: paper, family: told}
  - {id: harms, when: 2024-02-06, kind: search, nature: event, source: paper}
redactions: [{event: out, on: 2024-03-03, why: private_person}]
`, slug, publication, more)
}

// What answers 404 and what 410, the same for every page under an address. Gone is only what has been public and of which it may be told that it is there no more:
// a case that its file calls public, and an event that its file says was taken out. Of anything else the answer is that of an address which never was, to the byte.
func TestAddressesOfACase(t *testing.T) {
	t.Parallel()
	s := open(t, engine{name: "SQLite"})
	const consent = "consents: [{giver: family, scope: [name], channel: {en: by letter}, date: 2024-03-01%s}]"
	public := "level: public, " + fmt.Sprintf(consent, "")
	cases := map[string]struct {
		file   string
		status int
	}{
		"shown":     {aCase("shown", public, ""), http.StatusOK},
		"dormant":   {aCase("dormant", public, "state: dormant"), http.StatusOK},
		"closed":    {aCase("closed", public, "state: closed"), http.StatusOK},
		"withheld":  {aCase("withheld", public, "state: withheld"), http.StatusGone},
		"withdrawn": {aCase("withdrawn", "level: public, "+fmt.Sprintf(consent, ", withdrawn: 2024-03-02"), ""), http.StatusGone},
		"ended":     {aCase("ended", "level: public, "+fmt.Sprintf(consent, ", until: 2024-03-02"), ""), http.StatusGone},
		"quiet":     {aCase("quiet", "level: quiet, "+fmt.Sprintf(consent, ""), ""), http.StatusNotFound},
		"targeted":  {aCase("targeted", "level: targeted, "+fmt.Sprintf(consent, ""), ""), http.StatusNotFound},
		"silent":    {aCase("silent", fmt.Sprintf(consent, ""), ""), http.StatusNotFound},
		"unshown":   {aCase("unshown", "level: quiet, "+fmt.Sprintf(consent, ""), "state: withheld"), http.StatusNotFound},
		"never-was": {"", http.StatusNotFound},
	}
	events := map[string]int{ // of a case that is shown
		"arrest": 200, "back": 200, "harms": 200, "out": 410,
		"team": 404, "coalition": 404, "sealed": 404, "waiting": 404, "ill": 404, "never-was": 404,
	}
	for slug, c := range cases {
		if c.file != "" && slug != "shown" {
			s.apply(c.file)
		}
	}
	s.apply(cases["shown"].file) // the last: where it is there, all are read
	r := s.reader()
	shows(t, r, "/en/shown", "Canary Example")
	// nothing is what an address says that never was.
	nothing := func(path, slug, id string) string {
		p, err := r.get(path)
		must(t, err)
		body := strings.ReplaceAll(p.body, "/"+slug, "/never-was")
		if id != "" {
			body = strings.ReplaceAll(body, "/e/"+id, "/e/never-was")
		}
		return fmt.Sprint(p.status, p.header["Cache-Control"], p.header["Etag"], body)
	}
	for slug, c := range cases {
		for _, tag := range []string{"en", "ar"} {
			at := "/" + tag + "/" + slug
			for _, rest := range []string{"", "/timeline", "/changes", "/sheet", "/questionnaire", "/plain", "/feed.xml", "/feed.json", "/calendar.ics"} {
				p, err := r.get(at + rest)
				must(t, err)
				if p.status != c.status {
					t.Errorf("%s%s answers %d, want %d", at, rest, p.status, c.status)
				}
				if c.status != http.StatusOK && strings.Contains(p.body, "Canary") {
					t.Errorf("%s%s names the person", at, rest)
				}
				if c.status == http.StatusNotFound && nothing(at+rest, slug, "") != nothing("/"+tag+"/never-was"+rest, "never-was", "") {
					t.Errorf("%s%s answers otherwise than an address that never was", at, rest)
				}
			}
			for id, want := range events {
				if c.status != http.StatusOK {
					want = c.status
				}
				p, err := r.get(at + "/e/" + id)
				must(t, err)
				if p.status != want {
					t.Errorf("%s/e/%s answers %d, want %d", at, id, p.status, want)
				}
				if want == http.StatusNotFound && nothing(at+"/e/"+id, slug, id) != nothing(at+"/e/never-was", slug, "never-was") {
					t.Errorf("%s/e/%s answers otherwise than an event that never was", at, id)
				}
				if want == http.StatusGone && c.status == http.StatusOK && tag == "en" && !p.says("private person") {
					t.Errorf("%s/e/%s does not say of which sort the reason is: %s", at, id, p.text())
				}
			}
		}
	}

	// What was public and is kept from readers now is as if it had never been; and what was taken out stays so, whoever hides the case for a while.
	for _, step := range []struct {
		file   string
		event  string
		status int
	}{
		{strings.Replace(cases["shown"].file, "id: harms, when: 2024-02-06, kind: search, nature: event, source: paper", "id: harms, when: 2024-02-06, kind: search, nature: event, source: paper, visibility: team", 1), "harms", 404},
		{aCase("shown", public, "state: withheld"), "out", 410},
		{aCase("shown", "level: quiet", ""), "out", 404},
		{cases["shown"].file, "out", 410},
		{cases["shown"].file, "harms", 200},
	} {
		s.apply(step.file)
		path := "/en/shown/e/" + step.event
		eventually(t, fmt.Sprintf("%s answers %d", path, step.status), func() bool {
			p, err := r.get(path)
			return err == nil && p.status == step.status
		})
	}
}
