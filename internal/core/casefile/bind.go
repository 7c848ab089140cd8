package casefile

import (
	"encoding"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"outcry/internal/kernel/lang"
)

// Checker is what a file is read into: a pointer to [File], or to a larger struct that embeds it inline. Check returns what
// is wrong beyond the form, each with its path; a struct that embeds File and checks more calls File.Check itself.
type Checker interface{ Check() Problems }

// Decode reads a campaign file into a pointer to a struct. Unknown and repeated keys, empty values and words outside a
// vocabulary are errors; all errors of the file, of form and of rules, come at once as [Problems], each with its place.
// After an error into holds what could be read and is not to be used.
func Decode(src []byte, into Checker) error {
	root, problems := readYAML(src)
	if len(problems) > 0 {
		return problems.sorted()
	}
	b := binder{spots: map[string]spot{}}
	b.bind("", root, reflect.ValueOf(into).Elem())
	form := b.problems
	for _, p := range into.Check() {
		if !form.about(p.Path) {
			b.place(&p)
			b.problems = append(b.problems, p)
		}
	}
	if len(b.problems) > 0 {
		return b.problems.sorted()
	}
	return nil
}

type spot struct{ line, col int }

// binder fills structs by their yaml tags and remembers where each value stood.
type binder struct {
	problems Problems
	spots    map[string]spot // nil: a document, whose places mean nothing to anybody
	tags     map[string]bool // languages that were found to be written as they are
}

func (b *binder) spot(path string, n *node) {
	if b.spots != nil {
		b.spots[path] = spot{n.line, n.col}
	}
}

var tagType = reflect.TypeFor[lang.Tag]()

// place gives a problem the position of its path, or of the nearest thing around it.
func (b *binder) place(p *Problem) {
	for path := p.Path; ; path = path[:max(0, strings.LastIndexAny(path, ".["))] {
		if s, ok := b.spots[path]; ok {
			p.Line, p.Column = s.line, s.col
			return
		}
		if path == "" {
			return
		}
	}
}

// complain is of the form of a file, which no page lets anybody get wrong; mistake is of a value in it.
func (b *binder) complain(path string, n *node, format string, args ...any) {
	b.mistake(path, n, Breach{}, format, args...)
}

func (b *binder) mistake(path string, n *node, r Breach, format string, args ...any) {
	b.problems = append(b.problems, Problem{Line: n.line, Column: n.col, Path: path, Say: fmt.Sprintf(format, args...), Breach: r})
}

// expect tells whether a node is of the kind wanted, and complains if not.
func (b *binder) expect(path string, n *node, want nodeKind, hint string) bool {
	switch {
	case n.kind == want:
		return true
	case n.kind == nothing:
		b.complain(path, n, "nothing stands here; write a value, or take the line out")
	default:
		b.complain(path, n, "this is %s; %s", n.kind, hint)
	}
	return false
}

