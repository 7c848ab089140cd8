package journey

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"html"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"maps"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"outcry/test/peers"
)

// planted is a JPEG that exiftool has filled with all that a photograph tells beside its pixels.
func planted(t testing.TB) []byte {
	t.Helper()
	if _, err := exec.LookPath("exiftool"); err != nil {
		peers.Missing(t, "exiftool (Debian's libimage-exiftool-perl) is not here")
	}
	img := image.NewRGBA(image.Rect(0, 0, 320, 400))
	for i := range img.Pix {
		img.Pix[i] = byte(i * 7 % 251)
	}
	folder := t.TempDir()
	file, thumb := filepath.Join(folder, "planted.jpg"), filepath.Join(folder, "thumb.jpg")
	for _, path := range []string{file, thumb} {
		var b bytes.Buffer
		must(t, jpeg.Encode(&b, img, nil))
		must(t, os.WriteFile(path, b.Bytes(), 0o600))
	}
	out, err := exec.Command("exiftool", "-GPSLatitude=55.7558", "-GPSLatitudeRef=N", "-GPSLongitude=37.6173", "-GPSLongitudeRef=E", "-DateTimeOriginal=2024:02:16 08:00:00", "-Model=PLANTED",
		"-OwnerName=PLANTED", "-XMP:Creator=PLANTED", "-IPTC:Keywords=PLANTED", "-Comment=PLANTED", "-UserComment=PLANTED", "-ThumbnailImage<="+thumb, "-m", "-q", "-overwrite_original", file).CombinedOutput()
	if err != nil {
		t.Fatalf("exiftool: %v\n%s", err, out)
	}
	b, err := os.ReadFile(file)
	must(t, err)
	if found := told(t, string(b), "planted.jpg"); found["GPS:GPSLatitude"] == "" || found["XMP-dc:Creator"] == "" || found["IPTC:Keywords"] == "" {
		t.Fatalf("nothing was planted: %v", found)
	}
	return append(b, "PLANTED behind the end"...)
}

