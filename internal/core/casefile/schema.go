package casefile

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
)

// SchemaID names the form of a case's document. A change that an older reader would not understand takes the next number.
const SchemaID = "urn:outcry:schema:case:1"

// Schema is the JSON Schema (draft 2020-12) of a case's document, as [Document] writes it of a [File]: made from the model and its vocabularies, so that it can't say
// anything else. It holds the form; the rules of publication are [File.Check]'s. docs/schema/case.json is a copy of it.
func Schema() []byte {
	s := &schema{defs: map[string]any{}}
	root := s.object(reflect.TypeFor[File]())
	root["$schema"], root["$id"], root["title"], root["$defs"] = "https://json-schema.org/draft/2020-12/schema", SchemaID, "A prisoner's case, as a committee tells it", s.defs
	b, err := json.MarshalIndent(root, "", "  ") // maps are written in the order of their keys
	if err != nil {
		panic(err) // maps, lists and texts only
	}
	return append(b, '\n')
}

const (
	dateForm   = `((1[89]|2[01])[0-9]{2}|2200)(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?`
	textForm   = `^\S([\s\S]*\S)?$`
	slugSchema = `^[a-z0-9]+(-[a-z0-9]+)*$`
)

// mustHave are the fields without which [File.Check] accepts none of their kind, whatever else stands there.
var mustHave = map[reflect.Type][]string{
	reflect.TypeFor[File]():      {"campaign", "person", "case"},
	reflect.TypeFor[Campaign]():  {"slug", "languages", "run_by", "contact"},
	reflect.TypeFor[Person]():    {"names"},
	reflect.TypeFor[Name]():      {"text", "lang"},
	reflect.TypeFor[Earlier]():   {"what", "source"},
	reflect.TypeFor[Photo]():     {"sha256", "width", "height"},
	reflect.TypeFor[Case]():      {"slug", "title"},
	reflect.TypeFor[Consent]():   {"giver", "scope", "channel", "date"},
	reflect.TypeFor[Necessity](): {"note", "date"},
	reflect.TypeFor[Source]():    {"id", "kind", "publisher", "published"},
	reflect.TypeFor[Event]():     {"kind", "nature", "when"},
	reflect.TypeFor[Measure]():   {"kind"},
	reflect.TypeFor[Charge]():    {"kind"},
	reflect.TypeFor[Money]():     {"minor", "currency"},
	reflect.TypeFor[Actor]():     {"role"},
	reflect.TypeFor[Position]():  {"org", "stance"},
	reflect.TypeFor[Question]():  {"ask", "answers"},
	reflect.TypeFor[Portfolio](): {"others", "as_of", "nature", "source"},
}

// forms are those of texts that the Go type does not tell, by the last word of their path.
var forms = map[string]string{
	"country": `^[A-Z]{2}$`, "nationality": `^[A-Z]{2}$`, "script": `^[A-Z][a-z]{3}$`, "currency": `^[A-Z]{3}$`, "sha256": `^[0-9a-f]{64}$`, "slug": slugSchema, "url": `^https?://`, "archived": `^https?://`,
	"criteria": `^https?://`,
}

// schema gathers a definition for each struct and vocabulary.
type schema struct{ defs map[string]any }

func (s *schema) object(t reflect.Type) map[string]any {
	properties := map[string]any{}
	for _, f := range fieldsOf(t) {
		properties[f.name] = s.of(f.name, t.FieldByIndex(f.index).Type)
	}
	o := map[string]any{"type": "object", "properties": properties, "additionalProperties": false, "minProperties": 1}
	if must := mustHave[t]; must != nil {
		o["required"] = must
	}
	return o
}

