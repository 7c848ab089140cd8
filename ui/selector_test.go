package ui

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// document parses a page or a fragment as a browser does.
func document(t *testing.T, markup string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(markup))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// all finds the elements under a node for one compound selector: name, .class, #id, [attribute], [attribute=value], each optional.
func all(under *html.Node, selector string) []*html.Node {
	var found []*html.Node
	for n := range under.Descendants() {
		if n.Type == html.ElementNode && matches(n, selector) {
			found = append(found, n)
		}
	}
	return found
}

// one finds the only element for a selector.
func one(t *testing.T, under *html.Node, selector string) *html.Node {
	t.Helper()
	found := all(under, selector)
	if len(found) != 1 {
		t.Fatalf("%d elements are %s, want 1", len(found), selector)
	}
	return found[0]
}

func matches(n *html.Node, selector string) bool {
	for selector != "" {
		end := strings.IndexAny(selector[1:], ".#[") + 1
		if selector[0] == '[' {
			end = strings.IndexByte(selector, ']') + 1
		}
		if end == 0 {
			end = len(selector)
		}
		part := selector[:end]
		selector = selector[end:]
		switch part[0] {
		case '.':
			if !hasClass(n, part[1:]) {
				return false
			}
		case '#':
			if attr(n, "id") != part[1:] {
				return false
			}
		case '[':
			name, value, exact := strings.Cut(strings.Trim(part, "[]"), "=")
			if !hasAttr(n, name) || exact && attr(n, name) != value {
				return false
			}
		default:
			if n.Data != part {
				return false
			}
		}
	}
	return true
}

func hasClass(n *html.Node, class string) bool {
	for _, c := range strings.Fields(attr(n, "class")) {
		if c == class {
			return true
		}
	}
	return false
}

func hasAttr(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// text is what an element says, with runs of white space as one space.
func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// firstElement is the first element inside another.
func firstElement(n *html.Node) *html.Node {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			return c
		}
	}
	return nil
}
