package casefile

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// consented is a public page with these lines as its publication, and these events.
func consented(t *testing.T, publication, events string) *File {
	t.Helper()
	src := strings.Replace(minimal, "  slug: anna\n", "  slug: anna\n  publication:\n    level: public\n"+publication, 1)
	return must(t, strings.Replace(src, "  - {id: arrest, when: 2024-02, kind", "  - {id: arrest, when: 2024-02-01, kind", 1)+events)
}

const (
	familys  = "    consents: [{giver: family, scope: [name, photo], channel: {en: in person}, date: 2024-03-01%s}]\n"
	persons  = "    consents: [{giver: prisoner, scope: [name, photo], channel: {en: by letter}, date: 2024-03-01%s}]\n"
	noted    = "    necessity: {note: {en: held without contact}, date: 2024-03-01%s}\n"
	released = "  - {id: out, when: 2024-05-01, kind: release, nature: event, source: paper, release: bail_or_measure_change}\n"
	again    = "  - {id: back, when: 2024-07-01, kind: rearrest, nature: event, source: paper}\n"
)

func TestGrounds(t *testing.T) {
	day := func(s string) Date {
		d, err := ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for name, c := range map[string]struct {
		publication, events, today string
		state                      GroundState
		why                        GroundReason
		since                      string
		shown                      bool
	}{
		"stands":                   {fmt.Sprintf(familys, ""), "", "2024-08-31", GroundStands, "", "", true},
		"half a year":              {fmt.Sprintf(familys, ""), "", "2024-09-02", GroundDue, ReasonAge, "2024-09-01", true},
		"half a year, confirmed":   {fmt.Sprintf(familys, ", confirmed: 2024-08-31"), "", "2025-02-28", GroundStands, "", "", true},
		"a month's end":            {fmt.Sprintf(familys, ", confirmed: 2024-08-31"), "", "2025-03-01", GroundDue, ReasonAge, "2025-02-28", true},
		"until, its last day":      {fmt.Sprintf(familys, ", until: 2024-04-01"), "", "2024-04-01", GroundStands, "", "", true},
		"until, a day after":       {fmt.Sprintf(familys, ", until: 2024-04-01"), "", "2024-04-02", GroundLapsed, ReasonEnded, "2024-04-01", false},
		"withdrawn":                {fmt.Sprintf(familys, ", withdrawn: 2024-03-02"), "", "2024-03-02", GroundLapsed, ReasonWithdrawn, "2024-03-02", false},
		"another stage":            {fmt.Sprintf(familys, ""), "  - {id: v, when: 2024-04-01, kind: verdict, nature: legal, source: paper, verdict: guilty}\n", "2024-04-02", GroundDue, ReasonStage, "2024-04-01", true},
		"another stage, confirmed": {fmt.Sprintf(familys, ", confirmed: 2024-04-01"), "  - {id: v, when: 2024-04-01, kind: verdict, nature: legal, source: paper, verdict: guilty}\n", "2024-04-02", GroundStands, "", "", true},
		"a proxy at release":       {fmt.Sprintf(familys, ""), released, "2024-05-02", GroundLapsed, ReasonReleased, "2024-05-01", true},
		"a proxy, a month later":   {fmt.Sprintf(familys, ""), released, "2024-05-31", GroundLapsed, ReasonReleased, "2024-05-01", true},
		"a proxy, nobody asked":    {fmt.Sprintf(familys, ""), released, "2024-06-01", GroundLapsed, ReasonReleased, "2024-05-01", false},
		"a proxy asks for one out": {fmt.Sprintf(familys, ", confirmed: 2024-05-20"), released, "2024-06-10", GroundLapsed, ReasonReleased, "2024-05-01", false},
		"the person at release":    {fmt.Sprintf(persons, ", confirmed: 2024-05-02"), released, "2024-06-10", GroundStands, "", "", true},
		"the person, not asked":    {fmt.Sprintf(persons, ""), released, "2024-06-10", GroundDue, ReasonStage, "2024-05-01", true},
		"held again":               {fmt.Sprintf(familys, ""), released + again, "2024-07-02", GroundLapsed, ReasonReleased, "2024-05-01", false},
		"held again, confirmed":    {fmt.Sprintf(familys, ", confirmed: 2024-07-02"), released + again, "2024-07-03", GroundStands, "", "", true},
		"necessity":                {fmt.Sprintf(noted, ""), "", "2024-08-31", GroundStands, "", "", true},
		"necessity, half a year":   {fmt.Sprintf(noted, ""), "", "2030-01-01", GroundDue, ReasonAge, "2024-09-01", true},
		"necessity at release":     {fmt.Sprintf(noted, ""), released, "2024-05-02", GroundDue, ReasonStage, "2024-05-01", true},
	} {
		t.Run(name, func(t *testing.T) {
			f := consented(t, c.publication, c.events)
			today := day(c.today)
			list := f.Grounds(today)
			if len(list) != 1 || (list[0].Consent == nil) == (list[0].Necessity == nil) {
				t.Fatalf("%d grounds", len(list))
			}
			got := []string{string(list[0].State), string(list[0].Why), list[0].Since.String()}
			if d := cmp.Diff([]string{string(c.state), string(c.why), c.since}, got); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			if out, ok := f.Public(f.Lapses(today)); ok != c.shown {
				t.Errorf("shown: %v", ok)
			} else if lapsed := c.state == GroundLapsed; ok && out.Stopped(ScopePhoto) != lapsed {
				t.Errorf("the photo is shown: %v", !out.Stopped(ScopePhoto))
			}
		})
	}
}

// What one person no longer agrees to may stand on another's word.
func TestLapsesAreOfEachScope(t *testing.T) {
	f := consented(t, "    consents:\n      - {giver: family, scope: [name, photo, fund], channel: {en: in person}, date: 2024-03-01, until: 2024-04-01}\n"+
		"      - {giver: prisoner, scope: [name, fund], channel: {en: by letter}, date: 2024-03-01}\n", "")
	if got := f.Lapses(Date{2024, 4, 1}); got != nil {
		t.Errorf("too early: %v", got)
	}
	if d := cmp.Diff([]Stop{{Kind: StopScope, Name: "photo"}}, f.Lapses(Date{2024, 4, 2})); d != "" {
		t.Error(d)
	}
	out, ok := f.Public(f.Lapses(Date{2024, 4, 2}))
	if !ok || !out.Agreed(ScopeFund) || out.Agreed(ScopePhoto) || out.Agreed(ScopeLetter) || out.Stopped(ScopeLetter) {
		t.Errorf("agreed: fund %v, photo %v, letter %v", out.Agreed(ScopeFund), out.Agreed(ScopePhoto), out.Agreed(ScopeLetter))
	}
	if slices.ContainsFunc(f.Grounds(Date{}), func(g Ground) bool { return g.State == GroundLapsed }) {
		t.Error("without a clock the day is the last one told")
	}
}

// What the person took back stands on nobody else's word, until they agree anew; what somebody else took back stands on theirs.
func TestTakenBackByThePerson(t *testing.T) {
	consent := func(giver, scope, date, rest string) string {
		return fmt.Sprintf("      - {giver: %s, scope: [%s], channel: {en: by letter}, date: %s%s}\n", giver, scope, date, rest)
	}
	const back = ", withdrawn: 2024-04-01"
	for name, c := range map[string]struct {
		consents     string
		shown, photo bool
	}{
		"nobody did":                         {consent("prisoner", "name, photo", "2024-03-01", "") + consent("family", "name, photo", "2024-03-01", ""), true, true},
		"all of it":                          {consent("prisoner", "name, photo", "2024-03-01", back) + consent("family", "name, photo", "2024-03-01", ""), false, false},
		"the family agreed later":            {consent("prisoner", "name, photo", "2024-03-01", back) + consent("family", "name, photo", "2024-05-01", ""), false, false},
		"the photo alone":                    {consent("prisoner", "photo", "2024-03-01", back) + consent("family", "name, photo", "2024-03-01", ""), true, false},
		"agreed anew":                        {consent("prisoner", "name, photo", "2024-03-01", back) + consent("prisoner", "name, photo", "2024-04-02", ""), true, true},
		"an earlier word of theirs stands":   {consent("prisoner", "name, photo", "2024-03-01", back) + consent("prisoner", "name, photo", "2024-02-01", ""), false, false},
		"an earlier word, confirmed since":   {consent("prisoner", "name, photo", "2024-03-01", back) + consent("prisoner", "name, photo", "2024-02-01", ", confirmed: 2024-05-01"), true, true},
		"the family did":                     {consent("prisoner", "name, photo", "2024-03-01", "") + consent("family", "name, photo", "2024-03-01", back), true, true},
		"the family did, the lawyer did not": {consent("family", "name, photo", "2024-03-01", back) + consent("lawyer", "name, photo", "2024-03-01", ""), true, true},
	} {
		f := consented(t, "    consents:\n"+c.consents, "")
		out, ok := f.Public(nil)
		if ok != c.shown || ok && (out.Agreed(ScopePhoto) != c.photo || out.Stopped(ScopePhoto) == c.photo) {
			t.Errorf("%s: shown %v", name, ok)
		}
		if !ok {
			continue
		}
		if again, ok := out.Public(nil); !ok || again.Agreed(ScopePhoto) != c.photo {
			t.Errorf("%s: a projection of the projection agrees to more", name)
		}
	}
}
