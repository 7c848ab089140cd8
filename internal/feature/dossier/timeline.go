package dossier

import (
	"slices"
	"strconv"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// A group is the kinds of events that a reader looks for together.
type group struct {
	name  string // in addresses and in the catalogue
	kinds []casefile.EventKind
}

var groups = []group{
	{"custody", []casefile.EventKind{casefile.Denunciation, casefile.Search, casefile.Detention, casefile.Remand, casefile.RemandExtended, casefile.TransferStart,
		casefile.TransferArrival, casefile.Release, casefile.Rearrest, casefile.FamilyInformed, casefile.Absconded, casefile.Exile, casefile.Death}},
	{"court", []casefile.EventKind{casefile.AllegedAct, casefile.CaseOpened, casefile.ChargeBrought, casefile.ChargeChanged, casefile.HearingScheduled, casefile.HearingHeld,
		casefile.HearingAdjourned, casefile.HearingClosed, casefile.ProsecutorRequest, casefile.VerdictGiven, casefile.AppealFiled, casefile.AppealDecision, casefile.InForce}},
	{"restrictions", []casefile.EventKind{casefile.DesignationAdded, casefile.DesignationRemoved, casefile.MeasureImposed, casefile.MeasureLifted, casefile.FinePaid}},
	{"conditions", []casefile.EventKind{casefile.PunishmentCell, casefile.IllTreatment, casefile.Health, casefile.HungerStrike, casefile.CounselDenied,
		casefile.ContactLost, casefile.ContactRestored, casefile.PrisonerStatement}},
	{"answers", []casefile.EventKind{casefile.OfficialResponse, casefile.OpinionIssued}},
	{"actions", []casefile.EventKind{casefile.OrgStatement, casefile.LetterLaunched, casefile.LetterMilestone, casefile.LetterDelivered, casefile.Meeting, casefile.Picket,
		casefile.Poster, casefile.Banner, casefile.Video, casefile.Stream, casefile.Congress, casefile.CongressResolution}},
	{"press", []casefile.EventKind{casefile.Coverage}},
	{"fund", []casefile.EventKind{casefile.FundOpened, casefile.FundMet, casefile.FundClosed}},
	{"rest", []casefile.EventKind{casefile.Context, casefile.Claimed}},
}

// groupOf is the group of a kind; every kind has one.
func groupOf(k casefile.EventKind) string {
	for _, g := range groups {
		if slices.Contains(g.kinds, k) {
			return g.name
		}
	}
	return ""
}

// filter is what a reader asks the timeline for. The zero filter is all of it. It holds only what the page itself offers: years and groups
// that there are, so that nothing a reader makes up becomes an address in the cache.
type filter struct {
	group    string
	from, to int // years; 0 is none
	sheet    int // from 0; a long timeline has several
}

// onSheet is how many events a page holds: with their sources they stay within what a slow phone bears.
const onSheet = 60

// asked is a filter for what a reader typed or chose; what the case does not have is left out.
func (v View) asked(kind, from, to, sheet string) (f filter) {
	if slices.ContainsFunc(groups, func(g group) bool { return g.name == kind }) && v.countOf(kind) > 0 {
		f.group = kind
	}
	years := v.years()
	year := func(s string) int {
		n, err := strconv.Atoi(s)
		if err != nil || !slices.Contains(years, n) {
			return 0
		}
		return n
	}
	f.from, f.to = year(from), year(to)
	if f.to != 0 && f.to < f.from {
		f.from, f.to = f.to, f.from
	}
	n, _ := strconv.Atoi(sheet)
	f.sheet = max(0, min(n-1, f.sheets(v)-1))
	return f
}

// query is the filter in an address, for a sheet of it; empty for the first of the whole.
func (f filter) query(sheet int) string {
	q, sign := "", "?"
	add := func(name, value string) {
		q += sign + name + "=" + value
		sign = "&"
	}
	if f.group != "" {
		add("kind", f.group)
	}
	if f.from > 0 {
		add("from", strconv.Itoa(f.from))
	}
	if f.to > 0 {
		add("to", strconv.Itoa(f.to))
	}
	if sheet > 0 {
		add("page", strconv.Itoa(sheet+1))
	}
	return q
}

// narrow tells whether the filter leaves anything out.
func (f filter) narrow() bool { return f.group != "" || f.from > 0 || f.to > 0 }

// passes tells whether an event is asked for. Of an event whose day nobody told no year is known.
func (f filter) passes(e *casefile.Event) bool {
	if f.group != "" && groupOf(e.Kind) != f.group {
		return false
	}
	if f.from == 0 && f.to == 0 {
		return true
	}
	first, last := e.When.Date.From.Year, e.When.Date.End().Year
	return first != 0 && (f.from == 0 || last >= f.from) && (f.to == 0 || first <= f.to)
}

// undated tells that nobody told even a year.
func undated(e *casefile.Event) bool { return e.When.Date.From == casefile.Date{} }

// matching are the events asked for in order of time, those of no day at the end.
func (v View) matching(f filter) (list []*casefile.Event) {
	var later []*casefile.Event
	for _, e := range v.File.InOrder() {
		switch {
		case !f.passes(e):
		case undated(e):
			later = append(later, e)
		default:
			list = append(list, e)
		}
	}
	return append(list, later...)
}

func (f filter) sheets(v View) int { return (len(v.matching(f)) + onSheet - 1) / onSheet }

// years are those in which something happened, the earliest first.
func (v View) years() (list []int) {
	for i := range v.File.Events {
		for _, d := range []casefile.Date{v.File.Events[i].When.Date.From, v.File.Events[i].When.Date.End()} {
			if d.Year != 0 && !slices.Contains(list, d.Year) {
				list = append(list, d.Year)
			}
		}
	}
	slices.Sort(list)
	return list
}

func (v View) countOf(group string) (n int) {
	for i := range v.File.Events {
		if groupOf(v.File.Events[i].Kind) == group {
			n++
		}
	}
	return n
}

// counted is a group that has events.
type countedGroup struct {
	name  string
	title string
	n     int
}

// present are the groups of which there are events. After a death nobody is led to money.
func (v View) present(p *lang.Printer) (list []countedGroup) {
	for _, g := range groups {
		if n := v.countOf(g.name); n > 0 && (g.name != "fund" || !v.dead()) {
			list = append(list, countedGroup{g.name, p.T("dossier.group." + g.name), n})
		}
	}
	return list
}

// latest are the newest events that have happened, the newest first.
func (v View) latest(most int) (list []*casefile.Event) {
	all := v.File.InOrder()
	for i := len(all) - 1; i >= 0 && len(list) < most; i-- {
		if e := all[i]; e.When.Date.Known() && e.Retracted == nil && e.Nature != casefile.NatureSpeculation && e.Kind != casefile.HearingScheduled && (e.Kind != casefile.FundOpened || !v.dead()) {
			list = append(list, e)
		}
	}
	return list
}

// neighbours are the events before and after one, in order of time.
func (v View) neighbours(e *casefile.Event) (before, after *casefile.Event) {
	all := v.File.InOrder()
	at := slices.Index(all, e)
	if at > 0 {
		before = all[at-1]
	}
	if at >= 0 && at < len(all)-1 {
		after = all[at+1]
	}
	return before, after
}
