package letter_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/lang"
	"outcry/receipt"
)

// sources is a campaign file with one source.
func sources(id casefile.SourceID) *casefile.Source {
	if id == "novosti" {
		return &casefile.Source{ID: id}
	}
	return nil
}

func TestCheck(t *testing.T) {
	report := letter.Report{Value: 100, Source: "novosti", AsOf: casefile.Date{Year: 2023, Month: 12}}
	for name, c := range map[string]struct {
		spoil func(*letter.File)
		paths []string
	}{
		"nothing":                {func(f *letter.File) {}, nil},
		"draft":                  {func(f *letter.File) { f.State = letter.Draft }, nil},
		"with a report":          {func(f *letter.File) { f.Reports = []letter.Report{report} }, nil},
		"last version":           {func(f *letter.File) { f.Version = 65535 }, nil},
		"longest title":          {func(f *letter.File) { f.Title["en"] = strings.Repeat("x", 200) }, nil},
		"longest body":           {func(f *letter.File) { f.Body["en"] = strings.Repeat("x", 64<<10) }, nil},
		"rehearsal":              {func(f *letter.File) { f.Rehearsal = 100_000 }, nil},
		"no slug":                {func(f *letter.File) { f.Slug = "" }, []string{".slug"}},
		"slug in capitals":       {func(f *letter.File) { f.Slug = "Home" }, []string{".slug"}},
		"slug with a slash":      {func(f *letter.File) { f.Slug = "a/b" }, []string{".slug"}},
		"slug with two hyphens":  {func(f *letter.File) { f.Slug = "a--b" }, []string{".slug"}},
		"slug of another script": {func(f *letter.File) { f.Slug = "дом" }, []string{".slug"}},
		"slug is reserved":       {func(f *letter.File) { f.Slug = "sign" }, []string{".slug"}},
		"no state":               {func(f *letter.File) { f.State = "" }, []string{".state"}},
		"version 0":              {func(f *letter.File) { f.Version = 0 }, []string{".version"}},
		"version 65536":          {func(f *letter.File) { f.Version = 65536 }, []string{".version"}},
		"no date":                {func(f *letter.File) { f.Dated = casefile.Date{} }, []string{".dated"}},
		"a month":                {func(f *letter.File) { f.Dated.Day = 0 }, []string{".dated"}},
		"no title at all": {func(f *letter.File) { f.Title = nil },
			[]string{".addressee.en", ".addressee.ru", ".body.en", ".body.ru", ".demand.en", ".demand.ru", ".title"}},
		"no title in one":       {func(f *letter.File) { delete(f.Title, "ru") }, []string{".addressee.ru", ".body.ru", ".demand.ru"}},
		"no addressee in one":   {func(f *letter.File) { delete(f.Addressee, "ru") }, []string{".addressee"}},
		"no demand in one":      {func(f *letter.File) { delete(f.Demand, "en") }, []string{".demand"}},
		"an empty body":         {func(f *letter.File) { f.Body["ru"] = "" }, []string{".body"}},
		"nobody runs it":        {func(f *letter.File) { delete(f.RunBy, "en") }, []string{".run_by"}},
		"a language too many":   {func(f *letter.File) { f.Demand["de"] = "Freiheit" }, []string{".demand.de"}},
		"a long addressee":      {func(f *letter.File) { f.Addressee["en"] = strings.Repeat("x", 301) }, []string{".addressee.en"}},
		"a long demand":         {func(f *letter.File) { f.Demand["ru"] = strings.Repeat("я", 151) }, []string{".demand.ru"}},
		"a long body":           {func(f *letter.File) { f.Body["en"] = strings.Repeat("x", 64<<10+1) }, []string{".body.en"}},
		"a long title":          {func(f *letter.File) { f.Title["en"] = strings.Repeat("x", 201) }, []string{".title.en"}},
		"a title of two lines":  {func(f *letter.File) { f.Title["ru"] = "a\nb" }, []string{".title.ru"}},
		"no contact":            {func(f *letter.File) { f.Contact = "" }, []string{".contact"}},
		"less than no signers":  {func(f *letter.File) { f.Rehearsal = -1 }, []string{".rehearsal_signers"}},
		"too many made up":      {func(f *letter.File) { f.Rehearsal = 100_001 }, []string{".rehearsal_signers"}},
		"report without number": {func(f *letter.File) { r := report; r.Value = 0; f.Reports = []letter.Report{report, r} }, []string{".reports[1].value"}},
		"report without source": {func(f *letter.File) { r := report; r.Source = "none"; f.Reports = []letter.Report{r} }, []string{".reports[0].source"}},
		"report without time":   {func(f *letter.File) { r := report; r.AsOf = casefile.Date{}; f.Reports = []letter.Report{r} }, []string{".reports[0].as_of"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := lettertest.File()
			c.spoil(f)
			var paths []string
			for _, p := range f.Check("letters[3]", sources) {
				rest, ok := strings.CutPrefix(p.Path, "letters[3]")
				if !ok || p.Say == "" {
					t.Errorf("%+v says not where, or not what", p)
				}
				paths = append(paths, rest)
			}
			slices.Sort(paths)
			if diff := cmp.Diff(c.paths, paths); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The manifest's bytes are for good: who signed, signed their hash.
func TestManifestBytes(t *testing.T) {
	id := receipt.Letter{0xab, 15: 0x01}
	texts := map[lang.Tag]letter.Wording{
		"ru": {Title: "Письмо", Body: "Свободу!\n\n*Всем.*", Demand: "Отпустите", Addressee: "Суду"},
		"en": {Title: `A "letter" <&> more`, Body: "Free\tthem\u2028all", Demand: "Let go", Addressee: "The court"},
	}
	const golden = `{"letter":"ab000000000000000000000000000001","texts":{` +
		`"en":{"addressee":"The court","body":"Free\tthem\u2028all","demand":"Let go","title":"A \"letter\" <&> more"},` +
		`"ru":{"addressee":"Суду","body":"Свободу!\n\n*Всем.*","demand":"Отпустите","title":"Письмо"}},"version":7}`
	for range 5 { // a map's order is drawn anew each time
		if got := string(letter.Manifest(id, 7, texts)); got != golden {
			t.Fatalf("got  %s\nwant %s", got, golden)
		}
	}
	const hash = "edfb2be6a0729676326c356ad936f8374e3bfe4cd94e4bc17a6a6bc7554919d6"
	if sum := sha256.Sum256([]byte(golden)); hex.EncodeToString(sum[:]) != hash {
		t.Errorf("its hash is %x", sum)
	}
	// Sorted keys mean: reading it as any JSON and writing that again changes nothing.
	var any map[string]any
	if err := json.Unmarshal([]byte(golden), &any); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(any); err != nil || strings.TrimSuffix(b.String(), "\n") != golden {
		t.Errorf("written again: %s %v", b.String(), err)
	}
}

func TestWordingStandsIn(t *testing.T) {
	l := &letter.Letter{Texts: map[lang.Tag]letter.Wording{"ru": {Title: "Письмо"}, "uk": {Title: "Лист"}}, About: letter.About{Languages: []lang.Tag{"uk", "ru"}}}
	for want, is := range map[lang.Tag]lang.Tag{"ru": "ru", "uk": "uk", "en": "uk", "": "uk"} {
		w, tag := l.Wording(want)
		if tag != is || w != l.Texts[is] {
			t.Errorf("%s: %v in %s", want, w, tag)
		}
	}
}

func TestPace(t *testing.T) {
	at := func(clock string) time.Time {
		d, err := time.Parse("15:04:05", clock)
		lettertest.Must(t, err)
		return time.Date(2026, 11, 20, d.Hour(), d.Minute(), d.Second(), 0, time.UTC)
	}
	for now, due := range map[string]string{"12:00:00": "12:10:00", "12:00:01": "12:10:00", "12:09:59": "12:10:00", "12:10:00": "12:20:00", "23:49:59": "23:50:00"} {
		if got := letter.Steady.NotBefore(at(now)); !got.Equal(at(due)) {
			t.Errorf("queued at %s, due at %s, want %s", now, got, due)
		}
		if got := letter.Steady.CountedBy(at(now)); !got.Equal(at(due)) {
			t.Errorf("queued at %s, said to be counted at %s, want %s", now, got, due)
		}
	}
	for now, by := range map[string]string{"12:00:00": "12:01:00", "12:00:59": "12:01:00", "12:59:30": "13:00:00"} {
		if got := letter.Immediate.CountedBy(at(now)); !got.Equal(at(by)) {
			t.Errorf("signed at %s, said to be counted at %s, want %s", now, got, by)
		}
		if !letter.Immediate.NotBefore(at(now)).IsZero() {
			t.Errorf("at once is not at once at %s", now)
		}
	}
	if letter.Immediate.Consequence() == letter.Steady.Consequence() || letter.Steady.Consequence() == "" {
		t.Error("the paces' consequences are not told apart")
	}
}

func TestCampaignID(t *testing.T) {
	a, b := letter.CampaignID("orlov"), letter.CampaignID("petrov")
	if a == b || a != letter.CampaignID("orlov") {
		t.Fatal("a campaign's name is not its case's")
	}
	sum := sha256.Sum256([]byte("outcry campaign\norlov"))
	if a != receipt.Campaign(sum[:16]) {
		t.Fatal("another installation would name the campaign otherwise")
	}
}
