package casefile

// Rule is a term that the law of a country sets, in the wording of its time: by it a last day is counted where no source
// states one. A page that shows such a day shows the rule, its article and when it was checked; it is no advice.
type Rule struct {
	Country string // ISO 3166, two letters
	Kind    RuleKind
	Side    Side // whose term it is; empty for both
	Days    int
	Runs    Runs
	From    Date   // the first day on which a decision falls under this wording
	Until   Date   // the last; zero while it holds
	Law     string // code and article, as lawyers of that country write it
	URL     string // where the wording was read
	Dated   string // where the day from which it holds was read, if not there
	Checked Date   // when
}

// RuleKind is what a rule sets.
type RuleKind string

const (
	RuleAppeal      RuleKind = "appeal"       // days to appeal a verdict of first instance
	RuleFine        RuleKind = "fine"         // days to pay a fine, once it is in force
	RuleAppealFinal RuleKind = "appeal_final" // what a court of appeal decides is in force when it is given
)

func (RuleKind) Known() []string { return known(RuleAppeal, RuleFine, RuleAppealFinal) }

// Runs is the day after which a term begins. What is told of a case seldom says more than the day of the decision: where the term
// runs from another, no last day is counted.
type Runs string

const (
	RunsFromDecision Runs = "decision"     // of the decision
	RunsFromCopy     Runs = "copy_if_held" // the same, but for a person in custody the day on which they were given its copy
	RunsFromPresence Runs = "if_present"   // the same, but for who was absent the day on which it was served on them
	RunsFromService  Runs = "served"       // on which the decision was served with its grounds
)

func (Runs) Known() []string {
	return known(RunsFromDecision, RunsFromCopy, RunsFromPresence, RunsFromService)
}

// rule finds the rule of the case's country for a decision, in the wording of a day; nil where none is known. The rules are of
// criminal cases, which military courts hear too.
func (f *File) rule(kind RuleKind, side Side, decision *Event, when Partial) *Rule {
	day, ok := when.Date.day()
	if p := f.Proceeding(decision.Proceeding); !ok || p != nil && p.Track != "" && p.Track != "criminal" && p.Track != "military" {
		return nil
	}
	for i := range rules {
		r := &rules[i]
		if r.Country == f.Person.Country && r.Kind == kind && (r.Side == "" || r.Side == side) &&
			r.From.Compare(day) <= 0 && (r.Until == (Date{}) || day.Compare(r.Until) <= 0) {
			return r
		}
	}
	return nil
}

// rules are the terms that were looked up, and no others: for a country that is not here nothing is counted, and the page says
// that it isn't known. Where a day off is the last, the law moves it to the next working day, which this program doesn't know:
// a day counted here may be too early, and is never too late.
var rules = []Rule{
	// A verdict of the ten days before 9 January 2023 is under neither: which wording then held is not plain.
	{Country: "RU", Kind: RuleAppeal, Days: 10, Runs: RunsFromCopy, From: Date{2013, 1, 1}, Until: Date{2022, 12, 29}, Law: "ст. 389.4 УПК РФ",
		URL:   "https://advokat-po-narkotikam.ru/index.php?newsid=464",
		Dated: "https://znanium.com/catalog/document?id=172746", Checked: Date{2026, 11, 23}},
	{Country: "RU", Kind: RuleAppeal, Days: 15, Runs: RunsFromCopy, From: Date{2023, 1, 9}, Law: "ст. 389.4 УПК РФ",
		URL:   "https://novoivanovskoesp.ru/informatsiya-prokuratury-krasnodarskogo-kraya/vstuplenie-prigovora-v-zakonnuyu-silu",
		Dated: "https://pravo163.ru/verxovnyj-sud-otvetil-na-voprosy-o-primenenii-novyx-norm-upk/", Checked: Date{2026, 11, 23}},
	{Country: "RU", Kind: RuleAppealFinal, Runs: RunsFromDecision, From: Date{2013, 1, 1}, Law: "ст. 390 УПК РФ",
		URL:   "https://yurists-online.ru/upk-rf-statya-390-vstuplenie-prigovora-v-zakonnuyu-silu-i-obrashhenie-ego-k-ispolneniyu",
		Dated: "https://znanium.com/catalog/document?id=172746", Checked: Date{2026, 11, 23}},
	// The wording is of a law of 8 March 2015; that a court went by it is read of 2021.
	{Country: "RU", Kind: RuleFine, Days: 60, Runs: RunsFromDecision, From: Date{2021, 1, 1}, Law: "ст. 31 УИК РФ",
		URL:   "http://city-advokat.ru/statya31-uik.html",
		Dated: "https://www.consultant.ru/law/podborki/srok_uplaty_shtrafa_po_prigovoru_suda/", Checked: Date{2026, 11, 23}},
	{Country: "TR", Kind: RuleAppeal, Days: 7, Runs: RunsFromPresence, From: Date{2016, 7, 20}, Until: Date{2024, 5, 31}, Law: "CMK m. 273",
		URL:   "https://www.hukukihaber.net/ceza-muhakemesinde-istinaf-kanun-yolu",
		Dated: "http://www.kapaganhukuk.com/makaleler/344/kanun-yollarina-basvuru-surelerinde-yapilan-degisiklikler-01-06-2024-tarihinden-", Checked: Date{2026, 11, 23}},
	{Country: "TR", Kind: RuleAppeal, Days: 14, Runs: RunsFromService, From: Date{2024, 6, 1}, Law: "CMK m. 273",
		URL:   "https://hukuk.desteksitesi.com/KB/View/1020-cmk-madde-273-stinaf-stemi-ve-sueresi",
		Dated: "http://www.kapaganhukuk.com/makaleler/344/kanun-yollarina-basvuru-surelerinde-yapilan-degisiklikler-01-06-2024-tarihinden-", Checked: Date{2026, 11, 23}},
	// Of France the term of the person alone: a prosecutor general has a longer one against some decisions.
	{Country: "FR", Kind: RuleAppeal, Side: Defence, Days: 10, Runs: RunsFromPresence, From: Date{2009, 11, 26}, Law: "art. 498 du code de procédure pénale",
		URL:   "https://lexbase.fr/texte-de-loi/code-de-procedure-penale498/L9441IEE.html",
		Dated: "https://www.doctrine.fr/l/texts/codes/LEGITEXT000006071154/articles/LEGIARTI000006576767?version=LEGIARTI000021331544", Checked: Date{2026, 11, 23}},
}
