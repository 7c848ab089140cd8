package campaign

import (
	"fmt"
	"strconv"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/lang"
)

// gap is a language whose texts are not whole, and those that are missing.
type gap struct {
	tag  lang.Tag
	list []field
}

// gaps are the languages of a campaign whose texts are not whole.
func gaps(c *letter.Campaign) (list []gap) {
	for _, tag := range c.Campaign.Languages {
		if missing := lacking(c, tag); len(missing) > 0 {
			list = append(list, gap{tag, missing})
		}
	}
	return list
}

// textAt is where a text is typed.
func (a *at) textAt(tag lang.Tag, f field) string {
	return a.path("/texts/" + string(tag) + "#" + f.id)
}

// mendAt is where what is wrong with a campaign is mended: the page, and the field on it where that has one.
func (a *at) mendAt(c *letter.Campaign, path string) string {
	under := func(at string) bool {
		return path == at || strings.HasPrefix(path, at+".") || strings.HasPrefix(path, at+"[")
	}
	for i, l := range c.Letters {
		if rest, ok := strings.CutPrefix(path, fmt.Sprintf("letters[%d]", i)); ok {
			path = "letters[slug=" + l.Slug + "]" + rest
			break
		}
	}
	for _, tag := range c.Campaign.Languages {
		for _, f := range fields(c, tag) {
			if path == f.path+"."+string(tag) || path == f.path && (f.shared || f.get(c) == "") {
				return a.textAt(tag, f)
			}
		}
	}
	switch {
	case under("letters"), under("person.names"), under("case.title"), under("case.summary"):
		return a.path("/texts")
	case under("campaign"):
		return a.path("/settings")
	case under("person.photo"):
		return a.path("/photo")
	case under("case.publication"):
		return a.path("/ground")
	}
	part, rest, _ := strings.Cut(path, ".")
	word, number, listed := strings.Cut(part, "[")
	page := a.path("/case/" + word)
	if n, err := strconv.Atoi(strings.TrimSuffix(number, "]")); listed && err == nil {
		page += "/" + called(&c.File, word, n)
	}
	if rest != "" {
		page += "#f." + strings.NewReplacer("[", ".", "]", "").Replace(rest)
	}
	return page
}

// called is the name of one of a list in the addresses of the pages about the case: its id or, where it has none, its number.
func called(f *casefile.File, word string, i int) (name string) {
	switch {
	case word == "events" && i < len(f.Events):
		name = f.Events[i].ID
	case word == "sources" && i < len(f.Sources):
		name = string(f.Sources[i].ID)
	case word == "institutions" && i < len(f.Institutions):
		name = string(f.Institutions[i].ID)
	case word == "proceedings" && i < len(f.Proceedings):
		name = string(f.Proceedings[i].ID)
	case word == "questions" && i < len(f.Questions):
		name = f.Questions[i].ID
	}
	if name == "" {
		return "_" + strconv.Itoa(i+1)
	}
	return name
}
