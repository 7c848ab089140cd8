package desk

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/lang"
)

// title is what a window is called: nothing of a campaign.
func (page Page) title() string {
	title := page.Title
	if len(page.Problems) > 0 {
		title = page.P.T("form.error_title", "Title", title)
	}
	return title
}

// option is one of a few that a reader can choose.
type option struct{ value, label string }

func devices(p *lang.Printer) (list []option) {
	for _, d := range organiser.Devices() {
		list = append(list, option{string(d), p.T("desk.device." + string(d))})
	}
	return list
}

func places(p *lang.Printer) (list []option) {
	for _, o := range organiser.Places() {
		list = append(list, option{string(o), p.T("desk.place." + string(o))})
	}
	return list
}

// able are the roles, each with what it may do.
func able(p *lang.Printer) (list []option) {
	for _, r := range organiser.Roles() {
		list = append(list, option{string(r), p.T("desk.role_can", "Role", p.T("desk.role."+string(r)), "Can", p.T("desk.can."+string(r)))})
	}
	return list
}

func choiceSays(name, hint, fault string) string {
	var ids []string
	if hint != "" {
		ids = append(ids, name+"-hint")
	}
	if fault != "" {
		ids = append(ids, name+"-error")
	}
	return strings.Join(ids, " ")
}

func either(value, otherwise string) string { return cmp.Or(value, otherwise) }

// day is a day as it is kept, in words.
func day(p *lang.Printer, text string) string {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return text
	}
	return p.Day(t.Year(), t.Month(), t.Day())
}

// around are the words before and behind what a deed is done to, which stands by itself in its own direction.
func (page Page) around(d organiser.Deed) [2]string {
	const object = "\x00"
	before, after, _ := strings.Cut(page.P.T("desk.deed_of", "Act", page.P.T("desk.act."+string(d.Act)), "Object", object), object)
	return [2]string{before, after}
}

// object is what an act was done to, in words: a case of one's own by the person's name.
func (page Page) object(object string) string {
	if mark, rest := marked(object); mark != "" {
		return page.P.T("desk.object_"+mark, "Object", page.object(rest))
	}
	slug, rest, below := strings.Cut(object, "/")
	name := page.named[slug]
	switch {
	case name == "":
		return objectWords(page.P, object)
	case below:
		return page.P.T("desk.object_of", "Name", name, "Part", rest)
	}
	return name
}

// marked is what the trail says of an act before what it was done to, as that it was proposed, and the rest; empty: nothing.
func marked(object string) (mark, rest string) {
	for _, mark := range []string{"proposed", "refused", "failed", "sealed"} {
		if rest, ok := strings.CutPrefix(object, mark+"/"); ok {
			return mark, rest
		}
	}
	return "", object
}

// objectWords are what an act was done to, in words where there are some: a role, one of our few words; a slug or an id stands as it is.
func objectWords(p *lang.Printer, object string) string {
	if mark, rest := marked(object); mark != "" {
		return p.T("desk.object_"+mark, "Object", objectWords(p, rest))
	}
	switch {
	case p.Has("desk.object." + object):
		return p.T("desk.object." + object)
	case p.Has("desk.role." + object):
		return p.T("desk.role." + object)
	case slices.Contains(organiser.Places(), organiser.Place(object)):
		return p.T("desk.place." + object)
	}
	return object
}
