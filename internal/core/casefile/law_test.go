package casefile

import (
	"net/url"
	"slices"
	"testing"
)

// A rule that is shown to somebody who may act by it says what it is, of when, and where that was read.
func TestRulesSayWhereTheyStand(t *testing.T) {
	for i, r := range rules {
		if !countryForm.MatchString(r.Country) || !slices.Contains(r.Kind.Known(), string(r.Kind)) || !slices.Contains(r.Runs.Known(), string(r.Runs)) || r.Law == "" {
			t.Errorf("rule %d: %+v", i, r)
		}
		if (r.Days > 0) == (r.Kind == RuleAppealFinal) {
			t.Errorf("rule %d is of %d days", i, r.Days)
		}
		if !r.From.Whole() || r.Until != (Date{}) && (!r.Until.Whole() || r.Until.Compare(r.From) < 0) || !r.Checked.Whole() {
			t.Errorf("rule %d holds from %s until %s, checked %s", i, r.From, r.Until, r.Checked)
		}
		for _, at := range [...]string{r.URL, r.Dated} {
			if u, err := url.Parse(at); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
				t.Errorf("rule %d was read at %q", i, at)
			}
		}
		for j, o := range rules[:i] {
			if r.Country == o.Country && r.Kind == o.Kind && (r.Side == o.Side || r.Side == "" || o.Side == "") &&
				(o.Until == Date{} || o.Until.Compare(r.From) >= 0) && (r.Until == Date{} || r.Until.Compare(o.From) >= 0) {
				t.Errorf("rules %d and %d hold on the same days", j, i)
			}
		}
	}
}

