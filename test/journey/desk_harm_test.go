package journey

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// hostileTexts are what somebody types, or pastes, who means harm or is deceived; by what they try.
var hostileTexts = []struct{ what, text string }{
	{"a script", `<script>alert(1)</script>`},
	{"out of an attribute", `"><img src=x onerror=alert(1)>`},
	{"out of an attribute without quotes", `x' autofocus onfocus='alert(1)`},
	{"out of a comment", `--><svg/onload=alert(1)><!--`},
	{"out of what holds text", `</title></textarea></style></script></select><h1 id=x onclick=alert(1)>x</h1>`},
	{"a frame", `<iframe srcdoc="&lt;script&gt;alert(1)&lt;/script&gt;"></iframe><base href=//evil.example/><meta http-equiv=refresh content="0;url=//evil.example">`},
	{"characters written otherwise", `&lt;script&gt;alert(1)&lt;/script&gt; &#60;b&#62; &amp;lt;`},
	{"out of CDATA", `]]><x onload="y"/><![CDATA[`},
	{"a javascript link", `javascript:alert(document.domain)`},
	{"a javascript link, hidden", "JaVa\tScRiPt://%0aalert(1)"},
	{"a data link", `data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==`},
	{"a vbscript link", `vbscript:msgbox(1)`},
	{"links of Markdown", `[one](javascript:alert(1)) [two](data:text/html,x) ![three](javascript:alert(1)) <javascript:alert(1)> ![four](https://evil.example/pixel.png)`},
	{"attributes in Markdown", `[one](https://evil.example/"onmouseover=alert(1)) <b onclick=alert(1)>two</b> **<i onclick=x>three</i>** ` + "`<script>`"},
	{"a reference of Markdown", "[one]: javascript:alert(1)\n\n[one] and [two][one]"},
	{"a formula", `=HYPERLINK("https://evil.example","open")`},
	{"a formula with plus", `+1+cmd|'/C calc'!A0`},
	{"a formula with minus", `-2+3+cmd|'/C calc'!A0`},
	{"a formula with at", `@SUM(1+1)*cmd|'/C calc'!A0`},
	{"a formula behind a quote", `";=1+1;"`},
	{"a formula behind a tab", "one\t=1+1\n=2+2"},
	{"a right-to-left override", "Anna \u202egpj.exe"},
	{"isolates left open", "Anna \u2067Berg \u2066x"},
	{"isolates closed too often", "Anna\u2069\u2069\u2069 Berg"},
	{"embeddings", "Anna \u202bBerg \u202ax\u202c\u202c"},
	{"zero width", "An\u200bna\u2060 B\u200der\u200cg"},
	{"a byte order mark", "\ufeffAnna Berg"},
	{"a hundred kilobytes", strings.Repeat("Anna Berg ", 10<<10)},
	{"a name of others' letters", "Воris Каgаrlitsky"},
	{"controls", "Anna\x07 \x1b[31mBerg\x1b[0m\x08"},
	{"controls of C1", "Anna\u0085Berg\u009b31m"},
	{"a lone surrogate", "Anna \xed\xa0\x80 Berg"},
	{"no UTF-8", "Anna \xff\xfe Berg"},
	{"no characters", "Anna \uffff\ufffe Berg"},
	{"NUL", "Anna\x00Berg"},
	{"emoji", "👩‍👩‍👧‍👦 🏴‍☠️ Anna 🇷🇺"},
	{"marks upon marks", "A" + strings.Repeat("\u0301\u0334", 40) + "nna"},
	{"header lines", "Anna\r\nBcc: victim@evil.example\r\n\r\nAnna"},
	{"a header line", "Anna\nBcc: victim@evil.example"},
	{"header lines, escaped", "Anna%0d%0aSet-Cookie:%20evil=1"},
	{"a header in an encoded word", "=?utf-8?q?Anna=0d=0aBcc:_victim=40evil.example?="},
	{"out of a file name", `Anna"; filename="evil.html`},
	{"calendar lines", "Anna\nEND:VEVENT\nEND:VCALENDAR\nBEGIN:VCALENDAR"},
	{"a path", `../../../../etc/passwd`},
	{"a path, escaped", `..%2f..%2fetc%2fpasswd%00.png`},
	{"another host", `//evil.example/%5c`},
	{"another host, backwards", `\\evil.example\share`},
	{"templates", `{{.Name}} ${7*7} <%= 7*7 %> {0} %s%n %!d(string=x)`},
	{"SQL", `'; DROP TABLE casefile; --`},
	{"line separators", "Anna\u2028Berg\u2029Anna"},
	{"out of PO", `Anna"` + "\n" + `msgstr "evil"` + "\n\n" + `msgid ""`},
	{"blanks", "\u00a0\u3000 \u2003"},
}

