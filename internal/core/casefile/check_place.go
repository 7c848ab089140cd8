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
		c.need(i.Kind != "", at+".kind", "missing; say what sort of place it is")
		c.need(len(i.Name) > 0, at+".name", "missing; write the name on its sign")
		c.country(at+".country", i.Country)
		if i.Part != "" {
			c.only(true, c.file.Institution(i.Part) != nil, at+".part_of", c.lacking("institution", string(i.Part), c.institutionIDs))
			c.only(true, !circular(list, n, func(x Institution) (string, string) { return string(x.ID), string(x.Part) }), at+".part_of", "by this it is a part of itself")
		}
		if g := i.Geo; g != nil {
			c.only(true, g.Lat >= -9000 && g.Lat <= 9000, at+".geo.lat", "write hundredths of a degree, -9000 to 9000: 55.75 is 5575, and nothing finer than the city is kept")
			c.only(true, g.Lon >= -18000 && g.Lon <= 18000, at+".geo.lon", "write hundredths of a degree, -18000 to 18000: 37.62 is 3762, and nothing finer than the city is kept")
		}
		if p := i.Post; p != nil {
			c.cited(at+".post.source", p.Source, true)
			c.need(p.Checked.Whole(), at+".post.checked", "missing; write the day on which somebody looked: such rules change")
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
		c.need(p.Track != "", at+".track", "missing; say of what sort it is")
		c.need(p.Stage != "", at+".stage", "missing; say at which stage it is: an appeal is a proceeding of its own")
		c.only(p.Court != "", c.file.Institution(p.Court) != nil, at+".court", c.lacking("institution", string(p.Court), c.institutionIDs))
		if p.Of != "" {
			c.only(true, c.file.Proceeding(p.Of) != nil, at+".appeal_of", c.lacking("proceeding", string(p.Of), c.proceedingIDs))
			c.only(true, !circular(list, n, func(x Proceeding) (string, string) { return string(x.ID), string(x.Of) }), at+".appeal_of", "by this it is an appeal of itself")
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
		c.add(path, "missing; write a short word by which other lines name this %s", what)
	case !slugForm.MatchString(id):
		c.add(path, "%q can't name this; write small letters a to z, digits and single hyphens", id)
	case slices.Contains(before, id):
		c.add(path, "another %s is called %q already; call this one otherwise", what, id)
	}
}

// lacking says that the file has nothing of that name.
func (c *check) lacking(what, id string, known []string) string {
	return fmt.Sprintf("there is no %s %q in this file; %s", what, id, meant(id, known))
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
