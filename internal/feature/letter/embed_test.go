package letter_test

import (
	"encoding/xml"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/ui"
)

// served are a site's pages behind the shield, as readers get them.
func served(t testing.TB, s *lettertest.Site, set func(*letter.Pages)) http.Handler {
	t.Helper()
	nothing := func(*lang.Printer, *casefile.File) templ.Component { return templ.NopComponent }
	g := &letter.Pages{Book: s.Book, Words: s.Words, Cache: web.NewCache(1 << 20),
		Frame: func(p ui.Page, _ *casefile.File) ui.Page { return p },
		Case: func(slug string) (*casefile.File, error) {
			f := &casefile.File{}
			f.Case.Slug = slug
			return f, nil
		},
		Glance: nothing, Publication: nothing,
		Tongue: func(r *http.Request) lang.Tag { return s.Words.Match(r.Header.Get("Accept-Language"), "en") },
	}
	if set != nil {
		set(g)
	}
	mux := &web.Mux{ServeMux: http.NewServeMux(), Log: slog.New(slog.DiscardHandler), Fail: func(w http.ResponseWriter, _ *http.Request, f *fault.Error) {
		web.WriteStatus(w, f)
		io.WriteString(w, f.Key)
	}}
	g.Routes(mux)
	h, err := web.Shield(mux)
	lettertest.Must(t, err)
	return h
}

