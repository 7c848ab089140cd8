package casetest

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

const enough = 300

// Every case passes every rule, in the form in which a committee writes it, and is read back as the same.
func TestMadeUpCasesAreValid(t *testing.T) {
	slugs := map[string]int{}
	for seed := range enough {
		f := File(int64(seed))
		for _, p := range f.Check() {
			t.Errorf("seed %d: %s", seed, p)
		}
		if d := casefile.Diff(f, File(int64(seed))); len(d) > 0 {
			t.Fatalf("seed %d gives two cases", seed)
		}
		if other, ok := slugs[f.Case.Slug]; ok {
			t.Errorf("seeds %d and %d share %s", seed, other, f.Case.Slug)
		}
		slugs[f.Case.Slug] = seed
		if t.Failed() && seed > 20 {
			t.Fatal("and so on")
		}
		if seed%5 > 0 { // reading YAML takes its time
			continue
		}
		text, err := casefile.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		again := &casefile.File{}
		if err := casefile.Decode(text, again); err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		if d := casefile.Diff(f, again); len(d) > 0 {
			t.Errorf("seed %d is read back otherwise: %v", seed, d)
		}
	}
}

// Over all seeds each field of the model stands in some case, each term of each vocabulary too, and each language. An answer to a question stands beside no field
// of an event, so it has no other value for one.
func TestMadeUpCasesFillTheModel(t *testing.T) {
	s := seen{fields: map[string]bool{}, terms: map[reflect.Type]map[string]bool{}, tags: map[lang.Tag]bool{}}
	for seed := range enough {
		s.walk("", reflect.ValueOf(File(int64(seed))).Elem())
	}
	s.declare("", reflect.TypeFor[casefile.File](), nil, func(path string, typ reflect.Type) {
		if !s.fields[path] && !strings.HasPrefix(path, ".questions.answers.field") && !strings.HasPrefix(path, ".questions.answers.when") && !strings.HasPrefix(path, ".questions.answers.count") {
			t.Errorf("no case has %s", path)
		}
		v, ok := reflect.Zero(typ).Interface().(interface{ Known() []string })
		if !ok {
			return
		}
		for _, term := range v.Known() {
			if !s.terms[typ][term] && term != string(casefile.Sealed) {
				t.Errorf("no case says %s of %s", term, typ)
			}
		}
	})
	for _, tag := range tongues {
		if !s.tags[tag] {
			t.Errorf("no case is told in %s", tag)
		}
	}
}

// seen is what some case has: fields by their path without the numbers of lists, terms by their vocabulary.
type seen struct {
	fields map[string]bool
	terms  map[reflect.Type]map[string]bool
	tags   map[lang.Tag]bool
}

func (s seen) walk(path string, v reflect.Value) {
	if v.IsZero() {
		return
	}
	s.fields[path] = true
	switch v.Kind() {
	case reflect.Pointer:
		s.walk(path, v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			s.walk(path, v.Index(i))
		}
	case reflect.Map:
		for _, tag := range v.MapKeys() {
			s.tags[tag.Interface().(lang.Tag)] = true
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if name, ok := field(v.Type().Field(i)); ok {
				s.walk(path+"."+name, v.Field(i))
			}
		}
	case reflect.String:
		if s.terms[v.Type()] == nil {
			s.terms[v.Type()] = map[string]bool{}
		}
		s.terms[v.Type()][v.String()] = true
	}
}

// declare hands every field that there can be to each.
func (s seen) declare(path string, typ reflect.Type, in []reflect.Type, each func(path string, typ reflect.Type)) {
	for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice {
		typ = typ.Elem()
	}
	if path != "" {
		each(path, typ)
	}
	if typ.Kind() != reflect.Struct || slices.Contains(in, typ) {
		return
	}
	for i := range typ.NumField() {
		if name, ok := field(typ.Field(i)); ok {
			s.declare(path+"."+name, typ.Field(i).Type, append(in, typ), each)
		}
	}
}

func field(f reflect.StructField) (string, bool) {
	name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
	return name, name != "" && name != "-"
}

// Files are public, as many and as long as they are asked for.
func TestFilesArePublic(t *testing.T) {
	list := Files(30, 60)
	if len(list) != 30 {
		t.Fatal(len(list))
	}
	for _, f := range list {
		if p := f.Check(); len(p) > 0 || !f.Shown() || len(f.Events) != 60 {
			t.Errorf("%s: shown %v, %d events, %v", f.Case.Slug, f.Shown(), len(f.Events), p)
		}
	}
	if d := casefile.Diff(list[7], Files(8, 60)[7]); len(d) > 0 {
		t.Errorf("one case depends on how many there are: %v", d)
	}
}
