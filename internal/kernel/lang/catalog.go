package lang

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

// Tag names a language as BCP 47 does, such as "en", "ru" or "sr-Latn".
type Tag string

// First is the language of which every other catalogue is a translation.
const First Tag = "en"

// Catalog is all languages of the interface.
type Catalog struct {
	tags     []Tag
	printers map[Tag]*Printer
}

// message is a sentence cut at its placeholders: text, name, text, name, … text. One without plural forms has other alone: a map for each of some
// thousands would be most of what an idle server holds.
type message struct {
	other []string
	forms map[string][]string // by category, other among them; nil without plural forms
}

// form is the message in a plural form; nil if it has none such.
func (m message) form(category string) []string {
	if category == other {
		return m.other
	}
	return m.forms[category]
}

// categories are the plural forms there are, sorted.
func (m message) categories() []string {
	if m.forms == nil {
		return []string{other}
	}
	return sorted(m.forms)
}

// other is the plural category that every message has.
const other = "other"

var (
	placeholder = regexp.MustCompile(`\{\{\.([A-Za-z0-9]+)\}\}`)
	element     = regexp.MustCompile(`<[A-Za-z/!]`)
)

func cut(s string) (parts []string) {
	last := 0
	for _, m := range placeholder.FindAllStringSubmatchIndex(s, -1) {
		parts = append(parts, s[last:m[0]], s[m[2]:m[3]])
		last = m[1]
	}
	return append(parts, s[last:])
}

// loaded are the catalogues that were read from files in the program, which don't change: reading them takes longer than all else that opens a site.
var loaded sync.Map // embed.FS → *Catalog

// Load reads the catalogues, one file a language, en.toml among them; those in the program once. The error names each file and key that is wrong, all
// at once: a translator mends them in one go.
func Load(fsys fs.FS) (*Catalog, error) {
	within, embedded := fsys.(embed.FS)
	if !embedded {
		return load(fsys)
	}
	if c, ok := loaded.Load(within); ok {
		return c.(*Catalog), nil
	}
	c, err := load(fsys)
	if err == nil {
		loaded.Store(within, c)
	}
	return c, err
}