func get(h http.Handler, path string, head ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	for i := 0; i+1 < len(head); i += 2 {
		r.Header.Set(head[i], head[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func allow(origins ...string) func(*letter.Pages) {
	return func(g *letter.Pages) { g.Embeds = origins }
}

// Who may show a count, and as what.
func TestEmbedHeaders(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		id := s.Letter.ID.String()
		for _, tc := range []struct {
			origins                         []string
			path, accept                    string
			code                            int
			kind, ancestors, resource, vary string
			tag                             string // of the answer
		}{
			{nil, "/embed/" + id + "?lang=en", "", 200, "text/html; charset=utf-8", "'none'", "same-origin", "Accept-Encoding", "en"},
			{nil, "/embed/" + id + ".svg?lang=ru", "", 200, "image/svg+xml", "'none'", "same-origin", "Accept-Encoding", "ru"},
			{[]string{"https://a.example", "https://b.example:8443"}, "/embed/" + id + "?lang=ru", "en", 200, "text/html; charset=utf-8", "https://a.example https://b.example:8443", "same-origin", "Accept-Encoding", "ru"},
			{[]string{"https://a.example"}, "/embed/" + id, "ru", 200, "text/html; charset=utf-8", "https://a.example", "same-origin", "Accept-Language Accept-Encoding", "ru"},
			{[]string{"https://a.example"}, "/embed/" + id, "uk", 200, "text/html; charset=utf-8", "https://a.example", "same-origin", "Accept-Language Accept-Encoding", "en"},
			{[]string{"https://a.example"}, "/embed/" + id + "?lang=xx", "be, kk;q=0.9", 200, "text/html; charset=utf-8", "https://a.example", "same-origin", "Accept-Language Accept-Encoding", "en"},
			{[]string{"https://a.example"}, "/embed/" + id + ".svg", "ru-RU", 200, "image/svg+xml", "'none'", "cross-origin", "Accept-Language Accept-Encoding", "ru"},
			{[]string{"https://a.example"}, "/en/" + lettertest.Case + "/" + lettertest.Slug, "", 200, "text/html; charset=utf-8", "'none'", "same-origin", "Accept-Encoding", "en"},
			{[]string{"https://a.example"}, "/letters.json", "", 200, "application/json", "'none'", "cross-origin", "", ""},
			{[]string{"https://a.example"}, "/embed/" + strings.Repeat("0", len(id)), "", 404, "", "'none'", "same-origin", "", ""},
			{[]string{"https://a.example"}, "/embed/nothing.svg", "", 404, "", "'none'", "same-origin", "", ""},
		} {
			h := served(t, s, allow(tc.origins...))
			for range 2 {
				w := get(h, tc.path, "Accept-Language", tc.accept)
				head := w.Header()
				_, ancestors, _ := strings.Cut(head.Get("Content-Security-Policy"), "frame-ancestors ")
				ancestors, _, _ = strings.Cut(ancestors, ";")
				got := fmt.Sprint(w.Code, head.Get("Content-Type"), ancestors, head.Get("Cross-Origin-Resource-Policy"), strings.Join(head.Values("Vary"), " "))
				if want := fmt.Sprint(tc.code, tc.kind, tc.ancestors, tc.resource, tc.vary); tc.code == 200 && got != want || w.Code != tc.code || ancestors != tc.ancestors {
					t.Errorf("%s %q: %s, want %s", tc.path, tc.accept, got, want)
				}
				if open := head.Get("Access-Control-Allow-Origin"); (open == "*") != (tc.path == "/letters.json") {
					t.Errorf("%s: Access-Control-Allow-Origin is %q", tc.path, open)
				}
				if tc.tag != "" && !strings.Contains(w.Body.String(), ` lang="`+tc.tag+`"`) {
					t.Errorf("%s %q: not in %s: %.200s", tc.path, tc.accept, tc.tag, w.Body)
				}
				if embed := strings.HasPrefix(tc.path, "/embed/") && w.Code == 200; embed && (head.Get("Etag") == "" || head.Get("X-Robots-Tag") != "noindex") {
					t.Errorf("%s: %v", tc.path, head)
				} else if embed && get(h, tc.path, "Accept-Language", tc.accept, "If-None-Match", head.Get("Etag")).Code != http.StatusNotModified {
					t.Errorf("%s is sent again", tc.path)
				}
			}
		}
		// A case that is taken from the public takes its counts with it.
		h := served(t, s, func(g *letter.Pages) {
			g.Embeds = []string{"https://a.example"}
			g.Case = func(string) (*casefile.File, error) { return nil, fault.New(fault.NotFound, "fault.not_found") }
		})
		for _, path := range []string{"/embed/" + id, "/embed/" + id + ".svg"} {
			if w := get(h, path); w.Code != 404 || strings.Contains(fmt.Sprint(w.Header()), "a.example") {
				t.Errorf("%s: %d %v", path, w.Code, w.Header())
			}
		}
	})
}

// picture is an SVG as far as the tests look at it.
type picture struct {
	Role   string  `xml:"role,attr"`
	Lang   string  `xml:"lang,attr"`
	Width  float64 `xml:"width,attr"`
	Height float64 `xml:"height,attr"`
	Title  string  `xml:"title"`
	Desc   string  `xml:"desc"`
	Style  string  `xml:"style"`
	Texts  []struct {
		X         float64 `xml:"x,attr"`
		Y         float64 `xml:"y,attr"`
		Size      float64 `xml:"font-size,attr"`
		Direction string  `xml:"direction,attr"`
		Anchor    string  `xml:"text-anchor,attr"`
		Lang      string  `xml:"lang,attr"`
		Text      string  `xml:",chardata"`
	} `xml:"text"`
	Others []struct {
		XMLName xml.Name
	} `xml:",any"`
}

func drawn(t *testing.T, w *httptest.ResponseRecorder) (p picture) {
	t.Helper()
	if w.Code != 200 {
		t.Fatalf("%d: %s", w.Code, w.Body)
	}
	d := xml.NewDecoder(w.Body)
	d.Strict = true
	if err := d.Decode(&p); err != nil {
		t.Fatalf("not well-formed: %v\n%s", err, w.Body)
	}
	if _, err := d.Token(); err == nil {
		if _, err := d.Token(); err != io.EOF {
			t.Fatal("something stands behind the drawing")
		}
	}
	return p
}

// The picture and the frame say the numbers of the page, when they were so, and what must stand beside them.
func TestEmbedSaysWhatThePageSays(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		for i := range 3 {
			s.Sign(t, fmt.Sprintf("signer%d@example.org", i))
		}
		s.GrowAll(t)
		id := s.Letter.ID.String()
		h := served(t, s, allow("https://a.example"))
		p := drawn(t, get(h, "/embed/"+id+".svg?lang=en"))
		if p.Role != "img" || p.Lang != "en" || p.Title != "An open letter for Pavel Orlov" || !strings.HasPrefix(p.Desc, "3 e-mail addresses confirmed here\nas of 20 November 2026, 12:14 UTC") {
			t.Errorf("%+v", p)
		}
		var rows []string
		for _, text := range p.Texts {
			rows = append(rows, text.Text)
		}
		said := strings.Join(rows, " ")
		for _, want := range []string{"An open letter for Pavel Orlov", "3", "e-mail addresses confirmed here", "as of 20 November 2026, 12:14 UTC", "letters.example"} {
			if !strings.Contains(said, want) {
				t.Errorf("the picture lacks %q: %q", want, said)
			}
		}
		frame := get(h, "/embed/"+id+"?lang=ru").Body.String()
		for _, want := range []string{`<html lang="ru" dir="ltr">`, "Открытое письмо в защиту Павла Орлова", ">3<", "подтверждённых здесь адреса", "20\u00a0ноября 2026", `href="` + lettertest.URL + "/ru/" + lettertest.Case + "/" + lettertest.Slug + `" target="_blank" rel="noopener"`, `content="noindex"`} {
			if !strings.Contains(frame, want) {
				t.Errorf("the frame lacks %q:\n%s", want, frame)
			}
		}
		for _, bad := range []string{"<script", "<form", "<input", "style=", "data-live="} {
			if strings.Contains(frame, bad) {
				t.Errorf("the frame has %s", bad)
			}
		}
		page := get(h, "/en/"+lettertest.Case+"/"+lettertest.Slug).Body.String()
		if !regexp.MustCompile(`>3</strong>\s*<span[^>]*>e-mail addresses confirmed here<`).MatchString(page) {
			t.Error("the page says another number")
		}
	})
}

