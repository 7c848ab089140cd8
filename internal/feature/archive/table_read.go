package archive

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"outcry/internal/core/casefile"
)

// rowsMost is how many rows are read: a case has some hundred events.
const rowsMost = 20_000

// Taken is what came of reading a table.
type Taken struct {
	File           *casefile.File // the case with the table's rows in it; f itself stays as it is
	Rows           int
	Added, Changed int
	Header         []string
	First          [][]string // the first rows as they were read, for a look
}

// ReadTable takes a table's rows into a case. A row whose id is there takes its place, cell by cell; one whose id is new is added; nothing is taken out. Where rows
// have no id the column "row" is the number in the case's list, and a row without one is added. A column that is not there leaves what the case has; an empty cell
// takes it out. All that is wrong comes at once as casefile.Problems, whose Line is the row as a spreadsheet numbers it, the header being row 1.
func ReadTable(f *casefile.File, t Table, in io.Reader) (taken Taken, err error) {
	src, err := io.ReadAll(io.LimitReader(in, casefile.MaxFile+1))
	if err != nil {
		return taken, err
	}
	rows, err := records(src)
	if err != nil {
		return taken, err
	}
	doc, err := tree(f)
	if err != nil {
		return taken, err
	}
	whole, _ := doc.(map[string]any)
	list, _ := whole[string(t)].([]any)
	r := reading{all: fields(tables[t], nil), first: string(f.Campaign.Languages[0]), list: list, rows: map[int]int{}}
	if err := r.head(rows[0]); err != nil {
		return taken, err
	}
	taken.Header = rows[0]
	for i, cells := range rows[1:] {
		if strings.Join(cells, "") == "" {
			continue
		}
		taken.Rows++
		if len(taken.First) < 20 {
			taken.First = append(taken.First, append([]string{strconv.Itoa(i + 2)}, cells...))
		}
		r.take(i+2, cells)
	}
	if len(r.problems) > 0 {
		return taken, r.problems
	}
	taken.Added, taken.Changed = len(r.list)-len(list), r.changed
	if len(r.list) > 0 {
		whole[string(t)] = r.list
	}
	merged, err := json.Marshal(whole)
	if err != nil {
		return taken, err
	}
	taken.File = &casefile.File{}
	err = casefile.ReadDocument(merged, taken.File)
	var problems casefile.Problems
	if errors.As(err, &problems) {
		return taken, r.inRows(string(t), problems)
	}
	return taken, err
}

// records cuts the text into rows, whatever a spreadsheet has put between cells.
func records(src []byte) ([][]string, error) {
	fail := func(row int, say string) ([][]string, error) {
		return nil, casefile.Problems{{Line: row, Column: 1, Say: say}}
	}
	if len(src) > casefile.MaxFile {
		return fail(1, "the table is larger than 1 MiB; take it in by parts")
	}
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	if !utf8.Valid(src) {
		return fail(1, "this is not UTF-8; save the table as CSV UTF-8")
	}
	r := csv.NewReader(bytes.NewReader(src))
	r.FieldsPerRecord = -1
	head, _, _ := bytes.Cut(src, []byte("\n"))
	for _, between := range []rune{';', '\t'} {
		if bytes.ContainsRune(head, between) && !bytes.ContainsRune(head, ',') {
			r.Comma = between
		}
	}
	var rows [][]string
	for {
		cells, err := r.Read()
		var broken *csv.ParseError
		switch {
		case errors.Is(err, io.EOF) && len(rows) == 0:
			return fail(1, "the table is empty; its first row names the columns")
		case errors.Is(err, io.EOF):
			return rows, nil
		case errors.As(err, &broken):
			return fail(len(rows)+1, "this is not CSV: a cell with a quote in it stands in quotes, the quote doubled")
		case err != nil:
			return nil, err
		case len(rows) > rowsMost:
			return fail(len(rows)+1, fmt.Sprintf("there are more than %d rows; it is no table of a case", rowsMost))
		}
		for i := range cells { // csv has made one line's end of \r\n already
			cells[i] = strings.TrimSpace(unguard(cells[i]))
		}
		rows = append(rows, cells)
	}
}

// reading is a table on its way into a list.
type reading struct {
	all      []field
	first    string // the campaign's first language: that of a column without one
	columns  map[string]int
	list     []any
	rows     map[int]int // by place in the list, the row that stands there now
	changed  int
	problems casefile.Problems
}

func (r *reading) say(row int, column, format string, args ...any) {
	r.problems = append(r.problems, casefile.Problem{Line: row, Column: max(r.columns[column]+1, 1), Path: column, Say: fmt.Sprintf(format, args...)})
}

