package markup

import (
	"regexp"
	"strings"
	"testing"
)

func TestHTML(t *testing.T) {
	for src, want := range map[string]string{
		"Free **her**.":            "<p>Free <strong>her</strong>.</p>\n",
		"# Title":                  "<h3>Title</h3>\n",
		"- a\n- b":                 "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n",
		"[x](https://example.org)": "<p><a href=\"https://example.org\" rel=\"nofollow noreferrer\">x</a></p>\n",
		"a < b & c":                "<p>a &lt; b &amp; c</p>\n",
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
	} {
		out := HTML(src)
		for _, tag := range regexp.MustCompile(`<[^>]*>`).FindAllString(out, -1) {
			if !harmless.MatchString(tag) {
				t.Errorf("%q gives %q in %q", src, tag, out)
			}
		}
	}
	if HTML(strings.Repeat("a", Most+1)) != "" {
		t.Error("too much is rendered")
	}
}

func TestLine(t *testing.T) {
	if got := Line("We **ask** & \"hope\".\n\nMore."); got != `We ask & "hope".` {
		t.Errorf("%q", got)
	}
}
