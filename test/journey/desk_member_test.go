package journey

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"
	"golang.org/x/net/html"
)

// password is every member's.
const password = "four words or five"

// member is somebody of a committee at the desk: a reader that keeps the desk's one cookie, and has an authenticator.
type member struct {
	*reader
	clock          *clock
	name           string
	cookie, secret string
	shown          int64     // the thirty seconds whose code was shown last
	proven         time.Time // the last fresh proof
}

var authenticatorForm = regexp.MustCompile(`class="secret" dir="ltr">([A-Z2-7 ]+)<`)

// invited is the path of a link by which somebody joins, as the server's owner makes it.
func (s *site) invited(flags ...string) string {
	s.t.Helper()
	out, err := s.command(append([]string{"organiser", "invite"}, flags...)...).Output()
	must(s.t, err)
	return strings.TrimPrefix(strings.TrimSpace(string(out)), publicURL)
}

// joins walks through an invitation by its forms. Names that are not the last one are tried before it, and each has to be refused.
func (s *site) joins(c *clock, path string, names ...string) *member {
	s.t.Helper()
	m := &member{reader: s.reader(), clock: c}
	p := m.send("POST", path, url.Values{"lang": {"en"}})
	for i, name := range names {
		found := authenticatorForm.FindStringSubmatch(p.body)
		if p.status >= 500 || found == nil {
			s.t.Fatalf("joining as %.40q answers %d: %.300s", name, p.status, p.text())
		}
		m.secret = strings.ReplaceAll(found[1], " ", "")
		f, err := p.form("carried")
		must(s.t, err)
		p = m.send("POST", path, url.Values{"lang": {"en"}, "act": {"join"}, "name": {name}, "place": {"abroad"}, "password": {password}, "carried": {f.values.Get("carried")},
			"code": {m.code()}, "device": {"computer"}})
		last := i == len(names)-1
		if done := m.cookie != ""; done != last {
			s.t.Fatalf("joining as %.40q answers %d: %.300s", name, p.status, p.text())
		}
		if !last {
			s.harmless(s.t, p, nil)
			if f, err := p.form("name", "carried"); err != nil || plain(f.values.Get("name")) != plain(name) && !unwritable(name) {
				s.t.Errorf("the pseudonym %.40q came back as %.40q", name, f.values.Get("name"))
			}
			if !strings.Contains(p.body, `id="name-error"`) {
				s.t.Errorf("the pseudonym %.40q is refused, and not at its field: %.200s", name, p.text())
			}
		}
		m.name = name
	}
	return m
}

// code is what the authenticator shows, once: where that was shown before, the clock goes on to its next. (A server with the machine's own clock takes the code of now, and one
// step to either side of it: never one that a clock set forward by hand shows.)
func (m *member) code() string {
	m.site.t.Helper()
	const period = 30 * time.Second
	step := func() int64 { return m.clock.now().UnixNano() / int64(period) }
	if step() <= m.shown {
		m.clock.add(period)
	}
	m.shown = step()
	code, err := totp.GenerateCode(m.secret, m.clock.now())
	must(m.site.t, err)
	return code
}

// send asks for a page, or sends a form.
func (m *member) send(method, path string, form url.Values) page {
	m.site.t.Helper()
	if method == http.MethodGet {
		return m.sendAs(method, path, "", nil)
	}
	return m.sendAs(method, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()))
}

func (m *member) sendAs(method, path, kind string, body io.Reader) page {
	m.site.t.Helper()
	head := http.Header{}
	if kind != "" {
		head.Set("Content-Type", kind)
	}
	if m.cookie != "" {
		head.Set("Cookie", m.cookie)
	}
	path, _, _ = strings.Cut(path, "#")
	p, err := m.do(method, path, head, body)
	if err != nil && !errors.Is(err, errCookie) {
		m.site.t.Fatal(err)
	}
	if set := p.header.Get("Set-Cookie"); set != "" {
		m.cookie, _, _ = strings.Cut(set, ";")
	}
	return p
}

