package markup

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

// allowed are the elements that text may become.
var allowed = map[string]bool{"p": true, "br": true, "strong": true, "em": true, "ul": true, "ol": true, "li": true, "blockquote": true, "h3": true, "h4": true, "hr": true, "a": true}

// Whatever is typed becomes a few plain elements, all closed, with links that lead to where one reads and tell nothing; and it does so soon.
func FuzzHTML(f *testing.F) {
	for _, src := range []string{
		"# A\n\n*b* **c**\n\n- d\n- e\n\n> f\n\n[g](https://x.example/?a=1&b=2)", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[x](javascript:alert(1))", "[x](JaVaScRiPt&#58;alert(1))",
		"[x](data:text/html,x)", "[x](//evil.example)", "![x](https://x.example/p.png)", "<a href='x' onclick=y style=z class=q>w</a>", "[a]: <java\tscript:x>\n[a]", "`code`", "```\n</p>\n```", "a\u202eb\u202d",
		"<svg><animate onbegin=alert(1)>", "&lt;script&gt;", "<!--><img src=x>-->", "[x](mailto:a@b.example?subject=c)", strings.Repeat("[", 300), strings.Repeat("> ", 300) + "x", strings.Repeat("*a _b ", 300),
		"<p>\x00</p>", "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">", "[x](http://[::1)", "\u2028<p", "<http://x.example>",
	} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		began := time.Now()
		out := HTML(src)
		line := Line(src)
		if took := time.Since(began); took > 5*time.Second {
			t.Fatalf("%v for %d bytes", took, len(src))
		}
		if len(src) > Most && out != "" {
			t.Fatalf("%d bytes are rendered", len(src))
		}
		if HTML(src) != out {
			t.Fatalf("%q is rendered in two ways", src)
		}
		if strings.ContainsAny(out, "\u202d\u202e") || strings.ContainsAny(line, "\r\n\t\u202d\u202e") {
			t.Fatalf("%q is rendered as %q and %q", src, out, line)
		}
		var open []string
		z := html.NewTokenizer(strings.NewReader(out))
		for z.Next() != html.ErrorToken {
			token := z.Token()
			switch token.Type {
			case html.TextToken:
			case html.StartTagToken, html.SelfClosingTagToken:
				element(t, src, out, token)
				if token.Type == html.StartTagToken && token.Data != "br" && token.Data != "hr" {
					open = append(open, token.Data)
				}
			case html.EndTagToken:
				if len(open) == 0 || open[len(open)-1] != token.Data {
					t.Fatalf("%q is rendered with a stray </%s>: %q", src, token.Data, out)
				}
				open = open[:len(open)-1]
			default:
				t.Fatalf("%q is rendered with %v: %q", src, token, out)
			}
		}
		if len(open) > 0 {
			t.Fatalf("%q leaves %v open: %q", src, open, out)
		}
	})
}

func element(t *testing.T, src, out string, token html.Token) {
	t.Helper()
	if !allowed[token.Data] {
		t.Fatalf("%q is rendered with <%s>: %q", src, token.Data, out)
	}
	for _, a := range token.Attr {
		switch {
		case token.Data != "a" || a.Key != "href" && a.Key != "rel":
			t.Fatalf("%q is rendered with the attribute %s=%q on <%s>", src, a.Key, a.Val, token.Data)
		case a.Key == "rel" && a.Val != "nofollow noreferrer":
			t.Fatalf("%q is rendered with a link that says %q", src, a.Val)
		case a.Key == "href":
			u, err := url.Parse(a.Val)
			if err != nil || u.Scheme != "" && u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "mailto" {
				t.Fatalf("%q is rendered with a link to %q", src, a.Val)
			}
		}
	}
}
