package letter

import (
	"slices"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// A letter may be in languages that the interface is not, and a reader may want another text than that of the interface: /en/{case}/{letter}?text=ka. Without a wish the
// text is the interface's, or, with a note, one that stands in for it.

// texts are the languages the letter is in, in the order in which they stand in for another, then by their tags.
func (l *Letter) texts() []lang.Tag {
	have := casefile.Text{}
	for tag := range l.Texts {
		have[tag] = ""
	}
	var list []lang.Tag
	for _, tag := range append(slices.Clone(l.About.Languages), have.Tags()...) {
		if _, ok := l.Texts[tag]; ok && !slices.Contains(list, tag) {
			list = append(list, tag)
		}
	}
	return list
}

// chosen is the language of a wish for a text, in an interface; empty if there is no such text, or it is there without a wish.
func (l *Letter) chosen(wish string, tag lang.Tag) lang.Tag {
	want := lang.Tag(wish)
	if _, ok := l.Texts[want]; !ok {
		return ""
	}
	if _, usual := l.Wording(tag); usual == want {
		return ""
	}
	return want
}

// chosenQuery is what a page's address, and its key in the cache, have behind their path for a chosen text.
func chosenQuery(chosen lang.Tag) string {
	if chosen == "" {
		return ""
	}
	return "?text=" + string(chosen)
}

// in is the page with a chosen text; it is as it was for an empty choice.
func (v view) in(chosen lang.Tag) view {
	w, ok := v.letter.Texts[chosen]
	if !ok {
		return v
	}
	v.wording, v.wordingLang = w, chosen
	v.page.Title, v.page.Description = w.Title, w.Demand
	return v
}

// untranslated tells whether the letter lacks the interface's language, so that a note must say which one stands in. Who chose a text needs none.
func (v view) untranslated() bool {
	_, ok := v.letter.Texts[v.p.Tag()]
	return !ok
}

// otherTexts are the languages a reader can have the text in instead.
func (v view) otherTexts() []lang.Tag {
	return slices.DeleteFunc(v.letter.texts(), func(t lang.Tag) bool { return t == v.wordingLang })
}

// textURL is the page with the text in a language.
func (v view) textURL(tag lang.Tag) string {
	return v.path() + chosenQuery(v.letter.chosen(string(tag), v.p.Tag()))
}