func TestEmbedOfALetterThatRests(t *testing.T) {
	f := lettertest.File()
	f.Pace = letter.Immediate
	each(t, lettertest.Options{File: f}, func(t *testing.T, s *lettertest.Site) {
		h := served(t, s, func(g *letter.Pages) {
			g.Embeds = []string{"https://a.example"}
			g.Frame = func(p ui.Page, _ *casefile.File) ui.Page { p.Rehearsal = true; return p }
		})
		id, p := s.Letter.ID.String(), s.Words.Printer("en")
		if body := get(h, "/embed/"+id).Body.String(); !strings.Contains(body, p.T("home.sign")) || !strings.Contains(body, p.T("rehearsal.banner")) {
			t.Errorf("an open letter: %s", body)
		}
		paused := *f
		paused.State = letter.Paused
		s.Apply(t, &paused)
		h = served(t, s, allow("https://a.example"))
		body := get(h, "/embed/"+id).Body.String()
		if !strings.Contains(body, p.T("letter.paused")) || strings.Contains(body, p.T("home.sign")) || !strings.Contains(body, p.T("home.read")) || strings.Contains(body, p.T("rehearsal.banner")) {
			t.Errorf("a paused letter: %s", body)
		}
		if d := drawn(t, get(h, "/embed/"+id+".svg")); !strings.Contains(d.Desc, p.T("letter.paused")) {
			t.Errorf("a paused letter's picture: %q", d.Desc)
		}
	})
}

