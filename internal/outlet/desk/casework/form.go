package casework

import (
	"fmt"
	"math"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

const (
	rowsMost = 500    // of a list in one form
	textMost = 40_000 // characters of a text
)

var (
	textType = reflect.TypeFor[casefile.Text]()
	dateType = reflect.TypeFor[casefile.Date]()
	spanType = reflect.TypeFor[casefile.Span]()
	tagType  = reflect.TypeFor[lang.Tag]()
)

// vocabulary is a type whose values come from a closed list.
type vocabulary interface{ Known() []string }

// terms are the values that a type may have, if they are few. What is sealed is never kept, and can't be chosen.
func terms(t reflect.Type) []string {
	if t.Kind() != reflect.String {
		return nil
	}
	v, ok := reflect.Zero(t).Interface().(vocabulary)
	if !ok {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(v.Known()), func(s string) bool {
		return t == reflect.TypeFor[casefile.Visibility]() && s == string(casefile.Sealed)
	})
}

// ref tells a type that names something else in the file.
func ref(t reflect.Type) bool {
	return t == reflect.TypeFor[casefile.SourceID]() || t == reflect.TypeFor[casefile.InstitutionID]() || t == reflect.TypeFor[casefile.ProceedingID]()
}

// member is a field of a struct under the name that a campaign file has for it.
type member struct {
	word string
	at   int
}

func members(t reflect.Type) (list []member) {
	for i := range t.NumField() {
		word, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if word != "" && word != "-" {
			list = append(list, member{word, i})
		}
	}
	return list
}

// kind is how a type stands in a form.
type kind uint8

const (
	lineKind    kind = iota // one text, in no language
	wordsKind               // a text for each language
	choiceKind              // one of a closed list, or of what the file has
	severalKind             // some of it
	codesKind               // short words with spaces between them
	tickKind                // yes or nothing
	numberKind              // a whole number
	dateKind                // a day, a month or a year
	spanKind                // what is known of a time
	groupKind               // fields
	listKind                // any number of the same
)

func kindOf(t reflect.Type) kind {
	switch t {
	case textType:
		return wordsKind
	case dateType:
		return dateKind
	case spanType:
		return spanKind
	}
	switch t.Kind() {
	case reflect.Pointer:
		return kindOf(t.Elem())
	case reflect.Struct:
		return groupKind
	case reflect.Bool:
		return tickKind
	case reflect.Int, reflect.Int64:
		return numberKind
	case reflect.Slice:
		switch e := t.Elem(); {
		case terms(e) != nil || ref(e):
			return severalKind
		case e.Kind() == reflect.String:
			return codesKind
		}
		return listKind
	}
	if terms(t) != nil || ref(t) {
		return choiceKind
	}
	return lineKind
}

// hows are the words of a form for how a date is meant.
var hows = []string{"", "about", "after", "before", "unknown"}

var howOf = map[casefile.How]string{casefile.Exactly: "", casefile.About: "about", casefile.After: "after", casefile.Before: "before", casefile.Unknown: "unknown"}

// put writes a value into a form, under a name. What the form leaves out (skip, by the names of fields of the outermost struct) isn't written.
func put(form url.Values, name string, v reflect.Value, skip ...string) {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v = reflect.Zero(v.Type().Elem())
		} else {
			v = v.Elem()
		}
	}
	switch kindOf(v.Type()) {
	case wordsKind:
		for tag, s := range v.Interface().(casefile.Text) {
			form.Set(name+"."+string(tag), s)
		}
	case dateKind:
		form.Set(name, v.Interface().(casefile.Date).String())
	case spanKind:
		s := v.Interface().(casefile.Span)
		form.Set(name+".how", howOf[s.How])
		form.Set(name+".from", s.From.String())
		form.Set(name+".to", s.To.String())
	case groupKind:
		for _, m := range members(v.Type()) {
			if !slices.Contains(skip, m.word) {
				put(form, name+"."+m.word, v.Field(m.at))
			}
		}
	case tickKind:
		if v.Bool() {
			form.Set(name, "1")
		}
	case numberKind:
		if n := v.Int(); n != 0 {
			form.Set(name, strconv.FormatInt(n, 10))
		}
	case severalKind:
		for i := range v.Len() {
			form.Add(name, v.Index(i).String())
		}
	case codesKind:
		var all []string
		for i := range v.Len() {
			all = append(all, v.Index(i).String())
		}
		form.Set(name, strings.Join(all, " "))
	case listKind:
		form.Set(name+".n", strconv.Itoa(v.Len()))
		for i := range v.Len() {
			put(form, fmt.Sprintf("%s.%d", name, i), v.Index(i))
		}
	default:
		form.Set(name, v.String())
	}
}

// wrong is a field of a form that can't be read, and the words for it.
type wrong struct {
	name string
	key  string // below desk.casework.bad
	args []any
}

