package draft

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestMerge(t *testing.T) {
	for name, c := range map[string]struct{ base, mine, theirs, want, conflicts string }{
		"different keys": {`{"a":"1","b":"1"}`, `{"a":"2","b":"1"}`, `{"a":"1","b":"2"}`, `{"a":"2","b":"2"}`, ``},
		"languages of one text": {`{"what":{"en":"A"}}`, `{"what":{"en":"A","ru":"А"}}`, `{"what":{"en":"B"}}`,
			`{"what":{"en":"B","ru":"А"}}`, ``},
		"the same value":        {`{"a":"1"}`, `{"a":"2"}`, `{"a":"3"}`, `{"a":"3"}`, `a "1" "2" "3"`},
		"both alike":            {`{"a":"1"}`, `{"a":"2"}`, `{"a":"2"}`, `{"a":"2"}`, ``},
		"taken out and kept":    {`{"a":"1","b":"1"}`, `{"b":"1"}`, `{"a":"1","b":"2"}`, `{"b":"2"}`, ``},
		"taken out, changed":    {`{"a":"1"}`, `{}`, `{"a":"2"}`, `{"a":"2"}`, `a "1"  "2"`},
		"changed, taken out":    {`{"a":"1"}`, `{"a":"2"}`, `{}`, `{}`, `a "1" "2" `},
		"all is taken out":      {`{"x":{"a":"1","b":"1"}}`, `{"x":{"a":"1"}}`, `{"x":{"b":"1"}}`, `{}`, ``},
		"two events":            {`{"events":[{"id":"a","what":"1"}]}`, `{"events":[{"id":"a","what":"1"},{"id":"b"}]}`, `{"events":[{"id":"c"},{"id":"a","what":"2"}]}`, `{"events":[{"id":"c"},{"id":"a","what":"2"},{"id":"b"}]}`, ``},
		"fields of an event":    {`{"events":[{"id":"a","what":"1","when":"1"}]}`, `{"events":[{"id":"a","what":"2","when":"1"}]}`, `{"events":[{"id":"a","what":"1","when":"2"}]}`, `{"events":[{"id":"a","what":"2","when":"2"}]}`, ``},
		"one id, two events":    {`{}`, `{"events":[{"id":"a","what":"1"}]}`, `{"events":[{"id":"a","when":"2"}]}`, `{"events":[{"id":"a","when":"2"}]}`, `events[id=a]  {"id":"a","what":"1"} {"id":"a","when":"2"}`},
		"an event taken out":    {`{"events":[{"id":"a"},{"id":"b","what":"1"}]}`, `{"events":[{"id":"a"}]}`, `{"events":[{"id":"a"},{"id":"b","what":"2"}]}`, `{"events":[{"id":"a"},{"id":"b","what":"2"}]}`, `events[id=b] {"id":"b","what":"1"}  {"id":"b","what":"2"}`},
		"a letter's text":       {`{"letters":[{"slug":"r","title":{"en":"1"}}]}`, `{"letters":[{"slug":"r","title":{"en":"2"}}]}`, `{"letters":[{"slug":"r","title":{"en":"3"}}]}`, `{"letters":[{"slug":"r","title":{"en":"3"}}]}`, `letters[slug=r].title.en "1" "2" "3"`},
		"a list of words":       {`{"asks":["a"]}`, `{"asks":["a","b"]}`, `{"asks":["a","c"]}`, `{"asks":["a","c"]}`, `asks ["a"] ["a","b"] ["a","c"]`},
		"some without ids":      {`{"events":[{"id":"a"},{"what":"1"}]}`, `{"events":[{"id":"a"},{"what":"2"}]}`, `{"events":[{"id":"a","what":"3"},{"what":"1"}]}`, `{"events":[{"id":"a","what":"3"},{"what":"2"}]}`, ``},
		"both, without ids":     {`{"events":[{"id":"a"},{"what":"1"}]}`, `{"events":[{"id":"a"},{"what":"2"}]}`, `{"events":[{"what":"3"},{"id":"a"}]}`, `{"events":[{"what":"3"},{"id":"a"}]}`, `events[] [{"what":"1"}] [{"what":"2"}] [{"what":"3"}]`},
		"an id twice":           {`{"e":[{"id":"a"}]}`, `{"e":[{"id":"a"},{"id":"a","b":"1"}]}`, `{"e":[{"id":"a","c":"1"}]}`, `{"e":[{"id":"a","c":"1"}]}`, `e [{"id":"a"}] [{"id":"a"},{"id":"a","b":"1"}] [{"id":"a","c":"1"}]`},
		"another order":         {`{"e":[{"id":"a"},{"id":"b"}]}`, `{"e":[{"id":"b"},{"id":"a"}]}`, `{"e":[{"id":"a"},{"id":"b"},{"id":"c"}]}`, `{"e":[{"id":"b"},{"id":"c"},{"id":"a"}]}`, ``},
		"another kind":          {`{"when":"2026"}`, `{"when":{"text":"2026"}}`, `{"when":"2027"}`, `{"when":"2027"}`, `when "2026" {"text":"2026"} "2027"`},
		"without a base":        {``, `{"a":"1","b":"1"}`, `{"a":"2","c":"1"}`, `{"a":"2","b":"1","c":"1"}`, `a  "1" "2"`},
		"numbers as they stand": {`{"n":1}`, `{"n":1.0}`, `{"n":1,"m":true}`, `{"n":1.0,"m":true}`, ``},
	} {
		t.Run(name, func(t *testing.T) {
			var base []byte
			if c.base != "" {
				base = []byte(c.base)
			}
			got, conflicts, err := Merge(base, []byte(c.mine), []byte(c.theirs))
			if err != nil {
				t.Fatal(err)
			}
			var told []string
			for _, f := range conflicts {
				told = append(told, fmt.Sprintf("%s %s %s %s", f.Path, f.Base, f.Mine, f.Theirs))
			}
			if want, err := parse([]byte(c.want)); err != nil || !same(mustParse(t, got), want) || strings.Join(told, "\n") != c.conflicts {
				t.Errorf("%s\n%s", got, strings.Join(told, "\n"))
			}
		})
	}
	for _, bad := range []string{``, `[]`, `"a"`, `{"a":1}{}`, `{"a":1,"a":2}`, `{"a":`, strings.Repeat(`{"a":`, 100) + `1` + strings.Repeat(`}`, 100)} {
		if _, _, err := Merge([]byte(`{}`), []byte(bad), []byte(`{}`)); err == nil {
			t.Errorf("%.40q was taken for a document", bad)
		}
	}
}

