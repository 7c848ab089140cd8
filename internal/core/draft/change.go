package draft

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Change is a value that two documents say otherwise: a text, a number, a word, or a list of such. A value that is absent is nil.
type Change struct {
	Path     string // as a [Conflict] has it; an item of a list without ids is named by its number, as in positions[2]
	Old, New json.RawMessage
}

// Changes are the differences from one document to another, in the order of the new one, with what is gone behind its neighbours. Items of lists are told apart by their ids or
// slugs; where they have none, by their places from the beginning, or from the end. A nil document is that there was none.
func Changes(old, new []byte) (list []Change, err error) {
	var nodes [2]*node
	for i, doc := range [][]byte{old, new} {
		if doc == nil {
			continue
		}
		if nodes[i], err = parse(doc); err != nil {
			return nil, err
		}
	}
	differ(&list, "", nodes[0], nodes[1])
	return list, nil
}

func differ(list *[]Change, path string, a, b *node) {
	switch {
	case same(a, b):
	case a != nil && b != nil && a.kind != b.kind:
		differ(list, path, a, nil)
		differ(list, path, nil, b)
	case groups(a) && groups(b):
		differItems(list, path, a, b)
	case a.is(object) && b.is(object):
		keys := func(n *node) (keys []string) {
			if n != nil {
				for _, m := range n.members {
					keys = append(keys, m.key)
				}
			}
			return keys
		}
		for _, key := range order(nil, keys(b), keys(a)) {
			differ(list, join(path, key), a.at(key), b.at(key))
		}
	default:
		*list = append(*list, Change{path, a.bytes(), b.bytes()})
	}
}

func (n *node) is(k kind) bool { return n == nil || n.kind == k }

// groups tells a list of objects or lists, or nothing: their values are told one by one.
func groups(n *node) bool {
	return n == nil || n.kind == list && slices.ContainsFunc(n.items, func(i *node) bool { return i.kind != scalar })
}

func differItems(out *[]Change, path string, a, b *node) {
	x, y := split(a), split(b)
	if !x.fit || !y.fit { // a name stands twice: they are told apart by their places
		x, y = parted{fit: true, bare: a}, parted{fit: true, bare: b}
	}
	for _, name := range order(nil, named(y), named(x)) {
		differ(out, path+name, x.named[name], y.named[name])
	}
	var old, new []*node
	if x.bare != nil {
		old = x.bare.items
	}
	if y.bare != nil {
		new = y.bare.items
	}
	end := 0
	for end < len(old) && end < len(new) && same(old[len(old)-1-end], new[len(new)-1-end]) {
		end++
	}
	old, new = old[:len(old)-end], new[:len(new)-end]
	for i := range max(len(old), len(new)) {
		var p, q *node
		if i < len(old) {
			p = old[i]
		}
		if i < len(new) {
			q = new[i]
		}
		differ(out, fmt.Sprintf("%s[%d]", path, i), p, q)
	}
}

// named are the names of a list's items that have one, in their order.
func named(p parted) (list []string) {
	for _, name := range p.names {
		if p.named[name] != nil {
			list = append(list, name)
		}
	}
	return list
}
