package draft

import (
	"encoding/json"
	"strings"
)

// Tree is a document that is asked for many of its values: it is read once, and each item of a list is found at once. For one goroutine; nil is a document that says nothing.
type Tree struct {
	root  *node
	lists map[*node]map[string]int // where the items of a list stand, by their names; of those that were gone through
}

// Read reads a document; nil for one that can't be read.
func Read(doc []byte) *Tree {
	n, err := parse(doc)
	if err != nil {
		return nil
	}
	return &Tree{n, map[*node]map[string]int{}}
}

// Value is [Value] of the document.
func (t *Tree) Value(path string) (json.RawMessage, bool) {
	if t == nil {
		return nil, false
	}
	n := t.root
	for path != "" && n != nil {
		n, path = t.step(n, path)
	}
	return n.bytes(), n != nil
}

// Value is what stands at the path of a [Conflict] in a document; false if there is nothing. An item of a list may also be named by its number, as casefile.Problem does:
// events[3].what.en.
func Value(doc []byte, path string) (json.RawMessage, bool) { return Read(doc).Value(path) }

// step goes one step along a path and tells what is left of it.
func (t *Tree) step(n *node, path string) (*node, string) {
	switch n.kind {
	case object:
		key, rest := cut(n, path)
		return n.at(key), rest
	case list:
		if rest, ok := strings.CutPrefix(path, "[]"); ok {
			return split(n).bare, strings.TrimPrefix(rest, ".")
		}
		if i, rest := t.find(n, path); i >= 0 {
			return n.items[i], rest
		}
	}
	return nil, ""
}

// find is [node.find], by the names that were noted when the list was first gone through: what stands there last of those that begin the path.
func (t *Tree) find(n *node, path string) (i int, rest string) {
	names := t.lists[n]
	if names == nil {
		names = map[string]int{}
		for k, item := range n.items {
			if name := item.name(); name != "" {
				names[name] = k
			}
		}
		t.lists[n] = names
	}
	i = -1
	for end := range path {
		if path[end] != ']' || end+1 < len(path) && path[end+1] != '.' && path[end+1] != '[' {
			continue
		}
		if k, ok := names[path[:end+1]]; ok && k > i {
			i, rest = k, strings.TrimPrefix(path[end+1:], ".")
		}
	}
	if i < 0 {
		return n.numbered(path)
	}
	return i, rest
}
