package lang

import (
	"sort"
	"strconv"
	"strings"
)

// acceptMost bounds what is read of an Accept-Language header.
const acceptMost = 1 << 10

// Match chooses a language by an Accept-Language header: the exact tag, then the same language in the same script, then the site's own. It
// never gives a neighbouring language: to hand a Ukrainian reader Russian is a statement we don't make.
func (c *Catalog) Match(accept string, site Tag) Tag {
	if len(accept) > acceptMost {
		accept = accept[:acceptMost]
	}
	type wish struct {
		tag string
		q   float64
	}
	var wishes []wish
	for _, part := range strings.Split(accept, ",") {
		tag, rest, _ := strings.Cut(strings.TrimSpace(part), ";")
		w := wish{strings.ToLower(strings.TrimSpace(tag)), 1}
		if q, ok := strings.CutPrefix(strings.TrimSpace(rest), "q="); ok {
			w.q, _ = strconv.ParseFloat(q, 64)
		}
		if w.tag != "" && w.q > 0 {
			wishes = append(wishes, w)
		}
	}
	sort.SliceStable(wishes, func(i, j int) bool { return wishes[i].q > wishes[j].q })
	for _, w := range wishes {
		for _, t := range c.tags {
			if strings.ToLower(string(t)) == w.tag {
				return t
			}
		}
		for _, t := range c.tags {
			if base(w.tag) == base(string(t)) && script(w.tag) == script(string(t)) {
				return t
			}
		}
	}
	if c.Has(site) {
		return site
	}
	return First
}

func base(tag string) string {
	b, _, _ := strings.Cut(strings.ToLower(tag), "-")
	return b
}

// script is the script of a tag where it names one that is not its language's usual.
func script(tag string) string {
	parts := strings.Split(strings.ToLower(tag), "-")
	for _, p := range parts[1:] {
		if len(p) == 4 && p[0] >= 'a' {
			return p
		}
	}
	return ""
}
