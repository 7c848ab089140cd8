package archive

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// A table is a list of a case as a spreadsheet has it: one row an event, a source, a position, an institution or a proceeding. A row has what fits into cells; what
// is a list of mappings in the file (claims, evidence, measures, a charge's heaviest penalty) has no column and stays as it is when a table is taken in.
//
// The form is that of Uwazi's tables as far as it goes: | between several values, :: between a mapping and its field, __ru behind the name of a column in a language,
// label|url, lat|lon, a range with ~ (and with : where it is read). A day is written as a day, a year as a year; a month as its first day, and the column ::precision
// says what the date is worth, for spreadsheets and Uwazi keep days alone.

// Table names one.
type Table string

// Tables are those that there are, and the lists of a case that they are of.
var tables = map[Table]reflect.Type{
	"events": reflect.TypeFor[casefile.Event](), "sources": reflect.TypeFor[casefile.Source](), "positions": reflect.TypeFor[casefile.Position](),
	"institutions": reflect.TypeFor[casefile.Institution](), "proceedings": reflect.TypeFor[casefile.Proceeding](),
}

// Known are the tables that there are.
func (Table) Known() []string {
	return []string{"events", "sources", "positions", "institutions", "proceedings"}
}

// row is the column by which a row is found again where it has no id: its number in the file's list, from 1.
const row = "row"

type kind uint8

const (
	word   kind = iota
	text        // a column a language
	words       // several values
	texts       // several values, a column a language
	moment      // a casefile.Partial: the date and four columns more
	span        // a casefile.Span or casefile.Date: the date and its precision
	link        // label|url
	place       // lat|lon
)

// field is something of a row that fits into cells.
type field struct {
	name string // of its column
	path []string
	kind kind
}

// fields are those of a type, in the order of the model. A mapping's own are among them; lists of mappings are not.
func fields(t reflect.Type, parent []string) (list []field) {
	for i := range t.NumField() {
		key, _, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if key == "" || key == "-" {
			continue
		}
		path := append(slices.Clone(parent), key)
		f := field{name: strings.Join(path, "::"), path: path}
		typ := t.Field(i).Type
		if typ.Kind() == reflect.Pointer {
			typ = typ.Elem()
		}
		switch {
		case typ == reflect.TypeFor[casefile.Text]():
			f.kind = text
		case typ == reflect.TypeFor[casefile.Partial]():
			f.kind = moment
		case typ == reflect.TypeFor[casefile.Span](), typ == reflect.TypeFor[casefile.Date]():
			f.kind = span
		case typ == reflect.TypeFor[casefile.Geo]():
			f.kind = place
		case key == "url" || key == "archived":
			f.kind = link
		case typ == reflect.TypeFor[[]casefile.Text]():
			f.kind = texts
		case typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.String:
			f.kind = words
		case typ.Kind() == reflect.Slice:
			continue
		case typ.Kind() == reflect.Struct:
			list = append(list, fields(typ, path)...)
			continue
		}
		list = append(list, f)
	}
	return list
}

// tree is a value as its canonical document has it.
func tree(v any) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(casefile.Document(v)))
	dec.UseNumber()
	var t any
	err := dec.Decode(&t)
	return t, err
}

// WriteTable is a table of a case as CSV, every cell in quotes; see [ReadTable] for what is done to cells that a spreadsheet would take for a formula.
func WriteTable(f *casefile.File, t Table) ([]byte, error) {
	doc, err := tree(f)
	if err != nil {
		return nil, err
	}
	whole, _ := doc.(map[string]any)
	list, _ := whole[string(t)].([]any)
	all := fields(tables[t], nil)
	header, ids := []string{}, hasID(all)
	if !ids {
		header = append(header, row)
	}
	for _, x := range all {
		header = append(header, x.headers(tongues(f, x, list))...)
	}
	var b strings.Builder
	b.WriteString("\ufeff") // without it Excel takes UTF-8 for something else
	line(&b, header)
	for i, item := range list {
		cells := map[string]string{row: strconv.Itoa(i + 1)}
		for _, x := range all {
			x.write(item, cells)
		}
		values := make([]string, len(header))
		for j, name := range header {
			values[j] = guard(cells[name])
		}
		line(&b, values)
	}
	return []byte(b.String()), nil
}

func hasID(all []field) bool {
	return slices.ContainsFunc(all, func(x field) bool { return x.name == "id" })
}

func line(b *strings.Builder, cells []string) {
	for i, c := range cells {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + strings.ReplaceAll(c, `"`, `""`) + `"`)
	}
	b.WriteString("\r\n")
}

// tongues are the languages for which a field has columns: the campaign's, and behind them what else some row has.
func tongues(f *casefile.File, x field, list []any) []string {
	var tags, more []string
	for _, tag := range f.Campaign.Languages {
		tags = append(tags, string(tag))
	}
	add := func(v any) {
		m, _ := v.(map[string]any)
		for tag := range m {
			if !slices.Contains(tags, tag) && !slices.Contains(more, tag) {
				more = append(more, tag)
			}
		}
	}
	for _, item := range list {
		v := at(item, x.path)
		switch x.kind {
		case text:
			add(v)
		case texts:
			several, _ := v.([]any)
			for _, one := range several {
				add(one)
			}
		case moment:
			add(at(v, []string{"as_printed"}))
		}
	}
	slices.Sort(more)
	if strings.HasSuffix(x.name, "as_printed") || x.kind == moment { // what a source prints is seldom in all the campaign's languages
		return slices.DeleteFunc(append(tags, more...), func(tag string) bool {
			return !slices.ContainsFunc(list, func(item any) bool {
				v := at(item, x.path)
				if x.kind == moment {
					v = at(v, []string{"as_printed"})
				}
				return at(v, []string{tag}) != nil
			})
		})
	}
	return append(tags, more...)
}

