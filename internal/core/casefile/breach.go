package casefile

import (
	"slices"
	"strings"

	"outcry/internal/kernel/lang"
)

// Breach names a broken rule in the catalogue, with what its sentence names. The zero Breach is of what only a file can get wrong.
type Breach struct {
	Key  string // rule.…
	Args []any  // names and values in turn, as [Broken] has them
}

// Broken is a broken rule. args are the names and values of its placeholders in turn. A text is what somebody typed and stands as it is; whole numbers, languages,
// and words of a vocabulary or lists of them stand in the reader's words. A number of the name N decides the plural form.
func Broken(key string, args ...any) Breach { return Breach{key, args} }

// Words are the rule in the reader's language, for somebody at a page: whole sentences, without a name or a command of the file's. They quote what was typed.
func (r Breach) Words(p *lang.Printer) string {
	if r.Key == "" {
		return p.T("rule.unfit")
	}
	args := slices.Clone(r.Args)
	for i := 1; i < len(args); i += 2 {
		if n, ok := args[i].(int); ok && args[i-1] == "N" {
			return p.N(r.Key, n)
		}
		args[i] = spoken(p, args[i])
	}
	return p.T(r.Key, args...)
}

const quoteMost = 160 // bytes of what was typed

// isolates are the marks that set a text's direction apart, or end that.
var isolates = strings.NewReplacer("\u2066", "", "\u2067", "", "\u2068", "", "\u2069", "")

// spoken is what a rule names, in the reader's words.
func spoken(p *lang.Printer, v any) string {
	switch v := v.(type) {
	case string:
		v = fit(strings.Join(strings.Fields(isolates.Replace(v)), " "))
		if short := lang.Bounded(v, quoteMost); short != v {
			v = short + "…"
		}
		return "\u2068" + v + "\u2069" // with its own direction inside the sentence
	case int:
		return p.Number(int64(v))
	case lang.Tag:
		return lang.Endonym(v)
	case Role:
		return p.T("case.role." + string(v))
	case Status:
		return p.T("case.claim." + string(v))
	case Verdict:
		return p.T("case.verdict." + string(v))
	case CustodyKind:
		return p.T("case.custody." + string(v))
	case []EventKind:
		return series(p, v, func(k EventKind) string { return p.T("case.kind." + string(k)) })
	case []Nature:
		return series(p, v, func(n Nature) string { return p.T("case.nature." + string(n)) })
	case []MeasureKind:
		return series(p, v, func(k MeasureKind) string { return k.Label(p) })
	}
	panic("casefile: no words for what a rule names") // a programmer's slip, which each rule's test finds
}

func series[T any](p *lang.Printer, list []T, words func(T) string) string {
	var out []string
	for _, x := range list {
		out = append(out, words(x))
	}
	return p.Series(out)
}