// bombs are files that say to be far more than they are, or that are no photographs.
func bombs(t testing.TB) map[string][]byte {
	t.Helper()
	head := func(w, h uint32) []byte {
		b := binary.BigEndian.AppendUint32(nil, 13)
		b = append(b, "IHDR"...)
		b = append(binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, w), h), 8, 2, 0, 0, 0)
		return append([]byte("\x89PNG\r\n\x1a\n"), binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))...)
	}
	var pic, jpg bytes.Buffer
	must(t, png.Encode(&pic, image.NewGray(image.Rect(0, 0, 8, 8))))
	img := image.NewRGBA(image.Rect(0, 0, 64, 64))
	img.Set(1, 1, color.White)
	must(t, jpeg.Encode(&jpg, img, nil))
	huge := jpg.Bytes()
	at := bytes.Index(huge, []byte{0xff, 0xc0, 0, 17})
	binary.BigEndian.PutUint16(huge[at+5:], 65500)
	binary.BigEndian.PutUint16(huge[at+7:], 65500)
	webp := []byte("RIFF\x1e\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff")
	return map[string][]byte{
		"bomb.png": head(60000, 60000), "deep.png": head(1<<30, 1<<30), "bomb.jpg": huge, "bomb.webp": webp, "tiny.png": pic.Bytes(), "empty.jpg": nil,
		"a.svg":                        []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`),
		"a.html":                       []byte(`<html><script>alert(1)</script>`),
		"polyglot.gif":                 []byte("GIF89a/*\x00\x00*/=1;alert(1)"),
		"a.pdf":                        []byte("%PDF-1.7"),
		"../../etc/passwd\r\nX: y.png": []byte("PNG"),
	}
}

var photoForm = regexp.MustCompile(`/photo/[a-z]+/[0-9a-f]{32}\.jpg`)

// photograph sends a photograph that tells more than it shows to a case, after whatever is none, and publishes it.
func (a *assault) photograph(t *testing.T, slug string, v value) {
	t.Helper()
	at := "/desk/c/" + slug + "/photo"
	form := func(text value) (form url.Values, field string) {
		for _, f := range a.lead.sees(at).sheets() {
			if f.file == "" {
				continue
			}
			form = maps.Clone(f.values)
			for i, name := range f.texts {
				form.Set(name, text(i))
				a.fields[skeleton(f.action)+" "+bare(name)] = true
			}
			return form, f.file
		}
		t.Fatal("no form takes a photograph")
		return nil, ""
	}
	for name, file := range bombs(t) {
		f, field := form(innocent)
		p := a.lead.upload(at, f, field, name, file)
		a.harmless(t, p, nil)
		if p.status == http.StatusSeeOther && len(file) == 0 { // there is one already, and it stays
			continue
		}
		if p.status < 400 || len(p.problems()) == 0 {
			t.Errorf("%q is answered with %d %s", name, p.status, p.header.Get("Location"))
		}
		for k, list := range f {
			if back, ok := p.form(k); ok == nil && k != "base" && back.values.Get(k) != list[0] && !strings.HasPrefix(k, "alt") && !strings.HasPrefix(k, "credit") {
				t.Errorf("%q: %s came back as %q", name, k, back.values.Get(k))
			}
		}
	}
	if slug != calm {
		f, field := form(innocent)
		f.Set("alt-en", strings.Repeat("Anna Berg ", 10<<10))
		p := a.lead.upload(at, f, field, "a.jpg", planted(t))
		if back, err := p.form("alt-en"); p.status != http.StatusUnprocessableEntity || err != nil || plain(back.values.Get("alt-en")) != plain(f.Get("alt-en")) || !strings.Contains(p.body, `id="alt-en-error"`) {
			t.Errorf("words of a hundred kilobytes beside a photograph are answered with %d: %.300s", p.status, p.text())
		}
	}
	taken := false
	for i := range hostileTexts { // until the words beside it are some that are taken, too
		f, field := form(func(n int) string { return v(n + i) })
		p := a.lead.upload(at, f, field, "x\"; filename=\"evil.html", planted(t))
		a.harmless(t, p, nil)
		a.posted++
		if taken = p.status == http.StatusSeeOther; taken {
			break
		}
		if back, ok := p.form("base"); len(p.problems()) == 0 || p.status != http.StatusUnprocessableEntity || ok != nil {
			t.Errorf("a photograph is refused without a word (%d): %.300s", p.status, p.text())
		} else if typed := f.Get("alt-en"); plain(back.values.Get("alt-en")) != plain(typed) && !unwritable(typed) {
			t.Errorf("a photograph is refused, and what is to be seen on it came back as %.60q, typed was %.60q", back.values.Get("alt-en"), typed)
		}
	}
	if !taken {
		t.Error("no photograph is taken")
	}
}

// bareFiles holds that an independent program finds nothing in the photograph, the card and the poster, but what says how the file itself is read.
func (a *assault) bareFiles(t *testing.T, slug string) {
	t.Helper()
	r := a.reader()
	path := photoForm.FindString(r.read("/en/" + slug).body)
	if path == "" {
		t.Errorf("the photograph is not shown; of the calm case it is %q", photoForm.FindString(r.read("/en/"+calm).body))
	} else if found := told(t, r.read(path).body, "photo.jpg"); len(withoutSize(found)) > 0 {
		t.Errorf("in the public photograph stands %v", found)
	}
	at := "/desk/c/" + slug + "/photo"
	if link := regexp.MustCompile(regexp.QuoteMeta(at) + `/[0-9a-f]+\.jpg[^"]*`).FindString(a.lead.sees(at).body); link == "" {
		t.Error("the desk shows no photograph")
	} else if found := told(t, a.lead.sees(html.UnescapeString(link)).body, "draft.jpg"); len(withoutSize(found)) > 0 {
		t.Errorf("in the photograph at the desk stands %v", found)
	}
	// Of a PNG: its size and colours. Of a PDF: its version and how many pages; the language; the words that stand on it, for who can't see them; the name of this program, the
	// same in each; and a day that is none, the same in each.
	const never = `"2000:01:01 00:00:00"`
	fine := map[string]string{"PNG:BitDepth": "", "PNG:ColorType": "", "PNG:Compression": "", "PNG:Filter": "", "PNG:Interlace": "", "PNG:ImageWidth": "", "PNG:ImageHeight": "",
		"PDF:PDFVersion": "", "PDF:Linearized": "", "PDF:PageCount": "", "PDF:Language": "", "PDF:Title": "", "PDF:Subject": "", "PDF:Producer": `"Outcry"`, "PDF:CreateDate": never, "PDF:ModifyDate": never}
	for _, name := range []string{"card.png", "poster.pdf"} {
		p, err := r.get("/en/" + slug + "/release/" + name)
		if must(t, err); p.status != http.StatusOK { // some texts fit on no sheet: the calm case has one
			p = r.read("/en/" + calm + "/release/" + name)
		}
		for tag, v := range withoutSize(told(t, p.body, name)) {
			if want, ok := fine[tag]; !ok || want != "" && v != want {
				t.Errorf("%s tells %s: %.200s", name, tag, v)
			}
		}
	}
}

