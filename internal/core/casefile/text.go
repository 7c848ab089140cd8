package casefile

import (
	"slices"

	"outcry/internal/kernel/lang"
)

// Text is one wording per language, each a whole string: the program never inflects or glues what people read.
// In a file it is a mapping from language to text; surrounding white space is not part of a text.
type Text map[lang.Tag]string

// In returns the text in a language, and the language it is really in. Without that language it is the first of order
// that there is (order is the campaign's list of languages), else English, else the first by tag; a page marks such a
// fragment with its lang and dir. An empty Text gives "" and "".
func (t Text) In(want lang.Tag, order ...lang.Tag) (string, lang.Tag) {
	if s, ok := t[want]; ok {
		return s, want
	}
	for _, tag := range order {
		if s, ok := t[tag]; ok {
			return s, tag
		}
	}
	if s, ok := t["en"]; ok {
		return s, "en"
	}
	for _, tag := range t.Tags() {
		return t[tag], tag
	}
	return "", ""
}

// Tags are the languages there are, in the order of their tags.
func (t Text) Tags() []lang.Tag {
	tags := make([]lang.Tag, 0, len(t))
	for tag := range t {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	return tags
}
