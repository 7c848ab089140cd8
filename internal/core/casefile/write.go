package casefile

import (
	"encoding"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Marshal writes what [Decode] reads back as the same: fields in a stable order, long texts as blocks, nothing for what is
// absent. It takes a File, a struct that embeds one, or a pointer to either.
func Marshal(v any) ([]byte, error) {
	n := plant(reflect.ValueOf(v))
	if n == nil || n.kind != mapping {
		return nil, errors.New("casefile: nothing to write")
	}
	var w strings.Builder
	writeBlock(&w, n, 0)
	return []byte(w.String()), nil
}

// plant makes a tree of a value; nil if there is nothing to say.
func plant(v reflect.Value) *node {
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return nil
		}
		return plant(v.Elem())
	}
	if v.IsZero() {
		return nil
	}
	if s, ok := v.Interface().(interface{ short() (string, bool) }); ok {
		if text, all := s.short(); all {
			return &node{kind: scalar, text: text}
		}
	} else if m, ok := v.Interface().(encoding.TextMarshaler); ok {
		text, err := m.MarshalText()
		if err != nil {
			return nil
		}
		return &node{kind: scalar, text: string(text)}
	}
	n := &node{}
	switch v.Kind() {
	case reflect.String:
		n.kind, n.text = scalar, v.String()
	case reflect.Bool:
		n.kind, n.text, n.bare = scalar, strconv.FormatBool(v.Bool()), true
	case reflect.Int, reflect.Int64:
		n.kind, n.text, n.bare = scalar, strconv.FormatInt(v.Int(), 10), true
	case reflect.Slice:
		n.kind = list
		for i := range v.Len() {
			item := plant(v.Index(i))
			if item == nil {
				item = &node{kind: mapping}
			}
			n.list = append(n.list, item)
		}
	case reflect.Map:
		n.kind = mapping
		for _, k := range v.MapKeys() {
			if value := plant(v.MapIndex(k)); value != nil {
				n.pairs = append(n.pairs, pair{&node{kind: scalar, text: k.String()}, value})
			}
		}
		slices.SortStableFunc(n.pairs, func(a, b pair) int { return strings.Compare(a.key.text, b.key.text) })
	case reflect.Struct:
		n.kind = mapping
		for _, f := range fieldsOf(v.Type()) {
			if value := plant(v.FieldByIndex(f.index)); value != nil {
				n.pairs = append(n.pairs, pair{&node{kind: scalar, text: f.name}, value})
			}
		}
	default:
		panic("casefile: a campaign file can't hold a " + v.Type().String())
	}
	if n.kind != scalar && len(n.pairs)+len(n.list) == 0 {
		return nil
	}
	return n
}

const lineWidth = 140

// writeBlock writes a mapping or a list in lines, indented by two.
func writeBlock(w *strings.Builder, n *node, depth int) {
	pad := strings.Repeat("  ", depth)
	if n.kind == list {
		for _, item := range n.list {
			w.WriteString(pad + "-")
			writeItem(w, item, depth)
		}
		return
	}
	for _, p := range n.pairs {
		w.WriteString(pad)
		writePair(w, p, depth)
	}
}

// writeItem writes what follows a dash: a mapping begins in the same line.
func writeItem(w *strings.Builder, item *node, depth int) {
	if _, ok := inFlow(item); ok || item.kind == scalar || item.kind == list {
		writeValue(w, item, depth)
		return
	}
	for i, p := range item.pairs {
		w.WriteString([]string{strings.Repeat("  ", depth+1), " "}[btoi(i == 0)])
		writePair(w, p, depth+1)
	}
}

func writePair(w *strings.Builder, p pair, depth int) {
	w.WriteString(quote(p.key.text) + ":")
	writeValue(w, p.value, depth)
}

// writeValue writes what follows a colon or a dash, with the line's end.
func writeValue(w *strings.Builder, n *node, depth int) {
	if s, ok := inFlow(n); ok && len(s)+2*depth <= lineWidth {
		w.WriteString(" " + s + "\n")
		return
	}
	if n.kind != scalar {
		w.WriteString("\n")
		writeBlock(w, n, depth+1)
		return
	}
	if !blockable(n.text) {
		w.WriteString(" " + scalarText(n) + "\n")
		return
	}
	w.WriteString(" |\n")
	for line := range strings.SplitSeq(n.text, "\n") {
		if line != "" {
			w.WriteString(strings.Repeat("  ", depth+1) + line)
		}
		w.WriteString("\n")
	}
}

// inFlow writes a short value in one line: a mapping or a list of single-line scalars.
func inFlow(n *node) (string, bool) {
	var parts []string
	switch n.kind {
	case mapping:
		for _, p := range n.pairs {
			if p.value.kind != scalar || blockable(p.value.text) {
				return "", false
			}
			parts = append(parts, quote(p.key.text)+": "+scalarText(p.value))
		}
		s := "{" + strings.Join(parts, ", ") + "}"
		return s, utf8.RuneCountInString(s) <= lineWidth-30
	case list:
		for _, item := range n.list {
			if item.kind != scalar || blockable(item.text) {
				return "", false
			}
			parts = append(parts, scalarText(item))
		}
		s := "[" + strings.Join(parts, ", ") + "]"
		return s, utf8.RuneCountInString(s) <= lineWidth-30
	}
	return "", false
}