func mustParse(t *testing.T, doc []byte) *node {
	t.Helper()
	n, err := parse(doc)
	if err != nil {
		t.Fatalf("%s: %v", doc, err)
	}
	return n
}

// made is a document such as a campaign's: texts by language, lists by id, some items without one, plain lists.
func made(r *rand.Rand, deep int) *node {
	n := &node{kind: object}
	for _, key := range []string{"what", "when", "case", "events", "letters", "asks"} {
		if r.IntN(4) > 0 {
			n.put(key, value(r, key, deep))
		}
	}
	return n
}

func value(r *rand.Rand, key string, deep int) *node {
	word := func() *node { return &node{text: encoded(fmt.Sprint("w", r.IntN(4)))} }
	switch {
	case key == "what":
		n := &node{kind: object}
		for _, tag := range []string{"en", "ru", "ar"} {
			if r.IntN(2) > 0 {
				n.put(tag, word())
			}
		}
		return n
	case key == "asks":
		n := &node{kind: list}
		for range 1 + r.IntN(3) {
			n.items = append(n.items, word())
		}
		return n
	case key == "case" && deep > 0:
		return made(r, deep-1)
	case (key == "events" || key == "letters") && deep > 0:
		n, id := &node{kind: list}, map[string]string{"events": "id", "letters": "slug"}[key]
		for _, k := range r.Perm(5)[:1+r.IntN(4)] {
			item := made(r, deep-1)
			if r.IntN(8) > 0 {
				item.put(id, &node{text: encoded(fmt.Sprint("n", k))})
			}
			n.items = append(n.items, item)
		}
		return n
	}
	return word()
}

