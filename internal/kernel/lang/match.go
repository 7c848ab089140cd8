package lang

import (
	"sort"
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

// What is read of an Accept-Language header: browsers send some fifty bytes, and nobody reads thirty languages.
const (
	acceptMost = 1 << 10 // bytes
	wishesMost = 30
)

// Match chooses a language by an Accept-Language header: the exact tag, then the same language in the same script, then the site's own. It
// never gives a neighbouring language: to hand a Ukrainian reader Russian is a statement we don't make.
func (c *Catalog) Match(accept string, site Tag) Tag {
	if len(accept) > acceptMost {
		accept = accept[:acceptMost]
		accept = accept[:strings.LastIndexByte(accept, ',')+1] // the last tag may be cut to another one
	}
	type wish struct {
		tag string
		q   float64
	}
	var wishes []wish
	for _, part := range strings.Split(accept, ",") {
		tag, rest, _ := strings.Cut(strings.TrimSpace(part), ";")
		w := wish{strings.ToLower(strings.TrimSpace(tag)), 1}
		if q, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(rest)), "q="); ok {
			w.q, _ = strconv.ParseFloat(q, 64)
		}
		if w.tag != "" && w.q > 0 && w.q <= 1 && len(wishes) < wishesMost {
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
			if alike(w.tag, t) {
				return t
			}
		}
	}
	if c.Has(site) {
		return site
	}
	return First
}

// alike tells whether a reader's tag and ours name one language in one script. What a tag leaves out is what is usual for its language and region:
// zh-TW is in another script than zh.
func alike(tag string, t Tag) bool {
	a, okA := parse(tag)
	b, okB := parse(string(t))
	if !okA || !okB {
		return false
	}
	baseA, _, _ := a.Raw()
	baseB, _, _ := b.Raw()
	scriptA, _ := a.Script()
	scriptB, _ := b.Script()
	return baseA == baseB && scriptA == scriptB
}

// tagMost is more bytes than any tag of language, script, region and variant needs.
const tagMost = 35

// parse reads a tag that names a language. It guesses none: und-Cyrl is no Russian.
func parse(tag string) (language.Tag, bool) {
	if len(tag) > tagMost {
		return language.Und, false
	}
	t, err := language.Parse(tag)
	if err != nil {
		return language.Und, false
	}
	base, _, _ := t.Raw()
	return t, base.String() != "und"
}