// Whatever stands in a title, the picture is whole: well-formed, and every row within it.
func TestDrawingOfAnyTitle(t *testing.T) {
	for name, title := range map[string]string{
		"markup":     `</text><script>alert(1)</script>&"'<![CDATA[x]]>`,
		"entities":   "&#x0; &lt; &amp;amp; ]]> <!-- -- -->",
		"controls":   "a\x00b\x0bc\x1f\ufffe\uffffd\u202ee\u2066f",
		"bad UTF-8":  "a\xff\xfe\xc3(b",
		"one word":   strings.Repeat("Щ", 150),
		"one letter": "e" + strings.Repeat("\u0301", 80),
		"broad ones": strings.Repeat("﷽", 20) + strings.Repeat("𒐫", 20),
		"arabic":     "رسالة مفتوحة من أجل بافل أورلوف إلى المحكمة العليا في البلاد كلها",
		"chinese":    strings.Repeat("致最高法院的公开信", 10),
		"emoji":      strings.Repeat("👩‍👩‍👧‍👦", 30),
		"blank":      "   ",
	} {
		for _, tag := range []lang.Tag{"en", "ar"} {
			b := letter.Draw(tag, title, "ar", "12,480", "e-mail addresses confirmed here")
			var p picture
			if err := xml.Unmarshal(b, &p); err != nil {
				t.Errorf("%s in %s: %v\n%s", name, tag, err, b)
				continue
			}
			if len(p.Others) != 2 || p.Others[0].XMLName.Local != "rect" || p.Others[1].XMLName.Local != "rect" {
				t.Errorf("%s in %s: there is also %v", name, tag, p.Others)
			}
			if p.Width < 360 || p.Height > 2000 {
				t.Errorf("%s in %s: %v by %v", name, tag, p.Width, p.Height)
			}
			for _, text := range p.Texts {
				wide := letter.Breadth(text.Text, text.Size)
				left, right := text.X, text.X+wide
				if (text.Direction == "rtl") == (text.Anchor == "start") {
					left, right = text.X-wide, text.X
				}
				if left < 0 || right > p.Width || text.Y > p.Height || text.Y-text.Size < 0 {
					t.Errorf("%s in %s: %q lies from %v to %v of %v, at %v of %v", name, tag, text.Text, left, right, p.Width, text.Y, p.Height)
				}
				if want := map[string]string{"en": "ltr", "ar": "rtl"}[text.Lang]; text.Direction != want {
					t.Errorf("%s in %s: %q runs %s", name, tag, text.Text, text.Direction)
				}
			}
		}
	}
}

// A number is never cut: the picture grows with it.
func TestDrawingKeepsNumbersWhole(t *testing.T) {
	for number, least := range map[string]float64{"7": 360, "1,234,567": 360, "12\u00a0480\u00a0000": 360, "1,000,000,000,000": 500} {
		var p picture
		lettertest.Must(t, xml.Unmarshal(letter.Draw("en", "A title", "en", number, "words"), &p))
		if p.Texts[1].Text != number || p.Width < least || least == 360 && p.Width != least || letter.Breadth(number, 44)+40 > p.Width+1 {
			t.Errorf("%s: %q in %v", number, p.Texts[1].Text, p.Width)
		}
	}
}

// In a picture that reads from right to left all rows begin at the right, its own and those that run the other way.
func TestDrawingFromTheRight(t *testing.T) {
	for _, tc := range []struct {
		page, title lang.Tag
		x           float64
		anchors     [2]string // of the title, of the words
	}{
		{"en", "en", 20, [2]string{"start", "start"}}, {"en", "ar", 20, [2]string{"end", "start"}},
		{"ar", "ar", 340, [2]string{"start", "start"}}, {"ar", "en", 340, [2]string{"end", "start"}},
	} {
		var p picture
		lettertest.Must(t, xml.Unmarshal(letter.Draw(tc.page, "A title", tc.title, "12", "words"), &p))
		if len(p.Texts) != 3 || p.Texts[0].X != tc.x || p.Texts[2].X != tc.x || [2]string{p.Texts[0].Anchor, p.Texts[2].Anchor} != tc.anchors || p.Texts[0].Lang != string(tc.title) || p.Lang != string(tc.page) {
			t.Errorf("%s with a title in %s: %+v", tc.page, tc.title, p)
		}
	}
}

