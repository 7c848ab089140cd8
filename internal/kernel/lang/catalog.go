package lang

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
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

// message is a sentence cut at its placeholders: text, name, text, name, … text. Forms are its plural forms, by category.
type message struct {
	forms map[string][]string
}

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

// Load reads the catalogues, one file a language, en.toml among them. The error names each file and key that is wrong, all at once: a translator
// mends them in one go.
func Load(fsys fs.FS) (*Catalog, error) {
	names, err := fs.Glob(fsys, "*.toml")
	if err != nil {
		return nil, err
	}
	c := &Catalog{printers: map[Tag]*Printer{}}
	var faults []error
	for _, name := range names {
		tag := Tag(strings.TrimSuffix(path.Base(name), ".toml"))
		p, err := load(fsys, name, tag)
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
	return c, nil
}

func load(fsys fs.FS, name string, tag Tag) (*Printer, error) {
	loc := localeOf(tag)
	if loc == nil {
		return nil, fmt.Errorf("lang: %s: the program has no numbers and dates for %q", name, tag)
	}
	b, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, err
	}
	f, err := i18n.ParseMessageFileBytes(b, name, map[string]i18n.UnmarshalFunc{"toml": toml.Unmarshal})
	if err != nil {
		return nil, fmt.Errorf("lang: %s: %w", name, err)
	}
	p := &Printer{tag: tag, locale: loc, messages: map[string]message{}, forms: categories(loc)}
	var faults []error
	bad := func(key, format string, args ...any) {
		faults = append(faults, fmt.Errorf("lang: %s: %s: %s", name, key, fmt.Sprintf(format, args...)))
	}
	slices.SortFunc(f.Messages, func(a, b *i18n.Message) int { return strings.Compare(a.ID, b.ID) })
	for _, m := range f.Messages {
		forms := map[string][]string{}
		for category, text := range map[string]string{"zero": m.Zero, "one": m.One, "two": m.Two, "few": m.Few, "many": m.Many, "other": m.Other} {
			if text == "" {
				continue
			}
			parts := cut(text)
			for i := 0; i < len(parts); i += 2 {
				if strings.Contains(parts[i], "{{") || strings.Contains(parts[i], "}}") {
					bad(m.ID, "a placeholder is written {{.Name}}")
				}
			}
			if element.MatchString(text) {
				bad(m.ID, "holds HTML; a message is plain text")
			}
			forms[category] = parts
		}
		if strings.TrimSpace(m.Other) == "" {
			bad(m.ID, "is empty, or lacks the plural form other")
		}
		if _, twice := p.messages[m.ID]; twice {
			bad(m.ID, "stands there twice")
		}
		p.messages[m.ID] = message{forms}
	}
	return p, errors.Join(faults...)
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
		plural := len(first.messages[key].forms) > 1
		if !plural && len(m.forms) > 1 {
			bad(key, "has plural forms, %s.toml has none", First)
		}
		if plural {
			if want, have := p.forms, sorted(m.forms); !slices.Equal(want, have) {
				bad(key, "needs the plural forms %s, has %s", strings.Join(want, ", "), strings.Join(have, ", "))
			}
		}
		// A form may spell its number out ("one signature"), so {{.N}} has to stand in other only; what else is filled in, in every form.
		want := names(first.messages[key].forms["other"])
		if !plural && slices.Contains(want, "N") {
			bad(key, "{{.N}} is a number and needs plural forms")
		}
		for _, form := range sorted(m.forms) {
			have := names(m.forms[form])
			if form != "other" && slices.Contains(want, "N") && !slices.Contains(have, "N") {
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
func (c *Catalog) Keys() []string { return sorted(c.printers[First].messages) }