func (b *binder) bind(path string, n *node, v reflect.Value) {
	if _, ok := b.spots[path]; !ok {
		b.spot(path, n)
	}
	if v.Kind() == reflect.Pointer {
		if n.kind == mapping && len(n.pairs) == 0 {
			b.complain(path, n, "nothing stands here; write a value, or take the line out")
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		b.bind(path, n, v.Elem())
		return
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok && (n.kind == scalar || v.Kind() != reflect.Struct) {
		if b.expect(path, n, scalar, "a single value is meant here") {
			if err := u.UnmarshalText([]byte(strings.TrimSpace(n.text))); err != nil {
				b.mistake(path, n, Broken("rule.date"), "%s", err) // nothing but dates is read so
			}
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		b.word(path, n, v)
	case reflect.Bool:
		if !b.expect(path, n, scalar, "write true or false") {
			return
		}
		if n.text != "true" && n.text != "false" {
			b.complain(path, n, "%q is neither true nor false; write one of these two", n.text)
			return
		}
		v.SetBool(n.text == "true")
	case reflect.Int, reflect.Int64:
		b.number(path, n, v)
	case reflect.Slice:
		if !b.expect(path, n, list, "a list is meant here: begin each of its lines with “- ”") {
			return
		}
		for i, item := range n.list {
			v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
			b.bind(fmt.Sprintf("%s[%d]", path, i), item, v.Index(i))
		}
	case reflect.Map:
		b.mapping(path, n, v)
	case reflect.Struct:
		b.fields(path, n, v)
	default:
		panic("casefile: a campaign file can't hold a " + v.Type().String())
	}
}

func (b *binder) word(path string, n *node, v reflect.Value) {
	hint := "a single text is meant here"
	if n.kind == list {
		hint = "a single text is meant here: put it in quotes if it begins with “[” or “- ”"
	}
	if !b.expect(path, n, scalar, hint) {
		return
	}
	s := strings.TrimSpace(n.text)
	if s == "" {
		b.mistake(path, n, Broken("rule.empty"), "the text is empty; write it, or take the line out")
		return
	}
	if strings.ContainsFunc(s, func(r rune) bool { return unfit(r) && r != '\n' && r != '\t' || r == 0xfffd }) {
		b.mistake(path, n, Broken("rule.character"), "the text holds a character that can't be shown; take it out")
		return
	}
	if v.Type() == tagType && !b.tags[s] {
		switch tag, ok := lang.Canonical(s); {
		case !ok:
			b.mistake(path, n, Broken("rule.tag", "Given", s), "%q is not the tag of a language; write en, ru, ar and the like", s)
			return
		case string(tag) != s: // two spellings of one language would be two texts
			b.mistake(path, n, Broken("rule.tag_spelling", "Given", s, "Near", string(tag)), "%q is the tag of a language in another spelling; write %s", s, tag)
			return
		}
		if b.tags == nil {
			b.tags = map[string]bool{}
		}
		b.tags[s] = true
	}
	if k, ok := v.Interface().(vocabulary); ok && !knows(k, s) {
		rule := Broken("rule.word", "Given", s)
		if near, ok := nearest(s, k.Known()); ok {
			rule = Broken("rule.word_near", "Given", s, "Near", near)
		}
		b.mistake(path, n, rule, "%q is not a word for this; %s", s, meant(s, k.Known()))
		return
	}
	v.SetString(s)
}

func knows(k vocabulary, s string) bool {
	for _, w := range k.Known() {
		if w == s {
			return true
		}
	}
	return false
}

func (b *binder) number(path string, n *node, v reflect.Value) {
	if !b.expect(path, n, scalar, "a whole number is meant here") {
		return
	}
	i, err := strconv.ParseInt(n.text, 10, 64)
	south := strings.HasSuffix(path, ".geo.lat") || strings.HasSuffix(path, ".geo.lon") // nothing else is less than nothing
	if err != nil || i < 0 && !south || i < math.MinInt32 || i > math.MaxInt32 && v.Kind() == reflect.Int {
		b.mistake(path, n, Broken("rule.number"), "%q is not a whole number; write it in digits alone, for example 2300", n.text)
		return
	}
	v.SetInt(i)
}

// mapping fills a map from text to something: languages to texts.
func (b *binder) mapping(path string, n *node, v reflect.Value) {
	if !b.expect(path, n, mapping, "write a line for each language, for example “en: …”") {
		return
	}
	if len(n.pairs) == 0 {
		b.complain(path, n, "nothing stands here; write a value, or take the line out")
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, p := range b.unique(path, n) {
		at := join(path, p.key.text)
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		before := len(b.problems)
		b.bind(at, p.key, key)
		delete(b.spots, at) // the key's; the value's place is taken next
		b.bind(at, p.value, value)
		if len(b.problems) == before {
			v.SetMapIndex(key, value)
		}
	}
	if v.Len() == 0 {
		v.SetZero()
	}
}

// unique drops and reports keys that stand twice, and keys that are no text.
func (b *binder) unique(path string, n *node) []pair {
	if distinct(n.pairs) {
		return n.pairs
	}
	seen := map[string]*node{}
	var out []pair
	for _, p := range n.pairs {
		if p.key.kind != scalar {
			b.complain(path, p.key, "a key is a word, with a colon behind it")
			continue
		}
		if first, ok := seen[p.key.text]; ok {
			b.complain(join(path, p.key.text), p.key, "this stands twice, first in line %d; keep one", first.line)
			continue
		}
		seen[p.key.text] = p.key
		out = append(out, p)
	}
	return out
}

// distinct tells a few keys that are words and stand once.
func distinct(pairs []pair) bool {
	const few = 32 // compared one by one
	for i, p := range pairs {
		if len(pairs) > few || p.key.kind != scalar || slices.ContainsFunc(pairs[:i], func(q pair) bool { return q.key.text == p.key.text }) {
			return false
		}
	}
	return true
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// fields fills a struct. A key that is a slip of a known one is reported and then read as meant, so that one slip does not
// cause ten further complaints.
func (b *binder) fields(path string, n *node, v reflect.Value) {
	if !b.expect(path, n, mapping, "a mapping is meant here: a word, a colon and a value in each line") {
		return
	}
	fields := fieldsOf(v.Type())
	find := func(name string) int { return slices.IndexFunc(fields, func(f field) bool { return f.name == name }) }
	pairs := b.unique(path, n)
	var names []string           // of all fields, once one is not known
	meantBy := map[string]bool{} // fields that a slip was read as
	for _, p := range pairs {
		name := p.key.text
		i := find(name)
		if i < 0 {
			if names == nil {
				for _, f := range fields {
					names = append(names, f.name)
				}
			}
			near, ok := nearest(name, names)
			b.complain(join(path, name), p.key, "this key is not known; %s", meant(name, names))
			if !ok || meantBy[near] || slices.ContainsFunc(pairs, func(q pair) bool { return q.key.text == near }) {
				continue
			}
			name, i, meantBy[near] = near, find(near), true
		}
		at := join(path, name)
		b.spot(at, p.key)
		b.bind(at, p.value, v.FieldByIndex(fields[i].index))
	}
}

type field struct {
	name  string
	index []int
}

// fieldLists are the fields of the types that were asked of: a file of a thousand events has ten thousand values, of some fifty types.
var fieldLists sync.Map // reflect.Type → []field

// fieldsOf lists a struct's fields by their yaml names, those of inline structs in place. The list is for all and not to be changed.
func fieldsOf(t reflect.Type) []field {
	if list, ok := fieldLists.Load(t); ok {
		return list.([]field)
	}
	list := listFields(t)
	fieldLists.Store(t, list)
	return list
}

func listFields(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case strings.Contains(options, "inline"):
			for _, inner := range fieldsOf(f.Type) {
				out = append(out, field{inner.name, append([]int{i}, inner.index...)})
			}
		case name != "" && name != "-" && f.IsExported():
			out = append(out, field{name, []int{i}})
		}
	}
	return out
}
