package casetest

import (
	"fmt"
	"math/rand/v2"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
)

// Today is the day from which made-up cases look ahead: what they tell of happened before, what is set comes within sixty days after.
var Today = casefile.Date{Year: 2026, Month: 11, Day: 23}

// land is where a made-up person is held: its language besides English, and what stands in cases from there.
type land struct {
	code, script  string
	tongue        lang.Tag
	given, family [][2]string // in Latin letters, in its own
	cities        []city
	court, prison [2]string
	charge        [2]string
	kind          casefile.ChargeKind
	work          [2]string
}

type city struct {
	latin, own string
	geo        casefile.Geo
}

var lands = []land{
	{"RU", "Cyrl", "ru",
		[][2]string{{"Anna", "Анна"}, {"Pyotr", "Пётр"}, {"Yelena", "Елена"}, {"Ilya", "Илья"}, {"Zhanna", "Жанна"}, {"Yuri", "Юрий"}},
		[][2]string{{"Primerova", "Примерова"}, {"Obraztsov", "Образцов"}, {"Vydumskaya", "Выдумская"}, {"Nebylitsyn", "Небылицын"}, {"Shchukarev", "Щукарев"}},
		[]city{{"Moscow", "Москва", casefile.Geo{Lat: 5576, Lon: 3762}}, {"Syktyvkar", "Сыктывкар", casefile.Geo{Lat: 6167, Lon: 5081}}, {"Omsk", "Омск", casefile.Geo{Lat: 5499, Lon: 7337}}, {"Chita", "Чита", casefile.Geo{Lat: 5203, Lon: 11350}}},
		[2]string{"District court", "Районный суд"}, [2]string{"Remand prison", "Следственный изолятор"}, [2]string{"false information", "распространение ложной информации"}, "false_information", [2]string{"teacher", "преподаватель"}},
	{"BY", "Cyrl", "be",
		[][2]string{{"Ales", "Алесь"}, {"Hanna", "Ганна"}, {"Yauhen", "Яўген"}, {"Maryia", "Марыя"}},
		[][2]string{{"Prykladau", "Прыкладаў"}, {"Uzorava", "Узорава"}, {"Vydumka", "Выдумка"}},
		[]city{{"Minsk", "Мінск", casefile.Geo{Lat: 5390, Lon: 2757}}, {"Homel", "Гомель", casefile.Geo{Lat: 5242, Lon: 3101}}, {"Hrodna", "Гродна", casefile.Geo{Lat: 5369, Lon: 2383}}},
		[2]string{"Regional court", "Абласны суд"}, [2]string{"Colony", "Калонія"}, [2]string{"insulting officials", "абраза прадстаўніка ўлады"}, "insult_authority_religion", [2]string{"welder", "зваршчык"}},
	{"EG", "Arab", "ar",
		[][2]string{{"Ahmad", "أحمد"}, {"Mona", "منى"}, {"Khalid", "خالد"}, {"Huda", "هدى"}},
		[][2]string{{"al-Mithali", "المثالي"}, {"Namudhaj", "نموذج"}, {"al-Khayali", "الخيالي"}},
		[]city{{"Cairo", "القاهرة", casefile.Geo{Lat: 3004, Lon: 3124}}, {"Minya", "المنيا", casefile.Geo{Lat: 2809, Lon: 3075}}},
		[2]string{"State security court", "محكمة أمن الدولة"}, [2]string{"Prison", "سجن"}, [2]string{"joining a banned group", "الانضمام إلى جماعة محظورة"}, "banned_org_membership", [2]string{"journalist", "صحافة"}},
	{"IR", "Arab", "fa",
		[][2]string{{"Reza", "رضا"}, {"Shirin", "شیرین"}, {"Kamran", "کامران"}},
		[][2]string{{"Nemunei", "نمونه\u200cای"}, {"Khiali", "خیالی"}, {"Farzi", "فرضی"}},
		[]city{{"Tehran", "تهران", casefile.Geo{Lat: 3569, Lon: 5142}}, {"Mashhad", "مشهد", casefile.Geo{Lat: 3630, Lon: 5961}}},
		[2]string{"Revolutionary court", "دادگاه انقلاب"}, [2]string{"Prison", "زندان"}, [2]string{"assembly and collusion", "اجتماع و تبانی"}, "assembly", [2]string{"nurse", "پرستار"}},
	{"TR", "Latn", "tr",
		[][2]string{{"Ayse", "Ayşe"}, {"Ibrahim", "İbrahim"}, {"Isil", "Işıl"}},
		[][2]string{{"Orneksoy", "Örneksoy"}, {"Dusgu", "Düşgü"}, {"Sahte", "Sahte"}},
		[]city{{"Istanbul", "İstanbul", casefile.Geo{Lat: 4101, Lon: 2898}}, {"Diyarbakir", "Diyarbakır", casefile.Geo{Lat: 3791, Lon: 4024}}},
		[2]string{"Assize court", "Ağır ceza mahkemesi"}, [2]string{"Prison", "Cezaevi"}, [2]string{"propaganda for an organisation", "örgüt propagandası"}, "terrorism_justification", [2]string{"lecturer", "öğretim görevlisi"}},
	{"MM", "Mymr", "my",
		[][2]string{{"Aung", "အောင်"}, {"Thiri", "သီရိ"}},
		[][2]string{{"Nanana", "နမူနာ"}, {"Sanein", "စံနမူနာ"}},
		[]city{{"Yangon", "ရန်ကုန်", casefile.Geo{Lat: 1687, Lon: 9620}}},
		[2]string{"Special court", "အထူးတရားရုံး"}, [2]string{"Prison", "အကျဉ်းထောင်"}, [2]string{"incitement", "လှုံ့ဆော်မှု"}, "extremism_call", [2]string{"student", "ကျောင်းသား"}},
	{"NI", "Latn", "es",
		[][2]string{{"Lucia", "Lucía"}, {"Joaquin", "Joaquín"}, {"Ines", "Inés"}},
		[][2]string{{"Ejemplo Ruiz", "Ejemplo Ruiz"}, {"Muestra", "Muestra"}, {"Inventado", "Inventado"}},
		[]city{{"Managua", "Managua", casefile.Geo{Lat: 1215, Lon: -8627}}},
		[2]string{"Criminal court", "Juzgado penal"}, [2]string{"Prison", "Cárcel"}, [2]string{"undermining national integrity", "menoscabo de la integridad nacional"}, "treason_espionage", [2]string{"farmer", "agricultor"}},
	{"CN", "Hans", "zh",
		[][2]string{{"Li Li", "李丽"}, {"Wang Xu", "王虚"}, {"Chen Ming", "陈明"}},
		[][2]string{{"Shiyang", "式样"}, {"Mofang", "模仿"}, {"Xugou", "虚构"}},
		[]city{{"Chengdu", "成都", casefile.Geo{Lat: 3067, Lon: 10407}}, {"Guangzhou", "广州", casefile.Geo{Lat: 2313, Lon: 11326}}},
		[2]string{"Intermediate court", "中级人民法院"}, [2]string{"Detention centre", "看守所"}, [2]string{"picking quarrels", "寻衅滋事"}, "other_ordinary", [2]string{"worker", "工人"}},
}

