package campaign

import (
	"bytes"
	"image"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"outcry/internal/core/casefile"
	"outcry/internal/core/organiser"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/photo"
	"outcry/internal/outlet/desk/desktest"
)

// A photograph is taken in as pixels, stands in the draft with its words, and is shown to nobody but the committee.
func TestPhoto(t *testing.T) {
	h := open(t)
	rowan := h.Joins(organiser.Home, "Rowan", organiser.Lead)
	h.begun(rowan, "en")
	const at = "/desk/c/anna-berg/photo"
	img := image.NewRGBA(image.Rect(0, 0, 200, 300))
	var file bytes.Buffer
	must(t, jpeg.Encode(&file, img, nil))
	planted := append(append(append([]byte{}, file.Bytes()[:2]...), "\xff\xe1\x00\x14Exif\x00\x00GPS-PLANTED!"...), file.Bytes()[2:]...)
	send := func(b *desktest.Browser, src []byte, fields url.Values) (int, string) {
		t.Helper()
		var body bytes.Buffer
		m := multipart.NewWriter(&body)
		if src != nil {
			w, err := m.CreateFormFile(photo.Field, "IMG-at-home.jpg")
			must(t, err)
			w.Write(src)
		}
		for k, v := range fields {
			must(t, m.WriteField(k, v[0]))
		}
		must(t, m.Close())
		r := httptest.NewRequest("POST", at, &body)
		r.Header.Set("Content-Type", m.FormDataContentType())
		w := b.Send(r)
		return w.Code, w.Header().Get("Location") + w.Body.String()
	}
	words := func() url.Values {
		return url.Values{"base": {desktest.Hidden(rowan.Sees(at), "base")}, "alt-en": {"A woman at a window"}, "credit-en": {"family archive"}}
	}
	lacking := words()
	lacking.Del("alt-en")
	for name, c := range map[string]struct {
		src    []byte
		fields url.Values
		want   string
	}{
		"no file": {nil, words(), `href="#photo"`}, "no words": {planted, lacking, `href="#alt-en"`}, "markup": {[]byte("<svg onload=alert(1)>"), words(), `href="#photo"`},
	} {
		if code, page := send(rowan, c.src, c.fields); code != 422 || !strings.Contains(page, c.want) || h.campaign().Person.Photo != nil {
			t.Errorf("%s: %d %s", name, code, page)
		}
	}
	const again = "Choose the file once more"
	if _, page := send(rowan, planted, lacking); !strings.Contains(page, again) {
		t.Error("nobody is told that the file has to be chosen again")
	}
	if _, page := send(rowan, nil, lacking); strings.Contains(page, again) {
		t.Error("a file is asked for again that nobody chose")
	}
	if code, page := send(rowan, planted, words()); code != 303 || !strings.HasPrefix(page, at+"?cleaned") {
		t.Fatalf("%d %s", code, page)
	}
	p := h.campaign().Person.Photo
	if p == nil || p.Alt["en"] != "A woman at a window" {
		t.Fatalf("%+v", p)
	}
	kept, err := h.drafts.Photo(t.Context(), "anna-berg", p.SHA256)
	if err != nil || bytes.Contains(kept, []byte("PLANTED")) {
		t.Fatalf("%d bytes, %v", len(kept), err)
	}
	if page := rowan.Sees(at + "?cleaned"); !strings.Contains(page, "Everything in the file but the picture was removed") || strings.Contains(page, "IMG-at-home") {
		t.Error("the page does not say that it was cleaned")
	}
	address := at + "/" + p.SHA256 + ".jpg"
	if w := rowan.Ask("GET", address, nil); w.Code != 200 || w.Header().Get("Content-Type") != "image/jpeg" {
		t.Errorf("%d", w.Code)
	}
	for path, b := range map[string]*desktest.Browser{address: h.Joins("others", "Elm", organiser.Lead), at + "/" + strings.Repeat("0", 64) + ".jpg": rowan} {
		if w := b.Ask("GET", path, nil); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	if got := string(pictured(drafted(h), []byte(`<img src="`+casefile.PhotoPath("anna-berg", p)+`">`))); got != `<img src="`+address+`">` {
		t.Errorf("the preview asks for %s", got)
	}
	// A purge takes it: the page says so, and publishing waits for another one.
	ground := rowan.Sees("/desk/c/anna-berg/ground")
	rowan.Ask("POST", "/desk/c/anna-berg/ground", url.Values{"base": {desktest.Hidden(ground, "base")}, "kind": {"consent"}, "giver": {"family"}, "scope": {"name", "photo"}, "channel": {"by letter"}, "day": {"2026-02-20"}})
	must(t, h.DB.Update(t.Context(), func(tx *db.Tx) error { _, err := h.drafts.DropPhotos(tx, "anna-berg"); return err }))
	if page := rowan.Sees(at); !strings.Contains(page, "is not kept here any more") || strings.Contains(page, address) {
		t.Error("the page does not say that the picture is gone")
	}
	rowan.Prove()
	if page := rowan.Sees("/desk/c/anna-berg/publish"); !strings.Contains(page, "This photograph is not kept here. Add it again.") {
		t.Error("it can be published without the picture that it names")
	}
	if code, page := send(rowan, planted, words()); code != 303 {
		t.Fatalf("%d %s", code, page)
	}
	if page := rowan.Sees(at); !strings.Contains(page, address) || strings.Contains(page, "is not kept here any more") {
		t.Error("the same picture is not there again")
	}
	out := words()
	out.Set("act", "out")
	if code, _ := send(rowan, nil, out); code != 303 || h.campaign().Person.Photo != nil {
		t.Errorf("taken out: %d", code)
	}
}

func drafted(h *house) *at { return &at{slug: "anna-berg", c: h.campaign()} }
