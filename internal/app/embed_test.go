package app

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Which sites may frame a count is read strictly: what is written there goes into a header.
func TestEmbedSetting(t *testing.T) {
	for name, tc := range map[string]struct {
		text string
		list []string
		want string
	}{
		"absent":         {text: "url: \"https://letters.example.org\"\n"},
		"empty":          {text: "embed: []\n"},
		"two":            {text: "embed: [\"https://ally.example\", \"https://other.example:8443\"]\n", list: []string{"https://ally.example", "https://other.example:8443"}},
		"two, in lines":  {text: "embed:\n  - https://ally.example\n  - \"http://localhost:8080\"\n", list: []string{"https://ally.example", "http://localhost:8080"}},
		"one, no list":   {text: "embed: \"https://ally.example\"\n", want: `:1: a list is meant here; write it as ["https://ally.example", "https://other.example"], on one line`},
		"numbers":        {text: "embed: [[1]]\n", want: ":1: a text is meant here"},
		"a page":         {text: "embed: [\"https://ally.example/page\"]\n", want: `: embed: "https://ally.example/page": only scheme and host are meant`},
		"a star":         {text: "embed: [\"https://*.example\"]\n", want: `: embed: "https://*.example": a star would let in`},
		"a header":       {text: "embed: [\"https://a.example; script-src x\"]\n", want: "this is no address of a site"},
		"without TLS":    {text: "embed: [\"http://ally.example\"]\n", want: "without TLS"},
		"twice":          {text: "embed: [\"https://a.example\", \"https://a.example\"]\n", want: `"https://a.example" stands twice; keep one`},
		"an empty one":   {text: "embed: [\"\"]\n", want: "this is no address of a site"},
		"more than fit":  {text: "embed: [" + many(51) + "]\n", want: "these are 51 sites; 50 fit"},
		"as many as fit": {text: "embed: [" + many(50) + "]\n", list: strings.Split(strings.ReplaceAll(many(50), `"`, ""), ", ")},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, settingsName), []byte(tc.text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := readSettings(dir)
		if tc.want != "" {
			if !errors.Is(err, ErrSetting) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s: %v, want %q", name, err, tc.want)
			}
			continue
		}
		if err != nil || !slices.Equal(s.Embed, tc.list) {
			t.Errorf("%s: %q (%v), want %q", name, s.Embed, err, tc.list)
		}
	}
}

func many(n int) string {
	var list []string
	for i := range n {
		list = append(list, `"https://`+strings.Repeat("a", i+1)+`.example"`)
	}
	return strings.Join(list, ", ")
}

// What init was told is in the file, and a flag wins over it.
func TestEmbedIsKept(t *testing.T) {
	for _, list := range [][]string{nil, {"https://ally.example", "http://localhost:8080"}} {
		dir := t.TempDir()
		if err := writeSettings(dir, Settings{URL: "https://letters.example.org", Embed: list}); err != nil {
			t.Fatal(err)
		}
		c := Config{Data: dir}
		if err := c.complete(); err != nil || !slices.Equal(c.Embed, list) {
			t.Errorf("%q came back as %q: %v", list, c.Embed, err)
		}
		c = Config{Data: dir, Settings: Settings{Embed: []string{"https://flag.example"}}}
		if err := c.complete(); err != nil || !slices.Equal(c.Embed, []string{"https://flag.example"}) {
			t.Errorf("the flag became %q: %v", c.Embed, err)
		}
		c.Embed = []string{"https://flag.example/"}
		if err := c.complete(); err == nil || !strings.HasPrefix(err.Error(), `--embed: "https://flag.example/": only scheme`) {
			t.Errorf("a bad flag: %v", err)
		}
	}
}