// at is what stands at a path of a tree; nil if nothing does.
func at(v any, path []string) any {
	for _, key := range path {
		m, _ := v.(map[string]any)
		v = m[key]
	}
	return v
}

// inLanguage is the name of a column in a language.
func inLanguage(name, tag string) string { return name + "__" + tag }

func (x field) headers(tags []string) (list []string) {
	switch x.kind {
	case text, texts:
		for _, tag := range tags {
			list = append(list, inLanguage(x.name, tag))
		}
	case moment:
		list = []string{x.name, x.name + "::precision", x.name + "::part", x.name + "::inferred"}
		for _, tag := range tags {
			list = append(list, inLanguage(x.name+"::as_printed", tag))
		}
	case span:
		list = []string{x.name, x.name + "::precision"}
	default:
		list = []string{x.name}
	}
	return list
}

// write puts what an item has of a field into cells.
func (x field) write(item any, cells map[string]string) {
	v := at(item, x.path)
	if v == nil {
		return
	}
	switch x.kind {
	case word:
		cells[x.name] = fmt.Sprint(v)
	case words:
		several, _ := v.([]any)
		cells[x.name] = joined(several)
	case text:
		x.writeText(x.name, v, cells)
	case texts:
		several, _ := v.([]any)
		for _, tag := range tagsOf(several) {
			column := make([]any, len(several))
			for i, one := range several {
				column[i] = at(one, []string{tag})
			}
			cells[inLanguage(x.name, tag)] = joined(column)
		}
	case moment:
		if m, ok := v.(map[string]any); ok {
			x.writeText(x.name+"::as_printed", m["as_printed"], cells)
			for _, key := range []string{"part", "inferred"} {
				if m[key] != nil {
					cells[x.name+"::"+key] = fmt.Sprint(m[key])
				}
			}
			v = m["date"]
		}
		cells[x.name], cells[x.name+"::precision"] = dated(v)
	case span:
		cells[x.name], cells[x.name+"::precision"] = dated(v)
	case link:
		cells[x.name] = labelled(item, fmt.Sprint(v))
	case place:
		cells[x.name] = degrees(at(v, []string{"lat"})) + "|" + degrees(at(v, []string{"lon"}))
	}
}

func (x field) writeText(name string, v any, cells map[string]string) {
	m, _ := v.(map[string]any)
	for tag, s := range m {
		cells[inLanguage(name, tag)] = fmt.Sprint(s)
	}
}

func tagsOf(several []any) (tags []string) {
	for _, one := range several {
		m, _ := one.(map[string]any)
		for tag := range m {
			if !slices.Contains(tags, tag) {
				tags = append(tags, tag)
			}
		}
	}
	return tags
}

var (
	escape   = strings.NewReplacer(`\`, `\\`, "|", `\|`)
	unescape = strings.NewReplacer(`\\`, `\`, `\|`, "|")
)

// joined are several values in one cell.
func joined(several []any) string {
	list := make([]string, len(several))
	for i, v := range several {
		if v != nil {
			list[i] = escape.Replace(fmt.Sprint(v))
		}
	}
	return strings.Join(list, "|")
}

// labelled is an address with the name of who published it, as Uwazi's links are. The label is for readers: it is not read back.
func labelled(item any, address string) string {
	label := ""
	publisher, _ := at(item, []string{"publisher"}).(map[string]any)
	for _, tag := range tagsOf([]any{publisher}) {
		if s := fmt.Sprint(publisher[tag]); label == "" || tag == string(lang.First) {
			label = s
		}
	}
	label = strings.Join(strings.FieldsFunc(label, func(r rune) bool { return r == '|' || r == '\n' || r == '\t' }), " ")
	return label + "|" + address
}

// degrees are hundredths as people write them.
func degrees(v any) string {
	n, _ := strconv.Atoi(fmt.Sprint(v))
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%02d", sign, n/100, n%100)
}

// dated is a date as spreadsheets can hold it, and what it is worth.
func dated(v any) (value, precision string) {
	s, _ := v.(string)
	for _, how := range [][2]string{{"unknown_after ", "after "}, {"unknown_before ", "before "}, {"about ", "about "}} {
		if rest, ok := strings.CutPrefix(s, how[0]); ok {
			value, precision = dated(rest)
			return value, how[1] + precision
		}
	}
	if from, to, ok := strings.Cut(s, "/"); ok {
		a, worthA := dated(from)
		b, worthB := dated(to)
		return a + "~" + b, worthA + "~" + worthB
	}
	switch {
	case s == "unknown":
		return "", s
	case len(s) == len("2023"):
		return s, "year"
	case len(s) == len("2023-07"):
		return s + "-01", "month"
	}
	return s, "day"
}

// guard keeps a spreadsheet from taking a cell for a formula: one that begins with = + - @, their wide forms, a tab or a line's end is given a ' in front, and so is
// one that begins with ' and would be taken for such a one. [unguard] takes it off again: no text is changed by going out and in.
func guard(cell string) string {
	if risky(cell) {
		return "'" + cell
	}
	return cell
}

func unguard(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && risky(rest) {
		return rest
	}
	return cell
}

func risky(cell string) bool {
	rest := strings.TrimLeft(cell, "'")
	return rest != "" && strings.ContainsRune("=+-@＝＋－＠\t\r\n", []rune(rest)[0])
}
