package casefile

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"outcry/internal/kernel/lang"
	"outcry/locales"
)

// with puts lines into the minimal file's only event, a day whose kind the lines may say; the first kind stands.
func with(kind, lines string) string {
	return strings.Replace(minimal, "  - {id: arrest, when: 2024-02, kind: detention, nature: event, source: paper}\n",
		"  - kind: "+kind+"\n    "+strings.ReplaceAll(strings.TrimSpace(lines), "\n", "\n    ")+"\n", 1)
}

const plainEvent = "when: 2024-02-05\nnature: event\nsource: paper\n"

// placed is the minimal file with a court and a proceeding, more of each, and more in its event.
func placed(institutions, proceedings, event string) string {
	src := strings.Replace(minimal, "sources:\n", "institutions:\n  - {id: court, kind: court, name: {en: Court}}\n"+institutions+
		"proceedings:\n  - {id: first, track: criminal, stage: first_instance, court: court, sources: [paper]}\n"+proceedings+"sources:\n", 1)
	return strings.Replace(src, "{id: arrest, ", "{id: arrest, "+event, 1)
}

func swap(old, new string) string { return strings.Replace(minimal, old, new, 1) }

// Each rule is shown a file that keeps it and files that break it; want is a part of the one problem there must be.
func TestRules(t *testing.T) {
	const slug = "  slug: anna\n"
	level := func(lines string) string { return swap(slug, slug+"  publication:\n"+lines) }
	const consent = "    consents: [{giver: family, scope: [name, letter], channel: {en: by letter}, date: 2024-03-01}]\n"
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
		"R1 consent not for the name":    {level("    level: public\n" + strings.Replace(consent, "name, ", "", 1)), "no consent is for it"},
		"R1 consent without a day":       {level("    level: public\n" + strings.Replace(consent, "2024-03-01", "2024-03", 1)), "the day on which"},
		"R1 consent without a channel":   {level("    level: public\n" + strings.Replace(consent, "channel: {en: by letter}, ", "", 1)), "how the agreement"},
		"R1 consent giver by name":       {level("    level: public\n" + strings.Replace(consent, "family", "Maria Example", 1)), "is not a word for this"},
		"R1 necessity without a reason":  {level("    level: public\n    necessity: {date: 2024-03}\n"), "why the page is public"},
		"R1 necessity without a date":    {level("    level: public\n    necessity: {note: {en: x}}\n"), "when this was decided"},
		"R1 a level that does not exist": {level("    level: open\n"), "is not a word for this"},

		"a slug of the site's own": {swap(slug, "  slug: people\n"), "choose another"},

		// R4
		"accuser by role":                 {with("denunciation", plainEvent+"actor: {role: accuser}"), ""},
		"official by name":                {with("official_response", plainEvent+"response: declined\ntarget: {role: official, name: {en: A Minister}, public_function: true, source: paper}"), ""},
		"R4 accuser named":                {with("denunciation", plainEvent+"actor: {role: accuser, name: {en: X}}"), "is never named"},
		"R4 accuser named, with function": {with("denunciation", plainEvent+"actor: {role: accuser, name: {en: X}, public_function: true, source: paper}"), "is never named"},
		"R4 witness named":                {with("denunciation", plainEvent+"actor: {role: witness, name: {en: X}, public_function: true, source: paper}"), "is never named"},
		"R4 relative named":               {with("denunciation", plainEvent+"asked_by: {role: relative, name: {en: X}, public_function: true, source: paper}"), "is never named"},
		"R4 accuser named as printed":     {with("denunciation", plainEvent+"actor: {role: accuser, as_printed: {en: X}}"), "is never named"},
		"R4 accuser told by a title":      {with("denunciation", plainEvent+"actor: {role: accuser, title: {en: teacher in Y}}"), "can tell who"},
		"R4 withheld role named":          {with("search", plainEvent+"actor: {role: investigator, name: {en: X}, public_function: true, source: paper}") + "withheld: [investigator]\n", "is never named"},
		"R4 named without function":       {with("search", plainEvent+"actor: {role: investigator, name: {en: X}, source: paper}"), "public function"},
		"R4 named without a source":       {with("search", plainEvent+"actor: {role: investigator, name: {en: X}, public_function: true}"), "name the source"},
		"R4 withheld role unknown":        {minimal + "withheld: [neighbour]\n", "is not a word for this"},

		// R5
		"count in a dated event":          {with("meeting", plainEvent+"count: {value: 40, comparator: about}"), ""},
		"count as of":                     {with("meeting", "when: unknown\nnature: event\nsource: paper\ncount: {words: hundreds, as_of: 2024-03}"), ""},
		"who says so instead of a source": {with("meeting", "when: unknown\nnature: event\nby: {en: a listener in court}"), ""},
		"R5 nobody says so":               {with("meeting", "when: 2024-02-05\nnature: event"), "name the source"},
		"R5 no such source":               {with("meeting", "when: 2024-02-05\nnature: event\nsource: papre"), `did you mean "paper"?`},
		"R5 no nature":                    {with("meeting", "when: 2024-02-05\nsource: paper"), "what sort of statement"},
		"R5 no date":                      {with("meeting", "nature: event\nsource: paper"), "write a date, or unknown"},
		"R5 count as of when?":            {with("meeting", "when: unknown\nnature: event\nsource: paper\ncount: {value: 40}"), "as of when"},
		"R5 count told twice":             {with("meeting", plainEvent+"count: {value: 40, words: dozens}"), "write one of"},
		"R5 count told by nobody":         {with("meeting", plainEvent+"count: {as_of: 2024-02}"), "write one of"},
		"R5 count backwards":              {with("meeting", plainEvent+"count: {min: 40, max: 30}"), "min is not below max"},
		"R5 comparator of words":          {with("meeting", plainEvent+"count: {words: hundreds, comparator: about}"), "goes with a value"},
		"R5 claim by nobody":              {with("claim", "when: unknown\nnature: party\nsource: paper\nwhat: {en: It was so}"), "who claims it"},
		"R5 claim as an event":            {with("claim", plainEvent+"by: {en: a listener}\nwhat: {en: It was so}"), "a claim is what somebody says"},
		"R5 speculation by nobody":        {with("context", "when: unknown\nnature: speculation\nsource: paper\nwhat: {en: It may be so}"), "who speculates"},
		"R5 absence by nobody":            {with("coverage", "when: unknown\nnature: absence\nsource: paper"), "who looked"},
		"R5 speculation in the title": {strings.Replace(with("claim", "when: unknown\nnature: speculation\nsource: paper\nby: {en: a speaker}\nwhat: {en: They fear  the election!}"),
			"Release Anna Example", "They fear the election: release Anna", 1), "marks as speculation"},
		"R5 speculation in the summary": {strings.Replace(minimal, "sources:", "  summary: {en: She is out. A GOODWILL gesture was made.}\nsources:", 1) +
			"questions: [{ask: {en: Why?}, answers: [{what: {en: a goodwill gesture}, by: {en: x}, source: paper, status: speculation}], not_to_be_concluded: {en: none}}]\n", "marks as speculation"},
		"R5 answer by nobody":   {minimal + "questions: [{ask: {en: Why?}, answers: [{what: {en: x}, source: paper, status: speculation}], not_to_be_concluded: {en: none}}]\n", "who gives this explanation"},
		"R5 answer without how": {minimal + "questions: [{ask: {en: Why?}, answers: [{what: {en: x}, by: {en: y}, source: paper}], not_to_be_concluded: {en: none}}]\n", "how far it holds"},
		"R5 answers left open":  {minimal + "questions: [{ask: {en: Why?}, answers: [{what: {en: x}, by: {en: y}, source: paper, status: contested}]}]\n", "must not be read out"},
		"R5 others as of when?": {minimal + "portfolio: {others: {en: hundreds}, nature: party, source: paper}\n", "as of when"},
		"R5 others by whom?":    {minimal + "portfolio: {others: {en: hundreds}, nature: party, as_of: 2024-03}\n", "name the source"},

		// money is reported, never run
		"fund elsewhere":         {with("fund_met", plainEvent+"collected: elsewhere\ntook_hours: 3\namount: {minor: 100, currency: RUB, equivalent: {en: about 1 EUR}}"), ""},
		"R13 fund of our own":    {with("fund_met", plainEvent+"amount: {minor: 100, currency: RUB}"), "runs no fund"},
		"R13 collected here":     {with("fund_met", plainEvent+"collected: here"), "is not a word for this"},
		"sum without a currency": {with("fund_met", plainEvent+"collected: elsewhere\namount: {minor: 100}"), "three capital letters"},
		"sum in no currency":     {with("fund_met", plainEvent+"collected: elsewhere\namount: {minor: 100, currency: roubles}"), "three capital letters"},
		"sum of nothing":         {with("fund_met", plainEvent+"collected: elsewhere\namount: {currency: RUB}"), "smallest unit"},

		// what belongs together
		"verdict without one":       {with("verdict", plainEvent), "what the court decided"},
		"sentence of the acquitted": {with("verdict", plainEvent+"verdict: acquitted\nsentence: [{kind: supervision}]"), "beside the verdict guilty"},
		"verdict at a meeting":      {with("meeting", plainEvent+"verdict: guilty"), "kind verdict or appeal_decision"},
		"release without a kind":    {with("release", plainEvent), "released is an event with a kind"},
		"release kind elsewhere":    {with("stream", plainEvent+"release: parole"), "kind release"},
		"designation of nothing":    {with("designation_added", plainEvent), "which label or list"},
		"fine without a sum":        {with("verdict", plainEvent+"verdict: guilty\nsentence: [{kind: fine}]"), "write the sum"},
		"ban with a sum":            {with("verdict", plainEvent+"verdict: guilty\nsentence: [{kind: event_ban, amount: {minor: 1, currency: RUB}}]"), "belongs to a fine"},
		"effects of a meeting":      {with("meeting", plainEvent+"effects: [{kind: event_ban}]"), "effects stand with"},
		"charge without its words":  {with("detention", plainEvent+"charge: {kind: riot}"), "words of the source"},
		"charge at a meeting":       {with("meeting", plainEvent+"charge: {kind: riot, as_printed: {en: x}}"), "where it was brought"},
		"answer without a word":     {with("official_response", plainEvent), "what the answer was"},
		"request for nothing":       {with("prosecutor_request", plainEvent), "asked for"},
		"erratum without meaning":   {with("context", plainEvent+"as_printed: {en: x}\nerratum: true"), "what is meant"},
		"open list of nothing":      {with("meeting", plainEvent+"open_list: true"), "there is no list"},
		"morning of a month":        {with("meeting", "when: {date: 2024-02, part: morning}\nnature: event\nsource: paper"), "needs the day"},
		"inferred from nothing":     {with("meeting", "when: {date: unknown, inferred: true}\nnature: event\nsource: paper"), "needs a date"},
		"country in words":          {with("meeting", plainEvent+"country: Italy"), "two capital letters"},
		"silence of the unasked":    {minimal + "positions: [{org: {en: A Party}, stance: no_response, source: paper}]\n", "use no_statement_found"},
		"nothing found, ever":       {minimal + "positions: [{org: {en: A Party}, stance: no_statement_found, checked_by: {en: us}}]\n", "holds for a time only"},
		"nothing found by whom?":    {minimal + "positions: [{org: {en: A Party}, stance: no_statement_found, observed: 2024-01/2024-02}]\n", "who looked"},
		"stance by whom?":           {minimal + "positions: [{org: {en: A Party}, stance: joined}]\n", "name the source"},
		"month over its days":       {minimal + "  - {when: 2024-02-20, kind: search, nature: event, source: paper}\n  - {when: 2024-02, kind: picket, nature: event, source: paper}\n", ""},
		"unknown times anywhere":    {minimal + "  - {when: unknown_after 2020-01-01, kind: search, nature: event, source: paper}\n", ""},
		"two sources of one id":     {strings.Replace(minimal, "events:", "  - {id: paper, kind: academic, publisher: {en: B}, published: 2024}\nevents:", 1), "call this one otherwise"},
		"two events of one id":      {strings.Replace(minimal, "source: paper}", "source: paper}\n  - {when: unknown, kind: search, nature: event, source: paper, id: arrest}", 1), "another event has this id"},
		"script address":            {swap("published: 2024-03-01", "published: 2024-03-01, url: 'javascript:alert(1)'"), "not a web address"},
		"address with a password":   {swap("published: 2024-03-01", "published: 2024-03-01, url: 'https://a:b@example.org/'"), "not a web address"},
		"title of two lines":        {swap("{en: Release Anna Example}", `{en: "Release\nAnna"}`), "a title is one line"},
		"language not of the file":  {swap("{en: Release Anna Example}", "{en: Release Anna, uk: Анна}"), "not among campaign.languages"},
		"printed in any language":   {with("detention", plainEvent+"charge: {kind: riot, as_printed: {uk: x}}"), ""},
		"language twice":            {swap("[en, ru]", "[en, ru, en]"), "stands twice"},

		// institutions and proceedings
		"a court and its case":        {placed("", "", "at: court, proceeding: first, "), ""},
		"place not of the file":       {placed("", "", "at: curt, "), `did you mean "court"?`},
		"proceeding not of the file":  {placed("", "", "proceeding: second, "), `there is no proceeding "second"`},
		"two places of one id":        {placed("  - {id: court, kind: prison, name: {en: X}}\n", "", ""), "call this one otherwise"},
		"place without a name":        {placed("  - {id: x, kind: prison}\n", "", ""), "the name on its sign"},
		"place of no kind":            {placed("  - {id: x, name: {en: X}}\n", "", ""), "what sort of place"},
		"place in nothing":            {placed("  - {id: x, kind: prison, name: {en: X}, part_of: y}\n", "", ""), `there is no institution "y"`},
		"place in itself":             {placed("  - {id: x, kind: prison, name: {en: X}, part_of: y}\n  - {id: y, kind: ministry, name: {en: Y}, part_of: court}\n", "", "at: x, "), ""},
		"place in itself, in a ring":  {strings.Replace(placed("  - {id: x, kind: prison, name: {en: X}, part_of: court}\n", "", ""), "name: {en: Court}", "name: {en: Court}, part_of: court", 1), "a part of itself"},
		"south and west":              {placed("  - {id: x, kind: prison, name: {en: X}, geo: {lat: -3460, lon: -5838}}\n", "", ""), ""},
		"too far north":               {placed("  - {id: x, kind: prison, name: {en: X}, geo: {lat: 9001, lon: 0}}\n", "", ""), "hundredths of a degree, -9000"},
		"too far east":                {placed("  - {id: x, kind: prison, name: {en: X}, geo: {lat: 1, lon: 18001}}\n", "", ""), "hundredths of a degree, -18000"},
		"finer than a city":           {placed("  - {id: x, kind: prison, name: {en: X}, geo: {lat: 55.7558, lon: 1}}\n", "", ""), "not a whole number"},
		"rules of the post by whom":   {placed("  - {id: x, kind: prison, name: {en: X}, post: {letters: {en: y}, checked: 2024-03-01}}\n", "", ""), "name the source"},
		"rules of the post, ever":     {placed("  - {id: x, kind: prison, name: {en: X}, post: {letters: {en: y}, source: paper}}\n", "", ""), "on which somebody looked"},
		"an appeal":                   {placed("", "  - {id: second, track: criminal, stage: appeal, appeal_of: first}\n", ""), ""},
		"an appeal of nothing":        {placed("", "  - {id: second, track: criminal, stage: appeal, appeal_of: third}\n", ""), `there is no proceeding "third"`},
		"an appeal of itself":         {placed("", "  - {id: second, track: criminal, stage: appeal, appeal_of: second}\n", ""), "an appeal of itself"},
		"a proceeding without a sort": {placed("", "  - {id: second, stage: appeal}\n", ""), "of what sort"},
		"a proceeding at no stage":    {placed("", "  - {id: second, track: criminal}\n", ""), "at which stage"},
		"a court that is not there":   {placed("", "  - {id: second, track: criminal, stage: appeal, court: other}\n", ""), `there is no institution "other"`},

		// evidence and claims
		"several pieces of evidence":  {with("meeting", "when: 2024-02-05\nnature: event\nevidence: [{source: paper, bearing: qualifies, credibility: \"2\", locator: {en: page 1}}, {source: paper, locator: {en: page 2}}]"), ""},
		"source and evidence":         {with("meeting", plainEvent+"evidence: [{source: paper}]"), "both source and evidence"},
		"one piece twice":             {with("meeting", "when: 2024-02-05\nnature: event\nevidence: [{source: paper}, {source: paper}]"), "this source stands here already"},
		"evidence of nobody":          {with("meeting", "when: 2024-02-05\nnature: event\nevidence: [{bearing: supports}]"), "name the source"},
		"credibility out of six":      {with("meeting", "when: 2024-02-05\nnature: event\nevidence: [{source: paper, credibility: \"7\"}]"), "is not a word for this"},
		"a source kept back":          {with("meeting", "when: 2024-02-05\nnature: event\nsource: kept-back"), ""},
		"a source called kept back":   {strings.ReplaceAll(minimal, "paper", "kept-back"), "stands in place of a source"},
		"another day":                 {with("meeting", plainEvent+"claims: [{field: when, when: 2024-02-06, source: paper, status: reported}]"), ""},
		"another day, which":          {with("meeting", plainEvent+"claims: [{field: when, what: {en: later}, source: paper, status: reported}]"), "the other date"},
		"another number, which":       {with("meeting", plainEvent+"claims: [{field: count, what: {en: more}, source: paper, status: reported}]"), "the other number"},
		"a day of another field":      {with("meeting", plainEvent+"claims: [{field: place, what: {en: x}, when: 2024-02-06, source: paper, status: reported}]"), "stands in made_on"},
		"a number of another field":   {with("meeting", plainEvent+"claims: [{field: place, what: {en: x}, count: {value: 4}, source: paper, status: reported}]"), "field: count alone"},
		"a claim of nothing":          {with("meeting", plainEvent+"claims: [{source: paper, status: reported}]"), "write the explanation"},
		"a claim by nobody":           {with("meeting", plainEvent+"claims: [{what: {en: x}, source: paper, status: speculation}]"), "who gives this explanation"},
		"a claim without a source":    {with("meeting", plainEvent+"claims: [{what: {en: x}, status: reported}]"), "name the source"},
		"a claim that holds how":      {with("meeting", plainEvent+"claims: [{what: {en: x}, source: paper}]"), "how far it holds"},
		"an answer of a field":        {minimal + "questions: [{ask: {en: Why?}, answers: [{field: place, what: {en: x}, by: {en: y}, source: paper, status: contested}], not_to_be_concluded: {en: none}}]\n", "of no event's field"},
		"one id for two things":       {minimal + "questions: [{id: arrest, ask: {en: Why?}, answers: [{what: {en: x}, by: {en: y}, source: paper, status: contested}], not_to_be_concluded: {en: none}}]\n", "another event has this id"},
		"an id in capitals":           {with("meeting", plainEvent+"id: Meeting"), "small letters"},
		"no address on a public page": {strings.Replace(level("    level: public\n"+consent), "id: arrest, ", "", 1), "an address for each of these, for life"},
		"no address for a question":   {level("    level: public\n"+consent) + "questions: [{ask: {en: Why?}, answers: [{what: {en: x}, by: {en: y}, source: paper, status: contested}], not_to_be_concluded: {en: none}}]\n", "an address for each of these, for life"},

		// one event after another
		"after another":       {minimal + "  - {when: 2024-02, after: arrest, kind: search, nature: event, source: paper}\n", ""},
		"after nothing":       {minimal + "  - {when: 2024-02, after: arest, kind: search, nature: event, source: paper}\n", `did you mean "arrest"?`},
		"after itself":        {with("meeting", plainEvent+"id: a\nafter: a"), "comes after itself"},
		"after itself, later": {with("meeting", plainEvent+"id: a\nafter: b") + "  - {id: b, when: 2024-02, after: c, kind: search, nature: event, source: paper}\n  - {id: c, when: 2024-02, after: b, kind: search, nature: event, source: paper}\n", "comes after itself"},

		// where a field belongs
		"remand until":                 {with("remand", plainEvent+"until: 2024-03-05\ncustody: house_arrest"), ""},
		"arrested until a day":         {with("detention", plainEvent+"until: 2024-03-05"), ""},
		"cut off from everybody":       {with("contact_lost", plainEvent+"custody: incommunicado"), ""},
		"lost under house arrest":      {with("contact_lost", plainEvent+"custody: house_arrest"), "it is incommunicado"},
		"until of a meeting":           {with("meeting", plainEvent+"until: 2024-03-05"), "this stands in a remand"},
		"until before it began":        {with("remand", plainEvent+"until: 2024-01-05"), "none before the event's"},
		"until a month":                {with("remand", plainEvent+"until: 2024-03"), "write the day"},
		"custody of a meeting":         {with("meeting", plainEvent+"custody: pretrial"), "detention, remand"},
		"side of an appeal":            {with("appeal_filed", plainEvent+"side: defence"), ""},
		"side of a meeting":            {with("meeting", plainEvent+"side: defence"), "kind appeal_filed"},
		"family told of a verdict":     {with("verdict", plainEvent+"verdict: guilty\nfamily: told"), ""},
		"family told of a meeting":     {with("meeting", plainEvent+"family: told"), "hard news alone"},
		"law without an article":       {with("detention", plainEvent+"charge: {kind: riot, as_printed: {en: x}, law: {code: {en: Criminal Code}}}"), "the article"},
		"law of no code":               {with("detention", plainEvent+"charge: {kind: riot, as_printed: {en: x}, law: {article: \"212\"}}"), "name the code"},
		"law of a country in words":    {with("detention", plainEvent+"charge: {kind: riot, as_printed: {en: x}, law: {article: \"212\", code: {en: x}, country: Russia}}"), "two capital letters"},
		"heaviest penalty, its sum":    {with("detention", plainEvent+"charge: {kind: riot, as_printed: {en: x}, most: [{kind: fine}]}"), "write the sum"},
		"a ban that ends first":        {with("measure_imposed", plainEvent+"effects: [{kind: event_ban, from: 2024-03-05, until: 2024-03-01}]"), "ends before it begins"},
		"fingerprint of a copy":        {swap("published: 2024-03-01", "published: 2024-03-01, sha256: "+strings.Repeat("0a", 32)), ""},
		"fingerprint in capitals":      {swap("published: 2024-03-01", "published: 2024-03-01, sha256: "+strings.Repeat("0A", 32)), "64 hexadecimal digits"},
		"fingerprint cut short":        {swap("published: 2024-03-01", "published: 2024-03-01, sha256: abcdef"), "64 hexadecimal digits"},
		"an ask that is refused":       {swap(slug, slug+"  asks: [release, exchange]\n  refused: [exchange]\n"), "stands in refused too"},
		"checked in a month":           {swap(slug, slug+"  checked: 2024-03\n"), "write the day"},
		"a catalogue's number":         {swap("case:\n", "  identifiers: [{scheme: wikidata, id: Q42}]\ncase:\n"), ""},
		"a number of no catalogue":     {swap("case:\n", "  identifiers: [{id: Q42}]\ncase:\n"), "of which catalogue"},
		"a nationality in words":       {swap("case:\n", "  nationality: [Russian]\ncase:\n"), "two capital letters"},
		"consent until before it":      {level("    level: public\n" + strings.Replace(consent, "2024-03-01}", "2024-03-01, until: 2024-02-01}", 1)), "before it was given"},
		"consent confirmed in a month": {level("    level: public\n" + strings.Replace(consent, "2024-03-01}", "2024-03-01, confirmed: 2024-04}", 1)), "write the day"},
		"consent withdrawn":            {level("    level: public\n" + strings.Replace(consent, "2024-03-01}", "2024-03-01, withdrawn: 2024-03-02}", 1)), ""},
		"two editors":                  {level("    level: quiet\n    approved: [{by: editor, on: 2024-03-01}, {by: second_editor, on: 2024-03-01}]\n"), ""},
		"one editor twice":             {level("    level: quiet\n    approved: [{by: editor, on: 2024-03-01}, {by: editor, on: 2024-03-02}]\n"), "two persons are meant"},
		"an editor by name":            {level("    level: quiet\n    approved: [{by: Maria, on: 2024-03-01}]\n"), "is not a word for this"},
		"an editor, ever":              {level("    level: quiet\n    approved: [{by: editor}]\n"), "write the day"},

		// bodies that keep lists; corrections and redactions are R6
		"a list's decision":            {minimal + "recognitions: [{by: {en: A Body}, status: political_prisoner, on: 2024-03-01, source: paper, criteria: https://example.org/criteria}]\n", ""},
		"a list's decision by whom":    {minimal + "recognitions: [{status: political_prisoner, source: paper}]\n", "name the body"},
		"a list's decision, told by":   {minimal + "recognitions: [{by: {en: A Body}, status: political_prisoner}]\n", "name the source"},
		"a list's decision, which":     {minimal + "recognitions: [{by: {en: A Body}, source: paper}]\n", "what it calls the person"},
		"a list's decision, otherwise": {minimal + "recognitions: [{by: {en: A Body}, status: other_status, source: paper}]\n", "in its own words"},
		"criteria that run":            {minimal + "recognitions: [{by: {en: A Body}, status: political_prisoner, source: paper, criteria: 'javascript:x'}]\n", "not a web address"},
		"withdrawn before":             {minimal + "recognitions: [{by: {en: A Body}, status: political_prisoner, source: paper, on: 2024-03-01, withdrawn_on: 2024-02-01}]\n", "before it was given"},
		"taken out twice":              {minimal + "redactions: [{event: x, on: 2024-03-01, why: order}, {event: x, on: 2024-03-01, why: order}]\n", "stands here already"},
		"taken out, and why":           {minimal + "redactions: [{event: x, on: 2024-03-01}]\n", "of which sort"},
		"taken out, and when":          {minimal + "redactions: [{event: x, why: order}]\n", "write the day"},
		"a correction without a why":   {minimal + "corrections: [{on: 2024-03-01, was: {en: x}, now: {en: y}}]\n", "say why"},
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
			inWords(t, err)
			if err != nil {
				return
			}
			if _, shown := w.Public(nil); shown != strings.HasPrefix(name, "public by") {
				t.Errorf("shown: %v", shown)
			}
		})
	}
}

var catalog = sync.OnceValues(func() (*lang.Catalog, error) { return lang.Load(locales.FS) })

// inWords holds that what was found wrong in a file can be said in every language: to the end, and each by a sentence of its own but for the form of a file.
func inWords(t *testing.T, err error) {
	t.Helper()
	c, broken := catalog()
	if broken != nil {
		t.Fatal(broken)
	}
	var list Problems
	errors.As(err, &list)
	for _, p := range list {
		for _, tag := range c.Tags() {
			if s := p.Words(c.Printer(tag)); strings.Contains(s, "{{") || strings.Contains(s, "rule.") || strings.Contains(s, "case.") {
				t.Errorf("%s: %s is said as %q", tag, p.Say, s)
			}
		}
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
