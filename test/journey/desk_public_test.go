package journey

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"outcry/test/peers"
)

// publish brings a case's draft to the public as the desk does. What the page before it names is in the way is returned.
func (a *assault) publish(slug string) (inTheWay string) {
	a.t.Helper()
	at := "/desk/c/" + slug + "/publish"
	p := a.lead.sees(at)
	a.harmless(a.t, p, nil)
	f, err := p.form("base")
	if err != nil {
		_, rest, found := strings.Cut(p.text(), "To be mended")
		if !found {
			rest = p.text()
		}
		a.t.Logf("%s: %.600s", slug, rest)
		return rest
	}
	a.lead.prove()
	done := a.lead.send("POST", at, f.with("checked", "yes"))
	a.harmless(a.t, done, nil)
	if done.status >= 400 {
		return done.text()
	}
	if to := done.header.Get("Location"); to != "" {
		done = a.lead.sees(to)
		a.harmless(a.t, done, nil)
	}
	return ""
}

var tongues = []string{"en", "ru", "ar", "fr"}

// standing are the addresses of what is told of a case beside its pages.
func (a *assault) standing(slug string) (list []string) {
	a.t.Helper()
	list = []string{"/", "/robots.txt", "/letters.json", "/no/such/page"}
	for _, tag := range tongues {
		if !prove && tag != "en" && tag != "ar" {
			continue
		}
		at := "/" + tag
		list = append(list, at+"/", at+"/people", at+"/people?q=Anna", at+"/people?q=%3Cscript%3E", at+"/people/map", at+"/privacy", at+"/recount")
		at += "/" + slug
		list = append(list, at, at+"/feed.xml", at+"/feed.json", at+"/calendar.ics", at+"/plain", at+"/sheet", at+"/questionnaire", at+"/timeline", at+"/changes", at+"/e/arrest", at+"/e/taken-out",
			at+"/release", at+"/release/names", at+"/release/withdraw", at+"/release/card.png", at+"/release/poster.pdf", at+"/release/poster.txt", at+"/timeline?q=none")
	}
	var all struct {
		Letters []struct {
			ID  string `json:"id"`
			URL string `json:"url"`
		} `json:"letters"`
	}
	p, err := a.lead.get("/letters.json")
	must(a.t, err)
	must(a.t, json.Unmarshal([]byte(p.body), &all))
	for _, l := range all.Letters {
		if strings.Contains(p.body, slug) && strings.Contains(l.URL, slug) {
			list = append(list, "/embed/"+l.ID+"?lang=en", "/embed/"+l.ID+"?lang=ar", "/embed/"+l.ID+".svg?lang=en", "/letters/"+l.ID+"/1.txt")
		}
	}
	return list
}

// abroad reads all that strangers see of a case, in every language, by its links, and gives it to see.
func (a *assault) abroad(slug string, see func(p page)) (n int) {
	a.t.Helper()
	seen := map[string]bool{}
	queue := a.standing(slug)
	r := a.reader()
	for len(queue) > 0 {
		path, _, _ := strings.Cut(queue[0], "#")
		queue = queue[1:]
		if seen[path] || len(seen) > 600 {
			continue
		}
		seen[path] = true
		p, err := r.get(path)
		must(a.t, err)
		see(p)
		n++
		for _, to := range p.links() {
			if to = strings.TrimPrefix(to, publicURL); strings.HasPrefix(to, "/") && strings.Contains(to, "/"+slug) && (prove || strings.HasPrefix(to, "/en/") || strings.HasPrefix(to, "/ar/")) && !strings.Contains(to, "/desk/") && !strings.HasSuffix(to, "/out") {
				queue = append(queue, to)
			}
		}
	}
	return n
}

// alike is an address under which the same stands of every case, with how it is answered.
func alike(p page) string {
	return fmt.Sprint(p.status, idForm.ReplaceAllString(innocently(p.path), "{id}"))
}

var idForm = regexp.MustCompile(`[0-9a-f]{32}`)

// spread holds that what strangers see of the wild case is harmless, and made of what the calm one is made of.
func (a *assault) spread(t *testing.T) {
	t.Helper()
	made := map[string]shape{}
	elements := map[string]shape{}
	a.abroad(calm, func(p page) {
		a.harmless(t, p, nil)
		made[alike(p)], elements[alike(p)] = shapeOf(p), partsOf(t, p)
	})
	n := a.abroad(wild, func(p page) {
		a.harmless(t, p, made[alike(p)])
		known := elements[alike(p)]
		for part := range partsOf(t, p) {
			if known != nil && !known[part] {
				t.Errorf("%s: %s is new", shortened(p.path), part)
			}
		}
		if strings.HasPrefix(p.header.Get("Content-Type"), "text/plain") && !strings.Contains(p.path, "robots") && !strings.Contains(p.path, "poster.txt") { // a text beside a picture: a mark holds to the end of its line
			for line := range strings.Lines(p.body) {
				if unpaired(line) {
					t.Errorf("%s: marks of direction are left open: %q", shortened(p.path), line)
				}
			}
		}
	})
	t.Logf("%s: %d public pages and files of the wild case", a.name, n)
}

