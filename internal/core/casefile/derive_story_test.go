package casefile

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// story reads events, one a line: a date, a kind, and what the event says. Everybody in it is made up.
func story(t testing.TB, country, lines string) *File {
	t.Helper()
	f := &File{Person: Person{Country: country},
		Institutions: []Institution{{ID: "court", Kind: "court"}, {ID: "jail", Kind: "remand_prison"}, {ID: "camp", Kind: "camp"}},
		Proceedings: []Proceeding{{ID: "one", Stage: StageFirst}, {ID: "one-appeal", Stage: StageAppeal, Of: "one"}, {ID: "two", Stage: StageFirst},
			{ID: "fine-case", Stage: StageFirst, Track: "administrative"}}}
	for line := range strings.Lines(lines) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		e := Event{Nature: NatureEvent, Kind: EventKind(words[1])}
		if !slices.Contains(e.Kind.Known(), words[1]) {
			t.Fatalf("no kind %q", words[1])
		}
		e.When.Date = span(t, words[0])
		for _, w := range words[2:] {
			key, value, _ := strings.Cut(w, "=")
			switch key {
			case "id":
				e.ID = value
			case "after":
				e.After = value
			case "learnt":
				e.Learnt.Date = span(t, value)
			case "custody":
				e.Custody = CustodyKind(value)
			case "until":
				e.Until = day(t, value)
			case "verdict":
				e.Verdict = Verdict(value)
			case "sentence":
				e.Sentence = measures(t, value)
			case "effects":
				e.Effects = measures(t, value)
			case "release":
				e.Release = ReleaseKind(value)
			case "label":
				e.Designation = Designation(value)
			case "register":
				e.Register = Text{"en": value}
			case "side":
				e.Side = Side(value)
			case "place":
				e.Place = Text{"en": value}
			case "at":
				e.At = InstitutionID(value)
			case "regime":
				e.Regime = Text{"en": value}
			case "in":
				e.Proceeding = ProceedingID(value)
			case "charge":
				e.Charge = &Charge{Kind: ChargeKind(value)}
			case "sum":
				e.Amount = money(t, value)
			case "status":
				e.Status = Status(value)
			case "nature":
				e.Nature = Nature(value)
			case "held":
				e.Claims = append(e.Claims, Claim{Field: FieldHeld, What: Text{"en": value}})
			default:
				t.Fatalf("%q says nothing", w)
			}
		}
		f.Events = append(f.Events, e)
	}
	return f
}