// The picture has the sheet's colours, and its policy lets in that style and no other.
func TestDrawingStyle(t *testing.T) {
	each(t, atOnce(), func(t *testing.T, s *lettertest.Site) {
		w := get(served(t, s, nil), "/embed/"+s.Letter.ID.String()+".svg")
		policy := w.Header().Get("Content-Security-Policy")
		p := drawn(t, w)
		sheet := string(ui.Assets()["style.css"].Body)
		colours := regexp.MustCompile(`#[0-9a-f]{6}`).FindAllString(p.Style, -1)
		if len(colours) != 8 {
			t.Errorf("%d colours in %s", len(colours), p.Style)
		}
		for _, c := range colours {
			if !strings.Contains(sheet, c) {
				t.Errorf("%s is no colour of the sheet", c)
			}
		}
		again := httptest.NewRecorder()
		web.Picture(again, p.Style, false)
		if policy != again.Header().Get("Content-Security-Policy") || !strings.Contains(policy, "sandbox") {
			t.Errorf("the policy is not for this style: %s", policy)
		}
	})
}

// A site offers the count only if it lets somebody show it, and what is to be copied is whole HTML whatever the title.
func TestEmbedSection(t *testing.T) {
	f := lettertest.File()
	f.Title["en"] = `Let "Pavel" <go> & 'home'`
	each(t, lettertest.Options{File: f}, func(t *testing.T, s *lettertest.Site) {
		id := s.Letter.ID.String()
		frame, image := letter.Snippets(opened(s, "https://a.example"), "en", s.Letter)
		if want := `<iframe src="` + lettertest.URL + "/embed/" + id + `" title="Signatures counted: Let &#34;Pavel&#34; &lt;go&gt; &amp; &#39;home&#39;" width="360"`; !strings.HasPrefix(frame, want) {
			t.Errorf("%s\nwant %s", frame, want)
		}
		if !strings.Contains(image, `<img src="`+lettertest.URL+"/embed/"+id+`.svg?lang=en" alt="Signatures counted: Let &#34;Pavel&#34; `) {
			t.Error(image)
		}
		for _, snippet := range []string{frame, image} {
			if strings.Count(snippet, `referrerpolicy="no-referrer"`) != 1 || strings.ContainsAny(regexp.MustCompile(`"[^"]*"`).ReplaceAllString(snippet, ""), "'&") {
				t.Error(snippet)
			}
		}
		for _, tc := range []struct {
			origins []string
			want    bool
		}{{nil, false}, {[]string{"https://a.example"}, true}} {
			body := letter.EmbedSection(t, opened(s, tc.origins...), "ru", s.Letter)
			if strings.Contains(body, "/embed/"+id+".svg?lang=ru") != tc.want || strings.Contains(body, "<details") != tc.want || (body == "") == tc.want {
				t.Errorf("%v: %s", tc.origins, body)
			}
		}
	})
}

func opened(s *lettertest.Site, origins ...string) *letter.Pages {
	nothing := func(*lang.Printer, *casefile.File) templ.Component { return templ.NopComponent }
	return &letter.Pages{Book: s.Book, Words: s.Words, Embeds: origins, Frame: func(p ui.Page, _ *casefile.File) ui.Page { return p }, Glance: nothing, Publication: nothing}
}

// only is a letter in one language.
func only(tag lang.Tag, title string) *letter.File {
	f := lettertest.File()
	one := func(s string) casefile.Text { return casefile.Text{tag: s} }
	f.Title, f.Addressee, f.Demand, f.Body, f.RunBy = one(title), one("Addressee "+strconv.Itoa(1)), one("Demand"), one("Body"), one("Run by")
	return f
}

