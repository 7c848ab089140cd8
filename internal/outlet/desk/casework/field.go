package casework

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// field is one field of a form, or a group or a list of them.
type field struct {
	name     string // in the form, and its id
	label    string
	hint     string
	kind     kind
	value    string
	long     bool     // of a line: several lines
	ltr      bool     // an address, a date, a code: never written from right to left
	chosen   []string // of several
	options  []option
	wordings []wording // of words
	inner    []*field  // of a group, and of a list one for each row
	wrong    []remark
}

// wording is a text in one language.
type wording struct {
	name, text string
	tag        lang.Tag
	long       bool
	wrong      []remark
}

// option is one of those that can be chosen.
type option struct {
	value, label string
	group        string // under which heading it stands; empty: under none
}

// remark is what stands beside a field: what is wrong there.
type remark struct {
	text         string
	label, where string // of a page where it is mended, if that is another one
}

// filled tells whether anything stands in it.
func (f *field) filled() bool {
	return f.value != "" || len(f.chosen) > 0 ||
		slices.ContainsFunc(f.wordings, func(w wording) bool { return w.text != "" }) || slices.ContainsFunc(f.inner, (*field).filled)
}

// faulty tells whether anything in it is wrong.
func (f *field) faulty() bool {
	return len(f.wrong) > 0 || slices.ContainsFunc(f.wordings, func(w wording) bool { return len(w.wrong) > 0 }) || slices.ContainsFunc(f.inner, (*field).faulty)
}

// grown tells that a list in it has a row in which nothing stands yet.
func (f *field) grown() bool {
	return f.kind == listKind && slices.ContainsFunc(f.inner, func(in *field) bool { return !in.filled() }) || slices.ContainsFunc(f.inner, (*field).grown)
}

func (f *field) open() bool { return f.filled() || f.faulty() || f.grown() }

// describedBy names what is read with the field.
func (f *field) describedBy() string {
	var ids []string
	if f.hint != "" {
		ids = append(ids, f.name+"-hint")
	}
	if len(f.wrong) > 0 {
		ids = append(ids, f.name+"-error")
	}
	return strings.Join(ids, " ")
}

// planner lays out the fields of a type, filled in from a form.
type planner struct {
	p    *lang.Printer
	file *casefile.File // whose languages, sources, institutions and proceedings there are
	form url.Values
}

// lay lays out a type under a name: of a group all its fields but those left out.
func (l *planner) lay(name, word string, parent, t reflect.Type, skip ...string) *field {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	f := &field{name: name, kind: kindOf(t), label: l.label(word, parent)}
	if key := "desk.casework.hint." + word; l.p.Has(key) {
		f.hint = l.p.T(key)
	}
	switch f.kind {
	case wordsKind:
		for _, tag := range l.tags(name, word) {
			w := wording{name: name + "." + string(tag), tag: tag, text: l.form.Get(name + "." + string(tag))}
			w.long = prose[word] || strings.Contains(w.text, "\n")
			f.wordings = append(f.wordings, w)
		}
	case choiceKind:
		f.value = l.form.Get(name)
		none := "desk.casework.none"
		if t == kindType {
			none = "desk.casework.choose"
		}
		f.options = append([]option{{label: l.p.T(none)}}, l.options(t)...)
		f.options = kept(f.options, f.value)
	case severalKind:
		f.options = l.options(t.Elem())
		for _, v := range l.form[name] {
			f.chosen = append(f.chosen, v)
			f.options = kept(f.options, v)
		}
	case spanKind:
		f.kind = groupKind
		how := &field{name: name + ".how", kind: choiceKind, label: l.p.T("desk.casework.how.label"), value: l.form.Get(name + ".how")}
		for _, h := range hows {
			key := h
			if h == "" {
				key = "on"
			}
			how.options = append(how.options, option{value: h, label: l.p.T("desk.casework.how." + key)})
		}
		how.options = kept(how.options, how.value)
		f.inner = []*field{how,
			{name: name + ".from", kind: dateKind, label: l.p.T("desk.casework.how.from"), hint: l.p.T("desk.casework.how.hint"), value: l.form.Get(name + ".from"), ltr: true},
			{name: name + ".to", kind: dateKind, label: l.p.T("desk.casework.how.to"), value: l.form.Get(name + ".to"), ltr: true}}
	case groupKind:
		for _, m := range members(t) {
			if !slices.Contains(skip, m.word) {
				f.inner = append(f.inner, l.lay(name+"."+m.word, m.word, t, t.Field(m.at).Type))
			}
		}
	case listKind:
		for i := range rows(l.form, name) {
			row := l.lay(fmt.Sprintf("%s.%d", name, i), word, parent, t.Elem())
			row.label, row.hint = l.p.T("desk.casework.row", "Label", f.label, "Number", l.p.Number(int64(i+1))), ""
			f.inner = append(f.inner, row)
		}
	default:
		f.value = l.form.Get(name)
		f.long = strings.Contains(f.value, "\n") || word == "news_recipient"
		f.ltr = f.kind != lineKind || ascii[word] || t == tagType
		if f.kind == dateKind && f.hint == "" {
			f.hint = l.p.T("desk.casework.how.hint")
		}
	}
	return f
}

