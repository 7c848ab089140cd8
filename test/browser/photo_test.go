package browser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// A photograph on the page about a person: its room is there before it has come, it fits a window of 320 pixels in both directions, it has words for who can't see it, and
// the rest of the page weighs what it did.
func TestPhotoOnThePage(t *testing.T) {
	t.Parallel()
	b := New(t)
	i := install(t, "sqlite")
	img := image.NewRGBA(image.Rect(0, 0, 900, 1200))
	for y := range 1200 {
		for x := range 900 {
			img.Set(x, y, color.RGBA{uint8(x * y >> 8), uint8(y >> 3), uint8(x >> 2), 255})
		}
	}
	var file bytes.Buffer
	if err := png.Encode(&file, img); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(i.dir, "face.png")
	if err := os.WriteFile(path, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	var kept struct {
		SHA256        string
		Width, Height int
	}
	out := i.run(t, 0, append([]string{"photo", "keep", path, "--json", "--quiet"}, i.place...)...)
	if err := json.Unmarshal([]byte(out), &kept); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	src, err := os.ReadFile(filepath.Join("..", "..", "internal", "feature", "dossier", "testdata", "vera.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	agreed := strings.Replace(string(src), "scope: [name,", "scope: [name, photo,", 1)
	with := strings.Replace(agreed, "\n  names:\n", fmt.Sprintf("\n  photo: {sha256: %s, width: %d, height: %d, alt: {en: Vera by a window, ru: Вера у окна, ar: فيرا عند النافذة}, credit: {en: family archive}}\n  names:\n", kept.SHA256, kept.Width, kept.Height), 1)
	campaign := filepath.Join(i.dir, "vera.yaml")
	if err := os.WriteFile(campaign, []byte(with), 0o600); err != nil {
		t.Fatal(err)
	}
	i.run(t, 0, append([]string{"campaign", "apply", campaign}, i.place...)...)
	for over := time.Now().Add(patience); i.status(t, i.URL+"/en/vera") != http.StatusOK; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(over) {
			t.Fatal("the page about the person is not served")
		}
	}
	for _, tag := range []string{"en", "ar"} {
		t.Run(tag, func(t *testing.T) {
			p := b.Page(t, View{Phone: true, Language: tag})
			p.Open(i.URL + "/" + tag + "/vera")
			p.Await(`document.querySelector('figure.photo img').complete`, patience)
			size := Eval[[]float64](p, `(i => [i.naturalWidth, i.naturalHeight, i.getBoundingClientRect().width, i.getBoundingClientRect().height])(document.querySelector('figure.photo img'))`)
			if size[0] != float64(kept.Width) || size[1] != float64(kept.Height) || size[2] < 150 || size[2] > 270 || size[3]/size[2] < 1.32 || size[3]/size[2] > 1.35 {
				t.Errorf("it is shown as %v", size)
			}
			for _, dark := range []bool{false, true} {
				for _, width := range []int{320, 1280} {
					p.Look(width, dark)
					if over := p.Overflow(); over > 0 {
						t.Errorf("at %d pixels it is %d too wide", width, over)
					}
					if long() || width == 320 && !dark {
						p.Axe()
					} else {
						p.Axe("color-contrast", "target-size") // all that colours and room can change
					}
				}
			}
			photo := int64(0)
			for _, r := range p.Requests() {
				if strings.Contains(r.URL, "/photo/") {
					photo += r.Bytes
				}
			}
			if photo == 0 || photo > 82<<10 || p.Bytes()-photo > 30<<10 {
				t.Errorf("%d bytes of a photograph, %d beside it", photo, p.Bytes()-photo)
			}
			p.Check()
		})
	}
}