func load(fsys fs.FS) (*Catalog, error) {
	names, err := fs.Glob(fsys, "*.toml")
	if err != nil {
		return nil, err
	}
	c := &Catalog{printers: map[Tag]*Printer{}}
	var faults []error
	for _, name := range names {
		tag := Tag(strings.TrimSuffix(path.Base(name), ".toml"))
		p, err := readFile(fsys, name, tag)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		c.printers[tag] = p
		c.tags = append(c.tags, tag)
	}
	first := c.printers[First]
	if first == nil && faults == nil {
		return nil, fmt.Errorf("lang: there is no %s.toml", First)
	}
	if first == nil { // without it the others can't be measured
		return nil, errors.Join(faults...)
	}
	slices.SortFunc(c.tags, func(a, b Tag) int {
		if (a == First) != (b == First) {
			return map[bool]int{true: -1, false: 1}[a == First]
		}
		return strings.Compare(string(a), string(b))
	})
	for _, tag := range c.tags {
		faults = append(faults, c.printers[tag].lacks(first)...)
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	keys, places := sorted(first.messages), map[string]int32{}
	for i, key := range keys {
		places[strings.Clone(key)] = int32(i)
	}
	for _, tag := range c.tags {
		c.printers[tag].pack(keys, places)
	}
	return c, nil
}

// pack lays the messages side by side, in the order of their keys, and lets go of what was read: in pieces it would be twice as much, among holes.
// Places are of all languages, which have the same keys.
func (p *Printer) pack(keys []string, places map[string]int32) {
	var pieces []string
	each := func(m message, do func(form []string, keep func([]string))) message {
		packed := message{}
		do(m.other, func(f []string) { packed.other = f })
		if m.forms != nil {
			packed.forms = make(map[string][]string, len(m.forms))
			for _, category := range plural {
				if form := m.forms[category]; form != nil {
					do(form, func(f []string) { packed.forms[category] = f })
				}
			}
		}
		return packed
	}
	for _, key := range keys {
		each(p.messages[key], func(form []string, _ func([]string)) { pieces = append(pieces, form...) })
	}
	text, rest := strings.Join(pieces, ""), slices.Clip(slices.Clone(pieces))
	for i, piece := range rest {
		rest[i], text = text[:len(piece)], text[len(piece):]
	}
	p.list = make([]message, len(keys))
	for i, key := range keys {
		p.list[i] = each(p.messages[key], func(form []string, keep func([]string)) {
			keep(rest[:len(form):len(form)])
			rest = rest[len(form):]
		})
	}
	p.places, p.messages = places, nil
}

// of is the message of a key, if there is one.
func (p *Printer) of(key string) (message, bool) {
	if i, ok := p.places[key]; ok {
		return p.list[i], true
	}
	return message{}, false
}

func readFile(fsys fs.FS, name string, tag Tag) (*Printer, error) {
	loc := localeOf(tag)
	if loc == nil {
		return nil, fmt.Errorf("lang: %s: the program has no numbers and dates for %q", name, tag)
	}
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	file := map[string]any{}
	if err := toml.Unmarshal(b, &file); err != nil {
		return nil, fmt.Errorf("lang: %s: %w", name, err)
	}
	p := &Printer{tag: tag, locale: loc, messages: map[string]message{}, forms: categories(loc)}
	var faults []string
	bad := func(key, format string, args ...any) {
		faults = append(faults, fmt.Sprintf("lang: %s: %s: %s", name, key, fmt.Sprintf(format, args...)))
	}
	p.read("", file, bad)
	if faults == nil {
		return p, nil
	}
	slices.Sort(faults)
	return p, errors.New(strings.Join(faults, "\n"))
}

// plural are the categories of plural forms: a table that has one of them for a key is a message, and every other a part of its messages' keys, as go-i18n has it.
var plural = []string{"zero", "one", "two", "few", "many", other}

// read takes the messages of a table; begin is what their keys begin with.
func (p *Printer) read(begin string, table map[string]any, bad func(key, format string, args ...any)) {
	for name, value := range table {
		key := begin + name
		var said message
		switch value := value.(type) {
		case string:
			said.other = parts(key, value, bad)
		case map[string]any:
			if !slices.ContainsFunc(plural, func(c string) bool { _, is := value[c].(string); return is }) {
				p.read(key+".", value, bad)
				continue
			}
			forms := map[string][]string{}
			for category, text := range value {
				text, is := text.(string)
				if !is || !slices.Contains(plural, category) {
					bad(key, "has plural forms, and %s beside them", category)
				} else if text != "" {
					forms[category] = parts(key, text, bad)
				}
			}
			if said.other = forms[other]; len(forms) > 1 {
				said.forms = forms
			}
		default:
			bad(key, "is no text")
			continue
		}
		if strings.TrimSpace(strings.Join(said.other, "")) == "" {
			bad(key, "is empty, or lacks the plural form other")
		}
		if _, twice := p.messages[key]; twice {
			bad(key, "stands there twice")
		}
		p.messages[key] = said
	}
}

// parts cuts a text and holds it against what every text has to be.
func parts(key, text string, bad func(key, format string, args ...any)) []string {
	list := cut(text)
	for i := 0; i < len(list); i += 2 {
		if strings.Contains(list[i], "{{") || strings.Contains(list[i], "}}") {
			bad(key, "a placeholder is written {{.Name}}")
		}
	}
	if element.MatchString(text) {
		bad(key, "holds HTML; a message is plain text")
	}
	return list
}

// lacks holds a language against the first: same keys, same placeholders, its own plural forms.
func (p *Printer) lacks(first *Printer) (faults []error) {
	bad := func(key, format string, args ...any) {
		faults = append(faults, fmt.Errorf("lang: %s.toml: %s: %s", p.tag, key, fmt.Sprintf(format, args...)))
	}
	for _, key := range sorted(first.messages) {
		m, ok := p.messages[key]
		if !ok {
			bad(key, "missing")
			continue
		}
		plural := first.messages[key].forms != nil
		if !plural && m.forms != nil {
			bad(key, "has plural forms, %s.toml has none", First)
		}
		if plural {
			if want, have := p.forms, m.categories(); !slices.Equal(want, have) {
				bad(key, "needs the plural forms %s, has %s", strings.Join(want, ", "), strings.Join(have, ", "))
			}
		}
		// A form may spell its number out ("one signature"), so {{.N}} has to stand in other only; what else is filled in, in every form.
		want := names(first.messages[key].other)
		if !plural && slices.Contains(want, "N") {
			bad(key, "{{.N}} is a number and needs plural forms")
		}
		for _, form := range m.categories() {
			have := names(m.form(form))
			if form != other && slices.Contains(want, "N") && !slices.Contains(have, "N") {
				have = append(have, "N")
				sort.Strings(have)
			}
			if !slices.Equal(want, have) {
				bad(key, "the form %s needs the placeholders %v, has %v", form, want, have)
			}
		}
	}
	for _, key := range sorted(p.messages) {
		if _, ok := first.messages[key]; !ok {
			bad(key, "is not in %s.toml", First)
		}
	}
	return faults
}

func names(parts []string) (list []string) {
	for i := 1; i < len(parts); i += 2 {
		list = append(list, parts[i])
	}
	sort.Strings(list)
	return slices.Compact(list)
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// Tags are the languages there are, English first.
func (c *Catalog) Tags() []Tag { return slices.Clone(c.tags) }

// Has tells whether the interface speaks a language.
func (c *Catalog) Has(t Tag) bool { return c.printers[t] != nil }

// Printer speaks a language; English where there is no such.
func (c *Catalog) Printer(t Tag) *Printer {
	if p := c.printers[t]; p != nil {
		return p
	}
	return c.printers[First]
}

// Keys are the keys of every language; for tests that look for unused ones.
func (c *Catalog) Keys() []string { return sorted(c.printers[First].places) }