// changed is a document with some values changed, put in and taken out.
func changed(r *rand.Rand, n *node, deep int) *node {
	out := mustClone(n)
	for range 1 + r.IntN(4) {
		at, d := out, deep
		for d > 0 && r.IntN(3) > 0 { // down into a case or an event
			next := at.at("case")
			if l := at.at([]string{"events", "letters"}[r.IntN(2)]); l != nil && l.kind == list && len(l.items) > 0 {
				next = l.items[r.IntN(len(l.items))]
			}
			if next == nil || next.kind != object {
				break
			}
			at, d = next, d-1
		}
		key := []string{"what", "when", "case", "events", "letters", "asks"}[r.IntN(6)]
		switch was := at.at(key); {
		case r.IntN(4) == 0:
			at.put(key, nil)
		case was != nil && was.kind == list && len(was.items) > 1 && r.IntN(2) == 0:
			k := r.IntN(len(was.items))
			was.items = append(was.items[:k:k], was.items[k+1:]...)
		case was != nil && was.kind == list && r.IntN(2) == 0:
			was.items = append(was.items, value(r, key, d).items...) // an id may stand twice then
		default:
			at.put(key, value(r, key, d))
		}
	}
	return out
}

func mustClone(n *node) *node {
	out, err := parse(n.bytes())
	if err != nil {
		panic(err)
	}
	return out
}

// settled is a document without the order of lists that are told apart by names, and without what is empty.
func settled(n *node) *node {
	if n == nil || n.kind == scalar {
		return n
	}
	out := &node{kind: n.kind}
	for _, m := range n.members {
		if v := settled(m.value); v != nil {
			out.members = append(out.members, member{m.key, v})
		}
	}
	for _, item := range n.items {
		if v := settled(item); v != nil {
			out.items = append(out.items, v)
		}
	}
	if len(out.members)+len(out.items) == 0 {
		return nil
	}
	slices.SortFunc(out.members, func(a, b member) int { return strings.Compare(a.key, b.key) })
	if slices.ContainsFunc(out.items, func(i *node) bool { return i.kind == object }) {
		slices.SortStableFunc(out.items, func(a, b *node) int { return bytes.Compare(a.bytes(), b.bytes()) })
	}
	return out
}

// said are the scalars of a document, each with how often it stands at its path; items of lists by their names, or as a whole.
func said(n *node, path string, into map[string]string) map[string]string {
	switch {
	case n == nil:
	case n.kind == object:
		for _, m := range n.members {
			said(m.value, join(path, m.key), into)
		}
	case n.kind == list && split(n).fit:
		p := split(n)
		for name, item := range p.named {
			said(item, path+name, into)
		}
		if p.bare != nil {
			into[path+"[]"] = text(path+"[]", p.bare)
		}
	default:
		into[path] = string(n.bytes())
	}
	return into
}

// told tells whether a conflict tells what somebody typed at a path.
func told(path string, conflicts []Conflict, want string) bool {
	return slices.ContainsFunc(conflicts, func(c Conflict) bool {
		rest, ok := strings.CutPrefix(path, c.Path)
		n, err := parse(c.Mine)
		if !ok || err != nil {
			return false
		}
		if rest == "" {
			return text(path, n) == want
		}
		return says(n, strings.TrimPrefix(rest, "."), want)
	})
}

func says(n *node, path, want string) bool {
	from, t := path, &Tree{n, map[*node]map[string]int{}}
	for path != "" && n != nil {
		n, path = t.step(n, path)
	}
	return n != nil && text(from, n) == want
}

// text is a value to be compared: the order of items without names means nothing.
func text(path string, n *node) string {
	if strings.HasSuffix(path, "[]") && n.kind == list {
		n = &node{kind: list, items: slices.Clone(n.items)}
		slices.SortFunc(n.items, func(a, b *node) int { return bytes.Compare(a.bytes(), b.bytes()) })
	}
	return string(n.bytes())
}

