package casefile

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// agreed is a public page on the family's consent, with something of everything that may have to stay out of it.
const agreed = `campaign:
  slug: free-anna
  languages: [en, ru]
  run_by: {en: Committee for Anna}
  contact: anna@example.org
person:
  names:
    - {text: Anna Example, lang: en}
case:
  slug: anna
  publication:
    level: public
    consents:
      - {giver: family, scope: [name, photo, letter, fund, press, others], channel: {en: in person}, date: 2024-03-01}
  title: {en: Release Anna Example}
  sources: [paper, diary]
  asks: [release, letters, parcels, money]
  refused: [exchange]
  needs: [letters, fund, lawyer]
institutions:
  - {id: town-court, kind: court, name: {en: Town Court}}
  - {id: service, kind: ministry, name: {en: Prison Service}}
  - {id: hidden-prison, kind: prison, name: {en: Prison No. 9}, part_of: service, post: {address: {en: Far Street}, source: guide, checked: 2024-03-01}}
  - {id: open-prison, kind: prison, name: {en: Prison No. 1}, part_of: service}
proceedings:
  - {id: first, track: criminal, stage: first_instance, court: town-court, sources: [paper]}
  - {id: secret, track: criminal, stage: pre_investigation, sources: [diary]}
sources:
  - {id: paper, kind: independent_media, publisher: {en: A Paper}, published: 2024-03-01}
  - {id: diary, kind: relative, publisher: {en: Her mother’s diary}, published: 2024-03-01, visibility: team}
  - {id: guide, kind: ngo_dataset, publisher: {en: A guide to prisons}, published: 2024}
  - {id: note, kind: counsel, publisher: {en: A note of counsel}, published: 2024}
events:
  - {id: arrest, when: 2024-02-01, kind: detention, nature: event, evidence: [{source: paper, credibility: "2"}, {source: diary, locator: {en: page 7}}]}
  - {id: hidden, when: 2024-02-03, kind: transfer_arrival, nature: event, source: note, visibility: coalition, at: hidden-prison, family: told}
  - {id: charge, when: 2024-02-03, after: hidden, kind: charge_brought, nature: legal, source: diary, proceeding: first}
  - {id: plan, when: 2024-02-04, kind: context, nature: event, source: note, visibility: team, proceeding: secret, what: {en: What the defence will say}}
  - id: search
    when: 2024-02-05
    kind: search
    nature: event
    source: paper
    actor: {role: investigator, name: {en: Ivan Official}, public_function: true, source: diary}
  - {id: verdict, when: 2024-02-06, kind: verdict, nature: legal, source: paper, verdict: guilty, sentence: [{kind: custody, years: 3}]}
  - {id: ill, when: 2024-02-07, kind: health, nature: event, source: paper, family: told, what: {en: She is ill}}
corrections:
  - {on: 2024-03-02, of: plan, was: {en: one thing}, now: {en: another}, why: {en: a slip}}
`

// found are the words of a projection: all texts and ids in it.
func found(f *File, words ...string) (in []string) {
	all := writeJSON(f)
	for _, w := range words {
		if strings.Contains(all, w) {
			in = append(in, w)
		}
	}
	return in
}

