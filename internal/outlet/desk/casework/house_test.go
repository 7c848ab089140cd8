package casework

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"outcry/internal/core/casefile"
	"outcry/internal/core/draft"
	"outcry/internal/feature/letter"
	"outcry/internal/outlet/desk/desktest"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// house is a desk with one draft, of what is applied.
type house struct {
	*desktest.House
	drafts  *draft.Book
	slug    string
	applied *letter.Campaign
	told    map[string]bool
}

func open(t testing.TB, c *letter.Campaign) *house {
	t.Helper()
	h := &house{House: desktest.Open(t), slug: c.Case.Slug, applied: c, told: map[string]bool{}}
	h.Known = []string{c.Case.Slug}
	h.drafts = draft.NewBook(draft.Config{DB: h.DB, Unlock: h.Unlock, Now: func() time.Time { return h.Now }, Canon: func(doc []byte) ([]byte, error) {
		c, err := letter.ReadDraft(doc)
		if err != nil {
			return nil, err
		}
		c.DropSealed()
		return letter.WriteDraft(c), nil
	}})
	for _, e := range c.Events {
		h.told[e.ID] = true
	}
	Hang(h.Desk, Config{Drafts: h.drafts, Today: func() casefile.Date { return casefile.Date{Year: 2026, Month: 3, Day: 1} },
		Applied: func(context.Context, string) ([]byte, error) { return letter.WriteDraft(h.applied), nil },
		Told:    func(context.Context, string) (map[string]bool, error) { return h.told, nil }})
	return h
}

func (h *house) path(parts ...string) string {
	return strings.Join(append([]string{"/desk/c", h.slug, "case"}, parts...), "/")
}

// now is the draft as it stands.
func (h *house) now() (*letter.Campaign, draft.Draft) {
	h.T.Helper()
	d, err := h.drafts.Draft(h.T.Context(), h.slug)
	must(h.T, err)
	c, err := letter.ReadDraft(d.Doc)
	must(h.T, err)
	return c, d
}

// formOf is what a browser would send of a page's form with that action: all that is filled in, without a button.
func formOf(t testing.TB, page, action string) url.Values {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	must(t, err)
	form := url.Values{}
	found := false
	attr := func(n *html.Node, key string) (string, bool) {
		for _, a := range n.Attr {
			if a.Key == key {
				return a.Val, true
			}
		}
		return "", false
	}
	var inner func(n *html.Node)
	inner = func(n *html.Node) {
		name, _ := attr(n, "name")
		switch {
		case n.Type != html.ElementNode || name == "" || n.Data == "button":
		case n.Data == "input":
			kind, _ := attr(n, "type")
			value, _ := attr(n, "value")
			if _, on := attr(n, "checked"); on || kind != "checkbox" && kind != "radio" {
				form.Add(name, value)
			}
		case n.Data == "textarea":
			var b strings.Builder
			for c := n.FirstChild; c != nil; c = c.NextSibling {
				b.WriteString(c.Data)
			}
			form.Add(name, strings.ReplaceAll(b.String(), "\n", "\r\n"))
		case n.Data == "select":
			value := ""
			for o := range n.Descendants() {
				if _, on := attr(o, "selected"); on {
					value, _ = attr(o, "value")
				}
			}
			form.Add(name, value)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			inner(c)
		}
	}
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		if a, _ := attr(n, "action"); n.Data == "form" && a == action {
			found = true
			inner(n)
			return
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(doc)
	if !found {
		t.Fatalf("no form to %s in %s", action, page)
	}
	return form
}

func with(form url.Values, pairs ...string) url.Values {
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return form
}
