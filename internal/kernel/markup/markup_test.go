package markup

import (
	"regexp"
	"strings"
	"testing"
)

func TestHTML(t *testing.T) {
	for src, want := range map[string]string{
		"Free **her**.":              "<p>Free <strong>her</strong>.</p>\n",
		"# Title":                    "<h3>Title</h3>\n",
		"- a\n- b":                   "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n",
		"[x](https://example.org)":   "<p><a href=\"https://example.org\" rel=\"nofollow noreferrer\">x</a></p>\n",
		"a < b & c":                  "<p>a &lt; b &amp; c</p>\n",
		"###### Deep":                "<h4>Deep</h4>\n",
		"[x](/own) [y](//e.example)": "<p>x y</p>\n",
		"[m](mailto:a@b.example)":    "<p><a href=\"mailto:a@b.example\" rel=\"nofollow noreferrer\">m</a></p>\n",
		"> - *a*":                    "<blockquote>\n<ul>\n<li><em>a</em></li>\n</ul>\n</blockquote>\n",
		"<https://e.org/\u202egpj.exe>, &#x202e;&#8237;abc \u2067\u05d0\u2069": "<p><a href=\"https://e.org/%E2%80%AEgpj.exe\" rel=\"nofollow noreferrer\">https://e.org/gpj.exe</a>, abc \u2067\u05d0\u2069</p>\n",
	} {
		if got := HTML(src); got != want {
			t.Errorf("%q: %q, want %q", src, got, want)
		}
	}
}

var harmless = regexp.MustCompile(`^</?(p|br|strong|em|ul|ol|li|blockquote|h3|h4|hr|a)( href="(https?:|mailto:)[^"]*")?( rel="nofollow noreferrer")?\s*/?>$`)

func TestHostile(t *testing.T) {
	for _, src := range []string{
		"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "![x](https://evil.example/x.png)", "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))",
		"[x](data:text/html,<script>1</script>)", "<svg onload=alert(1)>", "<a href='javascript:1'>x</a>", "[x](https://e.example \"onmouseover=alert(1)\")",
		"<p style='position:fixed'>x</p>", "<iframe src=//evil>", "[x](\x01javascript:alert(1))", "<https://e.example/\"onclick=1>", "[a]: javascript:1\n\n[a]",
		"`<script>`", "<!-- x -->", "&lt;script&gt;", "<form action=//evil><input name=a>", "<base href=//evil>", "<meta http-equiv=refresh content=0>",
		"[x](&#106;avascript:alert(1))", "[x](java\nscript:alert(1))", "[x](vbscript:1)", "[x](blob:1)", "[x](tel:1)", "<scr<script>ipt>alert(1)</scr</script>ipt>", "<p dir=rtl lang=ar onclick=1>x</p>",
		"[![a](javascript:1)](javascript:1)", "> > # [x](javascript:1)", "<math><a xlink:href=javascript:1>x</a></math>", "<b><i><svg><script>1</script></svg></i></b>", "<plaintext>", "<!--><script>1</script>-->",
		strings.Repeat("> ", 5000) + "<script>", strings.Repeat("[", 20_000) + "](javascript:1)", strings.Repeat("<script>", 5000), "```\n<script>\n```", "`\u202e</p><script>`", "\x00<script\x00>", "\xff<img src=x>",
	} {
		out := HTML(src)
		for _, tag := range regexp.MustCompile(`<[^>]*>`).FindAllString(out, -1) {
			if !harmless.MatchString(tag) {
				t.Errorf("%q gives %q in %q", src, tag, out)
			}
		}
	}
	for _, size := range []int{Most + 1, 100 << 10} {
		if HTML(strings.Repeat("a", size)) != "" || Line(strings.Repeat("a", size)) != "" {
			t.Errorf("%d bytes are rendered", size)
		}
	}
	if out := HTML(strings.Repeat("a", Most)); len(out) < Most {
		t.Error("what is just small enough is not rendered")
	}
}

func TestLine(t *testing.T) {
	if got := Line("We **ask** & \"hope\".\n\nMore."); got != `We ask & "hope".` {
		t.Errorf("%q", got)
	}
}