func scalarText(n *node) string {
	if n.bare {
		return n.text
	}
	return quote(n.text)
}

// blockable tells whether a text is written as a literal block: several lines without anything that such a block loses.
func blockable(s string) bool {
	if !strings.Contains(s, "\n") || strings.Contains(s, "\t") {
		return false
	}
	for i, line := range strings.Split(s, "\n") {
		if line != strings.TrimRightFunc(line, unicode.IsSpace) || (i == 0 && (line == "" || line[0] == ' ')) {
			return false
		}
	}
	return true
}

var (
	plainDate = regexp.MustCompile(`^[0-9]{4}(-[0-9]{2}){1,2}(/[0-9]{4}(-[0-9]{2}){0,2})?$`)
	notPlain  = regexp.MustCompile(`(?i)^(true|false|null|yes|no|on|off|y|n|inf|nan)$`)
)

// quote writes a scalar plainly where no reader of YAML could take it for something else, and in double quotes otherwise.
func quote(s string) string {
	if plainDate.MatchString(s) || (plain(s) && !notPlain.MatchString(s)) {
		return s
	}
	var w strings.Builder
	w.WriteByte('"')
	for _, r := range s {
		switch r {
		case '"', '\\':
			w.WriteByte('\\')
			w.WriteRune(r)
		case '\n':
			w.WriteString(`\n`)
		case '\t':
			w.WriteString(`\t`)
		default:
			w.WriteRune(r)
		}
	}
	w.WriteByte('"')
	return w.String()
}

// plain tells whether a text begins with a letter and holds only letters, digits, single spaces and harmless signs.
func plain(s string) bool {
	before := ' '
	for i, r := range s {
		switch {
		case unicode.IsLetter(r):
		case i > 0 && (unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune("-_.()/;!?…–—«»“”’", r)):
		case r == ' ' && before != ' ':
		default:
			return false
		}
		before = r
	}
	return before != ' '
}

// writeJSON is the canonical document of a value: the tree of [Marshal], in JSON without spaces.
func writeJSON(v any) string {
	var w strings.Builder
	if n := plant(reflect.ValueOf(v)); n != nil {
		enc := json.NewEncoder(noNewline{&w})
		enc.SetEscapeHTML(false)
		jsonNode(&w, enc, n)
	}
	return w.String()
}

// jsonNode writes a tree; enc writes texts into w.
func jsonNode(w *strings.Builder, enc *json.Encoder, n *node) {
	text := func(s string) {
		_ = enc.Encode(s) // a string into a Builder can't fail
	}
	switch {
	case n.kind == scalar && n.bare:
		w.WriteString(n.text)
	case n.kind == scalar:
		text(n.text)
	case n.kind == list:
		for i, item := range n.list {
			w.WriteByte("[,"[btoi(i > 0)])
			jsonNode(w, enc, item)
		}
		w.WriteByte(']')
	default:
		w.WriteByte('{')
		for i, p := range n.pairs {
			if i > 0 {
				w.WriteByte(',')
			}
			text(p.key.text)
			w.WriteByte(':')
			jsonNode(w, enc, p.value)
		}
		w.WriteByte('}')
	}
}

// noNewline drops the line's end that a json.Encoder adds.
type noNewline struct{ w io.Writer }

func (n noNewline) Write(p []byte) (int, error) {
	if _, err := n.w.Write([]byte(strings.TrimSuffix(string(p), "\n"))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// readJSON reads a stored document. It was checked when it was applied; it is read strictly all the same.
func readJSON(doc string, into Checker) error {
	dec := json.NewDecoder(strings.NewReader(doc))
	dec.UseNumber()
	root, err := jsonTree(dec)
	if err != nil {
		return err
	}
	b := binder{}
	b.bind("", root, reflect.ValueOf(into).Elem())
	if len(b.problems) > 0 {
		return b.problems
	}
	return nil
}

func jsonTree(dec *json.Decoder) (*node, error) {
	t, err := dec.Token()
	if err != nil {
		return nil, err
	}
	n := &node{kind: scalar}
	switch t := t.(type) {
	case string:
		n.text = t
	case json.Number:
		n.text, n.bare = t.String(), true
	case bool:
		n.text, n.bare = strconv.FormatBool(t), true
	case json.Delim:
		n.kind = mapping
		if t == '[' {
			n.kind = list
		}
		for dec.More() {
			item, err := jsonTree(dec)
			if err != nil {
				return nil, err
			}
			if n.kind == list {
				n.list = append(n.list, item)
				continue
			}
			value, err := jsonTree(dec)
			if err != nil {
				return nil, err
			}
			n.pairs = append(n.pairs, pair{item, value})
		}
		_, err = dec.Token()
	default:
		n.kind = nothing
	}
	return n, err
}
