package casework

import (
	"net/url"
	"reflect"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

var kindType = reflect.TypeFor[casefile.EventKind]()

// kindGroups are the kinds of what happens, in the order in which somebody who writes about a person held needs them.
var kindGroups = []struct {
	word  string // its heading is desk.casework.kinds.word
	kinds []casefile.EventKind
}{
	{"custody", []casefile.EventKind{casefile.Detention, casefile.Search, casefile.CaseOpened, casefile.ChargeBrought, casefile.ChargeChanged, casefile.Remand, casefile.RemandExtended,
		casefile.Release, casefile.Rearrest, casefile.MeasureImposed, casefile.MeasureLifted}},
	{"court", []casefile.EventKind{casefile.HearingScheduled, casefile.HearingHeld, casefile.HearingAdjourned, casefile.HearingClosed, casefile.ProsecutorRequest, casefile.VerdictGiven,
		casefile.AppealFiled, casefile.AppealDecision, casefile.InForce, casefile.FinePaid}},
	{"held", []casefile.EventKind{casefile.Health, casefile.TransferStart, casefile.TransferArrival, casefile.PunishmentCell, casefile.IllTreatment, casefile.HungerStrike,
		casefile.CounselDenied, casefile.ContactLost, casefile.ContactRestored, casefile.FamilyInformed, casefile.PrisonerStatement, casefile.Death}},
	{"around", []casefile.EventKind{casefile.Context, casefile.AllegedAct, casefile.Claimed, casefile.Denunciation, casefile.DesignationAdded, casefile.DesignationRemoved,
		casefile.OfficialResponse, casefile.OpinionIssued, casefile.Coverage, casefile.Absconded, casefile.Exile}},
	{"support", []casefile.EventKind{casefile.LetterLaunched, casefile.LetterMilestone, casefile.LetterDelivered, casefile.OrgStatement, casefile.Meeting, casefile.Picket, casefile.Poster,
		casefile.Banner, casefile.Video, casefile.Stream, casefile.Congress, casefile.CongressResolution, casefile.FundOpened, casefile.FundMet, casefile.FundClosed}},
}

func kindOptions(p *lang.Printer) (list []option) {
	for _, g := range kindGroups {
		for _, k := range g.kinds {
			list = append(list, option{string(k), termWords(p, kindType, string(k)), p.T("desk.casework.kinds." + g.word)})
		}
	}
	return list
}

// grouped are options as a list shows them: those under one heading together.
func grouped(list []option) (groups [][]option) {
	for _, o := range list {
		if n := len(groups); n > 0 && groups[n-1][0].group == o.group {
			groups[n-1] = append(groups[n-1], o)
		} else {
			groups = append(groups, []option{o})
		}
	}
	return groups
}

// begun is the form of something that happened, before anybody typed. The first that is told of most people is that they were detained; after that nobody can guess.
func begun(f *casefile.File) url.Values {
	e := casefile.Event{Nature: casefile.NatureEvent}
	if len(f.Events) == 0 {
		e.Kind = casefile.Detention
	}
	form := url.Values{}
	put(form, "f", reflect.ValueOf(e), "id")
	put(form, "s", reflect.ValueOf(casefile.Source{}), sourceSkip...)
	return form
}
