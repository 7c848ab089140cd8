package casefile

import (
	"html"
	"regexp"
	"slices"
)

// Cleared is a plain text without the addresses of organisations that are listed on a day, with … in place of each, and who they are (R14): for what is passed on from
// hand to hand and from reader to reader. Every other address stays. A text without any of theirs comes back as it was.
func (r *Registry) Cleared(text string, on Date) (string, []Designated) {
	var found []Designated
	flagged := func(address string) bool {
		list := r.Flagged(dotWords.Replace(address), on)
		found = together(found, list)
		return len(list) > 0
	}
	if r.Size() == 0 || !slices.ContainsFunc(addresses(text), flagged) {
		return text, nil
	}
	clear := func(address string) string {
		if flagged(address) {
			return leave(address)
		}
		return address
	}
	text = openWord.ReplaceAllStringFunc(invisible(text), clear)
	text = mailWord.ReplaceAllStringFunc(text, clear)
	return pathWord.ReplaceAllStringFunc(text, clear), found
}

// Unlinked is what [markup.HTML] has rendered without the links to organisations that are listed on a day, and who they are (R14). The words of such a link stay;
// where they are its address they stay as text that leads nowhere.
func (r *Registry) Unlinked(rendered string, on Date) (string, []Designated) {
	if r.Size() == 0 {
		return rendered, nil
	}
	var found []Designated
	out := anchor.ReplaceAllStringFunc(rendered, func(a string) string {
		m := anchor.FindStringSubmatch(a)
		list := r.Flagged(html.UnescapeString(m[1]), on)
		if len(list) == 0 {
			return a
		}
		found = together(found, list)
		return m[2]
	})
	return out, found
}

// anchor is a link as [markup.HTML] writes it; it never holds another.
var anchor = regexp.MustCompile(`(?s)<a href="([^"]*)"[^>]*>(.*?)</a>`)

func together(list, more []Designated) []Designated {
	for _, d := range more {
		if !slices.Contains(list, d) {
			list = append(list, d)
		}
	}
	return list
}