// prose are the texts that have more than a line; ascii the lines that are written from left to right in every language.
var (
	prose = map[string]bool{"what": true, "summary": true, "note": true, "not_to_be_concluded": true, "was": true, "now": true, "why": true, "others": true, "letters": true, "parcels": true,
		"address": true, "means": true}
	ascii = map[string]bool{"id": true, "of": true, "after": true, "event": true, "url": true, "archived": true, "sha256": true, "criteria": true, "script": true, "country": true, "currency": true}
)

// label is a field's name on the page. One word may mean two things in two places.
func (l *planner) label(word string, parent reflect.Type) string {
	if parent != nil {
		if key := "desk.casework.field." + strings.ToLower(parent.Name()) + "_" + word; l.p.Has(key) {
			return l.p.T(key)
		}
	}
	return l.p.T("desk.casework.field." + word)
}

// tags are the languages in which a text can be typed: the campaign's, and those that it is in already. What a source prints may be in the source's.
func (l *planner) tags(name, word string) []lang.Tag {
	tags := slices.Clone(l.file.Campaign.Languages)
	add := func(tag lang.Tag) {
		if c, ok := lang.Canonical(string(tag)); ok && c == tag && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	var more []string
	for k := range l.form {
		if tag, ok := strings.CutPrefix(k, name+"."); ok {
			more = append(more, tag)
		}
	}
	if word == "as_printed" {
		for i := range l.file.Sources {
			more = append(more, string(l.file.Sources[i].Language))
		}
	}
	slices.Sort(more)
	for _, tag := range more {
		add(lang.Tag(tag))
	}
	if len(tags) == 0 {
		tags = append(tags, l.p.Tag())
	}
	return tags
}

// kept adds a value that is none of the options, so that it isn't lost with the next save.
func kept(list []option, value string) []option {
	if slices.ContainsFunc(list, func(o option) bool { return o.value == value }) {
		return list
	}
	return append(list, option{value: value, label: readable(value)})
}

// readable is a value that nobody offered as it may stand beside others: short, and without what can't be seen, or would turn the words behind it.
func readable(value string) string {
	const most = 80
	shown := []rune(strings.Map(func(r rune) rune {
		if lang.Unseen(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(value[:min(len(value), 4*most)], "")))
	return string(shown[:min(len(shown), most)])
}

// options are what a type may be: the words of its vocabulary, or what of it the file has.
func (l *planner) options(t reflect.Type) (list []option) {
	p := l.p
	switch t {
	case reflect.TypeFor[casefile.SourceID]():
		for i := range l.file.Sources {
			list = append(list, option{value: string(l.file.Sources[i].ID), label: l.source(&l.file.Sources[i])})
		}
		return append(list, option{value: string(casefile.KeptBack), label: p.T("dossier.kept_back_short")})
	case reflect.TypeFor[casefile.InstitutionID]():
		for _, i := range l.file.Institutions {
			list = append(list, option{value: string(i.ID), label: l.text(i.Name, string(i.ID))})
		}
		return list
	case reflect.TypeFor[casefile.ProceedingID]():
		for _, i := range l.file.Proceedings {
			list = append(list, option{value: string(i.ID), label: l.proceeding(&i)})
		}
		return list
	}
	if t == kindType {
		return kindOptions(p)
	}
	for _, term := range terms(t) {
		list = append(list, option{value: term, label: termWords(p, t, term)})
	}
	return list
}

// text is a text in the reader's language, or what stands for it.
func (l *planner) text(t casefile.Text, otherwise string) string {
	if s, _ := t.In(l.p.Tag(), l.file.Campaign.Languages...); s != "" {
		return lang.Bounded(s, 120)
	}
	return otherwise
}

func (l *planner) source(s *casefile.Source) string {
	publisher := l.text(s.Publisher, string(s.ID))
	if s.Published.Date == (casefile.Span{}) {
		return publisher
	}
	return l.p.T("case.source_line", "Publisher", publisher, "Date", s.Published.Words(l.p))
}

func (l *planner) proceeding(c *casefile.Proceeding) string {
	parts := []string{}
	if c.Stage != "" {
		parts = append(parts, l.p.T("case.stage."+string(c.Stage)))
	}
	if c.Number != "" {
		parts = append(parts, c.Number)
	}
	for i := range l.file.Institutions {
		if l.file.Institutions[i].ID == c.Court && c.Court != "" {
			parts = append(parts, l.text(l.file.Institutions[i].Name, string(c.Court)))
		}
	}
	if len(parts) == 0 {
		return string(c.ID)
	}
	return strings.Join(parts, " · ")
}

// vocabularies are where in the catalogue the words of a closed list stand.
var vocabularies = map[reflect.Type]string{
	reflect.TypeFor[casefile.EventKind]():         "case.kind.",
	reflect.TypeFor[casefile.Nature]():            "case.nature.",
	reflect.TypeFor[casefile.Status]():            "case.claim.",
	reflect.TypeFor[casefile.Verdict]():           "case.verdict.",
	reflect.TypeFor[casefile.ReleaseKind]():       "case.release.",
	reflect.TypeFor[casefile.Designation]():       "case.designation.",
	reflect.TypeFor[casefile.ChargeKind]():        "case.offence.",
	reflect.TypeFor[casefile.Stance]():            "case.stance.",
	reflect.TypeFor[casefile.SourceKind]():        "case.origin.",
	reflect.TypeFor[casefile.CustodyKind]():       "case.custody.",
	reflect.TypeFor[casefile.InstitutionKind]():   "case.institution.",
	reflect.TypeFor[casefile.Track]():             "case.track.",
	reflect.TypeFor[casefile.Stage]():             "case.stage.",
	reflect.TypeFor[casefile.Side]():              "case.side.",
	reflect.TypeFor[casefile.Ask]():               "case.ask.",
	reflect.TypeFor[casefile.Need]():              "case.need.",
	reflect.TypeFor[casefile.RecognitionStatus](): "case.recognition.",
	reflect.TypeFor[casefile.RedactionReason]():   "case.redaction.",
	reflect.TypeFor[casefile.Bearing]():           "case.bearing.",
	reflect.TypeFor[casefile.Credibility]():       "case.credibility.",
	reflect.TypeFor[casefile.Field]():             "case.field.",
	reflect.TypeFor[casefile.Role]():              "case.role.",
	reflect.TypeFor[casefile.Quantity]():          "case.quantity.",
	reflect.TypeFor[casefile.Scope]():             "wish.scope.",
}

// ownTerms are the vocabularies that no public page shows: their words stand with the desk's, under this name.
var ownTerms = map[reflect.Type]string{
	reflect.TypeFor[casefile.Level]():      "level_",
	reflect.TypeFor[casefile.State]():      "state_",
	reflect.TypeFor[casefile.Giver]():      "giver_",
	reflect.TypeFor[casefile.Editor]():     "editor_",
	reflect.TypeFor[casefile.Interest]():   "interest_",
	reflect.TypeFor[casefile.Visibility](): "visibility_",
	reflect.TypeFor[casefile.Family]():     "family_",
	reflect.TypeFor[casefile.Response]():   "response_",
	reflect.TypeFor[casefile.NotTold]():    "not_told_",
	reflect.TypeFor[casefile.Collected]():  "collected_",
	reflect.TypeFor[casefile.Part]():       "part_",
}

// catalogues are proper names.
var catalogues = map[string]string{"wikidata": "Wikidata", "viaf": "VIAF", "orcid": "ORCID", "ovd_info": "OVD-Info", "memorial": "Memorial", "viasna": "Viasna"}

// termWords is a word of a vocabulary as pages say it.
func termWords(p *lang.Printer, t reflect.Type, term string) string {
	switch t {
	case reflect.TypeFor[casefile.MeasureKind]():
		return casefile.MeasureKind(term).Label(p)
	case reflect.TypeFor[casefile.Comparator]():
		return p.T("case.quantity."+term, "Value", "…")
	case reflect.TypeFor[casefile.Credibility]():
		return p.T("desk.casework.graded", "Grade", term, "Meaning", p.T("case.credibility."+term))
	case reflect.TypeFor[casefile.IdentifierScheme]():
		return catalogues[term]
	}
	if at := vocabularies[t]; at != "" {
		return p.T(at + term)
	}
	if own := ownTerms[t]; own != "" {
		return p.T("desk.casework.term." + own + term)
	}
	return term // of a source's reliability: a letter
}

// mark puts what is wrong where it belongs: at the field of that name, or the nearest around it. It tells the name of where it stands now; empty: nowhere here.
func (f *field) mark(name string, r remark) string {
	if name != f.name && !strings.HasPrefix(name, f.name+".") {
		return ""
	}
	for _, in := range f.inner {
		if at := in.mark(name, r); at != "" {
			return at
		}
	}
	for i := range f.wordings {
		if w := &f.wordings[i]; w.name == name {
			w.wrong = append(w.wrong, r)
			return w.name
		}
	}
	f.wrong = append(f.wrong, r)
	return f.name
}

// find is the field of that name.
func (f *field) find(name string) *field {
	if f.name == name {
		return f
	}
	for _, in := range f.inner {
		if got := in.find(name); got != nil {
			return got
		}
	}
	return nil
}

// moment tells what is known of a time: three fields that belong together.
func (f *field) moment() bool {
	return len(f.inner) == 3 && strings.HasSuffix(f.inner[0].name, ".how") && f.inner[1].kind == dateKind
}

// dated tells a time with more to say of it.
func (f *field) dated() bool {
	return len(f.inner) > 0 && f.inner[0].kind == groupKind && f.inner[0].moment()
}

// moreOpen tells a time of which more than the day is said.
func (f *field) moreOpen() bool {
	how := f.inner[0].inner
	return how[0].open() || how[2].open() || slices.ContainsFunc(f.inner[1:], (*field).open)
}

// dir is the direction of a line.
func (f *field) dir() string {
	if f.ltr {
		return "ltr"
	}
	return "auto"
}