// What three-way merging promises, on documents of all shapes.
func TestMergeProperties(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 11))
	clean, fought := 0, 0
	for round := range 800 {
		deep := 1
		if round%10 == 0 {
			deep = 2
		}
		base := made(r, deep)
		mine, theirs := changed(r, base, deep), changed(r, base, deep)
		b, m, x := base.bytes(), mine.bytes(), theirs.bytes()
		fail := func(format string, args ...any) {
			t.Helper()
			t.Fatalf("round %d: %s\nbase   %s\nmine   %s\ntheirs %s", round, fmt.Sprintf(format, args...), b, m, x)
		}
		got, conflicts, err := Merge(b, m, x)
		if err != nil {
			fail("%v", err)
		}
		back, turned, err := Merge(b, x, m)
		if err != nil {
			fail("%v", err)
		}
		if len(conflicts) == 0 {
			clean++
		} else {
			fought++
		}
		// Only one changed: it is theirs, to the byte.
		for _, pair := range [][3][]byte{{b, m, b}, {b, b, m}, {b, m, m}} {
			if one, c, err := Merge(pair[0], pair[1], pair[2]); err != nil || !same(mustParse(t, one), mine) || c != nil {
				fail("a change of one alone came out as %s %v %v", one, c, err)
			}
		}
		// The same two, the other way round: the same conflicts, and but for those the same document.
		if len(turned) != len(conflicts) {
			fail("conflicts %v, and %v the other way round", conflicts, turned)
		}
		for _, c := range conflicts {
			if !slices.ContainsFunc(turned, func(d Conflict) bool {
				return d.Path == c.Path && bytes.Equal(d.Mine, c.Theirs) && bytes.Equal(d.Theirs, c.Mine) && bytes.Equal(d.Base, c.Base)
			}) {
				fail("%s is in conflict one way alone", c.Path)
			}
		}
		if len(conflicts) == 0 && !same(settled(mustParse(t, got)), settled(mustParse(t, back))) {
			fail("%s, and %s the other way round", got, back)
		}
		// Nothing that either typed is lost: it stands in the document, or is told; and nothing stands there that neither said.
		result := mustParse(t, got)
		out, was := said(result, "", map[string]string{}), said(base, "", map[string]string{})
		from, other := said(mine, "", map[string]string{}), said(theirs, "", map[string]string{})
		for path, text := range from {
			if was[path] != text && !says(result, path, text) && !told(path, conflicts, text) {
				fail("mine is lost: %s %s\nis     %s\n%v", path, text, got, conflicts)
			}
		}
		for path, text := range other {
			if was[path] != text && !says(result, path, text) {
				fail("theirs is lost: %s %s\nis     %s", path, text, got)
			}
		}
		for path, text := range out {
			if !says(mine, path, text) && !says(theirs, path, text) {
				fail("nobody said %s %s\nis     %s", path, text, got)
			}
		}
		// What neither touched stays.
		for path, text := range was {
			if from[path] == text && other[path] == text && out[path] != text {
				fail("%s is lost, and nobody changed it\nis     %s", path, got)
			}
		}
	}
	if clean < 150 || fought < 150 {
		t.Errorf("%d without and %d with conflicts: the documents are too much alike", clean, fought)
	}
}

// Edits of different values are both kept, however deep they are.
func TestDisjointEditsAreBothKept(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	for range 400 {
		base := made(r, 1)
		paths := slices.Sorted(func(yield func(string) bool) {
			for path := range said(base, "", map[string]string{}) {
				if strings.HasSuffix(path, "[]") || strings.HasSuffix(path, "].id") || strings.HasSuffix(path, "].slug") {
					continue
				}
				if !yield(path) {
					return
				}
			}
		})
		if len(paths) < 2 {
			continue
		}
		r.Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
		mine, err1 := Put(base.bytes(), paths[0], json.RawMessage(`"mine"`))
		theirs, err2 := Put(base.bytes(), paths[1], json.RawMessage(`"theirs"`))
		got, conflicts, err := Merge(base.bytes(), mine, theirs)
		if err1 != nil || err2 != nil || err != nil || len(conflicts) > 0 {
			t.Fatalf("%v %v %v %v\n%s\n%s\n%s", err1, err2, err, conflicts, base.bytes(), mine, theirs)
		}
		for i, want := range []string{`"mine"`, `"theirs"`} {
			if v, ok := Value(got, paths[i]); !ok || string(v) != want {
				t.Fatalf("%s is %s\n%s", paths[i], v, got)
			}
		}
	}
}

