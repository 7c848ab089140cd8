package lang

import (
	"slices"
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
	for _, wish := range wishes(accept) {
		if t := c.meant(wish); t != "" {
			return t
		}
	}
	if c.Has(site) {
		return site
	}
	return First
}

// Unspoken is the language that a reader wants most, by an Accept-Language header, where all that they want is none of ours: what they get is the site's own, and it
// should be said. It is empty where we speak one of theirs, and where we can't name theirs in its own words. There are a few hundred that it can be.
func (c *Catalog) Unspoken(accept string) Tag {
	list := wishes(accept)
	if slices.ContainsFunc(list, func(wish string) bool { return c.meant(wish) != "" }) {
		return ""
	}
	for _, wish := range list {
		t, ok := Canonical(wish)
		if !ok {
			continue
		}
		parsed, _ := parse(string(t))
		base, script, _ := parsed.Raw()
		plain, exact := Tag(base.String()), Tag(base.String()+"-"+script.String())
		name := Endonym(plain)
		switch own := Endonym(exact); {
		case name == string(plain), c.Has(plain): // ours, but in another script: no word for that
			return ""
		case script.String() != "Zzzz" && own != string(exact) && own != name:
			return exact
		}
		return plain
	}
	return ""
}

// meant is the language of ours that a reader's tag names; empty if there is none.
func (c *Catalog) meant(wish string) Tag {
	for _, t := range c.tags {
		if strings.ToLower(string(t)) == wish {
			return t
		}
	}
	for _, t := range c.tags {
		if alike(wish, t) {
			return t
		}
	}
	return ""
}

// wishes are the tags of an Accept-Language header in small letters, the most wanted first.
func wishes(accept string) (tags []string) {
	if len(accept) > acceptMost {
		accept = accept[:acceptMost]
		accept = accept[:strings.LastIndexByte(accept, ',')+1] // the last tag may be cut to another one
	}
	type wish struct {
		tag string
		q   float64
	}
	var list []wish
	for _, part := range strings.Split(accept, ",") {
		tag, rest, _ := strings.Cut(strings.TrimSpace(part), ";")
		w := wish{strings.ToLower(strings.TrimSpace(tag)), 1}
		if q, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(rest)), "q="); ok {
			w.q, _ = strconv.ParseFloat(q, 64)
		}
		if w.tag != "" && w.q > 0 && w.q <= 1 && len(list) < wishesMost {
			list = append(list, w)
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].q > list[j].q })
	for _, w := range list {
		tags = append(tags, w.tag)
	}
	return tags
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
