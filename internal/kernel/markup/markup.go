// Package markup turns what people type, in Markdown, into HTML that can do nothing but be read.
//
// Raw HTML is dropped by goldmark, and what is left passes a policy of our own: paragraphs, emphasis, lists, quotations, small headings and
// links. No images, no classes, no styles, no scripts; a link tells its target nothing.
package markup

import (
	"bytes"
	"strings"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Most is the size in bytes beyond which nothing is rendered; files are refused before.
const Most = 64 << 10

var markdown = goldmark.New(goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(lower{}, 100))))

// lower puts a text's headings below those of the page it stands on: # becomes h3.
type lower struct{}

func (lower) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if h, ok := n.(*ast.Heading); ok && entering {
			h.Level = min(h.Level+2, 4)
		}
		return ast.WalkContinue, nil
	})
}

var policy = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "br", "strong", "em", "ul", "ol", "li", "blockquote", "h3", "h4", "hr")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("http", "https", "mailto")
	p.RequireParseableURLs(true)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	return p
}()

// HTML renders Markdown. What is longer than Most renders as nothing.
func HTML(src string) string {
	if len(src) > Most {
		return ""
	}
	var b bytes.Buffer
	if err := markdown.Convert([]byte(src), &b); err != nil {
		return ""
	}
	return noOverride.Replace(policy.Sanitize(strings.ToValidUTF8(b.String(), "\ufffd"))) // of broken bytes, what is left could make up another such character
}

// noOverride drops the two characters that turn letters round whatever they are: no language needs them, and with one a link reads as another address.
// What mixed scripts do need, marks and isolates, stays, and ends with its paragraph.
var noOverride = strings.NewReplacer("\u202d", "", "\u202e", "")

// Line is the first paragraph as plain text, for descriptions.
func Line(src string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(src), "\n\n")
	plain := bluemonday.StrictPolicy().Sanitize(HTML(first))
	return strings.Join(strings.Fields(unescape.Replace(plain)), " ")
}

var unescape = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&#34;", `"`, "&#39;", "'", "&quot;", `"`)
