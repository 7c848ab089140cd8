package casefile

import (
	"fmt"
	"slices"
)

// institutions checks courts, prisons and agencies. None stands for a private person or a home: a place is known by its sign, and
// lies where its city does.
func (c *check) institutions() {
	list := c.file.Institutions
	for _, i := range list {
		c.institutionIDs = append(c.institutionIDs, string(i.ID))
	}
	for n, i := range list {
		at := fmt.Sprintf("institutions[%d]", n)
		c.named(at+".id", string(i.ID), c.institutionIDs[:n], "institution")
		c.need(i.Kind != "", at+".kind", "rule.institution_kind", "missing; say what sort of place it is")
		c.need(len(i.Name) > 0, at+".name", "rule.institution_name", "missing; write the name on its sign")
		c.country(at+".country", i.Country)
		if i.Part != "" {
			if c.file.Institution(i.Part) == nil {
				c.lacks(at+".part_of", "institution", string(i.Part), c.institutionIDs)
			}
			c.only(true, !circular(list, n, func(x Institution) (string, string) { return string(x.ID), string(x.Part) }), at+".part_of", "rule.part_ring", "by this it is a part of itself")
		}
		if g := i.Geo; g != nil {
			c.only(true, g.Lat >= -9000 && g.Lat <= 9000, at+".geo.lat", "rule.latitude", "write hundredths of a degree, -9000 to 9000: 55.75 is 5575, and nothing finer than the city is kept")
			c.only(true, g.Lon >= -18000 && g.Lon <= 18000, at+".geo.lon", "rule.longitude", "write hundredths of a degree, -18000 to 18000: 37.62 is 3762, and nothing finer than the city is kept")
		}
		if p := i.Post; p != nil {
			c.cited(at+".post.source", p.Source, true)
			c.need(p.Checked.Whole(), at+".post.checked", "rule.post_checked", "missing; write the day on which somebody looked: such rules change")
		}
	}
}

func (c *check) proceedings() {
	list := c.file.Proceedings
	for _, p := range list {
		c.proceedingIDs = append(c.proceedingIDs, string(p.ID))
	}
	for n, p := range list {
		at := fmt.Sprintf("proceedings[%d]", n)
		c.named(at+".id", string(p.ID), c.proceedingIDs[:n], "proceeding")
		c.need(p.Track != "", at+".track", "rule.track", "missing; say of what sort it is")
		c.need(p.Stage != "", at+".stage", "rule.stage", "missing; say at which stage it is: an appeal is a proceeding of its own")
		if p.Court != "" && c.file.Institution(p.Court) == nil {
			c.lacks(at+".court", "institution", string(p.Court), c.institutionIDs)
		}
		if p.Of != "" {
			if c.file.Proceeding(p.Of) == nil {
				c.lacks(at+".appeal_of", "proceeding", string(p.Of), c.proceedingIDs)
			}
			c.only(true, !circular(list, n, func(x Proceeding) (string, string) { return string(x.ID), string(x.Of) }), at+".appeal_of", "rule.appeal_ring", "by this it is an appeal of itself")
		}
		for i, id := range p.Sources {
			c.cited(fmt.Sprintf("%s.sources[%d]", at, i), id, true)
		}
	}
}

// named checks the word by which something is named inside the file; before are those that stand ahead of it.
func (c *check) named(path, id string, before []string, what string) {
	switch {
	case id == "":
		c.add(path, Broken("rule.id_missing"), "missing; write a short word by which other lines name this %s", what)
	case !slugForm.MatchString(id):
		c.add(path, Broken("rule.id_form", "Given", id), "%q can't name this; write small letters a to z, digits and single hyphens", id)
	case slices.Contains(before, id):
		c.add(path, Broken("rule.id_twice", "Given", id), "another %s is called %q already; call this one otherwise", what, id)
	}
}

// lackingRules are the sentences on a name that the file has nothing of: without a name that may have been meant, and with one.
var lackingRules = map[string][2]string{
	"source":      {"rule.source_unknown", "rule.source_near"},
	"institution": {"rule.institution_unknown", "rule.institution_near"},
	"proceeding":  {"rule.proceeding_unknown", "rule.proceeding_near"},
	"event":       {"rule.event_unknown", "rule.event_near"},
}

// lacks complains that the file has nothing of that name. what is a key of lackingRules.
func (c *check) lacks(path, what, id string, known []string) {
	rule := Broken(lackingRules[what][0], "Given", id)
	if near, ok := nearest(id, known); ok {
		rule = Broken(lackingRules[what][1], "Given", id, "Near", near)
	}
	c.add(path, rule, "there is no %s %q in this file; %s", what, id, meant(id, known))
}

// circular tells whether item n leads to itself by what each names.
func circular[T any](list []T, n int, link func(T) (id, next string)) bool {
	first, next := link(list[n])
	for range list {
		i := slices.IndexFunc(list, func(x T) bool { id, _ := link(x); return id == next && id != "" })
		if i < 0 {
			return false
		}
		var id string
		if id, next = link(list[i]); id == first {
			return true
		}
	}
	return false
}
