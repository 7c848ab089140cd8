package tongues

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"outcry/internal/kernel/lang"
)

// The file that a translator takes along is one of GNU gettext (PO): each text with its path as the context, and one entry a text. What is read is a part of what gettext allows:
// UTF-8, no plural forms, no two entries of one context. What it can't be is refused with its line.

// message is an entry of such a file.
type message struct {
	notes []string // for whoever translates: "#. "
	was   string   // digest of the translation that the file was made with: "#. was: "
	fuzzy bool     // somebody has to look at it
	prev  string   // what the source said when it was translated: "#| msgid"
	ctx   string   // path of the piece
	id    string   // source
	str   string   // translation
	line  int      // on which it begins
}

// catalogue is a whole file.
type catalogue struct {
	head map[string]string
	list []message
}

const (
	fileMost   = 2 << 20 // bytes
	entryMost  = 20_000
	faultsMost = 20 // that are told at once
	wasMark    = "was: "
)

// badLine is what can't be read, and where.
type badLine struct {
	line int
	key  string // of the catalogue
}

// headOrder is in which a header's lines are written; gettext asks for most of them.
var headOrder = []string{"Project-Id-Version", "PO-Revision-Date", "Last-Translator", "Language-Team", "Language", "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "X-Source-Language"}

// write writes a file.
func (c catalogue) write() []byte {
	var b bytes.Buffer
	head := ""
	for _, name := range headOrder {
		if v, ok := c.head[name]; ok {
			head += name + ": " + v + "\n"
		}
	}
	b.WriteString("msgid \"\"\nmsgstr ")
	quoted(&b, "", head)
	for _, m := range c.list {
		b.WriteByte('\n')
		for _, n := range m.notes {
			fmt.Fprintf(&b, "#. %s\n", strings.Join(strings.Fields(n), " "))
		}
		if m.was != "" {
			fmt.Fprintf(&b, "#. %s%s\n", wasMark, m.was)
		}
		if m.fuzzy {
			b.WriteString("#, fuzzy\n")
		}
		if m.prev != "" {
			b.WriteString("#| msgid ")
			quoted(&b, "#| ", m.prev)
		}
		b.WriteString("msgctxt ")
		quoted(&b, "", m.ctx)
		b.WriteString("msgid ")
		quoted(&b, "", m.id)
		b.WriteString("msgstr ")
		quoted(&b, "", m.str)
	}
	return b.Bytes()
}

// quoted writes a text, a line of it in each line of the file.
func quoted(b *bytes.Buffer, before, text string) {
	lines := strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	if len(lines) != 1 {
		b.WriteString("\"\"\n")
	}
	for i, line := range lines {
		if i > 0 || len(lines) > 1 {
			b.WriteString(before)
		}
		b.WriteByte('"')
		b.WriteString(strings.NewReplacer("\\", `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(line))
		b.WriteString("\"\n")
	}
}

// reader reads a file line by line.
type reader struct {
	out   catalogue
	bad   []badLine
	seen  map[string]bool
	m     message
	field *string // that a line of quotes goes on with
	parts map[string]bool
	head  bool // the header was there
	begun bool // something of an entry was
	old   bool // the lines of a previous source
}

// readCatalogue reads a file. What is wrong in it is told with lines, all of it up to a bound; then nothing of it is to be used.
func readCatalogue(src []byte) (catalogue, []badLine) {
	r := &reader{seen: map[string]bool{}, parts: map[string]bool{}}
	r.out.head = map[string]string{}
	if len(src) > fileMost {
		return r.out, []badLine{{0, "large"}}
	}
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	n := 0
	for line := range bytes.Lines(src) {
		n++
		line = bytes.TrimRight(line, "\r\n")
		if !utf8.Valid(line) || bytes.ContainsFunc(line, control) {
			r.say(n, "control")
			continue
		}
		r.line(n, strings.TrimSpace(string(line)))
		if len(r.bad) >= faultsMost {
			return r.out, r.bad
		}
	}
	r.end(n)
	if !r.head && len(r.bad) == 0 {
		r.say(1, "head")
	}
	return r.out, r.bad
}

func control(r rune) bool { return r < ' ' && r != '\t' || r >= 0x7f && r < 0xa0 }

func (r *reader) say(line int, key string) { r.bad = append(r.bad, badLine{line, key}) }

func (r *reader) line(n int, s string) {
	switch {
	case s == "":
		r.end(n)
	case strings.HasPrefix(s, "#~"): // an entry that nobody needs any more
	case strings.HasPrefix(s, "#"):
		r.comment(n, s)
	case strings.HasPrefix(s, `"`):
		r.more(n, s)
	default:
		r.keyword(n, s)
	}
}

// comment reads what stands before an entry.
func (r *reader) comment(n int, s string) {
	if r.parts["msgstr"] { // an entry may follow without an empty line
		r.end(n)
	}
	r.start(n)
	switch {
	case strings.HasPrefix(s, "#."):
		note := strings.TrimSpace(s[2:])
		if was, ok := strings.CutPrefix(note, wasMark); ok {
			r.m.was = was
			return
		}
		r.m.notes = append(r.m.notes, note)
	case strings.HasPrefix(s, "#,"):
		for flag := range strings.SplitSeq(s[2:], ",") {
			r.m.fuzzy = r.m.fuzzy || strings.TrimSpace(flag) == "fuzzy"
		}
	case strings.HasPrefix(s, "#|"):
		rest := strings.TrimSpace(s[2:])
		switch {
		case strings.HasPrefix(rest, `"`):
			if r.old {
				r.add(n, &r.m.prev, rest)
			}
		case strings.HasPrefix(rest, "msgid "):
			r.old = true
			r.add(n, &r.m.prev, strings.TrimSpace(rest[len("msgid "):]))
		default: // the context it had
			r.old = false
		}
	}
}

func (r *reader) keyword(n int, s string) {
	word, rest, _ := strings.Cut(s, " ")
	rest = strings.TrimSpace(rest)
	if (word == "msgctxt" || word == "msgid") && r.parts["msgstr"] {
		r.end(n)
	}
	r.start(n)
	switch word {
	case "msgctxt":
		r.field = &r.m.ctx
	case "msgid":
		r.field = &r.m.id
	case "msgstr":
		r.field = &r.m.str
		if !r.parts["msgid"] {
			r.say(n, "order")
		}
	case "msgid_plural", "msgstr[0]", "msgstr[1]", "msgstr[2]", "msgstr[3]", "msgstr[4]", "msgstr[5]":
		r.field = nil
		r.say(n, "plural")
		return
	default:
		r.field = nil
		r.say(n, "word")
		return
	}
	if r.parts[word] || word == "msgctxt" && r.parts["msgid"] {
		r.say(n, "order")
	}
	r.parts[word] = true
	r.add(n, r.field, rest)
}

func (r *reader) more(n int, s string) {
	if r.field == nil {
		if len(r.bad) == 0 || r.bad[len(r.bad)-1].key != "plural" {
			r.say(n, "order")
		}
		return
	}
	r.add(n, r.field, s)
}

func (r *reader) start(n int) {
	if !r.begun {
		r.begun, r.m.line = true, n
	}
}

// add reads one quoted part.
func (r *reader) add(n int, to *string, s string) {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		r.say(n, "quote")
		return
	}
	var b strings.Builder
	s = s[1 : len(s)-1]
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			r.say(n, "quote")
			return
		case s[i] != '\\':
			b.WriteByte(s[i])
			continue
		}
		i++
		if i == len(s) {
			r.say(n, "quote")
			return
		}
		switch s[i] {
		case 'n':
			b.WriteByte('\n')
		case 't':
			b.WriteByte('\t')
		case '\\', '"':
			b.WriteByte(s[i])
		default:
			r.say(n, "escape")
			return
		}
	}
	*to += b.String()
}