// Last days as they are counted, and where none can be.
func TestTermsAreCounted(t *testing.T) {
	const leap = "2024-02-29"
	for name, c := range map[string]struct{ country, events, at, due string }{
		"Russia: fifteen days for both, at liberty": {"RU", "2024-02-28 verdict verdict=acquitted", leap, "appeal_defence 2024-03-14, appeal_prosecution 2024-03-14"},
		"Russia: ten days, before 2023":             {"RU", "2022-12-29 verdict verdict=acquitted", "2022-12-30", "appeal_defence 2023-01-08, appeal_prosecution 2023-01-08"},
		"Russia: between two wordings, not counted": {"RU", "2022-12-30 verdict verdict=acquitted", "2022-12-31", "appeal_defence, appeal_prosecution"},
		"Russia: the first day of the new wording":  {"RU", "2023-01-09 verdict verdict=acquitted", "2023-01-10", "appeal_defence 2023-01-24, appeal_prosecution 2023-01-24"},
		"Russia: held, so from a copy nobody tells of": {"RU", "2024-02-01 detention\n2024-02-28 verdict verdict=guilty sentence=custody", leap,
			"appeal_prosecution 2024-03-14, appeal_defence"},
		"Russia: let out on the day of the verdict": {"RU", "2024-02-01 detention\n2024-02-28 verdict verdict=acquitted\n2024-02-28 release release=acquitted", leap,
			"appeal_defence 2024-03-14, appeal_prosecution 2024-03-14"},
		"Russia: let out a day later": {"RU", "2024-02-01 detention\n2024-02-28 verdict verdict=acquitted\n2024-02-29 release release=acquitted", leap,
			"appeal_prosecution 2024-03-14, appeal_defence"},
		"Russia: taken a month after the verdict":        {"RU", "2024-01-28 verdict verdict=acquitted\n2024-02-08 detention", "2024-02-09", "appeal_defence 2024-02-12, appeal_prosecution 2024-02-12"},
		"a source states the day":                        {"RU", "2024-02-28 verdict verdict=acquitted until=2024-03-20", leap, "appeal_defence 2024-03-20, appeal_prosecution 2024-03-20"},
		"the day of the verdict is not known":            {"RU", "2024-02 verdict verdict=acquitted", leap, "appeal_defence, appeal_prosecution"},
		"the defence has appealed":                       {"RU", "2024-02-28 verdict verdict=acquitted\n2024-02-29 appeal_filed side=defence", leap, "appeal_prosecution 2024-03-14"},
		"somebody has appealed, and nobody says who":     {"RU", "2024-02-28 verdict verdict=acquitted\n2024-02-29 appeal_filed", leap, "appeal_defence 2024-03-14, appeal_prosecution 2024-03-14"},
		"the time is over":                               {"RU", "2024-02-28 verdict verdict=acquitted", "2024-03-15", ""},
		"the last day":                                   {"RU", "2024-02-28 verdict verdict=acquitted", "2024-03-14", "appeal_defence 2024-03-14, appeal_prosecution 2024-03-14"},
		"in force":                                       {"RU", "2024-02-28 verdict verdict=acquitted\n2024-02-29 in_force", leap, ""},
		"Russia: an appeal's decision is in force":       {"RU", "2024-02-01 verdict verdict=acquitted\n2024-02-28 appeal_decision verdict=guilty sentence=fine", leap, "fine_due 2024-04-28"},
		"elsewhere nobody knows whether it is":           {"XX", "2024-02-01 verdict verdict=acquitted\n2024-02-28 appeal_decision verdict=guilty sentence=fine", leap, "fine_due"},
		"elsewhere, upheld: no side may appeal again":    {"XX", "2024-02-01 verdict verdict=guilty sentence=suspended\n2024-02-28 appeal_decision verdict=guilty", leap, ""},
		"a verdict of the court of appeal":               {"RU", "2024-02-28 verdict verdict=acquitted in=one-appeal", leap, ""},
		"Turkey: seven days until May 2024":              {"TR", "2024-02-28 verdict verdict=acquitted", leap, "appeal_defence 2024-03-06, appeal_prosecution 2024-03-06"},
		"Turkey: sought, so from a service nobody tells": {"TR", "2024-02-01 sought\n2024-02-28 verdict verdict=guilty sentence=custody", leap, "appeal_defence, appeal_prosecution"},
		"Turkey: from the service since June 2024":       {"TR", "2024-06-01 verdict verdict=acquitted", "2024-06-02", "appeal_defence, appeal_prosecution"},
		"France: ten days for the defence":               {"FR", "2024-02-28 verdict verdict=acquitted", leap, "appeal_defence 2024-03-09, appeal_prosecution"},
		"a country that was not looked up":               {"BY", "2024-02-28 verdict verdict=acquitted", leap, "appeal_defence, appeal_prosecution"},
		"no criminal case":                               {"RU", "2024-02-28 verdict verdict=acquitted in=fine-case", leap, "appeal_defence, appeal_prosecution"},
	} {
		t.Run(name, func(t *testing.T) {
			s := story(t, c.country, c.events).Stand(AsOf{Day: day(t, c.at)})
			if got := tell(s).due; got != c.due {
				t.Errorf("%q, want %q", got, c.due)
			}
		})
	}
	// Upheld where no rule says that it is in force: nobody tells whether it is, appealed or not.
	for _, filed := range []string{"", "2024-02-10 appeal_filed side=defence\n"} {
		s := story(t, "XX", "2024-02-01 verdict verdict=acquitted\n"+filed+"2024-02-28 appeal_decision verdict=guilty").Stand(AsOf{})
		if got := tell(s); got.gaps != "in_force" {
			t.Errorf("upheld elsewhere: %+v", got)
		}
	}
	// A term is told with its rule also where its day can't be counted.
	s := story(t, "TR", "2024-06-01 verdict verdict=acquitted").Stand(AsOf{})
	if d := s.Deadlines[0]; d.On != (Date{}) || d.Rule == nil || d.Rule.Days != 14 || d.Rule.Runs != RunsFromService {
		t.Errorf("%+v by %+v", d, d.Rule)
	}
}