// endings are how many sorts of stories there are.
const endings = 9

// People makes up so many public cases of so many events each: in many countries, scripts and situations, each a story that does not contradict itself, with what
// is set for the days after [Today]. Every file is marked as a rehearsal. The same seed gives the same cases, whatever their number.
func People(seed uint64, people, events int) []*casefile.File {
	list := make([]*casefile.File, people)
	for i := range list {
		list[i] = Person(seed, i, events)
	}
	return list
}

// Person makes up the n-th case of a seed.
func Person(seed uint64, n, events int) *casefile.File {
	m := &maker{Rand: rand.New(rand.NewPCG(seed, uint64(n)+1)), n: n}
	m.land = lands[m.IntN(len(lands))]
	m.file()
	m.story(max(events, 8))
	return m.f
}

type maker struct {
	*rand.Rand
	n    int
	land land
	home city
	f    *casefile.File
	at   casefile.Date
}

func (m *maker) text(both [2]string) casefile.Text {
	return casefile.Text{"en": both[0], m.land.tongue: both[1]}
}

// file is all but the events.
func (m *maker) file() {
	l := m.land
	given, family := l.given[m.IntN(len(l.given))], l.family[m.IntN(len(l.family))]
	latin, own := given[0]+" "+family[0], given[1]+" "+family[1]
	m.home = l.cities[m.IntN(len(l.cities))]
	slug := fmt.Sprintf("made-up-%d", m.n+1)
	m.f = &casefile.File{
		Campaign: casefile.Campaign{Slug: slug, Languages: []lang.Tag{"en", l.tongue}, RunBy: m.text([2]string{"a made-up committee", "a made-up committee"}), Contact: "nobody@outcry.example", Rehearsal: true},
		Person: casefile.Person{
			Names:       []casefile.Name{{Text: latin, Lang: "en", Script: "Latn"}, {Text: own, Lang: l.tongue, Script: l.script}},
			Occupations: []casefile.Text{m.text(l.work)}, Country: l.code,
		},
		Case: casefile.Case{
			Slug:    slug,
			Title:   casefile.Text{"en": "Release " + latin, l.tongue: own},
			Summary: casefile.Text{"en": latin + " never lived. This page was made up to try the program with.", l.tongue: own},
			Act:     casefile.Text{"en": "wrote a text that nobody ever wrote"},
			Sources: []casefile.SourceID{"paper"}, Checked: m.back(m.IntN(90)),
			Publication: casefile.Publication{Level: casefile.Public},
		},
		Sources: []casefile.Source{
			{ID: "paper", Kind: "independent_media", Publisher: casefile.Text{"en": "A made-up paper"}, Published: casefile.On(2026, 1, 15), Language: "en", URL: "https://paper.example/1", Reliability: "B", Interest: casefile.InterestNone},
			{ID: "counsel", Kind: "counsel", Publisher: casefile.Text{"en": "The lawyer"}, Published: casefile.On(2026, 2, 1), Reliability: "B", Interest: casefile.InterestParty},
		},
	}
	for i, c := range l.cities {
		id := func(what string) casefile.InstitutionID {
			return casefile.InstitutionID(fmt.Sprintf("%s-%d", what, i+1))
		}
		geo := c.geo
		m.f.Institutions = append(m.f.Institutions,
			casefile.Institution{ID: id("court"), Kind: "court", Name: m.text(l.court), City: m.text([2]string{c.latin, c.own}), Country: l.code, Geo: &geo},
			casefile.Institution{ID: id("prison"), Kind: "remand_prison", Name: m.text(l.prison), City: m.text([2]string{c.latin, c.own}), Country: l.code, Geo: &geo})
	}
	scope := []casefile.Scope{casefile.ScopeName, casefile.ScopeLetter, casefile.ScopePress, casefile.ScopeHealth}
	if m.n%5 != 4 { // one in five does not wish to stand beside others
		scope = append(scope, casefile.ScopeOthers)
	}
	giver := casefile.Giver("family")
	if ending := m.n % endings; ending == 4 || ending == 8 { // out, and asked again
		giver = "prisoner"
	}
	m.f.Case.Publication.Consents = []casefile.Consent{{Giver: giver, Scope: scope, Channel: casefile.Text{"en": "by letter"}, Date: m.back(30 + m.IntN(100))}}
	for _, need := range casefile.Need("").Known() {
		if m.IntN(4) == 0 {
			m.f.Case.Needs = append(m.f.Case.Needs, casefile.Need(need))
		}
	}
}

