package casefile

import (
	"strings"
	"testing"
)

// with puts lines into the minimal file's only entry, a day whose kind the lines may say; the first kind stands.
func with(kind, lines string) string {
	return strings.Replace(minimal, "  - {when: 2024-02, kind: detention, nature: event, source: paper}\n",
		"  - kind: "+kind+"\n    "+strings.ReplaceAll(strings.TrimSpace(lines), "\n", "\n    ")+"\n", 1)
}

const plainEntry = "when: 2024-02-05\nnature: event\nsource: paper\n"

func swap(old, new string) string { return strings.Replace(minimal, old, new, 1) }

// Each rule is shown a file that keeps it and files that break it; want is a part of the one problem there must be.
func TestRules(t *testing.T) {
	const slug = "  slug: anna\n"
	level := func(lines string) string { return swap(slug, slug+"  publication:\n"+lines) }
	const consent = "    consent: {giver: family, scope: [name, letter], channel: {en: by letter}, date: 2024-03-01}\n"
	const necessity = "    necessity: {note: {en: held without contact}, date: 2024-03}\n"
	for name, c := range map[string]struct{ src, want string }{
		// R1, R2
		"nothing said of publication":    {minimal, ""},
		"public by consent":              {level("    level: public\n" + consent), ""},
		"public by necessity":            {level("    level: public\n" + necessity), ""},
		"R1 public on nobody's word":     {level("    level: public\n"), "needs the consent"},
		"R1 two grounds":                 {level("    level: public\n" + consent + necessity), "keep the one"},
		"R1 two grounds while quiet":     {level("    level: quiet\n" + consent + necessity), "keep the one"},
		"R1 consent of nobody":           {level("    level: public\n" + strings.Replace(consent, "giver: family, ", "", 1)), "in which capacity"},
		"R1 consent to nothing":          {level("    level: public\n" + strings.Replace(consent, "scope: [name, letter], ", "", 1)), "to what they agreed"},
		"R1 consent not for the name":    {level("    level: public\n" + strings.Replace(consent, "name, ", "", 1)), "is not for it"},
		"R1 consent without a day":       {level("    level: public\n" + strings.Replace(consent, "2024-03-01", "2024-03", 1)), "the day on which"},
		"R1 consent without a channel":   {level("    level: public\n" + strings.Replace(consent, "channel: {en: by letter}, ", "", 1)), "how the agreement"},
		"R1 consent giver by name":       {level("    level: public\n" + strings.Replace(consent, "family", "Maria Example", 1)), "is not a word for this"},
		"R1 necessity without a reason":  {level("    level: public\n    necessity: {date: 2024-03}\n"), "why the page is public"},
		"R1 necessity without a date":    {level("    level: public\n    necessity: {note: {en: x}}\n"), "when this was decided"},
		"R1 a level that does not exist": {level("    level: open\n"), "is not a word for this"},

		// R4
		"accuser by role":                 {with("denunciation", plainEntry+"actor: {role: accuser}"), ""},
		"official by name":                {with("official_response", plainEntry+"response: declined\ntarget: {role: official, name: {en: A Minister}, public_function: true, source: paper}"), ""},
		"R4 accuser named":                {with("denunciation", plainEntry+"actor: {role: accuser, name: {en: X}}"), "is never named"},
		"R4 accuser named, with function": {with("denunciation", plainEntry+"actor: {role: accuser, name: {en: X}, public_function: true, source: paper}"), "is never named"},
		"R4 witness named":                {with("denunciation", plainEntry+"actor: {role: witness, name: {en: X}, public_function: true, source: paper}"), "is never named"},
		"R4 relative named":               {with("denunciation", plainEntry+"asked_by: {role: relative, name: {en: X}, public_function: true, source: paper}"), "is never named"},
		"R4 accuser named as printed":     {with("denunciation", plainEntry+"actor: {role: accuser, as_printed: {en: X}}"), "is never named"},
		"R4 accuser told by a title":      {with("denunciation", plainEntry+"actor: {role: accuser, title: {en: teacher in Y}}"), "can tell who"},
		"R4 withheld role named":          {with("search", plainEntry+"actor: {role: investigator, name: {en: X}, public_function: true, source: paper}") + "withheld: [investigator]\n", "is never named"},
		"R4 named without function":       {with("search", plainEntry+"actor: {role: investigator, name: {en: X}, source: paper}"), "public function"},
		"R4 named without a source":       {with("search", plainEntry+"actor: {role: investigator, name: {en: X}, public_function: true}"), "name the source"},
		"R4 withheld role unknown":        {minimal + "withheld: [neighbour]\n", "is not a word for this"},

		// R5
		"count in a dated entry":          {with("meeting", plainEntry+"count: {value: 40, comparator: about}"), ""},
		"count as of":                     {with("meeting", "when: unknown\nnature: event\nsource: paper\ncount: {words: hundreds, as_of: 2024-03}"), ""},
		"who says so instead of a source": {with("meeting", "when: unknown\nnature: event\nby: {en: a listener in court}"), ""},
		"R5 nobody says so":               {with("meeting", "when: 2024-02-05\nnature: event"), "name the source"},
		"R5 no such source":               {with("meeting", "when: 2024-02-05\nnature: event\nsource: papre"), `did you mean "paper"?`},
		"R5 no nature":                    {with("meeting", "when: 2024-02-05\nsource: paper"), "what sort of statement"},
		"R5 no date":                      {with("meeting", "nature: event\nsource: paper"), "write a date, or unknown"},
		"R5 count as of when?":            {with("meeting", "when: unknown\nnature: event\nsource: paper\ncount: {value: 40}"), "as of when"},
		"R5 count told twice":             {with("meeting", plainEntry+"count: {value: 40, words: dozens}"), "write one of"},
		"R5 count told by nobody":         {with("meeting", plainEntry+"count: {as_of: 2024-02}"), "write one of"},
		"R5 count backwards":              {with("meeting", plainEntry+"count: {min: 40, max: 30}"), "min is not below max"},
		"R5 comparator of words":          {with("meeting", plainEntry+"count: {words: hundreds, comparator: about}"), "goes with a value"},
		"R5 claim by nobody":              {with("claim", "when: unknown\nnature: party\nsource: paper\nwhat: {en: It was so}"), "who claims it"},
		"R5 claim as an event":            {with("claim", plainEntry+"by: {en: a listener}\nwhat: {en: It was so}"), "a claim is what somebody says"},
		"R5 speculation by nobody":        {with("context", "when: unknown\nnature: speculation\nsource: paper\nwhat: {en: It may be so}"), "who speculates"},
		"R5 absence by nobody":            {with("coverage", "when: unknown\nnature: absence\nsource: paper"), "who looked"},
		"R5 speculation in the title": {strings.Replace(with("claim", "when: unknown\nnature: speculation\nsource: paper\nby: {en: a speaker}\nwhat: {en: They fear  the election!}"),
			"Release Anna Example", "They fear the election: release Anna", 1), "marks as speculation"},
		"R5 speculation in the summary": {strings.Replace(minimal, "sources:", "  summary: {en: She is out. A GOODWILL gesture was made.}\nsources:", 1) +
			"question: {ask: {en: Why?}, answers: [{what: {en: a goodwill gesture}, by: {en: x}, source: paper, status: speculation}], not_to_be_concluded: {en: none}}\n", "marks as speculation"},
		"R5 answer by nobody":   {minimal + "question: {ask: {en: Why?}, answers: [{what: {en: x}, source: paper, status: speculation}], not_to_be_concluded: {en: none}}\n", "who gives this explanation"},
		"R5 answer without how": {minimal + "question: {ask: {en: Why?}, answers: [{what: {en: x}, by: {en: y}, source: paper}], not_to_be_concluded: {en: none}}\n", "how far it holds"},
		"R5 answers left open":  {minimal + "question: {ask: {en: Why?}, answers: [{what: {en: x}, by: {en: y}, source: paper, status: contested}]}\n", "must not be read out"},
		"R5 others as of when?": {minimal + "portfolio: {others: {en: hundreds}, nature: party, source: paper}\n", "as of when"},
		"R5 others by whom?":    {minimal + "portfolio: {others: {en: hundreds}, nature: party, as_of: 2024-03}\n", "name the source"},
		"R5 held by whom?":      {swap("sources:", "  held: {since: 2024-02}\nsources:"), "name the sources"},

		// money is reported, never run
		"fund elsewhere":         {with("fund_met", plainEntry+"collected: elsewhere\ntook_hours: 3\namount: {minor: 100, currency: RUB, equivalent: {en: about 1 EUR}}"), ""},
		"R13 fund of our own":    {with("fund_met", plainEntry+"amount: {minor: 100, currency: RUB}"), "runs no fund"},
		"R13 collected here":     {with("fund_met", plainEntry+"collected: here"), "is not a word for this"},
		"sum without a currency": {with("fund_met", plainEntry+"collected: elsewhere\namount: {minor: 100}"), "three capital letters"},
		"sum in no currency":     {with("fund_met", plainEntry+"collected: elsewhere\namount: {minor: 100, currency: roubles}"), "three capital letters"},
		"sum of nothing":         {with("fund_met", plainEntry+"collected: elsewhere\namount: {currency: RUB}"), "smallest unit"},

		// what belongs together
		"verdict without one":       {with("verdict", plainEntry), "what the court decided"},
		"sentence of the acquitted": {with("verdict", plainEntry+"verdict: acquitted\nsentence: [{kind: supervision}]"), "beside the verdict guilty"},
		"verdict at a meeting":      {with("meeting", plainEntry+"verdict: guilty"), "kind verdict or appeal_decision"},
		"release without a kind":    {with("release", plainEntry), "released is an event with a kind"},
		"release kind elsewhere":    {with("stream", plainEntry+"release: parole"), "kind release"},
		"designation of nothing":    {with("designation_added", plainEntry), "which label or list"},
		"fine without a sum":        {with("verdict", plainEntry+"verdict: guilty\nsentence: [{kind: fine}]"), "write the sum"},
		"ban with a sum":            {with("verdict", plainEntry+"verdict: guilty\nsentence: [{kind: event_ban, amount: {minor: 1, currency: RUB}}]"), "belongs to a fine"},
		"effects of a meeting":      {with("meeting", plainEntry+"effects: [{kind: event_ban}]"), "effects stand with"},
		"charge without its words":  {with("detention", plainEntry+"charge: {kind: riot}"), "words of the source"},
		"charge at a meeting":       {with("meeting", plainEntry+"charge: {kind: riot, as_printed: {en: x}}"), "where it was brought"},
		"answer without a word":     {with("official_response", plainEntry), "what the answer was"},
		"request for nothing":       {with("prosecutor_request", plainEntry), "asked for"},
		"erratum without meaning":   {with("context", plainEntry+"as_printed: {en: x}\nerratum: true"), "what is meant"},
		"open list of nothing":      {with("meeting", plainEntry+"open_list: true"), "there is no list"},
		"morning of a month":        {with("meeting", "when: {date: 2024-02, part: morning}\nnature: event\nsource: paper"), "needs the day"},
		"inferred from nothing":     {with("meeting", "when: {date: unknown, inferred: true}\nnature: event\nsource: paper"), "needs a date"},
		"country in words":          {with("meeting", plainEntry+"country: Italy"), "two capital letters"},
		"silence of the unasked":    {minimal + "positions: [{org: {en: A Party}, stance: no_response, source: paper}]\n", "use no_statement_found"},
		"nothing found, ever":       {minimal + "positions: [{org: {en: A Party}, stance: no_statement_found, checked_by: {en: us}}]\n", "holds for a time only"},
		"nothing found by whom?":    {minimal + "positions: [{org: {en: A Party}, stance: no_statement_found, observed: 2024-01/2024-02}]\n", "who looked"},
		"stance by whom?":           {minimal + "positions: [{org: {en: A Party}, stance: joined}]\n", "name the source"},
		"out of order":              {minimal + "  - {when: 2024-01-31, kind: search, nature: event, source: paper}\n", "in order of time"},
		"month over its days":       {minimal + "  - {when: 2024-02-20, kind: search, nature: event, source: paper}\n  - {when: 2024-02, kind: picket, nature: event, source: paper}\n", ""},
		"unknown times anywhere":    {minimal + "  - {when: unknown_after 2020-01-01, kind: search, nature: event, source: paper}\n", ""},
		"released before arrest":    {swap("sources:", "  held: {since: 2024-02-10, until: 2024-02-09, sources: [paper]}\nsources:"), "before it began"},
		"two sources of one id":     {strings.Replace(minimal, "entries:", "  - {id: paper, kind: academic, publisher: {en: B}, published: 2024}\nentries:", 1), "call this one otherwise"},
		"two entries of one id":     {strings.Replace(minimal, "source: paper}", "source: paper, id: a}\n  - {when: unknown, kind: search, nature: event, source: paper, id: a}", 1), "another entry has this id"},
		"script address":            {swap("published: 2024-03-01", "published: 2024-03-01, url: 'javascript:alert(1)'"), "not a web address"},
		"address with a password":   {swap("published: 2024-03-01", "published: 2024-03-01, url: 'https://a:b@example.org/'"), "not a web address"},
		"title of two lines":        {swap("{en: Release Anna Example}", `{en: "Release\nAnna"}`), "a title is one line"},
		"language not of the file":  {swap("{en: Release Anna Example}", "{en: Release Anna, uk: Анна}"), "not among campaign.languages"},
		"printed in any language":   {with("detention", plainEntry+"charge: {kind: riot, as_printed: {uk: x}}"), ""},
		"language twice":            {swap("[en, ru]", "[en, ru, en]"), "stands twice"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.src == minimal && name != "nothing said of publication" {
				t.Fatal("nothing was changed in the minimal file")
			}
			w, err := read(c.src)
			switch {
			case c.want == "" && err != nil:
				t.Errorf("refused:\n%v", err)
			case c.want != "" && err == nil:
				t.Errorf("passed; want a problem that says %q", c.want)
			case c.want != "" && !strings.Contains(err.Error(), c.want):
				t.Errorf("got:\n%v\nwant a problem that says %q", err, c.want)
			case c.want != "" && len(err.(Problems)) != 1:
				t.Errorf("one fault, %d problems:\n%v", len(err.(Problems)), err)
			}
			if wantShown := strings.HasPrefix(name, "public by"); err == nil && w.Shown() != wantShown {
				t.Errorf("shown: %v, want %v", w.Shown(), wantShown)
			}
		})
	}
}

// R2: no level but public shows a case, and public does not show a withheld one.
func TestShown(t *testing.T) {
	for _, level := range append(Level("").Known(), "") {
		for _, state := range append(State("").Known(), "") {
			f := File{Case: Case{Publication: Publication{Level: Level(level)}, State: State(state)}}
			if want := level == "public" && state != "withheld"; f.Shown() != want {
				t.Errorf("level %q, state %q: shown %v", level, state, f.Shown())
			}
		}
	}
}
