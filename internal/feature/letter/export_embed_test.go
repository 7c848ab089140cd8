package letter

import (
	"strings"
	"testing"

	"outcry/internal/kernel/lang"
)

// What the tests of embed_test.go see of the inside.

func Draw(tag lang.Tag, title string, titleLang lang.Tag, number, words string) []byte {
	return drawing{lang: tag, title: line{text: title, lang: titleLang}, words: words, lines: []line{
		{text: title, lang: titleLang, size: 18, bold: true}, {text: number, size: 44, bold: true, whole: true}, {text: words, size: 16},
	}}.bytes()
}

var Breadth = breadth

func Snippets(g *Pages, tag lang.Tag, l *Letter) (frame, image string) {
	v := g.about(tag, l, nil)
	return v.frameSnippet(), v.imageSnippet()
}

func EmbedSection(t testing.TB, g *Pages, tag lang.Tag, l *Letter) string {
	var b strings.Builder
	if err := embedSection(g.about(tag, l, nil)).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Choose is what a wish for a text comes to: the choice, the text's language, whether a note stands there, the links to the others.
func Choose(t testing.TB, g *Pages, tag lang.Tag, l *Letter, wish string) (chosen, shown lang.Tag, note bool, links string) {
	chosen = l.chosen(wish, tag)
	v := g.about(tag, l, nil).in(chosen)
	var b strings.Builder
	if err := textLanguages(v).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	if v.page.Title != v.wording.Title || chosenQuery(chosen) != map[bool]string{true: "", false: "?text=" + string(chosen)}[chosen == ""] {
		t.Errorf("%q: the title is %q, the query %q", wish, v.page.Title, chosenQuery(chosen))
	}
	return chosen, v.wordingLang, v.untranslated(), b.String()
}