// A letter may be in any language: it is shown in its own, marked, with a note in the reader's; and no reader gets a neighbour's language by guess.
func TestLetterInALanguageOfItsOwn(t *testing.T) {
	for tag, want := range map[lang.Tag]struct{ dir, name string }{"ka": {"ltr", "ქართული"}, "ckb": {"rtl", "کوردیی ناوەندی"}, "sr-Latn": {"ltr", "Srpski"}, "dv": {"rtl", "ދިވެހި"}} {
		t.Run(string(tag), func(t *testing.T) {
			each(t, lettertest.Options{File: only(tag, "The title")}, func(t *testing.T, s *lettertest.Site) {
				h := served(t, s, nil)
				for _, reader := range []lang.Tag{"en", "ru"} {
					body := get(h, "/"+string(reader)+"/"+lettertest.Case+"/"+lettertest.Slug).Body.String()
					for _, part := range []string{
						`<html lang="` + string(reader) + `" dir="ltr">`, `<h1 lang="` + string(tag) + `" dir="` + want.dir + `">The title</h1>`,
						s.Words.Printer(reader).T("site.untranslated", "Language", want.name),
					} {
						if !strings.Contains(body, part) {
							t.Errorf("%s: lacks %s", reader, part)
						}
					}
				}
				for _, accept := range []string{"be", "uk-UA,uk;q=0.9", "kk", "ka"} {
					body := get(h, "/embed/"+s.Letter.ID.String(), "Accept-Language", accept).Body.String()
					if !strings.Contains(body, `<html lang="en"`) || !strings.Contains(body, `lang="`+string(tag)+`"`) {
						t.Errorf("%s gets %.300s", accept, body)
					}
				}
			})
		})
	}
}

func TestTextChoice(t *testing.T) {
	f := lettertest.File()
	for tag, s := range map[lang.Tag]string{"ka": "ღია წერილი", "ckb": "نامەی کراوە"} {
		f.Title[tag], f.Addressee[tag], f.Demand[tag], f.Body[tag], f.RunBy[tag] = s, s, s, s, s
	}
	each(t, lettertest.Options{File: f}, func(t *testing.T, s *lettertest.Site) {
		for _, tc := range []struct {
			reader lang.Tag
			wish   string
			chosen lang.Tag
			shown  lang.Tag
			note   bool
			others string
		}{
			{"en", "", "", "en", false, `/en/orlov/home?text=ru ltr Русский, /en/orlov/home?text=ckb rtl کوردیی ناوەندی, /en/orlov/home?text=ka ltr ქართული`},
			{"en", "ka", "ka", "ka", false, `/en/orlov/home ltr English, /en/orlov/home?text=ru ltr Русский, /en/orlov/home?text=ckb rtl کوردیی ناوەندی`},
			{"ru", "ckb", "ckb", "ckb", false, `/ru/orlov/home?text=en ltr English, /ru/orlov/home ltr Русский, /ru/orlov/home?text=ka ltr ქართული`},
			{"en", "en", "", "en", false, ""}, {"en", "xx", "", "en", false, ""}, {"en", "ka ", "", "en", false, ""}, {"en", "KA", "", "en", false, ""},
			{"ru", "ka&x=1", "", "ru", false, ""},
		} {
			chosen, shown, note, body := letter.Choose(t, opened(s), tc.reader, s.Letter, tc.wish)
			if chosen != tc.chosen || shown != tc.shown || note != tc.note {
				t.Errorf("%s wishes %q: %s, %s, %v", tc.reader, tc.wish, chosen, shown, note)
			}
			var links []string
			for _, m := range regexp.MustCompile(`<a href="([^"]*)" hreflang="([^"]*)" lang="([^"]*)" dir="([^"]*)">([^<]*)</a>`).FindAllStringSubmatch(body, -1) {
				if m[2] != m[3] {
					t.Errorf("%q", m)
				}
				links = append(links, m[1]+" "+m[4]+" "+m[5])
			}
			if got := strings.Join(links, ", "); tc.others != "" && got != tc.others || len(links) != 3 {
				t.Errorf("%s wishes %q: links to\n%s\nwant\n%s", tc.reader, tc.wish, got, tc.others)
			}
		}
	})
	each(t, lettertest.Options{File: only("ka", "ღია წერილი")}, func(t *testing.T, s *lettertest.Site) {
		if chosen, shown, note, body := letter.Choose(t, opened(s), "en", s.Letter, "ka"); chosen != "" || shown != "ka" || !note || body != "" {
			t.Errorf("a letter in one language: %q, %q, %v, %s", chosen, shown, note, body)
		}
	})
}
