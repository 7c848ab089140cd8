package ui

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"testing/fstest"

	"github.com/a-h/templ"

	"outcry/internal/kernel/lang"
)

// catalog is the real one, and a language that is written from right to left: the English words under Arabic's plural forms.
func catalog(t *testing.T) *lang.Catalog {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"en.toml", "ru.toml"} {
		body, err := os.ReadFile(filepath.Join("..", "locales", name))
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: body}
	}
	arabic := regexp.MustCompile(`\{ one = ".*, other = (".*") \}`).ReplaceAll(files["en.toml"].Data,
		[]byte(`{ zero = $1, one = $1, two = $1, few = $1, many = $1, other = $1 }`))
	files["ar.toml"] = &fstest.MapFile{Data: arabic}
	c, err := lang.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// gallery are the pages that show every component, by file name.
func gallery(t *testing.T) map[string]string {
	t.Helper()
	c := catalog(t)
	pages := map[string]string{}
	for _, s := range samples {
		p := c.Printer(s.tag)
		for name, body := range map[string]templ.Component{"sign": signPage(p, s), "wait": waitPage(p, s), "case": casePage(p, s)} {
			page := s.page(p, s.title)
			page.Error = name == "sign"
			page.NoIndex = name == "wait"
			pages[name+"-"+string(s.tag)+".html"] = render(t, with(Layout(page), body))
		}
	}
	return pages
}

// TestGallery writes every component in every sample language as files to look at, where OUTCRY_GALLERY names a folder.
func TestGallery(t *testing.T) {
	folder := os.Getenv("OUTCRY_GALLERY")
	pages := gallery(t)
	if len(pages) != 3*len(samples) {
		t.Fatalf("%d pages", len(pages))
	}
	if folder == "" {
		return
	}
	files := map[string][]byte{}
	for name, html := range pages {
		files[name] = []byte(html)
	}
	for _, f := range Assets() {
		files[f.Path] = f.Body
	}
	for name, body := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, body, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
