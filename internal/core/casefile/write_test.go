package casefile

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// grow fills a value by its type with what a file could hold: every vocabulary, every date form, and texts made to be hard
// to write down. Nothing that it makes needs to be true or allowed: form alone is tested with it.
func grow(t *rapid.T, v reflect.Value, depth int) {
	switch v.Interface().(type) {
	case Date:
		v.Set(reflect.ValueOf(growDate(t)))
		return
	case Span:
		v.Set(reflect.ValueOf(growSpan(t)))
		return
	case Geo:
		v.Set(reflect.ValueOf(Geo{rapid.IntRange(-9000, 9000).Draw(t, "lat"), rapid.IntRange(-18000, 18000).Draw(t, "lon")}))
		return
	case Text:
		text := Text{}
		for _, tag := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"en", "ru", "ar", "no", "sr-Latn"}), 1, 3, rapid.ID[string]).Draw(t, "tags") {
			reflect.ValueOf(text).SetMapIndex(reflect.ValueOf(tag).Convert(tagType), reflect.ValueOf(growText(t)))
		}
		v.Set(reflect.ValueOf(text))
		return
	}
	if k, ok := v.Interface().(vocabulary); ok {
		v.SetString(rapid.SampledFrom(k.Known()).Draw(t, "word"))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		grow(t, v.Elem(), depth+1)
		if v.Elem().IsZero() {
			v.SetZero() // a mapping of nothing is not written
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("yaml") == "-" {
				continue // of a projection, and of no file
			}
			if rapid.IntRange(0, 2).Draw(t, "there") > 0 {
				grow(t, v.Field(i), depth+1)
			}
		}
		if p, ok := v.Addr().Interface().(*Partial); ok && p.Date == (Span{}) {
			*p = Partial{}
		}
	case reflect.Slice:
		for range rapid.IntRange(0, 3).Draw(t, "items") {
			item := reflect.New(v.Type().Elem()).Elem()
			grow(t, item, depth+1)
			if !item.IsZero() {
				v.Set(reflect.Append(v, item))
			}
		}
	case reflect.String:
		if v.Type() == tagType {
			v.SetString(rapid.SampledFrom([]string{"en", "ru", "no"}).Draw(t, "tag"))
			return
		}
		v.SetString(growText(t))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "truth"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64Range(0, 1<<31-1).Draw(t, "number"))
	default:
		panic(fmt.Sprint("no values of ", v.Type()))
	}
}

func growDate(t *rapid.T) Date {
	d := Date{Year: rapid.IntRange(1800, 2200).Draw(t, "year")}
	if rapid.Bool().Draw(t, "month told") {
		d.Month = rapid.IntRange(1, 12).Draw(t, "month")
		if rapid.Bool().Draw(t, "day told") {
			d.Day = rapid.IntRange(1, days(d.Year, d.Month)).Draw(t, "day")
		}
	}
	return d
}

func growSpan(t *rapid.T) Span {
	s := Span{How: How(rapid.IntRange(0, 4).Draw(t, "how"))}
	if s.How == Unknown {
		return s
	}
	s.From = growDate(t)
	if to := growDate(t); s.How == Exactly && to.Last().Compare(s.From.Last()) > 0 {
		s.To = to
	}
	return s
}

// growText makes a text of pieces that YAML readers stumble over.
func growText(t *rapid.T) string {
	piece := rapid.OneOf(
		rapid.SampledFrom([]string{"no", "~", "null", "true", "1e3", "0x1F", "2023-07-25", "- ", "? ", ": ", " #", "#", "&a", "*a", "!x", "%", "@", "`",
			"|", ">", "{", "}", "[", "]", ",", "'", "\"", "\\", "\\n", "---", "...", "\n", "\n\n", "\n  ", "\n- ", "\n# ", "\n---\n", "\t", " \n", "\t\n",
			"«", "»", "ё", "مرحبا", "\u200f", "é", "👩‍👧", "a: b", "<<", "=", " ", "\u00a0", "\u3000", "«Рабкор»", "\n\t", "key:\n  value"}),
		rapid.StringMatching(`[a-zа-я ]{1,12}`),
		rapid.Map(rapid.Rune(), func(r rune) string {
			if unfit(r) || r == 0xfffd {
				return "x"
			}
			return string(r)
		}),
	)
	s := strings.TrimSpace(strings.Join(rapid.SliceOfN(piece, 1, 8).Draw(t, "text"), ""))
	if s == "" {
		return "x"
	}
	return s
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f File
		grow(t, reflect.ValueOf(&f).Elem(), 0)
		if reflect.ValueOf(f).IsZero() {
			t.Skip("an empty file is not written")
		}
		src, err := Marshal(&f)
		if err != nil {
			t.Fatal(err)
		}
		var again bare
		if err := Decode(src, &again); err != nil {
			t.Fatalf("%v\n%s", err, src)
		}
		if d := cmp.Diff(f, again.File); d != "" {
			t.Fatalf("changed on the way (-wrote +read):\n%s\n%s", d, src)
		}
		if twice, _ := Marshal(again); string(twice) != string(src) {
			t.Fatalf("written twice it differs:\n%s", cmp.Diff(string(src), string(twice)))
		}
		var stored bare
		if err := readJSON(writeJSON(f), &stored); err != nil {
			t.Fatalf("as JSON: %v", err)
		}
		if d := cmp.Diff(f, stored.File); d != "" {
			t.Fatalf("changed as JSON:\n%s", d)
		}
		if changes := Diff(f, again); len(changes) > 0 {
			t.Fatalf("no difference, yet Diff lists %v", changes)
		}
		// A reader of YAML that is not ours understands the same.
		var other any
		if err := yaml.Unmarshal(src, &other); err != nil {
			t.Fatalf("go-yaml's own decoder: %v\n%s", err, src)
		}
	})
}

func TestDemoRoundTrip(t *testing.T) {
	w := demo(t)
	src, err := Marshal(w)
	if err != nil {
		t.Fatal(err)
	}
	again, err := read(string(src))
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	if d := cmp.Diff(w, again); d != "" {
		t.Errorf("changed on the way:\n%s", d)
	}
	for _, line := range []string{"campaign:\n  slug: kagarlitsky-2023\n", "  summary:\n    en: |\n      Boris Kagarlitsky, a sociologist",
		"  - {kind: publishing_ban}\n", "      - {en: Moscow, ru: Москва}\n", "    body:\n      en: |\n"} {
		if !strings.Contains(string(src), line) {
			t.Errorf("the exported file lacks %q:\n%s", line, src)
		}
	}
	if n := strings.Index(string(src), "person:"); n < 0 || n > strings.Index(string(src), "\ncase:") {
		t.Error("the order of the file is not the order of its fields")
	}
}