// back is so many days before today.
func (m *maker) back(days int) casefile.Date { return shift(Today, -days) }

// tell adds an event some days after the one before.
func (m *maker) tell(kind casefile.EventKind, days int, more func(*casefile.Event)) {
	m.at = shift(m.at, days)
	if kind != casefile.HearingScheduled && m.at.Compare(Today) >= 0 {
		m.at = shift(Today, -1)
	}
	e := casefile.Event{ID: fmt.Sprintf("e%d", len(m.f.Events)+1), When: casefile.On(m.at.Year, m.at.Month, m.at.Day), Kind: kind, Nature: casefile.NatureEvent, Source: "paper"}
	if kind.Hard() {
		e.Family = "told"
	}
	if more != nil {
		more(&e)
	}
	m.f.Events = append(m.f.Events, e)
}

// story is from the arrest to one of many places where somebody can stand; what lies between is what supporters and courts do.
func (m *maker) story(events int) {
	prison := func() casefile.InstitutionID {
		return casefile.InstitutionID(fmt.Sprintf("prison-%d", m.IntN(len(m.land.cities))+1))
	}
	court := casefile.InstitutionID("court-1")
	ending := m.n % endings
	tail := 4 // events that the ending may need
	m.at = shift(Today, -(events*5 + 120 + m.IntN(1500)))
	charge := &casefile.Charge{AsPrinted: m.text(m.land.charge), Kind: m.land.kind}
	m.tell(casefile.Detention, 0, func(e *casefile.Event) {
		e.Charge = charge
		switch ending {
		case 6:
			e.Custody = casefile.CustodyUndisclosed
		case 7:
			e.Custody = casefile.CustodyDenied
		}
	})
	hidden := ending == 6 || ending == 7 // no court has seen them
	if !hidden {
		m.tell(casefile.Remand, 2, func(e *casefile.Event) {
			e.Nature, e.Until, e.At = casefile.NatureLegal, shift(m.at, 60), prison()
		})
	}
	m.at = shift(Today, -(events*5 + 10)) // since when somebody has written down what happens
	for len(m.f.Events) < events-tail {
		m.between(court, hidden)
	}
	verdict := func(e *casefile.Event) {
		e.Nature, e.At, e.Verdict = casefile.NatureLegal, court, casefile.Guilty
		e.Sentence = []casefile.Measure{{Kind: casefile.Custody, Years: 3 + m.IntN(9)}}
	}
	switch ending {
	case 0: // before trial
		m.tell(casefile.TransferArrival, 3, func(e *casefile.Event) { e.At = prison() })
	case 1: // on trial
		m.tell(casefile.ProsecutorRequest, 3, func(e *casefile.Event) {
			e.Nature, e.Requested = casefile.NatureLegal, []casefile.Measure{{Kind: casefile.Custody, Years: 8}}
		})
	case 2: // the appeal is pending
		m.tell(casefile.VerdictGiven, 3, verdict)
	case 3: // serving
		m.tell(casefile.VerdictGiven, 3, verdict)
		m.tell(casefile.InForce, 1, func(e *casefile.Event) { e.Nature = casefile.NatureLegal })
		m.tell(casefile.TransferArrival, 1, func(e *casefile.Event) { e.At = prison() })
	case 4: // out, and fined
		m.tell(casefile.VerdictGiven, 3, func(e *casefile.Event) {
			verdict(e)
			e.Sentence = []casefile.Measure{{Kind: casefile.Fine, Amount: &casefile.Money{Minor: 6_000_000, Currency: "USD"}}, {Kind: "exit_ban", Years: 2}}
		})
		m.tell(casefile.Release, 0, func(e *casefile.Event) { e.Release = "non_custodial_sentence" })
	case 5: // on the way
		m.tell(casefile.TransferStart, 3, nil)
	case 6:
		m.tell(casefile.ContactLost, 3, nil)
	case 8: // gone abroad, or dead
		if m.n%2 == 0 {
			m.tell(casefile.Release, 3, func(e *casefile.Event) { e.Release = "exchange" })
		} else {
			m.tell(casefile.Death, 3, nil)
		}
	}
	for len(m.f.Events) < events-1 {
		m.tell(casefile.Picket, 1, m.gathering)
	}
	m.at = Today // what is set
	if ending == 8 {
		m.at = shift(Today, -3)
		m.tell(casefile.OrgStatement, 0, m.statement)
		return
	}
	m.tell(casefile.HearingScheduled, 1+m.IntN(60), func(e *casefile.Event) { e.Nature, e.At = casefile.NatureLegal, court })
}