func withoutSize(found map[string]string) map[string]string {
	delete(found, "Composite:ImageSize")
	delete(found, "Composite:Megapixels")
	return found
}

// posts holds that a mail about the wild case has the headers of one about the calm case, and goes to nobody else.
func (a *assault) posts(t *testing.T) {
	t.Helper()
	var names [2][]string
	for i, slug := range []string{calm, wild} {
		p := &signer{reader: a.reader(), address: slug + string('a'+byte(a.mails)) + "@signer.example", about: slug, letter: "release"}
		must(t, p.ask())
		must(t, p.open())
		for _, m := range a.mail.to(p.address) {
			names[i] = slices.Sorted(maps.Keys(m.Header))
			for name, list := range m.Header {
				if strings.Contains(strings.Join(list, " "), "evil") {
					t.Errorf("a mail's %s: %q", name, list)
				}
			}
			if len(m.To) != 1 || strings.ContainsFunc(m.Text, func(r rune) bool { return control(r) || r == 0x202d || r == 0x202e }) {
				t.Errorf("a mail to %q says %.300q", m.To, m.Text)
			}
			for line := range strings.Lines(m.Text) {
				if unpaired(line) {
					t.Errorf("a mail leaves marks of direction open: %q", line)
				}
			}
		}
	}
	a.mails++
	a.heads = names[0]
	if !slices.Equal(names[0], names[1]) {
		t.Errorf("the headers of a mail are %q, of another %q", names[1], names[0])
	}
}

// house types into the forms that are the committee's and no case's.
func (a *assault) house(v value) {
	a.t.Helper()
	for i, path := range []string{"/desk/mail", "/desk/ally", "/desk/invite", "/desk/ways", "/desk/people", "/desk/new", "/desk/c/" + bait + "/followers/key"} {
		for _, f := range a.lead.sees(path).sheets() {
			if len(f.texts) > 0 && f.action != "/desk/ways/password" {
				a.types(path, f, func(n int) string { return v(n + 3*i) })
			}
		}
	}
	answers := url.Values{"step": {"2"}, "tongue": {"en", "ru"}, "country": {"RU"}}
	f := sheet{action: "/desk/new", values: maps.Clone(answers), texts: []string{"name-en", "name-ru", "to-en", "to-ru", "ask-en", "ask-ru", "run-en", "run-ru", "contact", "slug"}}
	for _, name := range f.texts {
		f.values.Set(name, "Plain words")
	}
	f.values.Set("slug", "new-"+strings.ToLower(rowan[a.posted%len(rowan)])+"-"+strings.Repeat("x", a.posted%30+1))
	a.types("/desk/new", f, v)
}

var rowan = []string{"Anna", "Berg", "Vera"}

// mailed holds that every mail of all that were sent has headers that a mail may have, goes to one address, and says nothing that turns or moves what stands beside it.
func (a *assault) mailed(t *testing.T) {
	t.Helper()
	all := a.mail.server.Messages()
	for _, m := range all {
		for name, list := range m.Header {
			if !slices.Contains(a.heads, name) {
				t.Errorf("a mail has a header %s: %q", name, list)
			}
			for _, v := range list {
				if strings.Contains(v, "evil") || strings.ContainsFunc(v, func(r rune) bool { return control(r) || r == 0x202d || r == 0x202e }) {
					t.Errorf("a mail's %s: %q", name, v)
				}
			}
		}
		if len(m.To) != 1 || strings.ContainsFunc(m.Text, func(r rune) bool { return control(r) || r == 0x202d || r == 0x202e }) {
			t.Errorf("a mail to %q says %.300q", m.To, m.Text)
		}
		for line := range strings.Lines(m.Text) {
			if unpaired(line) {
				t.Errorf("a mail leaves marks of direction open: %q", line)
			}
		}
	}
	if len(all) < 5 {
		t.Errorf("only %d mails were sent", len(all))
	}
}
