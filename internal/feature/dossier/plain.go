package dossier

import (
	"strings"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// linkless is what stands on the page without links (R14): every typed word went through [casefile.Plain], which takes out whatever leads anywhere.
type linkless struct {
	name  fragment
	parts []linklessPart
}

type linklessPart struct {
	title string // empty: none
	lines [][]fragment
}

// unlinked is a line of text without anything that leads anywhere. It is no Markdown, and stays as it is but for that.
func unlinked(s string) string {
	var b strings.Builder
	for _, r := range strings.TrimSpace(s) {
		if r < 0x80 && strings.ContainsRune("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return strings.ReplaceAll(casefile.Plain(b.String()), "\n\n", " ")
}

// squeezed is a text without its blanks, to see whether anything else in it has changed.
func squeezed(s string) string { return strings.Join(strings.Fields(s), "") }

// bare is a line whose typed words lead nowhere, alone or beside each other.
func bare(line []fragment) []fragment {
	out := make([]fragment, 0, len(line))
	var whole strings.Builder
	for _, f := range line {
		if f.isolated {
			f.text = unlinked(f.text)
		}
		whole.WriteString(f.text)
		out = append(out, f)
	}
	if safe := unlinked(whole.String()); squeezed(safe) != squeezed(whole.String()) { // what led nowhere alone does so beside its neighbour
		return plain(safe)
	}
	return out
}

// plain gathers the text: who, where, since when, on what charge, what comes next, what is asked, what is not known, who says so. No address of anything is in it.
func (v View) plain(p *lang.Printer) linkless {
	doc := linkless{name: v.called(p)}
	doc.name.text = unlinked(doc.name.text)
	add := func(title string, lines ...[]fragment) {
		part := linklessPart{title: title}
		for _, l := range lines {
			if l = bare(l); strings.TrimSpace(text(l)) != "" {
				part.lines = append(part.lines, l)
			}
		}
		if len(part.lines) > 0 {
			doc.parts = append(doc.parts, part)
		}
	}
	status := plain(v.standing(p))
	if day := v.now().At.Day; day != (casefile.Date{}) {
		status = plain(v.standing(p) + " (" + p.T("case.as_of", "Date", day.Words(p)) + ")")
	}
	add("", status)
	if v.File.Campaign.Rehearsal { // what is made up says so wherever it is read alone
		add("", plain(p.T("rehearsal.banner")))
	}
	if len(v.File.Campaign.Banner) > 0 {
		add("", v.line(p, v.File.Campaign.Banner))
	}
	if v.dead() {
		add("", plain(p.T("dossier.nothing_asked")))
	}
	s := v.sheet(p, nil, "")
	for _, f := range s.facts {
		add(f.term, f.text...)
	}
	if summary, tag := v.File.Case.Summary.In(p.Tag(), v.File.Campaign.Languages...); summary != "" {
		if tag == p.Tag() {
			tag = ""
		}
		var lines [][]fragment
		for para := range strings.SplitSeq(casefile.Plain(summary), "\n\n") {
			lines = append(lines, []fragment{{para, true, tag}})
		}
		add(p.T("dossier.summary"), lines...)
	}
	if names := labels(p, v.now().Measures); len(names) > 0 && !v.dead() {
		add(p.T("case.restrictions"), plain(strings.Join(names, " · ")))
	}
	var dates [][]fragment
	for _, d := range s.dates {
		dates = append(dates, flat(append([][]fragment{d.what}, d.lines...)))
	}
	add(p.T("dossier.dates"), dates...)
	if !v.dead() && len(v.File.Case.Asks) > 0 {
		add(p.T("sheet.asked"), plain(strings.Join(asks(p, v.File.Case.Asks), " · ")))
	}
	add(p.T("dossier.unknown"), s.unknown...)
	var said [][]fragment
	for i := range v.File.Sources {
		said = append(said, append(v.publisher(p, &v.File.Sources[i]), fragment{text: " · " + p.T("case.origin."+string(v.File.Sources[i].Kind))}))
	}
	add(p.T("case.sources"), said...)
	if on := v.File.Case.Checked; on != (casefile.Date{}) {
		add("", plain(p.T("case.checked", "Day", on.Words(p))))
	}
	return doc
}

// text is what a line says.
func text(line []fragment) string {
	var b strings.Builder
	for _, f := range line {
		b.WriteString(f.text)
	}
	return b.String()
}