// A conflict's path leads to its values; putting mine there makes the document say it.
func TestPathsOfConflictsLead(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	seen := 0
	for range 800 {
		base := made(r, 1)
		mine, theirs := changed(r, base, 1).bytes(), changed(r, base, 1).bytes()
		got, conflicts, err := Merge(base.bytes(), mine, theirs)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range conflicts {
			seen++
			v, _ := Value(mine, c.Path)
			w, _ := Value(got, c.Path)
			if !bytes.Equal(v, c.Mine) || !bytes.Equal(w, c.Theirs) {
				t.Fatalf("%s: %s, %s; told %s, %s", c.Path, v, w, c.Mine, c.Theirs)
			}
			one, err := Put(got, c.Path, c.Mine)
			if v, _ := Value(one, c.Path); err != nil || !bytes.Equal(v, c.Mine) && len(c.Mine) > 2 {
				t.Fatalf("%s is %s after putting %s: %v\n%s", c.Path, v, c.Mine, err, one)
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d conflicts", seen)
	}
}

func TestPut(t *testing.T) {
	for _, c := range []struct{ doc, path, value, want string }{
		{`{}`, "a.b", `"1"`, `{"a":{"b":"1"}}`},
		{`{"a":{"b":"1"}}`, "a.b", ``, `{}`},
		{`{"events":[{"id":"x"}]}`, "events[id=x].what.en", `"A"`, `{"events":[{"id":"x","what":{"en":"A"}}]}`},
		{`{}`, "events[id=x].what.en", `"A"`, `{"events":[{"id":"x","what":{"en":"A"}}]}`},
		{`{"events":[{"id":"x"},{"id":"y"}]}`, "events[id=x]", ``, `{"events":[{"id":"y"}]}`},
		{`{"events":[{"id":"x"},{"id":"y"}]}`, "events[1].what", `"B"`, `{"events":[{"id":"x"},{"id":"y","what":"B"}]}`},
		{`{"events":[{"id":"x"},{"a":"1"}]}`, "events[]", `[{"a":"2"}]`, `{"events":[{"id":"x"},{"a":"2"}]}`},
		{`{"events":[{"id":"a]b.c"}]}`, "events[id=a]b.c].d", `"1"`, `{"events":[{"id":"a]b.c","d":"1"}]}`},
		{`{"a.b":{"c":"1"}}`, "a.b.c", `"2"`, `{"a.b":{"c":"2"}}`},
		{`{"a":"1"}`, "a.b", `"2"`, ``},
		{`{"a":["1"]}`, "a[name=b]", `"2"`, ``},
		{`{"a":["1"]}`, "a[7]", `"2"`, ``},
		{`{}`, "", `"2"`, ``},
		{`{}`, "a", `{`, ``},
	} {
		got, err := Put([]byte(c.doc), c.path, json.RawMessage(c.value))
		if (err != nil) != (c.want == "") || string(got) != c.want {
			t.Errorf("%s at %s: %s %v, not %s", c.doc, c.path, got, err, c.want)
		}
	}
}

func FuzzMerge(f *testing.F) {
	f.Add([]byte(`{"events":[{"id":"a","what":{"en":"A"}}]}`), []byte(`{"events":[{"id":"a"},{"b":1}]}`), []byte(`{"events":[],"x":[1,null]}`))
	f.Fuzz(func(t *testing.T, b, m, x []byte) {
		got, conflicts, err := Merge(b, m, x)
		if err != nil {
			return
		}
		mustParse(t, got)
		for _, c := range conflicts {
			if bytes.Equal(c.Mine, c.Theirs) {
				t.Errorf("%s is no conflict", c.Path)
			}
		}
		if one, c, err := Merge(b, m, b); err != nil || !same(mustParse(t, one), mustParse(t, m)) || c != nil {
			t.Errorf("%s %v %v", one, c, err)
		}
	})
}