// end ends an entry.
func (r *reader) end(n int) {
	m, parts := r.m, r.parts
	begun := r.begun
	r.m, r.parts, r.field, r.begun, r.old = message{}, map[string]bool{}, nil, false, false
	if !begun || len(parts) == 0 { // comments alone
		return
	}
	switch {
	case !parts["msgid"] || !parts["msgstr"]:
		r.say(m.line, "half")
	case m.ctx == "" && m.id == "":
		if r.head || len(r.out.list) > 0 {
			r.say(m.line, "twice")
			return
		}
		r.head = true
		r.header(m)
	case !parts["msgctxt"] || m.ctx == "":
		r.say(m.line, "context")
	case m.id == "":
		r.say(m.line, "half")
	case r.seen[m.ctx]:
		r.say(m.line, "twice")
	case len(r.out.list) >= entryMost:
		r.say(n, "large")
	default:
		r.seen[m.ctx] = true
		r.out.list = append(r.out.list, m)
	}
}

func (r *reader) header(m message) {
	for line := range strings.Lines(m.str) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			r.out.head[strings.TrimSpace(name)] = strings.TrimSpace(value)
		}
	}
	if kind := strings.ToLower(strings.ReplaceAll(r.out.head["Content-Type"], " ", "")); !strings.HasSuffix(kind, "charset=utf-8") {
		r.say(m.line, "charset")
	}
}

// tongue is the language that a file says it is in.
func (c catalogue) tongue() lang.Tag {
	tag, _ := lang.Canonical(strings.ReplaceAll(c.head["Language"], "_", "-"))
	return tag
}