// partsOf are what a file that is no page is made of: the elements of XML, the properties of a calendar, the keys of JSON. It has to be whole.
func partsOf(t *testing.T, p page) shape {
	t.Helper()
	parts := shape{}
	kind, _, _ := strings.Cut(p.header.Get("Content-Type"), ";")
	switch {
	case p.status != 200:
	case strings.HasSuffix(kind, "xml"):
		d := xml.NewDecoder(strings.NewReader(p.body))
		markup := false
		for {
			token, err := d.Token()
			if text, ok := token.(xml.CharData); ok && markup {
				for part := range read(t, p, string(text)) {
					parts[part] = true
				}
			}
			if errors.Is(err, io.EOF) {
				return parts
			}
			if err != nil {
				t.Errorf("%s is not XML: %v", shortened(p.path), err)
				return parts
			}
			if e, ok := token.(xml.StartElement); ok {
				parts[e.Name.Local], markup = true, false
				for _, at := range e.Attr {
					parts[e.Name.Local+" "+at.Name.Local] = true
					if slices.Contains(addresses, at.Name.Local) {
						if why := leads(at.Value, "a"); why != "" {
							t.Errorf("%s: %s: %s", shortened(p.path), why, at.Value)
						}
					}
					markup = markup || at.Name.Local == "type" && (at.Value == "html" || at.Value == "xhtml")
				}
			}
		}
	case strings.HasSuffix(kind, "json"):
		var whole any
		if err := json.Unmarshal([]byte(p.body), &whole); err != nil {
			t.Errorf("%s is not JSON: %v", shortened(p.path), err)
		}
		keys(whole, parts)
	case kind == "text/calendar":
		for line := range strings.SplitSeq(strings.ReplaceAll(p.body, "\r\n ", ""), "\r\n") {
			name, _, _ := strings.Cut(line, ":")
			if name, _, _ = strings.Cut(name, ";"); line != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") != "" {
				t.Errorf("%s: a line of no property: %q", shortened(p.path), line)
			}
			parts[name] = true
		}
		if strings.Count(p.body, "BEGIN:VCALENDAR\r\n") != 1 || !strings.HasSuffix(p.body, "END:VCALENDAR\r\n") || strings.ContainsAny(strings.ReplaceAll(p.body, "\r\n", ""), "\r\n") {
			t.Errorf("%s is no calendar", shortened(p.path))
		}
	}
	return parts
}

// read is the shape of the markup in a feed, in which nothing may run or lead astray.
func read(t *testing.T, p page, text string) shape {
	t.Helper()
	inner := page{body: text, path: p.path}
	inner.tags(func(tag html.Token) {
		for _, a := range tag.Attr {
			if why := leads(a.Val, tag.Data); strings.HasPrefix(a.Key, "on") || slices.Contains(addresses, a.Key) && why != "" {
				t.Errorf("%s: in a feed: %s %.200s", shortened(p.path), why, tag)
			}
		}
	})
	return shapeOf(inner)
}

func keys(v any, into shape) {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			into[k] = true
			keys(inner, into)
		}
	case []any:
		for _, inner := range v {
			keys(inner, into)
		}
	}
}

// tables holds that no cell of a table for spreadsheets is taken for a formula, and that the other forms are whole.
func (a *assault) tables(t *testing.T) {
	t.Helper()
	cells := 0
	for _, table := range []string{"events", "sources", "positions", "institutions", "proceedings"} {
		out, err := a.command("case", "export", "-", "--case", wild, "--format", "csv", "--table", table).Output()
		must(t, err)
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(out, []byte("\ufeff")))).ReadAll()
		if err != nil {
			t.Errorf("the table of %s is none: %v", table, err)
		}
		for _, row := range rows {
			for i, cell := range row {
				cells++
				if _, err := strconv.ParseFloat(cell, 64); cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r\n") && err != nil {
					t.Errorf("%s, %s: a cell is taken for a formula: %.80q", table, rows[0][i], cell)
				}
				if strings.ContainsFunc(cell, func(r rune) bool { return control(r) || r == 0x202d || r == 0x202e }) {
					t.Errorf("%s, %s: %.80q", table, rows[0][i], cell)
				}
			}
		}
	}
	doc, err := a.command("case", "export", "-", "--case", wild, "--format", "json").Output()
	if must(t, err); !json.Valid(doc) {
		t.Error("the document is no JSON")
	}
	folder := t.TempDir()
	must(t, os.Chmod(folder, 0o777))
	file := filepath.Join(folder, "case.yaml")
	a.run("case", "export", file, "--case", wild)
	a.run("case", "apply", file, "--dry-run")
	tar := filepath.Join(folder, "all.tar")
	a.run("archive", "export", tar)
	a.run("archive", "import", tar, "--dry-run")
	t.Logf("%s: %d cells, and the archive", a.name, cells)
}

// told is what exiftool finds in a file, but for what it says of the file itself.
func told(t testing.TB, body, name string) map[string]string {
	t.Helper()
	if _, err := exec.LookPath("exiftool"); err != nil {
		peers.Missing(t, "exiftool (Debian's libimage-exiftool-perl) is not here")
	}
	file := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(file, []byte(body), 0o600))
	out, err := exec.Command("exiftool", "-j", "-G1", "-a", "-u", "-U", file).Output()
	must(t, err)
	var list []map[string]any
	must(t, json.Unmarshal(out, &list))
	found := map[string]string{}
	for tag, v := range list[0] {
		switch group, what, _ := strings.Cut(tag, ":"); {
		case tag == "SourceFile", group == "System", group == "ExifTool" && what == "ExifToolVersion", group == "File" && what != "Comment":
		default:
			b, _ := json.Marshal(v)
			found[tag] = string(b)
		}
	}
	return found
}
