package draft

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// Merge brings together what two have made of one document: objects by their keys, lists of objects with an id or a slug by that, every other list and value as a whole.
// What only one changed is changed; where both made something else of the same value, theirs stays and the conflict is told. So is an item that one took out and the
// other changed, and one that both put in under the same id. The items of a list that have no id while others have are one value together, with the path "events[]".
//
// A nil base is that there was none: all that differs is in conflict then. An error is that one of them is no JSON object.
func Merge(base, mine, theirs []byte) (merged []byte, conflicts []Conflict, err error) {
	var nodes [3]*node
	for i, doc := range [][]byte{base, mine, theirs} {
		if doc == nil && i == 0 {
			continue
		}
		if nodes[i], err = parse(doc); err != nil {
			return nil, nil, err
		}
		if nodes[i].kind != object {
			return nil, nil, errTree
		}
	}
	var m merger
	out := m.merge("", nodes[0], nodes[1], nodes[2])
	if out == nil {
		out = &node{kind: object}
	}
	return out.bytes(), m.conflicts, nil
}

type merger struct{ conflicts []Conflict }

// merge is the value at a path that comes of three; nil is that there is none.
func (m *merger) merge(path string, base, mine, theirs *node) *node {
	switch {
	case same(mine, theirs), same(base, mine):
		return theirs
	case same(base, theirs):
		return mine
	case are(object, base, mine, theirs):
		return m.mergeObject(path, base, mine, theirs)
	case are(list, base, mine, theirs):
		b, m1, t1 := split(base), split(mine), split(theirs)
		if b.fit && m1.fit && t1.fit && len(b.named)+len(m1.named)+len(t1.named) > 0 {
			return m.mergeList(path, b, m1, t1)
		}
	}
	return m.conflict(path, base, mine, theirs)
}

// are tells whether mine and theirs are of a kind, and base too if it is there.
func are(k kind, base, mine, theirs *node) bool {
	return mine != nil && theirs != nil && mine.kind == k && theirs.kind == k && (base == nil || base.kind == k)
}

func (m *merger) conflict(path string, base, mine, theirs *node) *node {
	m.conflicts = append(m.conflicts, Conflict{path, base.bytes(), mine.bytes(), theirs.bytes()})
	return theirs
}