func TestPublicLeavesOut(t *testing.T) {
	f := must(t, agreed)
	got, ok := f.Public(nil)
	if !ok {
		t.Fatal("not shown at all")
	}
	if in := found(got, "hidden", "Prison No. 9", "Far Street", "guide", "counsel", "secret", "diary", "page 7", "plan", "the defence", "one thing", "Ivan", "guilty", "ill"); in != nil {
		t.Errorf("it tells of %q", in)
	}
	if lost := found(got, "arrest", "A Paper", "town-court"); len(lost) != 3 {
		t.Errorf("of what it should tell only %q is there", lost)
	}
	var ids []string
	for _, e := range got.Events {
		ids = append(ids, e.ID)
	}
	if d := cmp.Diff([]string{"arrest", "charge", "search"}, ids); d != "" {
		t.Errorf("events (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]Evidence{{Source: "paper", Credibility: "2"}, {Source: KeptBack}}, got.Event("arrest").Evidence); d != "" {
		t.Errorf("evidence (-want +got):\n%s", d)
	}
	if e := got.Event("charge"); !e.Source.KeptBack() || e.After != "" || got.Proceeding("first") == nil {
		t.Errorf("the charge: %+v", e)
	}
	if d := cmp.Diff([]SourceID{"paper", KeptBack}, got.Case.Sources); d != "" {
		t.Error(d)
	}
	if a := got.Event("search").Actor; !reflect.DeepEqual(*a, Actor{Role: RoleInvestigator}) {
		t.Errorf("named by a source that is kept back: %+v", a)
	}
	if d := cmp.Diff(must(t, agreed), f); d != "" {
		t.Errorf("the file itself was changed:\n%s", d)
	}
	// What is left passes the rules, so that whoever carries on can apply it.
	if p := got.Check(); len(p) > 0 {
		t.Errorf("a projection breaks the rules:\n%v", p)
	}
	// Nor does it where several pieces of evidence are kept back.
	two := must(t, strings.Replace(strings.Replace(agreed, "published: 2024-03-01, visibility: team}", "published: 2024-03-01, visibility: team}\n  - {id: other-diary, kind: relative, publisher: {en: A diary}, published: 2024-03-01, visibility: team}", 1),
		"{source: diary, locator: {en: page 7}}", "{source: diary, locator: {en: page 7}}, {source: other-diary}, {source: diary}", 1))
	if got, ok := two.Public(nil); !ok || len(got.Event("arrest").Evidence) != 4 || len(got.Check()) > 0 {
		t.Errorf("several pieces kept back: %v", got.Check())
	}
	again, ok := got.Public(nil)
	if d := cmp.Diff(got, again); !ok || d != "" {
		t.Errorf("a projection of a projection is another:\n%s", d)
	}
}

func TestPublicHeedsStops(t *testing.T) {
	f := must(t, agreed)
	stop := func(kind StopKind, name string) Stop {
		return Stop{Kind: kind, Name: name, By: "proxy", Harm: true, Day: Date{2024, 4, 1}}
	}
	if got, ok := f.Public([]Stop{stop(StopScope, "name")}); ok || got != nil {
		t.Error("the name is stopped, and something is shown")
	}
	got, ok := f.Public([]Stop{stop(StopScope, "photo"), stop(StopScope, "fund"), stop(StopAsk, "letters"), stop(StopAsk, "medical_care"), stop(StopEvent, "arrest"), stop(StopEvent, "charge")})
	if !ok {
		t.Fatal("not shown")
	}
	if in := found(got, "arrest", "charge", "proxy", "2024-04-01"); in != nil {
		t.Errorf("it tells of %q", in)
	}
	want := []Stop{{Kind: StopAsk, Name: "letters"}, {Kind: StopAsk, Name: "medical_care"}, {Kind: StopScope, Name: "fund"}, {Kind: StopScope, Name: "photo"}}
	if d := cmp.Diff(want, got.Stops); d != "" {
		t.Errorf("stops, and who gave them (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]Ask{"release", "parcels", "money"}, got.Case.Asks); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]Ask{"exchange", "letters"}, got.Case.Refused); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]Need{"lawyer"}, got.Case.Needs); d != "" {
		t.Error(d)
	}
	for _, s := range Scope("").Known() {
		stopped := s == "photo" || s == "fund"
		if got.Stopped(Scope(s)) != stopped || got.Agreed(Scope(s)) != (!stopped && s != "health") {
			t.Errorf("%s: stopped %v, agreed %v", s, got.Stopped(Scope(s)), got.Agreed(Scope(s)))
		}
	}
}

// Illness is told with a consent to it, or when everybody knows.
func TestPublicOfIllness(t *testing.T) {
	agreeing := strings.Replace(agreed, "others]", "others, health]", 1)
	stop := []Stop{{Kind: StopScope, Name: "health", By: "prisoner"}}
	for name, c := range map[string]struct {
		src   string
		stops []Stop
		want  bool
	}{
		"nobody agreed":       {agreed, nil, false},
		"agreed":              {agreeing, nil, true},
		"agreed, and stopped": {agreeing, stop, false},
		"withdrawn":           {strings.Replace(agreed, "press, others], channel: {en: in person}, date: 2024-03-01}", "press, others], channel: {en: in person}, date: 2024-03-01}\n      - {giver: prisoner, scope: [health], channel: {en: by letter}, date: 2024-03-01, withdrawn: 2024-03-02}", 1), nil, false},
		"the family unaware":  {strings.Replace(agreeing, "family: told, what", "what", 1), nil, false},
		"everybody knows":     {strings.Replace(agreed, "family: told, what", "family: public_already, what", 1), nil, true},
	} {
		out, ok := must(t, c.src).Public(c.stops)
		if !ok || (out.Event("ill") != nil) != c.want {
			t.Errorf("%s: shown %v", name, !c.want)
		}
	}
}

// Of the dead nothing is asked, be it told or not.
func TestPublicOfTheDead(t *testing.T) {
	for _, family := range []string{"", ", family: told"} {
		f := must(t, agreed+"")
		died := must(t, strings.Replace(agreed, "corrections:", "  - {id: death, when: 2024-03-05, kind: death, nature: event, source: paper"+family+"}\ncorrections:", 1))
		before, _ := f.Public(nil)
		got, ok := died.Public(nil)
		if !ok || (got.Event("death") != nil) != (family != "") {
			t.Fatalf("family %q: %v", family, ok)
		}
		if len(got.Case.Asks) > 0 || len(got.Case.Needs) > 0 || len(before.Case.Asks) == 0 {
			t.Errorf("asked for: %v, %v", got.Case.Asks, got.Case.Needs)
		}
		for _, s := range []Scope{ScopeLetter, ScopeFund, ScopeOthers} {
			if !got.Stopped(s) || before.Stopped(s) {
				t.Errorf("%s goes on", s)
			}
		}
		if got.Stopped(ScopeName) || got.Stopped(ScopePress) {
			t.Error("who died is not told of any more")
		}
	}
}

// A projection is nobody else's memory, whatever a file holds.
func TestPublicSharesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f File
		grow(t, reflect.ValueOf(&f).Elem(), 0)
		f.Case.Publication.Level, f.Case.State = Public, Open
		f.Case.Publication.Necessity = &Necessity{Note: Text{"en": "x"}}
		for i := range f.Case.Publication.Consents { // what the person has taken back is not shown at all
			f.Case.Publication.Consents[i].Withdrawn = Date{}
		}
		before := writeJSON(f)
		out, ok := f.Public(nil)
		if !ok {
			t.Fatal("not shown")
		}
		for _, e := range out.Events {
			if e.Visibility != "" && e.Visibility != ForAll || e.Kind.Hard() && e.Family == "" {
				t.Fatalf("shown: %+v", e)
			}
		}
		spoil(reflect.ValueOf(out).Elem())
		if after := writeJSON(f); after != before {
			t.Fatalf("what was done to the projection was done to the file:\n%s", cmp.Diff(before, after))
		}
	})
}