func span(t testing.TB, s string) Span {
	t.Helper()
	got, err := ParseSpan(strings.Replace(s, ":", " ", 1))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// measures reads "fine:5000,no_leave<2024-05-01".
func measures(t testing.TB, s string) (list []Measure) {
	t.Helper()
	for one := range strings.SplitSeq(s, ",") {
		one, until, ends := strings.Cut(one, "<")
		kind, sum, _ := strings.Cut(one, ":")
		m := Measure{Kind: MeasureKind(kind)}
		if !slices.Contains(m.Kind.Known(), kind) {
			t.Fatalf("no measure %q", kind)
		}
		if ends {
			m.Until = day(t, until)
		}
		if sum != "" {
			m.Amount = money(t, sum)
		}
		list = append(list, m)
	}
	return list
}

func money(t testing.TB, s string) *Money {
	t.Helper()
	m := &Money{Currency: "RUB"}
	if _, err := fmt.Sscan(s, &m.Minor); err != nil {
		t.Fatal(err)
	}
	return m
}

// told writes what was derived in short lines, for comparing.
type told struct{ liberty, custody, measures, conflicts, due, gaps, where string }

func tell(s Stand) told {
	line := func(parts []string) string { return strings.Join(parts, ", ") }
	var custody, rest, conflicts, due, gaps, where []string
	for _, p := range s.Custody {
		one := fmt.Sprintf("%s..%s %s", p.From, p.To, p.Kind)
		if p.Counted {
			one += fmt.Sprintf(" %d", p.Days)
		}
		custody = append(custody, one)
		for _, s := range p.Stays {
			where = append(where, strings.Trim(fmt.Sprintf("%s %s%s %s", s.From, s.Place["en"], s.At, s.Regime["en"]), " "))
		}
	}
	for _, r := range s.Measures {
		one := string(r.Designation)
		if r.Measure != nil {
			one = string(r.Measure.Kind)
		}
		rest = append(rest, one+map[bool]string{true: "?"}[r.Pending])
	}
	for _, c := range s.Conflicts {
		conflicts = append(conflicts, string(c.Kind))
	}
	for _, d := range s.Deadlines {
		due = append(due, strings.TrimSpace(fmt.Sprintf("%s %s", d.Kind, d.On))+map[bool]string{true: "!"}[d.Passed])
	}
	for _, g := range s.Gaps {
		gaps = append(gaps, string(g.Kind))
	}
	slices.Sort(gaps)
	return told{string(s.Liberty), line(custody), line(rest), line(conflicts), line(due), line(gaps), line(where)}
}

// Each doubtful turn that a case can take, and what is then said. A field that stands empty is not looked at; "none" is.
func TestStories(t *testing.T) {
	for name, c := range map[string]struct {
		events string
		at     string
		want   told
	}{
		"sentenced, released and taken again on one day": {`
			2024-01-10 detention
			2024-03-01 release release=non_custodial_sentence
			2024-03-01 verdict verdict=guilty sentence=fine
			2024-03-01 rearrest`, "2024-03-05",
			told{liberty: "pretrial_detention", custody: "2024-01-10..2024-03-01 pretrial 51, 2024-03-01.. pretrial 4", measures: "fine?", conflicts: "none"}},
		"fifteen days, let out, taken again at the gate": {`
			2024-01-10 detention
			2024-01-11 remand custody=administrative until=2024-01-25
			2024-01-25 release release=served
			2024-01-25 rearrest
			2024-01-26 remand custody=administrative until=2024-02-09`, "2024-01-30",
			told{liberty: "administrative_arrest", custody: "2024-01-10..2024-01-25 administrative 15, 2024-01-25.. administrative 5", conflicts: "none", due: "remand_ends 2024-02-09"}},
		"fifteen days and fifteen more and a charge, and nobody tells of the gate": {`
			2024-01-10 detention
			2024-01-11 remand custody=administrative until=2024-01-25
			2024-01-25 detention
			2024-01-26 remand custody=administrative until=2024-02-09
			2024-02-09 detention charge=riot`, "2024-02-10",
			told{liberty: "pretrial_detention", custody: "2024-01-10..2024-01-25 administrative 15, 2024-01-25..2024-02-09 administrative 15, 2024-02-09.. pretrial 1", conflicts: "none"}},
		"taken while held, and no term of it is over": {`
			2024-01-10 detention
			2024-01-11 remand custody=administrative until=2024-01-25
			2024-01-20 detention charge=riot`, "2024-01-21",
			told{liberty: "administrative_arrest", custody: "2024-01-10.. administrative 11", conflicts: "held_twice", gaps: "charge, contradicting, whereabouts"}},
		"taken while held, weeks after its term was over": {`
			2024-01-10 detention
			2024-01-11 remand custody=administrative until=2024-01-25
			2024-02-20 detention`, "2024-02-21",
			told{liberty: "administrative_arrest", conflicts: "held_twice"}},
		"the arrest is over by its own term, and nobody says what came": {`
			2024-01-10 detention
			2024-01-11 remand custody=administrative until=2024-01-25`, "2024-02-20",
			told{liberty: "administrative_arrest", due: "remand_ends 2024-01-25!"}},
		"remand becomes house arrest: one period": {`
			2024-01-10 detention at=jail
			2024-01-12 remand until=2024-03-12 at=court
			2024-02-01 remand custody=house_arrest until=2024-04-01`, "2024-02-11",
			told{liberty: "house_arrest", custody: "2024-01-10.. house_arrest 32", due: "remand_ends 2024-04-01", gaps: "charge", where: "2024-01-10 jail"}},
		"house arrest becomes remand again": {`
			2024-01-10 remand custody=house_arrest
			2024-02-01 remand`, "2024-02-11",
			told{liberty: "pretrial_detention", custody: "2024-01-10.. pretrial 32"}},
		"house arrest is prolonged": {`
			2024-01-10 remand custody=house_arrest
			2024-02-01 remand_extended until=2024-05-01`, "2024-02-11",
			told{liberty: "house_arrest", due: "remand_ends 2024-05-01"}},
		"house arrest by a measure, and no custody is told": {`
			2024-01-10 measure_imposed effects=house_arrest`, "2024-02-11",
			told{liberty: "house_arrest", custody: "none", measures: "house_arrest"}},
		"the arrest is known only by its prolonging": {`
			2024-02-01 remand_extended until=2024-05-01`, "2024-02-11",
			told{liberty: "pretrial_detention", custody: "unknown_before 2024-02-01.. pretrial", gaps: "arrest_day, charge, whereabouts"}},
		"known to be in a camp, and nobody told of the arrest": {`
			2024-02-01 transfer_arrival at=camp`, "2024-02-11",
			told{liberty: "pretrial_detention", custody: "unknown_before 2024-02-01.. pretrial", where: "2024-02-01 camp", conflicts: "none"}},
		"arrested in absentia: nobody is held by that": {`
			2024-01-10 sought
			2024-01-12 remand until=2024-03-12`, "2024-02-01",
			told{liberty: "wanted_or_tried_in_absentia", custody: "none", due: "none"}},
		"sentenced in absentia": {`
			2024-01-10 sought
			2024-03-01 verdict verdict=guilty sentence=custody
			2024-03-20 in_force`, "2024-04-01",
			told{liberty: "wanted_or_tried_in_absentia", custody: "none", gaps: "none"}},
		"sought abroad and brought back": {`
			2024-01-10 sought
			2024-03-01 transfer_arrival at=jail`, "2024-04-01",
			told{liberty: "pretrial_detention", conflicts: "none", where: "2024-03-01 jail"}},
		"sought while held": {`
			2024-01-10 detention
			2024-02-01 sought`, "2024-04-01",
			told{liberty: "pretrial_detention", conflicts: "sought_held"}},
		"escaped": {`
			2024-01-10 detention
			2024-02-01 release release=escape`, "2024-04-01",
			told{liberty: "wanted_or_tried_in_absentia", custody: "2024-01-10..2024-02-01 pretrial 22"}},
		"exchanged, came back, taken again": {`
			2024-01-10 detention
			2024-08-01 release release=exchange
			2025-02-01 detention`, "2025-02-11",
			told{liberty: "pretrial_detention", custody: "2024-01-10..2024-08-01 pretrial 204, 2025-02-01.. pretrial 10", conflicts: "none"}},
		"exchanged": {`
			2024-01-10 detention
			2024-08-01 release release=exchange`, "2025-02-11", told{liberty: "exchanged_or_expelled"}},
		"left the country, then sought": {`
			2024-01-10 exile
			2024-08-01 sought`, "2025-02-11", told{liberty: "wanted_or_tried_in_absentia", conflicts: "none"}},
		"sought, and lives in exile": {`
			2024-01-10 sought
			2024-08-01 exile`, "2025-02-11", told{liberty: "exiled"}},
		"taken from the cell to the border": {`
			2024-01-10 detention
			2024-08-01 exile`, "2025-02-11",
			told{liberty: "exiled", custody: "2024-01-10..2024-08-01 pretrial 204", conflicts: "none"}},
		"died at liberty": {`
			2024-01-10 detention
			2024-02-10 release release=medical
			2024-03-01 death`, "2024-04-01",
			told{liberty: "unknown", custody: "2024-01-10..2024-02-10 pretrial 31", gaps: "none", due: "none"}},
		"died in custody": {`
			2024-01-10 detention charge=riot
			2024-02-10 remand until=2024-05-10
			2024-03-01 death`, "2024-04-01",
			told{liberty: "died_in_custody", custody: "2024-01-10..2024-03-01 pretrial 51", gaps: "none", due: "none"}},
		"moved after death": {`
			2024-01-10 detention
			2024-03-01 death
			2024-03-05 transfer_arrival at=camp
			2024-03-06 death`, "2024-04-01",
			told{liberty: "died_in_custody", conflicts: "after_death, after_death"}},
		"acquitted after death": {`
			2024-01-10 detention
			2024-03-01 death
			2024-05-01 verdict verdict=acquitted`, "2024-06-01",
			told{liberty: "died_in_custody", conflicts: "none"}},
		"acquitted, and the prosecution appeals": {`
			2024-01-10 detention charge=riot
			2024-03-01 verdict verdict=acquitted in=one
			2024-03-01 release release=acquitted
			2024-03-10 appeal_filed side=prosecution in=one-appeal`, "2024-03-11",
			told{liberty: "at_liberty_under_measures", conflicts: "none", due: "appeal_defence 2024-03-16"}},
		"acquitted, and the time to appeal is over": {`
			2024-01-10 detention
			2024-03-01 verdict verdict=acquitted
			2024-03-01 release release=acquitted`, "2024-05-01",
			told{liberty: "at_liberty_under_measures", due: "none", gaps: "in_force"}},
		"acquitted in force, never held": {`
			2024-01-10 charge_brought
			2024-03-01 verdict verdict=acquitted
			2024-03-18 in_force`, "2024-05-01",
			told{liberty: "at_liberty_no_measures", gaps: "none"}},
		"the acquittal is taken back on appeal, and nobody tells of an arrest": {`
			2024-03-01 verdict verdict=acquitted in=one
			2024-05-01 appeal_decision verdict=guilty sentence=custody in=one-appeal`, "2024-05-02",
			told{liberty: "unknown", gaps: "liberty"}},
		"returned for a new trial": {`
			2024-01-10 detention charge=riot at=jail
			2024-03-01 verdict verdict=guilty sentence=custody,fine
			2024-03-20 in_force
			2024-06-01 appeal_decision verdict=returned`, "2024-06-02",
			told{liberty: "pretrial_detention", measures: "none", custody: "2024-01-10.. pretrial 144", due: "none", gaps: "none"}},
		"returned for a new trial, at liberty": {`
			2024-03-01 verdict verdict=guilty sentence=fine
			2024-06-01 appeal_decision verdict=returned`, "2024-06-02",
			told{liberty: "at_liberty_under_investigation", measures: "none"}},
		"upheld on appeal": {`
			2024-01-10 detention
			2024-03-01 verdict verdict=guilty sentence=custody,fine
			2024-03-09 appeal_filed side=defence
			2024-06-01 appeal_decision verdict=guilty`, "2024-06-02",
			told{liberty: "serving_sentence", custody: "2024-01-10.. sentence 144", measures: "fine", due: "fine_due 2024-07-31"}},
		"upheld again, years after it was in force": {`
			2024-01-10 detention
			2024-03-01 verdict verdict=guilty sentence=custody,fine
			2024-03-20 in_force
			2025-06-01 appeal_decision verdict=guilty`, "2025-06-02",
			told{liberty: "serving_sentence", due: "fine_due 2024-05-19!"}},
		"on the way, and the remand runs out": {`
			2024-01-10 detention
			2024-01-12 remand until=2024-03-12
			2024-03-01 transfer_start`, "2024-03-02",
			told{liberty: "in_transit_undisclosed", due: "remand_ends 2024-03-12"}},
		"convicted, and the remand's last day no longer counts": {`
			2024-01-10 detention
			2024-01-12 remand until=2024-03-12
			2024-03-01 verdict verdict=guilty sentence=custody`, "2024-03-02",
			told{liberty: "convicted_appeal_pending_in_custody", due: "appeal_prosecution 2024-03-16, appeal_defence"}},
		"suspended sentence": {`
			2024-01-10 detention
			2024-03-01 verdict verdict=guilty sentence=suspended<2027-03-01
			2024-03-01 release release=non_custodial_sentence
			2024-03-17 in_force`, "2024-06-01",
			told{liberty: "at_liberty_under_measures", measures: "suspended", due: "measure_ends 2027-03-01"}},
		"suspended sentence, and its term is over": {`
			2024-01-10 detention
			2024-03-01 verdict verdict=guilty sentence=suspended<2027-03-01
			2024-03-01 release release=non_custodial_sentence
			2024-03-17 in_force`, "2027-03-02",
			told{liberty: "at_liberty_no_measures", measures: "none", due: "none"}},
		"convicted, the sentence not in force": {`
			2024-01-10 detention charge=riot at=jail
			2024-02-20 prosecutor_request
			2024-03-01 verdict verdict=guilty sentence=custody`, "2024-03-02",
			told{liberty: "convicted_appeal_pending_in_custody", due: "appeal_prosecution 2024-03-16, appeal_defence", gaps: "appeal_window"}},
		"convicted, under house arrest until somebody tells otherwise": {`
			2024-01-10 remand custody=house_arrest
			2024-03-01 verdict verdict=guilty sentence=custody`, "2024-03-02", told{liberty: "house_arrest"}},
		"served an old sentence, then a new case": {`
			2014-01-10 detention charge=assembly
			2014-03-01 verdict verdict=guilty sentence=custody
			2014-03-20 in_force
			2016-03-01 release release=served
			2024-01-10 detention`, "2024-02-01",
			told{liberty: "pretrial_detention", custody: "2014-01-10..2016-03-01 sentence 781, 2024-01-10.. pretrial 22", gaps: "charge, whereabouts"}},
		"served an old sentence, and on bail in a new case": {`
			2014-01-10 detention
			2014-03-01 verdict verdict=guilty sentence=custody
			2014-03-20 in_force
			2016-03-01 release release=served
			2024-01-10 detention charge=riot
			2024-02-10 release release=bail_or_measure_change`, "2024-03-01",
			told{liberty: "at_liberty_under_measures"}},
		"bailed, sentenced, and brought to a camp; nobody tells of the arrest": {`
			2024-01-10 detention charge=riot
			2024-02-10 release release=bail_or_measure_change
			2024-03-01 verdict verdict=guilty sentence=custody
			2024-03-20 in_force
			2024-04-10 transfer_arrival at=camp`, "2024-04-11",
			told{liberty: "serving_sentence", custody: "2024-01-10..2024-02-10 pretrial 31, unknown_before 2024-04-10.. sentence", conflicts: "none", gaps: "arrest_day"}},
		"under appeal, and the time to appeal is over": {`
			2024-03-01 verdict verdict=acquitted
			2024-03-10 appeal_filed side=prosecution`, "2024-05-01",
			told{liberty: "at_liberty_under_measures", due: "none", gaps: "none"}},
		"served, and the fine's day can't be counted": {`
			2024-01-10 detention
			2024-03-01 verdict verdict=guilty sentence=custody,fine
			2025-03-01 release release=served`, "2025-04-01",
			told{liberty: "at_liberty_under_measures", measures: "fine", due: "fine_due"}},
		"one of two sentences comes into force": {`
			2024-03-01 verdict verdict=guilty sentence=fine in=one
			2024-03-02 verdict verdict=guilty sentence=event_ban in=two
			2024-03-20 in_force in=one`, "2024-03-21",
			told{liberty: "at_liberty_under_measures", measures: "fine, event_ban?"}},
		"bailed, and acquitted in force": {`
			2024-01-10 detention charge=riot
			2024-02-10 release release=bail_or_measure_change
			2024-03-10 verdict verdict=acquitted
			2024-03-26 in_force`, "2024-04-01",
			told{liberty: "at_liberty_no_measures"}},
		"bailed while the sentence was not in force, and now it is": {`
			2014-01-10 detention
			2014-03-01 verdict verdict=guilty sentence=custody
			2014-03-10 release release=bail_or_measure_change
			2014-03-20 in_force`, "2014-04-01",
			told{liberty: "unknown", gaps: "liberty"}},
		"two administrative arrests, each for something else": {`
			2024-01-10 detention charge=assembly
			2024-01-11 remand custody=administrative until=2024-01-25
			2024-01-25 detention`, "2024-01-26",
			told{custody: "2024-01-10..2024-01-25 administrative 15, 2024-01-25.. pretrial 1", gaps: "charge, whereabouts"}},
		"served an administrative arrest": {`
			2024-01-10 detention charge=assembly
			2024-01-11 remand custody=administrative until=2024-01-25
			2024-01-25 release release=served`, "2024-01-26",
			told{liberty: "at_liberty_no_measures"}},
		"serves one sentence while another is not in force": {`
			2024-01-10 detention
			2024-03-01 verdict verdict=guilty sentence=custody in=one
			2024-03-20 in_force in=one
			2024-09-01 verdict verdict=guilty sentence=custody,fine in=two`, "2024-09-02",
			told{liberty: "serving_sentence", measures: "fine?"}},
		"one of two sentences is annulled": {`
			2024-01-10 detention
			2024-03-01 verdict verdict=guilty sentence=custody,fine in=one
			2024-03-20 in_force in=one
			2024-09-01 verdict verdict=guilty sentence=custody,event_ban in=two
			2024-09-20 in_force in=two
			2024-10-01 appeal_decision verdict=returned in=one-appeal`, "2024-10-02",
			told{liberty: "serving_sentence", measures: "event_ban"}},
		"on parole": {`
			2024-01-10 detention
			2024-03-01 verdict verdict=guilty sentence=custody
			2025-03-01 release release=parole`, "2025-04-01",
			told{liberty: "at_liberty_under_measures", gaps: "none"}},
		"on bail": {`
			2024-01-10 detention charge=riot
			2024-03-01 release release=bail_or_measure_change`, "2025-04-01", told{liberty: "at_liberty_under_measures"}},
		"let out, and the case goes on": {`
			2024-01-10 detention charge=riot
			2024-03-01 release release=unknown`, "2025-04-01", told{liberty: "at_liberty_under_investigation"}},
		"let out, and the case is dropped": {`
			2024-01-10 detention charge=riot
			2024-03-01 release release=dropped`, "2025-04-01", told{liberty: "at_liberty_no_measures"}},
		"released as acquitted, and found guilty": {`
			2024-01-10 detention
			2024-03-01 verdict verdict=guilty sentence=fine
			2024-03-01 release release=acquitted`, "2024-03-02", told{conflicts: "sentence_and_release"}},
		"three months on the way": {`
			2024-01-10 detention at=jail charge=riot
			2024-03-01 transfer_start`, "2024-06-01",
			told{liberty: "in_transit_undisclosed", gaps: "whereabouts", custody: "2024-01-10.. pretrial 143"}},
		"arrived after three months": {`
			2024-01-10 detention at=jail charge=riot
			2024-03-01 transfer_start
			2024-06-01 transfer_arrival at=camp`, "2024-06-02",
			told{liberty: "pretrial_detention", gaps: "none", where: "2024-01-10 jail, 2024-06-01 camp"}},
		"arrived, and nobody says where": {`
			2024-01-10 detention at=jail charge=riot
			2024-06-01 transfer_arrival`, "2024-06-02",
			told{liberty: "pretrial_detention", gaps: "whereabouts"}},
		"the family is told where": {`
			2024-01-10 detention charge=riot
			2024-03-01 transfer_start
			2024-04-01 family_informed place=Omsk`, "2024-06-02",
			told{liberty: "pretrial_detention", gaps: "none", where: "2024-04-01 Omsk"}},
		"a stricter regime in the same place": {`
			2024-01-10 detention at=jail charge=riot
			2024-03-01 remand regime=strict`, "2024-06-02",
			told{gaps: "none", where: "2024-01-10 jail, 2024-03-01 jail strict"}},
		"contact is lost: a gap, and no more": {`
			2024-01-10 detention at=jail charge=riot
			2024-03-01 contact_lost`, "2024-06-02",
			told{liberty: "pretrial_detention", gaps: "contact"}},
		"contact is lost, and a source calls it incommunicado": {`
			2024-01-10 detention at=jail charge=riot
			2024-03-01 contact_lost custody=incommunicado`, "2024-06-02",
			told{liberty: "incommunicado", gaps: "contact"}},
		"contact is back": {`
			2024-01-10 detention at=jail charge=riot
			2024-02-01 counsel_denied
			2024-03-01 contact_lost custody=incommunicado
			2024-05-01 contact_restored`, "2024-06-02",
			told{liberty: "pretrial_detention", gaps: "none"}},
		"a letter comes from somebody who disappeared": {`
			2024-01-10 detention custody=disappeared
			2024-05-01 prisoner_statement`, "2024-06-02",
			told{liberty: "pretrial_detention", custody: "2024-01-10.. pretrial 144"}},
		"disappeared, then found arrested: held all along": {`
			2024-01-10 detention custody=disappeared
			2024-02-01 detention charge=riot at=jail`, "2024-06-02",
			told{liberty: "pretrial_detention", custody: "2024-01-10.. pretrial 144", conflicts: "none"}},
		"disappeared, and the family is told that they are held": {`
			2024-01-10 detention custody=disappeared
			2024-02-01 family_informed`, "2024-06-02", told{liberty: "incommunicado"}},
		"counsel was denied, and no word since": {`
			2024-01-10 detention at=jail charge=riot
			2024-02-01 counsel_denied`, "2024-06-02", told{gaps: "counsel"}},
		"arrested in a month, charged on a day of it": {`
			2024-02-10 charge_brought charge=riot
			2024-02 detention
			2024-02-20 release release=dropped`, "2024-03-01",
			told{liberty: "at_liberty_no_measures", custody: "2024-02..2024-02-20 pretrial", conflicts: "none"}},
		"released in a month, taken again on a day of it: which came first is not said": {`
			2024-01-10 detention
			2024-03 release release=dropped id=let-out
			2024-03-20 rearrest`, "2024-04-01",
			told{liberty: "at_liberty_no_measures", conflicts: "held_twice"}},
		"released in a month, taken again on a day of it, after that": {`
			2024-01-10 detention
			2024-03 release release=dropped id=let-out
			2024-03-20 rearrest after=let-out`, "2024-04-01",
			told{liberty: "pretrial_detention", custody: "2024-01-10..2024-03 pretrial, 2024-03-20.. pretrial 12", conflicts: "none"}},
		"the days decide against what is said to have come after": {`
			2024-01-10 detention after=let-out
			2024-03-01 release release=dropped id=let-out`, "2024-04-01",
			told{liberty: "at_liberty_no_measures", custody: "2024-01-10..2024-03-01 pretrial 51", conflicts: "none"}},
		"moved on a day nobody knows, between two others": {`
			2024-01-10 detention
			2024-02-01 transfer_start id=first
			unknown transfer_arrival place=Omsk after=first
			2024-03-01 transfer_start`, "2024-03-02",
			told{liberty: "in_transit_undisclosed", where: "unknown Omsk"}},
		"remanded nobody knows when, and long released": {`
			2024-01-10 detention
			unknown remand until=2024-03-10
			2024-02-10 release release=dropped`, "2024-04-01",
			told{liberty: "at_liberty_no_measures", custody: "2024-01-10..2024-02-10 pretrial 31", conflicts: "none"}},
		"brought to a camp after the release": {`
			2024-01-10 detention
			2024-02-10 release release=dropped
			2024-03-10 transfer_arrival at=camp`, "2024-04-01",
			told{liberty: "at_liberty_no_measures", conflicts: "moved_not_held"}},
		"released twice": {`
			2024-01-10 detention
			2024-02-10 release release=dropped
			2024-03-10 release release=dropped`, "2024-04-01",
			told{liberty: "at_liberty_no_measures", custody: "2024-01-10..2024-02-10 pretrial 31", conflicts: "released_not_held"}},
		"part of a fine is paid": {`
			2024-03-01 verdict verdict=guilty sentence=fine:5000
			2024-03-20 in_force
			2024-04-01 fine_paid sum=2000`, "2024-04-02",
			told{measures: "fine", conflicts: "none", due: "fine_due 2024-05-19"}},
		"a fine is not paid in time": {`
			2024-03-01 verdict verdict=guilty sentence=fine:5000
			2024-03-20 in_force`, "2024-08-02",
			told{liberty: "at_liberty_under_measures", measures: "fine", due: "fine_due 2024-05-19!", gaps: "payment"}},
		"one ban of a listing and one by itself: the second is lifted": {`
			2024-01-01 designation_added label=extremist_register effects=bank_card_ban
			2024-02-01 measure_imposed effects=bank_card_ban
			2024-03-01 measure_lifted effects=bank_card_ban`, "2024-08-02",
			told{measures: "bank_card_ban", conflicts: "none"}},
		"taken off one of two lists": {`
			2024-01-01 designation_added label=extremist_register register=a effects=bank_card_ban
			2024-02-01 designation_added label=extremist_register register=b effects=event_ban
			2024-03-01 designation_removed label=extremist_register register=a`, "2024-08-02",
			told{measures: "event_ban", conflicts: "none"}},
		"a ban ends by its own day": {`
			2024-01-10 detention
			2024-02-01 release release=never_charged
			2024-02-01 measure_imposed effects=event_ban<2024-05-01`, "2024-05-02",
			told{liberty: "at_liberty_no_measures", measures: "none"}},
		"an administrative fine is not counted by criminal law": {`
			2024-03-01 verdict verdict=guilty sentence=fine:5000 in=fine-case`, "2024-03-02",
			told{due: "appeal_defence, appeal_prosecution, fine_due"}},
		"speculation, opinion and what was taken back move nothing": {`
			2024-01-10 detention status=refuted
			2024-01-11 detention nature=speculation
			2024-01-12 detention nature=opinion
			2024-01-13 detention nature=absence
			2024-01-14 detention status=retracted`, "2024-04-01",
			told{liberty: "unknown", custody: "none"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := story(t, "RU", c.events).Stand(AsOf{Day: day(t, c.at)})
			matches(t, c.at, tell(s), c.want)
		})
	}
}
