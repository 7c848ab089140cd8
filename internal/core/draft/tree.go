package draft

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// node is a JSON value; nil is that there is none.
type node struct {
	kind    kind
	text    string // of a scalar, as it stands in JSON
	members []member
	items   []*node
}

type kind uint8

const (
	scalar kind = iota
	object
	list
)

type member struct {
	key   string
	value *node
}

const deepest = 64 // values in one another

var errTree = errors.New("draft: no JSON document")

// parse reads a document strictly: one value, no key twice, not too deep.
func parse(doc []byte) (*node, error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	n, err := parseValue(d, 0)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errTree, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errTree
	}
	return n, nil
}

func parseValue(d *json.Decoder, deep int) (*node, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := t.(json.Delim)
	switch {
	case !ok:
		return &node{text: encoded(t)}, nil
	case deep >= deepest:
		return nil, errTree
	case delim == '[':
		n := &node{kind: list}
		for d.More() {
			item, err := parseValue(d, deep+1)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, item)
		}
		_, err = d.Token()
		return n, err
	}
	n := &node{kind: object}
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		key, ok := t.(string)
		if !ok || seen[key] {
			return nil, errTree
		}
		seen[key] = true
		value, err := parseValue(d, deep+1)
		if err != nil {
			return nil, err
		}
		n.members = append(n.members, member{key, value})
	}
	_, err = d.Token()
	return n, err
}

// encoded is a scalar as JSON, written as package casefile writes it.
func encoded(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // what a decoder gave
	return strings.TrimSuffix(b.String(), "\n")
}

// bytes is the value as JSON without spaces; nil of none.
func (n *node) bytes() []byte {
	if n == nil {
		return nil
	}
	var b bytes.Buffer
	n.write(&b)
	return b.Bytes()
}

func (n *node) write(b *bytes.Buffer) {
	switch n.kind {
	case scalar:
		b.WriteString(n.text)
	case list:
		b.WriteByte('[')
		for i, item := range n.items {
			if i > 0 {
				b.WriteByte(',')
			}
			item.write(b)
		}
		b.WriteByte(']')
	case object:
		b.WriteByte('{')
		for i, m := range n.members {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(encoded(m.key))
			b.WriteByte(':')
			m.value.write(b)
		}
		b.WriteByte('}')
	}
}

// same tells whether two values say the same; the order of an object's keys means nothing.
func same(a, b *node) bool {
	switch {
	case a == nil || b == nil:
		return a == b
	case a.kind != b.kind || a.text != b.text || len(a.items) != len(b.items) || len(a.members) != len(b.members):
		return false
	}
	for i := range a.items {
		if !same(a.items[i], b.items[i]) {
			return false
		}
	}
	for i, m := range a.members {
		other := b.members[i].value // nearly always in the same place
		if b.members[i].key != m.key {
			other = b.at(m.key)
		}
		if !same(m.value, other) {
			return false
		}
	}
	return true
}

// at is the value under a key; nil if there is none, or n is no object.
func (n *node) at(key string) *node {
	if n == nil || n.kind != object {
		return nil
	}
	for _, m := range n.members {
		if m.key == key {
			return m.value
		}
	}
	return nil
}

// put sets the value under a key; nil takes it out.
func (n *node) put(key string, value *node) {
	for i, m := range n.members {
		if m.key != key {
			continue
		}
		if n.members[i].value = value; value == nil {
			n.members = append(n.members[:i:i], n.members[i+1:]...)
		}
		return
	}
	if value != nil {
		n.members = append(n.members, member{key, value})
	}
}

// name is how an item of a list is told from its neighbours: "[id=release-plea]"; empty if it has neither an id nor a slug.
func (n *node) name() string {
	for _, key := range []string{"id", "slug"} {
		if v := n.at(key); v != nil && v.kind == scalar && strings.HasPrefix(v.text, `"`) {
			var text string
			if json.Unmarshal([]byte(v.text), &text) == nil && text != "" {
				return "[" + key + "=" + text + "]"
			}
		}
	}
	return ""
}