// upload sends a form with a file in it.
func (m *member) upload(path string, form url.Values, field, name string, file []byte) page {
	m.site.t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, list := range form {
		for _, v := range list {
			must(m.site.t, w.WriteField(k, v))
		}
	}
	part, err := w.CreateFormFile(field, name)
	must(m.site.t, err)
	_, err = part.Write(file)
	must(m.site.t, err)
	must(m.site.t, w.Close())
	return m.sendAs("POST", path, w.FormDataContentType(), &b)
}

// prove shows anew who it is, where the last proof is too old for what is grave.
func (m *member) prove() {
	m.site.t.Helper()
	if m.clock.now().Sub(m.proven) < 3*time.Minute {
		return
	}
	p := m.send("POST", "/desk/prove", url.Values{"password": {password}, "code": {m.code()}})
	if p.status != http.StatusSeeOther {
		m.site.t.Fatalf("a fresh proof answers %d: %.300s", p.status, p.text())
	}
	m.proven = m.clock.now()
}

// sees is a page that is there; what asks for a fresh proof gets one.
func (m *member) sees(path string) page {
	m.site.t.Helper()
	p := m.send("GET", path, nil)
	for range 4 {
		to := p.header.Get("Location")
		switch {
		case p.status == http.StatusOK:
			return p
		case strings.HasPrefix(to, "/desk/prove"):
			m.proven = time.Time{}
			m.prove()
			p = m.send("GET", path, nil)
		case p.status == http.StatusSeeOther:
			p = m.send("GET", to, nil)
		}
	}
	if p.status != http.StatusOK {
		m.site.t.Fatalf("GET %s answers %d %s: %.300s", path, p.status, p.header.Get("Location"), p.text())
	}
	return p
}

// sheet is a form of the desk with all that somebody could fill in.
type sheet struct {
	action string
	file   string // the field for a file; empty: none
	values url.Values
	texts  []string        // fields in which one types
	others []string        // fields in which one chooses, or sees nothing
	wrong  map[string]bool // fields that are marked
}

// sheets reads the forms of a page.
func (p page) sheets() (list []sheet) {
	doc, err := html.Parse(strings.NewReader(p.body))
	if err != nil {
		return nil
	}
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode || n.Data != "form" || attribute(n, "method") != "post" {
			continue
		}
		s := sheet{action: attribute(n, "action"), values: url.Values{}, wrong: map[string]bool{}}
		if s.action == "" {
			s.action = p.path
		}
		for in := range n.Descendants() {
			if in.Type == html.ElementNode && attribute(in, "name") != "" {
				s.add(in)
			}
		}
		list = append(list, s)
	}
	return list
}

func (s *sheet) add(n *html.Node) {
	name, value := attribute(n, "name"), attribute(n, "value")
	has := func(key string) bool {
		for _, a := range n.Attr {
			if a.Key == key {
				return true
			}
		}
		return false
	}
	if attribute(n, "aria-invalid") == "true" {
		s.wrong[name] = true
	}
	switch n.Data {
	case "textarea":
		var b strings.Builder
		for c := range n.Descendants() {
			b.WriteString(c.Data)
		}
		s.texts = append(s.texts, name)
		s.values.Add(name, b.String())
	case "select":
		s.others = append(s.others, name)
		chosen, first := "", true
		for c := range n.Descendants() {
			if c.Type != html.ElementNode || c.Data != "option" {
				continue
			}
			selected := false
			for _, a := range c.Attr {
				selected = selected || a.Key == "selected"
			}
			if first || selected {
				chosen, first = attribute(c, "value"), false
			}
		}
		s.values.Add(name, chosen)
	case "input":
		switch attribute(n, "type") {
		case "checkbox", "radio":
			s.others = append(s.others, name)
			if has("checked") {
				s.values.Add(name, value)
			}
		case "hidden":
			s.others = append(s.others, name)
			s.values.Add(name, value)
		case "file":
			s.file = name
		case "submit", "button":
		case "password":
			s.values.Add(name, value)
		default:
			s.texts = append(s.texts, name)
			s.values.Add(name, value)
		}
	}
}

// same finds the form of a page that goes to the same address and has the same field, as another does.
func (p page) same(s sheet) (sheet, bool) {
	for _, f := range p.sheets() {
		if f.action == s.action && len(f.texts) > 0 && f.values.Has(s.texts[0]) {
			return f, true
		}
	}
	return sheet{}, false
}