// head reads the names of the columns. A name that is none is a fault: its cells would be lost in silence.
func (r *reading) head(names []string) error {
	r.columns = map[string]int{}
	for i, name := range names {
		if name == "" {
			continue
		}
		_, twice := r.columns[name]
		r.columns[name] = i
		if twice {
			r.say(1, name, "this column stands twice; keep one")
		}
		if !r.means(name) {
			r.say(1, name, "there is no such column; docs/archive.md lists those that there are. Take it out, or call it otherwise")
		}
	}
	key := "id"
	if !hasID(r.all) {
		key = row
	}
	if _, ok := r.columns[key]; !ok && key == "id" {
		r.say(1, key, "the column id is missing: by it a row is found again")
	}
	if len(r.problems) > 0 {
		return r.problems
	}
	return nil
}

func (r *reading) means(name string) bool {
	if name == row {
		return !hasID(r.all)
	}
	bare, tag, tongued := strings.Cut(name, "__")
	return slices.ContainsFunc(r.all, func(x field) bool {
		switch {
		case tongued && tag == "":
			return false
		case tongued:
			return (x.kind == text || x.kind == texts) && x.name == bare || x.kind == moment && x.name+"::as_printed" == bare
		}
		return x.name == name || slices.Contains(x.headers(nil), name)
	})
}

// take puts one row into the list.
func (r *reading) take(n int, cells []string) {
	cell := func(name string) (string, bool) {
		i, ok := r.columns[name]
		if !ok {
			return "", false
		}
		if i >= len(cells) {
			return "", true
		}
		return cells[i], true
	}
	place, ok := r.find(n, cell)
	if !ok {
		return
	}
	if other, ok := r.rows[place]; ok {
		r.say(n, "id", "row %d is of the same; keep one", other)
		return
	}
	r.rows[place] = n
	item := map[string]any{}
	before := ""
	if place < len(r.list) {
		item, _ = r.list[place].(map[string]any)
		before = plain(item)
	} else {
		r.list = append(r.list, item)
	}
	for _, x := range r.all {
		v, touched, err := r.read(x, item, cell)
		if err != nil {
			r.say(n, x.name, "%v", err)
			continue
		}
		if touched {
			fit(item, x.path, v)
		}
	}
	if before != "" && plain(item) != before {
		r.changed++
	}
}

// plain is a tree as text, to compare two: what is a number or true in one may be its text in the other.
func plain(v any) string {
	switch v := v.(type) {
	case map[string]any:
		var b strings.Builder
		for _, key := range slices.Sorted(maps.Keys(v)) {
			fmt.Fprintf(&b, "%q:%s,", key, plain(v[key]))
		}
		return "{" + b.String() + "}"
	case []any:
		var b strings.Builder
		for _, one := range v {
			b.WriteString(plain(one) + ",")
		}
		return "[" + b.String() + "]"
	case []string:
		var b strings.Builder
		for _, one := range v {
			b.WriteString(plain(one) + ",")
		}
		return "[" + b.String() + "]"
	}
	return fmt.Sprintf("%q", fmt.Sprint(v))
}

// find is the place in the list that a row is of; the list's length for a new one.
func (r *reading) find(n int, cell func(string) (string, bool)) (place int, ok bool) {
	if !hasID(r.all) {
		s, _ := cell(row)
		if s == "" {
			return len(r.list), true
		}
		i, err := strconv.Atoi(s)
		if err != nil || i < 1 || i > len(r.list) {
			r.say(n, row, "%q is no number of a line that there is; leave it empty for a new one", s)
			return 0, false
		}
		return i - 1, true
	}
	id, _ := cell("id")
	if id == "" {
		r.say(n, "id", "missing; write a short word, by which this row is found again")
		return 0, false
	}
	if i := slices.IndexFunc(r.list, func(item any) bool { return at(item, []string{"id"}) == id }); i >= 0 {
		return i, true
	}
	return len(r.list), true
}

// fit puts a value at a path of an item; nil takes it out, and with it every mapping that holds nothing more.
func fit(item map[string]any, path []string, v any) {
	if len(path) == 1 {
		if v == nil {
			delete(item, path[0])
			return
		}
		item[path[0]] = v
		return
	}
	below, _ := item[path[0]].(map[string]any)
	if below == nil {
		if v == nil {
			return
		}
		below = map[string]any{}
	}
	fit(below, path[1:], v)
	if len(below) == 0 {
		delete(item, path[0])
		return
	}
	item[path[0]] = below
}

// inRows puts a case's problems at the rows that they come from.
func (r *reading) inRows(table string, problems casefile.Problems) error {
	for i := range problems {
		rest, ok := strings.CutPrefix(problems[i].Path, table+"[")
		if !ok {
			continue
		}
		index, path, _ := strings.Cut(rest, "]")
		n, err := strconv.Atoi(index)
		if line, ok := r.rows[n]; err == nil && ok {
			problems[i].Line, problems[i].Column, problems[i].Path = line, 1, strings.TrimPrefix(path, ".")
		}
	}
	slices.SortStableFunc(problems, func(a, b casefile.Problem) int { return a.Line - b.Line })
	return problems
}