// spoil writes over all that can be reached.
func spoil(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			spoil(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			spoil(v.Index(i))
		}
		if v.Len() > 0 {
			_ = reflect.Append(v.Slice(0, v.Len()-1), reflect.Zero(v.Type().Elem()))
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			v.SetMapIndex(k, reflect.Zero(v.Type().Elem()))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			spoil(v.Field(i))
		}
	default:
		v.SetZero()
	}
}

func TestDropSealed(t *testing.T) {
	src := strings.NewReplacer("visibility: coalition", "visibility: sealed", "visibility: team", "visibility: sealed").Replace(agreed)
	f := must(t, src)
	if n := f.DropSealed(); n != 3 {
		t.Errorf("%d dropped, want 2 events and 1 source", n)
	}
	if in := found(f, "hidden", "Prison No. 9", "the defence", "diary", "page 7", "counsel"); in != nil {
		t.Errorf("%q is kept", in)
	}
	if slices.ContainsFunc(f.Events, func(e Event) bool { return e.Kind == VerdictGiven }) == false {
		t.Error("what is not sealed was dropped")
	}
	if p := f.Check(); len(p) > 0 {
		t.Errorf("what is left breaks the rules:\n%v", p)
	}
	if n := f.DropSealed(); n != 0 {
		t.Error("dropped twice")
	}
}
