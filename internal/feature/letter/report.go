package letter

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/translog"
	"outcry/receipt"
)

// Line is what the log's report entry of this number hashes: JSON with sorted keys, no spaces; what is absent is left out.
func (r Report) Line() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(struct {
		AsOf       string              `json:"as_of,omitempty"`
		By         casefile.Text       `json:"by,omitempty"`
		Comparator casefile.Comparator `json:"comparator,omitempty"`
		Kind       ReportKind          `json:"kind"`
		Nature     casefile.Nature     `json:"nature,omitempty"`
		Note       casefile.Text       `json:"note,omitempty"`
		Source     casefile.SourceID   `json:"source,omitempty"`
		Value      int                 `json:"value"`
	}{r.AsOf.String(), r.By, r.Comparator, r.kind(), r.Nature, r.Note, r.Source, r.Value})
	if err != nil {
		panic(err) // strings and numbers only
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

func (r Report) kind() ReportKind {
	if r.Kind == "" {
		return Elsewhere
	}
	return r.Kind
}

// entry is the number as the log states it.
func (r Report) entry(l *Letter) receipt.Reported {
	kinds := map[ReportKind]receipt.ReportKind{Elsewhere: receipt.Elsewhere, Paper: receipt.Paper, Vouched: receipt.Vouched}
	return receipt.Reported{Campaign: l.Campaign, Letter: l.ID, Kind: kinds[r.kind()], AsOf: uint32(r.AsOf.Year*10000 + r.AsOf.Month*100 + r.AsOf.Day),
		Value: uint64(r.Value), Line: sha256.Sum256(r.Line())}
}

// named gives each report its kind, as a letter that was read has it.
func named(reports []Report) []Report {
	reports = slices.Clone(reports)
	for i := range reports {
		reports[i].Kind = reports[i].kind()
	}
	return reports
}

// CheckReport finds what is wrong in a report; paths begin with at. Sources are those of its case.
func CheckReport(r Report, at string, source func(casefile.SourceID) *casefile.Source) (p casefile.Problems) {
	say := func(path, key, words string) {
		p = append(p, casefile.Problem{Path: at + path, Say: words, Breach: casefile.Broken(key)})
	}
	if r.Value < 1 {
		say(".value", "rule.report_value", "the number that was reported")
	}
	known := source(r.Source) != nil
	switch {
	case r.kind() == Elsewhere && !known:
		say(".source", "rule.report_source", "a number kept elsewhere needs a source of this file")
	case r.Source != "" && !known:
		p = append(p, casefile.Problem{Path: at + ".source", Say: "there is no such source in this file", Breach: casefile.Broken("rule.source_unknown", "Given", string(r.Source))})
	}
	if r.kind() != Elsewhere && len(r.By) == 0 {
		say(".by", "rule.report_by", "say who counted the sheets, or who vouches")
	}
	if r.AsOf.Year == 0 {
		say(".as_of", "rule.report_as_of", "when the number was told, such as 2023-12")
	}
	return p
}

// same tells whether two reports are one line at two times: of one kind, from one source, by the same people.
func (r Report) same(as Report) bool {
	if r.kind() != as.kind() || r.Source != as.Source {
		return false
	}
	if len(r.By) != len(as.By) {
		return false
	}
	for tag, text := range r.By {
		if as.By[tag] != text {
			return false
		}
	}
	return true
}

// withReport is a list of reports with one more, or with the newer in the place of the older of the same line.
func withReport(list []Report, r Report) []Report {
	list = slices.Clone(list)
	if i := slices.IndexFunc(list, r.same); i >= 0 {
		list[i] = r
		return list
	}
	return append(list, r)
}

// Report adds a line to a letter, or replaces the one of that kind, source and people; the log states it. Organisers may, in any state; of a draft it
// is logged once it opens. The line must have been checked (CheckReport). replaced is the line before, if there was one.
func (b *Book) Report(ctx context.Context, id receipt.Letter, r Report) (replaced *Report, err error) {
	r.Kind = r.kind()
	found := false
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		replaced = nil
		l, ok, err := lockLetter(tx, id)
		if found = ok; err != nil || !ok {
			return err
		}
		old, err := selectReports(tx, id)
		if err != nil {
			return err
		}
		if i := slices.IndexFunc(old, r.same); i >= 0 {
			replaced = &old[i]
		}
		l.Reports = withReport(old, r)
		return b.state(tx, &l)
	})
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, errNoLetter
	}
	b.Log.Wake()
	return replaced, b.Load(ctx)
}

// state writes a letter's reports, and queues an entry for each that the log has not. References are drawn from the entries, so that a line is
// stated once.
func (b *Book) state(tx *db.Tx, l *Letter) error {
	if err := replaceReports(tx, l.ID, l.Reports); err != nil {
		return err
	}
	if !l.State.Shown() {
		return nil
	}
	for _, r := range l.Reports {
		entry := receipt.Marshal(r.entry(l))
		sum := sha256.Sum256(entry)
		if err := b.Log.Queue(tx, translog.Leaf{Ref: sum[:16], Data: entry}); err != nil {
			return err
		}
	}
	return nil
}