// plain is a text as a form brings it back: without the blanks around it, and, in one line, with one blank for several; what some programs write at a line's end and at a file's beginning is one too.
func plain(s string) string {
	s = strings.TrimSpace(strings.ReplaceAll(s, "\ufeff", ""))
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t\r\n\f\v\u2028\u2029", r) }), " ")
}

// unwritable tells a text that no page can hold as it is: a browser could not bring it back.
func unwritable(s string) bool {
	return !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return control(r) || r >= 0xfffe && r <= 0xffff })
}

func control(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\t\r\n", r) }

// shape is what a page is made of: its elements, and each with its attributes.
type shape map[string]bool

// shapeOf are the elements and attributes of a page.
func shapeOf(p page) shape {
	list := shape{}
	p.tags(func(t html.Token) {
		list[t.Data] = true
		for _, a := range t.Attr {
			list[t.Data+" "+a.Key] = true
		}
	})
	return list
}

func (p page) tags(fn func(html.Token)) {
	for z := html.NewTokenizer(strings.NewReader(p.body)); ; {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			fn(z.Token())
		}
	}
}

// addresses are the attributes that lead somewhere or bring something.
var addresses = []string{"href", "src", "action", "formaction", "data", "poster", "srcset", "cite", "background", "manifest", "xlink:href", "ping", "longdesc"}

// headers are all that our answers have.
var headers = []string{"Accept-Ranges", "Age", "Allow", "Cache-Control", "Connection", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Length", "Content-Security-Policy",
	"Content-Type", "Cross-Origin-Embedder-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "Date", "Etag", "Last-Modified", "Link", "Location", "Onion-Location",
	"Origin-Agent-Cluster", "Permissions-Policy", "Referrer-Policy", "Retry-After", "Set-Cookie", "Strict-Transport-Security", "Vary", "X-Content-Type-Options", "X-Frame-Options", "X-Robots-Tag",
	"X-Permitted-Cross-Domain-Policies", "X-Dns-Prefetch-Control", "Access-Control-Allow-Origin"}