// between is something that happens while somebody is held.
func (m *maker) between(court casefile.InstitutionID, hidden bool) {
	what := m.IntN(10)
	if hidden {
		what = max(what, 4)
	}
	switch what {
	case 0:
		m.tell(casefile.RemandExtended, 7, func(e *casefile.Event) { e.Nature, e.At, e.Until = casefile.NatureLegal, court, shift(m.at, 60) })
	case 1:
		m.tell(casefile.HearingHeld, 7, func(e *casefile.Event) {
			e.Nature, e.At = casefile.NatureLegal, court
			e.Count = &casefile.Count{Value: 5 + m.IntN(90), Comparator: "about"}
		})
	case 2:
		m.tell(casefile.Health, 5, func(e *casefile.Event) {
			e.Source, e.What = "counsel", casefile.Text{"en": "The lawyer reports that medicine was refused."}
		})
	case 3:
		m.tell(casefile.PrisonerStatement, 4, func(e *casefile.Event) { e.What = casefile.Text{"en": "A letter from prison was read out."} })
	case 4:
		m.tell(casefile.Coverage, 2, func(e *casefile.Event) { e.What = casefile.Text{"en": "A made-up paper wrote about it."} })
	case 5:
		m.tell(casefile.CounselDenied, 6, func(e *casefile.Event) { e.Source = "counsel" })
	case 6:
		m.tell(casefile.OrgStatement, 3, m.statement)
	default:
		m.tell(casefile.Picket, 4, m.gathering)
	}
}

func (m *maker) statement(e *casefile.Event) {
	e.Org, e.What = casefile.Text{"en": "A made-up union"}, casefile.Text{"en": "It asks for release."}
}

func (m *maker) gathering(e *casefile.Event) {
	c := m.land.cities[m.IntN(len(m.land.cities))]
	e.Cities = []casefile.Text{m.text([2]string{c.latin, c.own})}
	e.Count = &casefile.Count{Value: 3 + m.IntN(60), Comparator: "about"}
}

// shift is the day so many days later.
func shift(d casefile.Date, days int) casefile.Date {
	y, m, n := time.Date(d.Year, time.Month(d.Month), d.Day+days, 0, 0, 0, 0, time.UTC).Date()
	return casefile.Date{Year: y, Month: int(m), Day: n}
}