func (m *merger) mergeObject(path string, base, mine, theirs *node) *node {
	keys := func(n *node) (list []string) {
		if n != nil {
			for _, one := range n.members {
				list = append(list, one.key)
			}
		}
		return list
	}
	out := &node{kind: object}
	for _, key := range order(keys(base), keys(mine), keys(theirs)) {
		if v := m.merge(join(path, key), base.at(key), mine.at(key), theirs.at(key)); v != nil {
			out.members = append(out.members, member{key, v})
		}
	}
	if len(out.members) == 0 {
		return nil // each took out what the other left
	}
	return out
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// parted is a list: its items by their names, and those that have none.
type parted struct {
	fit   bool // no name stands twice
	names []string
	named map[string]*node
	bare  *node // a list; nil if every item has a name
}

func split(n *node) (p parted) {
	p.fit, p.named = true, map[string]*node{}
	seen := map[string]int{}
	if n == nil {
		return p
	}
	for _, item := range n.items {
		name := item.name()
		if name == "" {
			if p.bare == nil {
				p.bare = &node{kind: list}
			}
			p.bare.items = append(p.bare.items, item)
			p.names = append(p.names, bareName(item, seen))
			continue
		}
		p.fit = p.fit && p.named[name] == nil
		p.named[name] = item
		p.names = append(p.names, name)
	}
	return p
}

// bareName stands for an item without a name in the order of its list: no name begins so. seen counts the same ones.
func bareName(item *node, seen map[string]int) string {
	text := string(item.bytes())
	seen[text]++
	return strings.Repeat("=", seen[text]) + text
}

func (m *merger) mergeList(path string, base, mine, theirs parted) *node {
	kept := map[string]*node{}
	if bare := m.merge(path+"[]", base.bare, mine.bare, theirs.bare); bare != nil {
		seen := map[string]int{}
		for _, item := range bare.items {
			kept[bareName(item, seen)] = item
		}
	}
	out := &node{kind: list}
	for _, name := range order(base.names, mine.names, theirs.names) {
		item := kept[name]
		if !strings.HasPrefix(name, "=") {
			b, m1, t1 := base.named[name], mine.named[name], theirs.named[name]
			if b == nil && m1 != nil && t1 != nil && !same(m1, t1) {
				item = m.conflict(path+name, b, m1, t1) // two things under one name, not one that two changed
			} else {
				item = m.merge(path+name, b, m1, t1)
			}
		}
		if item != nil {
			out.items = append(out.items, item)
		}
	}
	if len(out.items) == 0 {
		return nil
	}
	return out
}

// order is the order of what stands in mine or theirs: that of theirs, or of mine if only mine was put in another order, and what stands in one alone behind what it follows there.
func order(base, mine, theirs []string) []string {
	first, second := theirs, mine
	if slices.Equal(common(theirs, base), common(base, theirs)) {
		first, second = mine, theirs
	}
	there := map[string]bool{}
	for _, name := range first {
		there[name] = true
	}
	behind := map[string][]string{} // what follows a name of the first; "" is the beginning
	last := ""
	for _, name := range second {
		if there[name] {
			last = name
		} else {
			behind[last] = append(behind[last], name)
		}
	}
	out := behind[""]
	for _, name := range first {
		out = append(append(out, name), behind[name]...)
	}
	return out
}

// common are those of a that stand in b, in a's order.
func common(a, b []string) (list []string) {
	in := map[string]bool{}
	for _, name := range b {
		in[name] = true
	}
	for _, name := range a {
		if in[name] {
			list = append(list, name)
		}
	}
	return list
}

// cut cuts the key of an object from a path: the longest that the object has, or what stands before the next dot or bracket.
func cut(n *node, path string) (key, rest string) {
	long := -1
	for _, m := range n.members {
		after, ok := strings.CutPrefix(path, m.key)
		if ok && len(m.key) > long && (after == "" || after[0] == '.' || after[0] == '[') {
			key, rest, long = m.key, strings.TrimPrefix(after, "."), len(m.key)
		}
	}
	if long >= 0 {
		return key, rest
	}
	if i := strings.IndexAny(path, ".["); i >= 0 {
		return path[:i], strings.TrimPrefix(path[i:], ".")
	}
	return path, ""
}

// find finds the item of a list that a path begins with; -1 if there is none.
func (n *node) find(path string) (i int, rest string) {
	i = -1
	for k, item := range n.items {
		name := item.name()
		if after, ok := strings.CutPrefix(path, name); ok && name != "" && (after == "" || after[0] == '.' || after[0] == '[') {
			i, rest = k, strings.TrimPrefix(after, ".")
		}
	}
	if i < 0 {
		return n.numbered(path)
	}
	return i, rest
}

// numbered finds the item of a list whose number a path begins with; -1 if there is none.
func (n *node) numbered(path string) (i int, rest string) {
	if number, after, ok := strings.Cut(strings.TrimPrefix(path, "["), "]"); ok {
		if k, err := strconv.Atoi(number); err == nil && k >= 0 && k < len(n.items) {
			return k, strings.TrimPrefix(after, ".")
		}
	}
	return -1, ""
}

// Put is a document with a value at the path of a [Conflict]; nil takes it out. What the path goes through is made where it is not there. An error is that document or value is no
// JSON, or that the path goes through something else than objects and lists.
func Put(doc []byte, path string, value json.RawMessage) ([]byte, error) {
	n, err := parse(doc)
	if err != nil {
		return nil, err
	}
	var v *node
	if len(bytes.TrimSpace(value)) > 0 {
		if v, err = parse(value); err != nil {
			return nil, err
		}
	}
	if path == "" || n.kind != object {
		return nil, errTree
	}
	if n, err = n.with(path, v, 0); err != nil {
		return nil, err
	}
	if n == nil {
		n = &node{kind: object}
	}
	return n.bytes(), nil
}

// with sets the value at a path under n and returns n; nil if nothing is left of it.
func (n *node) with(path string, v *node, deep int) (*node, error) {
	if path == "" {
		return v, nil
	}
	if deep >= deepest {
		return nil, errTree
	}
	if n == nil {
		if n = (&node{kind: object}); path[0] == '[' {
			n.kind = list
		}
	}
	switch n.kind {
	case object:
		key, rest := cut(n, path)
		child, err := n.at(key).with(rest, v, deep+1)
		if err != nil || key == "" {
			return nil, orTree(err)
		}
		if n.put(key, child); len(n.members) == 0 {
			return nil, nil
		}
		return n, nil
	case list:
		return n.withItem(path, v, deep)
	}
	return nil, errTree
}

func orTree(err error) error {
	if err == nil {
		return errTree
	}
	return err
}

func (n *node) withItem(path string, v *node, deep int) (*node, error) {
	if path == "[]" {
		if v != nil && v.kind != list {
			return nil, errTree
		}
		n.items = slices.DeleteFunc(n.items, func(item *node) bool { return item.name() == "" })
		if v != nil {
			n.items = append(n.items, v.items...)
		}
	} else if i, rest := n.find(path); i >= 0 {
		item, err := n.items[i].with(rest, v, deep+1)
		if err != nil {
			return nil, err
		}
		if n.items[i] = item; item == nil {
			n.items = slices.Delete(n.items, i, i+1)
		}
	} else {
		key, rest, ok := strings.Cut(strings.TrimPrefix(path, "["), "=")
		name, rest, closed := strings.Cut(rest, "]")
		if !ok || !closed || key != "id" && key != "slug" {
			return nil, errTree
		}
		item := v
		if rest = strings.TrimPrefix(rest, "."); rest != "" {
			var err error
			start := &node{kind: object, members: []member{{key, &node{text: encoded(name)}}}}
			if item, err = start.with(rest, v, deep+1); err != nil {
				return nil, err
			}
		}
		if item != nil {
			n.items = append(n.items, item)
		}
	}
	if len(n.items) == 0 {
		return nil, nil
	}
	return n, nil
}