// harmless holds what every answer holds, whatever was typed: nothing in it runs, leads out or turns what stands beside it. Of a page with a known shape, nothing is in it
// that the same page does not have where only innocent texts are.
func (s *site) harmless(t testing.TB, p page, known shape) {
	t.Helper()
	bad := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s (%d): "+format, append([]any{shortened(p.path), p.status}, args...)...)
	}
	if p.status >= 500 {
		bad("%.200s", p.text())
	}
	for name, list := range p.header {
		if !slices.Contains(headers, name) {
			bad("the answer has a header %s", name)
		}
		for _, v := range list {
			if strings.ContainsFunc(v, unicode.IsControl) || strings.Contains(v, "evil") && name != "Location" {
				bad("%s: %q", name, v)
			}
		}
	}
	if to := p.header.Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`)) {
		bad("it sends on to %q", to)
	}
	if set := p.header.Get("Set-Cookie"); set != "" && !strings.HasPrefix(set, "outcry-desk=") {
		bad("it sets %q", set)
	}
	body := p.body
	if strings.HasPrefix(p.header.Get("Content-Type"), "text/html") {
		body = boxes.ReplaceAllString(body, "") // a field is isolated, and brings back what was typed
	}
	if i := strings.IndexFunc(body, func(r rune) bool { return control(r) || r == 0x202d || r == 0x202e }); i >= 0 && !raw(p) {
		bad("a character stands in it that no text has: %q", body[max(0, i-60):min(len(body), i+20)])
	}
	if !strings.HasPrefix(p.header.Get("Content-Type"), "text/html") {
		return
	}
	p.tags(func(tag html.Token) {
		if known != nil && !known[tag.Data] && !slices.Contains([]string{"em", "strong", "code"}, tag.Data) { // Markdown of ours
			bad("an element %s is new: %.200s", tag.Data, tag)
		}
		src, kind := "", ""
		for _, a := range tag.Attr {
			if known != nil && known[tag.Data] && !known[tag.Data+" "+a.Key] && !slices.Contains([]string{"class", "lang", "dir"}, a.Key) { // how it looks
				bad("an attribute %s is new: %.200s", a.Key, tag)
			}
			switch a.Key {
			case "src":
				src = a.Val
			case "type":
				kind = a.Val
			case "srcdoc", "style", "http-equiv":
				bad("an attribute: %.200s", tag)
			}
			if strings.HasPrefix(a.Key, "on") {
				bad("a script in an attribute: %.200s", tag)
			}
			if slices.Contains(addresses, a.Key) {
				if why := leads(a.Val, tag.Data); why != "" {
					bad("%s: %.200s", why, tag)
				}
			}
		}
		switch {
		case tag.Data == "script" && !strings.HasPrefix(src, "/assets/") && kind != "application/ld+json":
			bad("a script: %.200s", tag)
		case slices.Contains([]string{"object", "embed", "base", "applet", "frame", "math"}, tag.Data), tag.Data == "iframe" && !strings.HasPrefix(src, "/desk/"):
			bad("an element %.200s", tag)
		}
	})
	doc, err := html.Parse(strings.NewReader(p.body))
	must(t, err)
	for n := range doc.Descendants() {
		if n.Type == html.TextNode && unpaired(n.Data) && !enclosed(n) {
			bad("marks of direction are left open beside other words: %q", n.Data[:min(len(n.Data), 80)])
		}
	}
}

// boxes are what is typed into fields.
var boxes = regexp.MustCompile(`(?s)<input [^>]*>|<option [^>]*>|<textarea[^>]*>.*?</textarea>`)

// raw tells an answer that is no text.
func raw(p page) bool {
	kind := p.header.Get("Content-Type")
	return strings.HasPrefix(kind, "image/") && kind != "image/svg+xml" || strings.HasPrefix(kind, "application/pdf") || strings.HasPrefix(kind, "application/octet-stream")
}

// leads tells what is wrong with an address; empty if nothing is.
func leads(address, element string) string {
	if address == "about:invalid#TemplFailedSanitizationURL" { // what was a script, in a draft that is looked at: it leads nowhere
		return ""
	}
	u, err := url.Parse(strings.TrimSpace(address))
	switch {
	case err != nil:
		return "an address that is none"
	case strings.ContainsFunc(address, unicode.IsControl):
		return "an address with controls"
	case u.Scheme != "" && !slices.Contains([]string{"http", "https", "mailto", "tel"}, u.Scheme):
		return "an address of the scheme " + u.Scheme
	case u.Scheme == "" && (u.Host != "" || strings.HasPrefix(address, `\`) || strings.HasPrefix(address, `/\`)):
		return "an address of another host without a scheme"
	case element != "a" && element != "link" && u.Host != "" && u.Scheme+"://"+u.Host != publicURL:
		return "something is brought from another host"
	}
	return ""
}

// unpaired tells whether marks of direction in a text are not paired.
func unpaired(s string) bool {
	embeds, isolates := 0, 0
	for _, r := range s {
		switch r {
		case 0x202a, 0x202b:
			embeds++
		case 0x202c:
			embeds--
		case 0x2066, 0x2067, 0x2068:
			isolates++
		case 0x2069:
			isolates--
		}
		if isolates < 0 { // what closes nothing of the text's own closes what is round it
			return true
		}
	}
	return embeds > 0 || isolates > 0
}

// enclosed tells whether what stands in a text can turn nothing beside it: it has an isolate of its own, or stands alone in its block.
func enclosed(n *html.Node) bool {
	for a := n.Parent; a != nil; a = a.Parent {
		if a.Data == "bdi" || a.Data == "textarea" || a.Data == "option" || a.Data == "title" {
			return true
		}
		if attribute(a, "dir") != "" && a.Data != "html" && a.Data != "body" {
			return true
		}
		if slices.Contains([]string{"p", "li", "td", "th", "dd", "dt", "h1", "h2", "h3", "h4", "div", "section", "blockquote", "figcaption", "summary", "label", "legend"}, a.Data) {
			var b strings.Builder
			for c := range a.Descendants() {
				if c.Type == html.TextNode {
					b.WriteString(c.Data)
				}
			}
			return plain(b.String()) == plain(n.Data)
		}
	}
	return false
}

func shortened(s string) string { return fmt.Sprintf("%.120s", s) }

// innocent is a text that nobody minds, another for each field.
func innocent(n int) string { return fmt.Sprintf("Plain words, number %d", n) }
