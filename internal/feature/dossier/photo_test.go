package dossier

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"outcry/internal/core/casefile"
	"outcry/internal/core/casefile/casetest"
	"outcry/internal/kernel/fault"
)

// faced serves a case with a photograph.
func faced(t *testing.T, change func(*casefile.Photo)) (*site, *casefile.File) {
	t.Helper()
	f, p := vera(t), casetest.Photo()
	f.Person.Photo = casefile.PhotoOf(&p)
	f.Person.Photo.Alt, f.Person.Photo.Credit = casefile.Text{"en": "By a \"window\"", "ru": "У окна"}, casefile.Text{"ru": "семейный архив"}
	if change != nil {
		change(f.Person.Photo)
	}
	s := serve(t, f)
	s.pages.Photo = func(_ context.Context, sum string) ([]byte, error) {
		if sum != p.SHA256() {
			return nil, fault.New(fault.NotFound, "fault.not_found")
		}
		return p.Bytes, nil
	}
	s.pages.photo(s.mux)
	return s, f
}

// pictures are the img elements of a page, by their attributes, and the words of figure captions.
func pictures(t *testing.T, page string) (list []map[string]string, captions []string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		switch {
		case n.Type == html.ElementNode && n.Data == "img":
			all := map[string]string{}
			for _, a := range n.Attr {
				all[a.Key] = a.Val
			}
			list = append(list, all)
		case n.Type == html.TextNode && n.Parent.Data == "bdi" && n.Parent.Parent.Data == "figcaption":
			captions = append(captions, n.Data)
		}
	}
	return list, captions
}

func TestPhotoOnThePage(t *testing.T) {
	p := casetest.Photo()
	for name, c := range map[string]struct {
		change  func(*casefile.Photo)
		tag     string
		alt     string
		lang    string
		caption string
	}{
		"in its language":  {nil, "ru", "У окна", "", "семейный архив"},
		"in another":       {nil, "ar", "By a \"window\"", "en", "семейный архив"},
		"caption foreign":  {nil, "en", "By a \"window\"", "", "семейный архив"},
		"decorative":       {func(p *casefile.Photo) { p.Alt, p.Credit, p.Decorative = nil, nil, true }, "en", "", "", ""},
		"nothing to break": {func(p *casefile.Photo) { p.Alt["en"] = `"><script>alert(1)</script>` }, "en", `"><script>alert(1)</script>`, "", "семейный архив"},
	} {
		t.Run(name, func(t *testing.T) {
			s, f := faced(t, c.change)
			page, _ := s.get("/"+c.tag+"/"+f.Case.Slug, 200)
			list, captions := pictures(t, page)
			if len(list) != 1 {
				t.Fatalf("%d pictures", len(list))
			}
			img := list[0]
			alt, said := img["alt"]
			if !said || alt != c.alt || img["lang"] != c.lang || img["width"] != "80" || img["height"] != "100" || img["src"] != "/photo/"+f.Case.Slug+"/"+p.SHA256()[:32]+".jpg" {
				t.Errorf("%v", img)
			}
			if strings.Join(captions, "|") != c.caption {
				t.Errorf("caption %q", captions)
			}
		})
	}
	f := vera(t)
	page, _ := serve(t, f).get("/en/"+f.Case.Slug, 200)
	if list, _ := pictures(t, page); len(list) > 0 {
		t.Errorf("a picture where there is none: %v", list)
	}
}

// The photograph has one address, says what it is, and is there as long as the public may see it.
func TestPhotoAtItsAddress(t *testing.T) {
	s, f := faced(t, nil)
	p := casetest.Photo()
	at := casefile.PhotoPath(f.Case.Slug, f.Person.Photo)
	ask := func(method, path, match string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, nil)
		if match != "" {
			r.Header.Set("If-None-Match", match)
		}
		w := httptest.NewRecorder()
		s.mux.ServeHTTP(w, r)
		return w
	}
	w := ask("GET", at, "")
	if w.Code != 200 || w.Body.String() != string(p.Bytes) || w.Header().Get("Content-Type") != "image/jpeg" || w.Header().Get("Content-Length") != fmt.Sprint(len(p.Bytes)) || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	if again := ask("GET", at, w.Header().Get("Etag")); again.Code != 304 || again.Body.Len() > 0 {
		t.Errorf("known, and sent again: %d", again.Code)
	}
	if head := ask("HEAD", at, ""); head.Code != 200 || head.Body.Len() > 0 {
		t.Errorf("HEAD: %d, %d bytes", head.Code, head.Body.Len())
	}
	gone := func(path string) {
		t.Helper()
		if w := ask("GET", path, w.Header().Get("Etag")); w.Code != 404 || w.Header().Get("Cache-Control") != "" || strings.Contains(w.Body.String(), "JFIF") || w.Header().Get("Content-Type") == "image/jpeg" {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
	}
	gone(strings.Replace(at, ".jpg", "", 1))
	gone(strings.Replace(at, ".jpg", ".png", 1))
	gone("/photo/" + f.Case.Slug + "/" + strings.Repeat("0", 32) + ".jpg")
	gone("/photo/" + f.Case.Slug + "/" + p.SHA256() + ".jpg")
	gone("/photo/nobody/" + p.SHA256()[:32] + ".jpg")
	kept := f.Person.Photo
	f.Person.Photo = nil // a projection in which it is not agreed to
	gone(at)
	f.Person.Photo = kept
	s.pages.Photo = func(context.Context, string) ([]byte, error) {
		return nil, fault.New(fault.NotFound, "fault.not_found")
	}
	if w := ask("GET", at, ""); w.Code != 404 || w.Header().Get("Cache-Control") != "" {
		t.Errorf("its bytes are not here: %d %v", w.Code, w.Header())
	}
}
