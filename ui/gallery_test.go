package ui

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"outcry/internal/kernel/lang"
)

// catalog loads the real catalogue; a right-to-left language that has none yet is printed with English words in its own direction.
func catalog(t *testing.T) *lang.Catalog {
	t.Helper()
	c, err := lang.Load(os.DirFS("../locales"))
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
			html := render(t, with(Layout(page), body))
			if s.tag != p.Tag() {
				html = strings.Replace(html, `lang="en" dir="ltr"`, `lang="`+string(s.tag)+`" dir="rtl"`, 1)
			}
			pages[name+"-"+string(s.tag)+".html"] = html
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