// taker reads a form.
type taker struct {
	form   url.Values
	used   map[string]bool
	wrongs []wrong
}

// take reads what put wrote, into v: what the form has no field for (skip) stays as it is. It tells of each field that can't be read, and of each that
// nobody asked for.
func take(form url.Values, name string, v reflect.Value, skip ...string) []wrong {
	t := &taker{form: form, used: map[string]bool{}}
	t.take(name, v, skip...)
	var strange []string
	for k := range form {
		if strings.HasPrefix(k, name+".") && !t.used[k] {
			strange = append(strange, k)
		}
	}
	slices.Sort(strange)
	for _, k := range strange {
		t.bad(k, "strange", "Name", lang.Bounded(strings.ToValidUTF8(k, "�"), 60))
	}
	return t.wrongs
}

func (t *taker) bad(name, key string, args ...any) {
	t.wrongs = append(t.wrongs, wrong{name, key, args})
}

// get is what stands in a field, without the space around it.
func (t *taker) get(name string) string {
	t.used[name] = true
	s := strings.TrimSpace(strings.ReplaceAll(t.form.Get(name), "\r\n", "\n"))
	switch r := unfit(s); {
	case r != 0:
		t.bad(name, "character", "Code", fmt.Sprintf("U+%04X", r))
		return ""
	case utf8.RuneCountInString(s) > textMost:
		t.bad(name, "long", "Number", textMost)
		return ""
	}
	return s
}

// unfit finds a character that no file may hold: a control, half a character, or an override of direction, by which a text reads as what it is not. 0: none.
func unfit(s string) rune {
	if !utf8.ValidString(s) {
		return utf8.RuneError
	}
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t':
		case r < ' ', r >= 0x7f && r < 0xa0, r == 0x2028, r == 0x2029, r == 0xfeff, r >= 0xfffd && r <= 0xffff, r == 0x202d, r == 0x202e:
			return max(r, 1)
		}
	}
	return 0
}

func (t *taker) take(name string, v reflect.Value, skip ...string) {
	if v.Kind() == reflect.Pointer {
		inner := reflect.New(v.Type().Elem())
		if !v.IsNil() {
			inner.Elem().Set(v.Elem())
		}
		t.take(name, inner.Elem())
		if inner.Elem().IsZero() {
			v.SetZero()
		} else {
			v.Set(inner)
		}
		return
	}
	switch kindOf(v.Type()) {
	case wordsKind:
		t.words(name, v)
	case dateKind:
		v.Set(reflect.ValueOf(t.date(name)))
	case spanKind:
		v.Set(reflect.ValueOf(t.span(name)))
	case groupKind:
		for _, m := range members(v.Type()) {
			if !slices.Contains(skip, m.word) {
				t.take(name+"."+m.word, v.Field(m.at))
			}
		}
	case tickKind:
		v.SetBool(t.get(name) != "")
	case numberKind:
		v.SetInt(t.number(name, v.Kind() == reflect.Int))
	case severalKind:
		t.several(name, v)
	case codesKind:
		t.codes(name, v)
	case listKind:
		t.list(name, v)
	case choiceKind:
		s := t.get(name)
		if known := terms(v.Type()); known != nil && s != "" && !slices.Contains(known, s) {
			t.bad(name, "choice")
			return
		}
		v.SetString(s)
	default:
		s := t.get(name)
		if v.Type() == tagType {
			s = string(t.tag(name, s))
		}
		v.SetString(s)
	}
}

