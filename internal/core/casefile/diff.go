package casefile

import (
	"fmt"
	"reflect"
	"unicode/utf8"

	"outcry/internal/kernel/seal"
)

// Change is one difference between two files: something added (no Old), removed (no New) or changed.
type Change struct{ Path, Old, New string }

const shown = 120 // characters of a value in a line

// String is the change as one line.
func (c Change) String() string {
	switch {
	case c.Old == "":
		return fmt.Sprintf("+ %s: %s", c.Path, short(c.New))
	case c.New == "":
		return fmt.Sprintf("- %s: %s", c.Path, short(c.Old))
	}
	return fmt.Sprintf("~ %s: %s → %s", c.Path, short(c.Old), short(c.New))
}

func short(s string) string {
	s = fmt.Sprintf("%q", s)
	if utf8.RuneCountInString(s) <= shown {
		return s
	}
	return string([]rune(s)[:shown]) + "…"
}

// Diff lists the differences from one file to another, in the order of a file; nil when they say the same. It takes what
// [Marshal] takes. A list is compared from both ends, so that an item put in or taken out is one item's difference.
// A key, of two thousand characters, is told by its fingerprint.
func Diff(old, new any) []Change {
	list := diff(nil, "", plant(reflect.ValueOf(old)), plant(reflect.ValueOf(new)))
	for i := range list {
		if list[i].Path == newsRecipient {
			list[i].Old, list[i].New = fingerprint(list[i].Old), fingerprint(list[i].New)
		}
	}
	return list
}

// newsRecipient is the path of the organisers' key.
const newsRecipient = "campaign.news_recipient"

// fingerprint is how a key is told, as pages and the log tell it; nothing of no key.
func fingerprint(recipient string) string {
	to, err := seal.ParseRecipient(recipient)
	if err != nil {
		return recipient
	}
	return fmt.Sprintf("key with the fingerprint %x", to.Fingerprint())
}

func diff(out []Change, path string, a, b *node) []Change {
	switch {
	case a == nil && b == nil:
		return out
	case b == nil:
		leaves(a, path, func(p, s string) { out = append(out, Change{Path: p, Old: s}) })
		return out
	case a == nil:
		leaves(b, path, func(p, s string) { out = append(out, Change{Path: p, New: s}) })
		return out
	case a.kind != b.kind: // a date alone, and a date with more to say
		return diff(diff(out, path, a, nil), path, nil, b)
	case a.kind == scalar:
		if a.text != b.text {
			out = append(out, Change{path, a.text, b.text})
		}
		return out
	case a.kind == list:
		return diffList(out, path, a.list, b.list)
	}
	values := map[string]*node{}
	for _, p := range b.pairs {
		values[p.key.text] = p.value
	}
	// In b's order, with what only a has after its neighbour in a: both have a struct's order, so the result has too.
	i := 0
	for _, p := range b.pairs {
		for ; i < len(a.pairs) && values[a.pairs[i].key.text] == nil; i++ {
			out = diff(out, join(path, a.pairs[i].key.text), a.pairs[i].value, nil)
		}
		var from *node
		if i < len(a.pairs) && a.pairs[i].key.text == p.key.text {
			from = a.pairs[i].value
			i++
		}
		out = diff(out, join(path, p.key.text), from, p.value)
	}
	for ; i < len(a.pairs); i++ {
		out = diff(out, join(path, a.pairs[i].key.text), a.pairs[i].value, nil)
	}
	return out
}

func diffList(out []Change, path string, a, b []*node) []Change {
	start := 0
	for start < len(a) && start < len(b) && same(a[start], b[start]) {
		start++
	}
	end := 0
	for end < len(a)-start && end < len(b)-start && same(a[len(a)-1-end], b[len(b)-1-end]) {
		end++
	}
	a, b = a[start:len(a)-end], b[start:len(b)-end]
	for i := range max(len(a), len(b)) {
		var x, y *node
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		out = diff(out, fmt.Sprintf("%s[%d]", path, start+i), x, y)
	}
	return out
}

func same(a, b *node) bool { return len(diff(nil, "", a, b)) == 0 }

// leaves hands every scalar under a node to each.
func leaves(n *node, path string, each func(path, text string)) {
	switch n.kind {
	case scalar:
		each(path, n.text)
	case list:
		for i, item := range n.list {
			leaves(item, fmt.Sprintf("%s[%d]", path, i), each)
		}
	case mapping:
		for _, p := range n.pairs {
			leaves(p.value, join(path, p.key.text), each)
		}
	}
}
