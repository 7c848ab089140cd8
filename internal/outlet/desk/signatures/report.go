package signatures

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
)

// reporting is the page on which a count of another kind is stated.
type reporting struct {
	desk.Page
	l       *letter.Letter
	title   string
	titled  lang.Tag
	kind    string
	value   string
	compare string
	asOf    string
	source  string
	by      casefile.Text
	note    casefile.Text
	tags    []lang.Tag
	sources []option
	known   *casefile.File
}

const (
	textMost   = 300 // bytes of a note, or of who counted
	numberMost = 1_000_000_000
)

func (h *hall) reporting(r *http.Request, v *desk.Visit) (p reporting, err error) {
	l, err := h.letter(r)
	if err != nil {
		return p, err
	}
	words, tag := l.Wording(v.P.Tag())
	p = reporting{Page: h.desk.CaseFrame(r, v, v.P.T("desk.signatures.report_title")), l: l, title: words.Title, titled: tag, tags: l.About.Languages}
	if p.known, err = h.Case(r.Context(), l.Case); fault.Is(err, fault.NotFound) {
		p.known, err = &casefile.File{}, nil
	}
	if err != nil {
		return p, err
	}
	for _, s := range p.known.Sources {
		if s.Visibility != "" && s.Visibility != "public" {
			continue // what is said of it would be said by nobody
		}
		title, _ := s.Title.In(v.P.Tag(), p.tags...)
		publisher, _ := s.Publisher.In(v.P.Tag(), p.tags...)
		label := strings.TrimSpace(title)
		if publisher != "" {
			label = v.P.Series([]string{label, publisher})
		}
		p.sources = append(p.sources, option{string(s.ID), label})
	}
	return p, nil
}

func (h *hall) askReport(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	p, err := h.reporting(r, v)
	if err != nil {
		return err
	}
	p.kind = string(letter.Paper)
	return h.desk.Show(w, r, reportPage(p))
}

// read fills a report from a form; errs is what is wrong with it.
func (p *reporting) read(form url.Values) (r letter.Report, errs []error) {
	text := func(name string) (t casefile.Text) {
		for _, tag := range p.tags {
			if s := strings.TrimSpace(form.Get(name + "-" + string(tag))); s != "" {
				if t == nil {
					t = casefile.Text{}
				}
				t[tag] = s
			}
		}
		return t
	}
	p.kind, p.value, p.compare = form.Get("kind"), strings.TrimSpace(form.Get("value")), form.Get("comparator")
	p.asOf, p.source, p.by, p.note = strings.TrimSpace(form.Get("as_of")), form.Get("source"), text("by"), text("note")
	r = letter.Report{Kind: letter.ReportKind(p.kind), Comparator: casefile.Comparator(p.compare), Source: casefile.SourceID(p.source), By: p.by, Note: p.note}
	if !slices.Contains(r.Kind.Known(), p.kind) {
		errs = append(errs, errKind)
	}
	if p.compare != "" && !slices.Contains(r.Comparator.Known(), p.compare) {
		errs = append(errs, errForm)
	}
	var err error
	if r.Value, err = strconv.Atoi(p.value); err != nil || r.Value < 1 || r.Value > numberMost {
		errs = append(errs, errNumber)
	}
	if r.AsOf, err = casefile.ParseDate(p.asOf); err != nil {
		errs = append(errs, errAsOf)
	}
	if r.Kind != letter.Elsewhere && len(r.By) == 0 {
		errs = append(errs, errBy)
	}
	if p.known.Source(r.Source) == nil && (r.Source != "" || r.Kind == letter.Elsewhere) {
		errs = append(errs, errSource)
	}
	for _, t := range []casefile.Text{r.By, r.Note} {
		for tag, s := range t {
			if len(s) > textMost || !letter.PublicReason(s) {
				field := "by-"
				if _, own := r.Note[tag]; own && r.Note[tag] == s {
					field = "note-"
				}
				errs = append(errs, errWords.At(field+string(tag)))
			}
		}
	}
	return r, errs
}

func (h *hall) decideReport(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	p, err := h.reporting(r, v)
	if err != nil {
		return err
	}
	report, errs := p.read(form)
	if len(errs) == 0 && len(letter.CheckReport(report, "", p.known.Source)) > 0 {
		errs = append(errs, errForm)
	}
	list, f, err := problems(v.P, errs...)
	if err != nil {
		return err
	}
	if f != nil {
		p.Problems = list
		return h.again(w, r, f, reportPage(p))
	}
	raw, err := json.Marshal(report)
	if err != nil {
		return err
	}
	return h.quick(w, r, v, p.l, moderation{Do: doReport, Report: raw}, signaturesPath(p.l.Case)+"#"+p.l.Slug)
}

// kinds are those of reports, each with what it means.
func (p reporting) kinds() (list []option) {
	for _, k := range letter.ReportKind("").Known() {
		list = append(list, option{k, p.P.T("desk.signatures.kind." + k)})
	}
	return list
}

// comparators are words before a number; the first is none.
func (p reporting) comparators() []option {
	list := []option{{"", p.P.T("desk.signatures.exactly")}}
	for _, c := range casefile.Comparator("").Known() {
		list = append(list, option{c, p.P.T("case.quantity."+c, "Value", "…")})
	}
	return list
}

// choices are the sources; the first is none.
func (p reporting) choices() []option {
	return append([]option{{"", p.P.T("desk.signatures.no_source")}}, p.sources...)
}
