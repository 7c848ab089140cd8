package draft

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestChanges(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"nothing":                 {`{"a":{"b":"1"}}`, `{"a":{"b":"1"}}`, ``},
		"a text":                  {`{"case":{"title":{"en":"A","ru":"Б"}}}`, `{"case":{"title":{"en":"B","ru":"Б"}}}`, `case.title.en "A" "B"`},
		"an event put in":         {`{"events":[{"id":"a"}]}`, `{"events":[{"id":"b","what":{"en":"B"}},{"id":"a"}]}`, "events[id=b].id  \"b\"\nevents[id=b].what.en  \"B\""},
		"an event taken out":      {`{"events":[{"id":"a"},{"id":"b"}]}`, `{"events":[{"id":"b"}]}`, `events[id=a].id "a" `},
		"an event changed":        {`{"events":[{"id":"a","when":"1"},{"id":"b"}]}`, `{"events":[{"id":"b"},{"id":"a","when":"2"}]}`, `events[id=a].when "1" "2"`},
		"words":                   {`{"case":{"asks":["a"]}}`, `{"case":{"asks":["a","b"]}}`, `case.asks ["a"] ["a","b"]`},
		"what has no ids":         {`{"positions":[{"org":"A"},{"org":"B"},{"org":"C"}]}`, `{"positions":[{"org":"A"},{"org":"C"}]}`, `positions[1].org "B" `},
		"one without an id":       {`{"events":[{"id":"a"},{"what":"1"}]}`, `{"events":[{"id":"a"},{"what":"2"}]}`, `events[0].what "1" "2"`},
		"an id that stands twice": {`{"e":[{"id":"a","x":"1"},{"id":"a","x":"2"}]}`, `{"e":[{"id":"a","x":"1"},{"id":"a","x":"3"}]}`, `e[1].x "2" "3"`},
		"another kind":            {`{"when":"1"}`, `{"when":{"part":"2"}}`, "when \"1\" \nwhen.part  \"2\""},
		"of nothing":              {``, `{"a":"1"}`, `a  "1"`},
		"to nothing":              {`{"a":"1"}`, `{}`, `a "1" `},
	} {
		var old []byte
		if c.old != "" {
			old = []byte(c.old)
		}
		list, err := Changes(old, []byte(c.new))
		var got []string
		for _, x := range list {
			got = append(got, fmt.Sprintf("%s %s %s", x.Path, x.Old, x.New))
		}
		if err != nil || strings.Join(got, "\n") != c.want {
			t.Errorf("%s: %v\n%s", name, err, strings.Join(got, "\n"))
		}
	}
}

// leaves counts the scalars of a document, and of lists of scalars the whole.
func leaves(n *node, by map[string]int, count int) map[string]int {
	switch {
	case n == nil:
	case n.kind == object:
		for _, m := range n.members {
			leaves(m.value, by, count)
		}
	case n.kind == list && groups(n):
		for _, item := range n.items {
			leaves(item, by, count)
		}
	default:
		by[string(n.bytes())] += count
	}
	return by
}

// Nothing that differs is left out, and nothing is told twice: what was, less what is told to be gone, and what is told to be new, is what is.
func TestChangesAreWhole(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 9))
	told := 0
	for range 1000 {
		old := made(r, 1)
		new := changed(r, old, 1)
		list, err := Changes(old.bytes(), new.bytes())
		if err != nil {
			t.Fatal(err)
		}
		sum := leaves(old, map[string]int{}, 1)
		for _, c := range list {
			told++
			if c.Old != nil {
				leaves(mustClone(&node{text: string(c.Old)}), sum, -1)
			}
			if c.New != nil {
				leaves(mustClone(&node{text: string(c.New)}), sum, 1)
			}
		}
		leaves(new, sum, -1)
		for text, n := range sum {
			if n != 0 && text != "{}" {
				t.Fatalf("%s: %+d\n%s\n%s\n%v", text, n, old.bytes(), new.bytes(), list)
			}
		}
	}
	if told < 1000 {
		t.Errorf("only %d changes", told)
	}
}

func TestCompare(t *testing.T) {
	show := func(list []Run) string {
		var b strings.Builder
		for _, r := range list {
			fmt.Fprintf(&b, []string{"%s", "[-%s-]", "[+%s+]"}[r.In], r.Text)
		}
		return b.String()
	}
	for _, c := range []struct{ old, new, want string }{
		{"", "", ""},
		{"a b", "a b", "a b"},
		{"", "a b", "[+a b+]"},
		{"a b", "", "[-a b-]"},
		{"We ask for her release.", "We ask for his release.", "We ask for [-her-][+his+] release."},
		{"one\n\ntwo\n\nthree", "one\n\nthree", "one\n\n[-two\n\n-]three"},
		{"a b c d", "c d a b", "[-a b -]c d[+ a b+]"},
		{"Её держат под стражей.", "Её держат в колонии.", "Её держат [-под стражей.-][+в колонии.+]"},
		{"In prison", "In prison since May", "In prison[+ since May+]"},
	} {
		if got := show(Compare(c.old, c.new)); got != c.want {
			t.Errorf("%q and %q: %s", c.old, c.new, got)
		}
	}
	r := rand.New(rand.NewPCG(1, 1))
	text := func() string {
		var b strings.Builder
		for range r.IntN(40) {
			b.WriteString([]string{"a", "b", "я ", " ", "\n", "\n\n", "word ", "."}[r.IntN(8)])
		}
		return b.String()
	}
	for round := range 3000 {
		old, new := text(), text()
		if round == 0 {
			old, new = strings.Repeat("a b ", 4000), strings.Repeat("c d ", 4000) // more than is compared word by word
		}
		var a, b string
		for _, run := range Compare(old, new) {
			if run.In != NewOnly {
				a += run.Text
			}
			if run.In != OldOnly {
				b += run.Text
			}
		}
		if a != old || b != new {
			t.Fatalf("%q is told as %q, %q as %q", old, a, new, b)
		}
	}
}

// FuzzCompare: both texts can be read off a comparison, whatever they say.
func FuzzCompare(f *testing.F) {
	f.Add("a b c", "b c d")
	f.Add(strings.Repeat("a b ", 3000), strings.Repeat("b a ", 3000))
	f.Fuzz(func(t *testing.T, a, b string) {
		var old, now string
		for _, r := range Compare(a, b) {
			if r.In != NewOnly {
				old += r.Text
			}
			if r.In != OldOnly {
				now += r.Text
			}
		}
		if old != a || now != b {
			t.Errorf("%q %q", old, now)
		}
	})
}
