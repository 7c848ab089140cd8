package dossier

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// A feed says nothing that the event on the page does not say, and all that it says is in the language's words.
func TestNewestSaysWhatTheTimelineSays(t *testing.T) {
	w := demo(t)
	for i := range w.Events {
		if e := &w.Events[i]; !e.When.Date.Known() { // so that all sorts of events are in it
			e.When = casefile.On(2023, 12, 13)
		}
	}
	v := View{File: &w.File}
	for _, tag := range []lang.Tag{"en", "ru"} {
		p := printer(t, tag)
		var b bytes.Buffer
		if err := Timeline(p, v).Render(context.Background(), &b); err != nil {
			t.Fatal(err)
		}
		doc, err := html.Parse(&b)
		if err != nil {
			t.Fatal(err)
		}
		onPage := map[string]string{}
		each(doc, func(n *html.Node) {
			for _, a := range n.Attr {
				if n.Data == "li" && a.Key == "id" {
					onPage[a.Val] = textOf(n)
				}
			}
		})
		list := v.Newest(p, nil, len(w.Events))
		if want := len(w.Events) - 4; len(list) != want { // the video, the claim, the press and the answer at Valdai are what a party says
			t.Fatalf("%s: %d events, want %d", tag, len(list), want)
		}
		keys := map[string]bool{}
		for i, d := range list {
			page, ok := onPage[d.Anchor]
			if !ok || keys[d.Key] || d.Title == "" || len(d.Lines) < 2 || !d.On.Whole() {
				t.Errorf("%s: %+v", tag, d)
			}
			keys[d.Key] = true
			if i > 0 && d.On.Compare(list[i-1].On) > 0 {
				t.Errorf("%s: %v stands behind %v", tag, d.On, list[i-1].On)
			}
			for _, line := range append(d.Lines, d.Title) {
				for _, part := range strings.Split(strings.NewReplacer("\u2068", "", "\u2069", "").Replace(line), " · ") {
					if part == p.T("case.date.inferred_note") { // is a title there, and no text
						continue
					}
					if want := strings.Join(strings.Fields(part), " "); want == "" || !strings.Contains(page, want) {
						t.Errorf("%s: %s says %q, and the page says %q", tag, d.Anchor, want, page)
					}
				}
			}
		}
		if few := v.Newest(p, nil, 3); len(few) != 3 || few[0].Key != list[0].Key {
			t.Errorf("%s: %d of 3", tag, len(few))
		}
	}
}
