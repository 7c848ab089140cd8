package draft

import (
	"fmt"
	"strings"
	"testing"
)

// A tree tells of each path what the document says there, as walking through it does; also where names stand twice, have brackets, or look like numbers.
func TestTree(t *testing.T) {
	doc := []byte(`{"events":[{"id":"a","what":{"en":"A"}},{"id":"a].b[id=c","what":"odd"},{"what":"bare"},{"id":"0","what":"nought"},{"id":"a","what":{"en":"Again"}}],"a.b":{"c":1},"list":[1,[2,3]]}`)
	tree := Read(doc)
	root, err := parse(doc)
	check(t, err)
	for path, want := range map[string]string{
		"": string(root.bytes()), "events[id=a].what.en": `"Again"`, "events[id=a].b[id=c].what": "", "events[id=a].b[id=c]].what": "", "events[2].what": `"bare"`, "events[0].what": `{"en":"A"}`,
		"events[id=0].what": `"nought"`, "events[]": `[{"what":"bare"}]`, "events[id=none]": "", "events[9]": "", "events[-1]": "", "a.b.c": "1", "list[1][0]": "2", "nothing": "", "events[id=a]what": "",
	} {
		for range 2 { // noted, and not yet
			if got, there := tree.Value(path); string(got) != want || there != (want != "") {
				t.Errorf("%q: %s %v, want %q", path, got, there, want)
			}
		}
		if got, _ := Value(doc, path); string(got) != want {
			t.Errorf("%q of the document: %s, want %q", path, got, want)
		}
		if list := root.at("events"); strings.HasPrefix(path, "events[") {
			i, rest := list.find(strings.TrimPrefix(path, "events"))
			if j, other := tree.find(list, strings.TrimPrefix(path, "events")); i != j || rest != other {
				t.Errorf("%q: %d %q, walking through finds %d %q", path, j, other, i, rest)
			}
		}
	}
	for _, none := range []*Tree{nil, Read(nil), Read([]byte("{"))} {
		if _, there := none.Value("events"); there {
			t.Error("nothing says something")
		}
	}
}

// Asking for every item of a long list reads each once: what it takes grows with the document and not with its square, by which one who looks at a page could hold up all others.
func TestTreeReadsOnce(t *testing.T) {
	took := func(items int) float64 {
		var b strings.Builder
		for i := range items {
			fmt.Fprintf(&b, `,{"id":"e%d","what":{"en":"Something."}}`, i)
		}
		doc := []byte(`{"events":[` + b.String()[1:] + `]}`)
		return testing.AllocsPerRun(1, func() {
			tree := Read(doc)
			for i := range items {
				if _, ok := tree.Value(fmt.Sprintf("events[id=e%d].what.en", i)); !ok {
					t.Fatal(i)
				}
			}
		})
	}
	if few, many := took(100), took(800); many > 12*few {
		t.Errorf("eight times as many items take %.0f and not %.0f", many, few)
	}
}