// of is what may stand in a field of that name and type.
func (s *schema) of(name string, t reflect.Type) map[string]any {
	switch t {
	case reflect.TypeFor[Date]():
		return s.define("Date", func() map[string]any {
			return map[string]any{"type": "string", "pattern": "^" + dateForm + "$", "description": "A day, a month or a year."}
		})
	case reflect.TypeFor[Span]():
		return s.define("Span", func() map[string]any {
			return map[string]any{"type": "string", "pattern": "^(unknown|((unknown_after|unknown_before|about) )?" + dateForm + "|" + dateForm + "/" + dateForm + ")$",
				"description": "A date, a range, an estimate, or that it is not known."}
		})
	case reflect.TypeFor[Partial]():
		return s.define("Partial", func() map[string]any {
			return map[string]any{"anyOf": []any{s.of("", reflect.TypeFor[Span]()), s.object(t)}, "description": "The date alone, or a mapping where there is more to say."}
		})
	case reflect.TypeFor[Text]():
		return s.define("Text", func() map[string]any {
			return map[string]any{"type": "object", "minProperties": 1, "propertyNames": s.of("", tagType), "additionalProperties": map[string]any{"type": "string", "pattern": textForm},
				"description": "One wording a language, each a whole text."}
		})
	case tagType:
		return s.define("Language", func() map[string]any {
			return map[string]any{"type": "string", "pattern": `^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$`, "description": "A language by its tag (BCP 47)."}
		})
	}
	if v, ok := reflect.Zero(t).Interface().(vocabulary); ok {
		return s.define(t.Name(), func() map[string]any {
			terms := slices.DeleteFunc(slices.Clone(v.Known()), func(term string) bool { return t == reflect.TypeFor[Visibility]() && term == string(Sealed) })
			return map[string]any{"type": "string", "enum": terms}
		})
	}
	switch t.Kind() {
	case reflect.Pointer:
		return s.of(name, t.Elem())
	case reflect.Slice:
		return map[string]any{"type": "array", "minItems": 1, "items": s.of(name, t.Elem())}
	case reflect.Struct:
		return s.define(t.Name(), func() map[string]any { return s.object(t) })
	case reflect.Bool:
		return map[string]any{"const": true}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer", "not": map[string]any{"const": 0}}
	case reflect.String:
		form := forms[name]
		switch t {
		case reflect.TypeFor[SourceID](), reflect.TypeFor[InstitutionID](), reflect.TypeFor[ProceedingID]():
			form = slugSchema
		}
		if form == "" {
			form = textForm
		}
		return map[string]any{"type": "string", "pattern": form}
	}
	panic("casefile: no schema for a " + t.String())
}

// define refers to a definition, and makes it where it is not there yet.
func (s *schema) define(name string, make func() map[string]any) map[string]any {
	if _, ok := s.defs[name]; !ok {
		s.defs[name] = nil // one may stand in itself
		s.defs[name] = make()
	}
	return map[string]any{"$ref": "#/$defs/" + name}
}

// Document is a case, or what else of a campaign file is given, in its canonical form: the same says the same bytes, on every machine. It is JSON without spaces
// and without what is absent, fields in the order of the model, languages by their tags; every value but numbers and true is a text.
func Document(v any) []byte { return []byte(writeJSON(v)) }

// ReadDocument reads what [Document] wrote, strictly, and holds it against the rules: an unknown field, a word outside a vocabulary or a broken rule is an error,
// all of them at once as [Problems], which have paths and no lines. After an error into holds what could be read and is not to be used.
func ReadDocument(doc []byte, into Checker) error {
	if len(doc) > MaxFile {
		return Problems{{Say: fmt.Sprintf("the document is %d bytes long; at most %d are read", len(doc), MaxFile)}}
	}
	if depth(doc) > maxDepth || !json.Valid(doc) {
		return Problems{{Say: "this is no JSON document of a case"}}
	}
	if at := firstBad(doc); at >= 0 {
		return Problems{{Say: fmt.Sprintf("byte %d is not text", at)}}
	}
	err := readJSON(string(doc), into)
	var form Problems
	if err != nil && !errors.As(err, &form) {
		return err
	}
	for _, p := range into.Check() {
		if !form.about(p.Path) {
			form = append(form, p)
		}
	}
	if len(form) > 0 {
		return form
	}
	return nil
}

// depth is how deep lists and mappings stand in one another, before anything is read of them.
func depth(doc []byte) (most int) {
	at, quoted := 0, false
	for i := 0; i < len(doc); i++ {
		switch c := doc[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			at++
			most = max(most, at)
		case c == '}' || c == ']':
			at--
		}
	}
	return most
}