// words reads a text in each language that the form has it in.
func (t *taker) words(name string, v reflect.Value) {
	text := casefile.Text{}
	var keys []string
	for k := range t.form {
		if tag, ok := strings.CutPrefix(k, name+"."); ok && !strings.Contains(tag, ".") {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		tag := strings.TrimPrefix(k, name+".")
		if c, ok := lang.Canonical(tag); !ok || string(c) != tag {
			continue // told of as a field that nobody asked for
		}
		if s := t.get(k); s != "" {
			text[lang.Tag(tag)] = s
		}
	}
	if len(text) == 0 {
		text = nil
	}
	v.Set(reflect.ValueOf(text))
}

func (t *taker) tag(name, s string) lang.Tag {
	if s == "" {
		return ""
	}
	tag, ok := lang.Canonical(s)
	if !ok {
		t.bad(name, "tag")
		return ""
	}
	return tag
}

func (t *taker) date(name string) casefile.Date {
	s := t.get(name)
	if s == "" {
		return casefile.Date{}
	}
	d, err := casefile.ParseDate(s)
	if err != nil {
		t.bad(name, "date")
	}
	return d
}

func (t *taker) span(name string) (s casefile.Span) {
	how := t.get(name + ".how")
	before := len(t.wrongs)
	s.From, s.To = t.date(name+".from"), t.date(name+".to")
	if len(t.wrongs) > before {
		return casefile.Span{}
	}
	for h, word := range howOf {
		if word == how {
			s.How = h
		}
	}
	none := casefile.Date{}
	switch {
	case !slices.Contains(hows, how):
		t.bad(name+".how", "choice")
	case s.How == casefile.Unknown && (s.From != none || s.To != none):
		t.bad(name+".from", "unknown_dated")
	case s.How == casefile.Unknown:
		return s
	case s.From == none && (s.To != none || s.How != casefile.Exactly):
		t.bad(name+".from", "from")
	case s.To != none && s.How != casefile.Exactly:
		t.bad(name+".to", "to")
	case s.To != none && s.To.Last().Compare(s.From.Last()) <= 0:
		t.bad(name+".to", "order")
	default:
		return s
	}
	return casefile.Span{}
}

// number reads a whole number; small: one that every machine can hold.
func (t *taker) number(name string, small bool) int64 {
	s := t.get(name)
	if s == "" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	south := strings.HasSuffix(name, ".geo.lat") || strings.HasSuffix(name, ".geo.lon")
	if err != nil || n < 0 && !south || n < math.MinInt32 || small && n > math.MaxInt32 {
		t.bad(name, "number")
		return 0
	}
	return n
}

// several reads some of a closed list, in the order that they had.
func (t *taker) several(name string, v reflect.Value) {
	t.used[name] = true
	known := terms(v.Type().Elem())
	var given []string
	for _, s := range t.form[name] {
		switch {
		case s == "" || slices.Contains(given, s):
		case len(given) >= rowsMost || unfit(s) != 0 || len(s) > textMost || known != nil && !slices.Contains(known, s):
			t.bad(name, "choice")
			return
		default:
			given = append(given, s)
		}
	}
	had := map[string]int{}
	for i := range v.Len() {
		had[v.Index(i).String()] = i + 1
	}
	slices.SortStableFunc(given, func(a, b string) int {
		if had[a] == 0 || had[b] == 0 {
			return had[b] - had[a] // what is new stands behind what was there
		}
		return had[a] - had[b]
	})
	out := reflect.Zero(v.Type())
	for _, s := range given {
		item := reflect.New(v.Type().Elem()).Elem()
		item.SetString(s)
		out = reflect.Append(out, item)
	}
	v.Set(out)
}

// codes reads short words with spaces or commas between them.
func (t *taker) codes(name string, v reflect.Value) {
	out := reflect.Zero(v.Type())
	for _, s := range strings.FieldsFunc(t.get(name), func(r rune) bool { return r == ' ' || r == ',' || r == '\n' || r == '\t' || r == '،' }) {
		if v.Type().Elem() == tagType {
			if s = string(t.tag(name, s)); s == "" {
				break
			}
		}
		item := reflect.New(v.Type().Elem()).Elem()
		item.SetString(s)
		out = reflect.Append(out, item)
	}
	v.Set(out)
}

// list reads as many as the form says there are; what is empty is none.
func (t *taker) list(name string, v reflect.Value) {
	n := rows(t.form, name)
	t.used[name+".n"] = true
	if t.form.Get(name+".n") != strconv.Itoa(n) && t.form.Get(name+".n") != "" {
		t.bad(name, "rows", "Number", rowsMost)
	}
	out := reflect.Zero(v.Type())
	for i := range n {
		item := reflect.New(v.Type().Elem()).Elem()
		if i < v.Len() {
			item.Set(v.Index(i))
		}
		t.take(fmt.Sprintf("%s.%d", name, i), item)
		if !item.IsZero() {
			out = reflect.Append(out, item)
		}
	}
	v.Set(out)
}

// rows is how many items of a list a form has.
func rows(form url.Values, name string) int {
	n, err := strconv.Atoi(form.Get(name + ".n"))
	if err != nil || n < 0 {
		return 0
	}
	return min(n, rowsMost)
}

// grow adds an empty item to a list of a form.
func grow(form url.Values, name string) {
	form.Set(name+".n", strconv.Itoa(min(rows(form, name)+1, rowsMost)))
}

// shrink takes an item out of a list of a form; those behind it move up.
func shrink(form url.Values, name string, at int) {
	n := rows(form, name)
	if at < 0 || at >= n {
		return
	}
	moved := url.Values{}
	for k, v := range form {
		rest, ok := strings.CutPrefix(k, name+".")
		index, tail, deep := strings.Cut(rest, ".")
		i, err := strconv.Atoi(index)
		switch {
		case !ok || err != nil || i < at:
			moved[k] = v
		case i > at && deep:
			moved[fmt.Sprintf("%s.%d.%s", name, i-1, tail)] = v
		case i > at:
			moved[fmt.Sprintf("%s.%d", name, i-1)] = v
		}
	}
	moved.Set(name+".n", strconv.Itoa(n-1))
	clear(form)
	for k, v := range moved {
		form[k] = v
	}
}
