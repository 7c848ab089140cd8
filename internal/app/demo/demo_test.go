package demo

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/dossier"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/lang"
	"outcry/locales"
)

type campaign struct {
	casefile.File `yaml:",inline"`
	Letters       []letter.File `yaml:"letters"`
}

func (c *campaign) Check() casefile.Problems {
	p := c.File.Check()
	for i := range c.Letters {
		p = append(p, c.Letters[i].Check(fmt.Sprintf("letters[%d]", i), c.File.Source)...)
	}
	return p
}

func load(t *testing.T) *campaign {
	t.Helper()
	var c campaign
	if err := casefile.Decode(File, &c); err != nil {
		t.Fatalf("kagarlitsky-2023.yaml:\n%v", err)
	}
	return &c
}

// sections renders the page and gives the text of each section by its id, with single spaces; "" is the whole page.
func sections(t *testing.T, c *campaign, tag lang.Tag) map[string]string {
	t.Helper()
	catalog, err := lang.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	p, v := catalog.Printer(tag), dossier.Look(&c.File, casefile.Date{})
	var b bytes.Buffer
	for _, panel := range []templ.Component{dossier.Standing(p, v), dossier.Glance(p, v), dossier.Restrictions(p, v), dossier.Timeline(p, v),
		dossier.Dates(p, v), dossier.Unknown(p, v), dossier.Positions(p, v), dossier.Explanations(p, v), dossier.Others(p, v), dossier.Grounds(p, v), dossier.Sources(p, v)} {
		if err := panel.Render(context.Background(), &b); err != nil {
			t.Fatal(err)
		}
	}
	doc, err := html.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{"": words(doc)}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && n.Data == "section" {
			for _, a := range n.Attr {
				if a.Key == "id" {
					out[a.Val] = words(n)
				}
			}
		}
	}
	return out
}

func words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		switch {
		case d.Type == html.TextNode:
			b.WriteString(d.Data)
		case d.Data == "p", d.Data == "li", d.Data == "dd", d.Data == "dt", d.Data == "h2", d.Data == "summary":
			b.WriteString(" | ")
		}
	}
	return strings.Join(strings.Fields(strings.ReplaceAll(b.String(), "\u00a0", " ")), " ")
}

// The scenario, line by line: what the page says of it, in which section, in both languages.
var facts = []struct{ section, en, ru string }{
	{"", "As one article told it in December 2023; what came later is not included.", "Так об этом рассказала одна статья в декабре 2023 года; то, что было потом, сюда не вошло."},

	{"sources", "International Marxist Tendency, December 2023", "Международная марксистская тенденция, декабрь 2023 г."},
	{"sources", "the campaign", "кампания"},
	{"sources", "The publisher takes part in the campaign.", "Издатель сам участвует в кампании."},
	{"sources", "F means that it can’t be judged.", "F значит, что судить о ней нельзя."},

	{"glance", "Boris Kagarlitsky", "Борис Юльевич Кагарлицкий"},
	{"glance", "sociologist", "социолог"},
	{"glance", "editor of the online magazine Rabkor", "редактор сетевого журнала «Рабкор»"},
	{"glance", "Held several times before date not known", "Несколько раз был в заключении и раньше дата неизвестна"},
	{"glance", "Not in custody, but under restrictions as of 12 December 2023", "Не под стражей, но с ограничениями на 12 декабря 2023 г."},
	{"glance", "Held from 25 July 2023 to 12 December 2023", "В заключении с 25 июля 2023 г. по 12 декабря 2023 г."},
	{"glance", "The day of arrest is not counted. | This follows from: | Detention 25 July 2023 | Release from custody 12 December 2023 | 140 days held | as printed: “four-and-a-half months”",
		"День ареста не считается. | Это следует из: | Задержание 25 июля 2023 г. | Освобождение из-под стражи 12 декабря 2023 г. | 140 дней в заключении | в источнике: «четыре с половиной месяца»"},

	{"timeline", "May 2022 | Put on an official list", "май 2022 г. | Внесение в официальный список"},
	{"timeline", "The source prints “international agent”, by mistake; meant is: foreign agent", "В источнике по ошибке «international agent»; имеется в виду: иностранный агент"},
	{"timeline", "8 October 2022 year inferred | At the time | An explosion on the Crimean bridge.", "8 октября 2022 г. год определили мы | Что было в то время | Взрыв на Крымском мосту."},
	{"timeline", "date not known | The act alleged | He spoke about the explosion in a video on Rabkor’s YouTube channel. | an interested party says so",
		"дата неизвестна | Вменяемое деяние | Он говорил о взрыве в видео на YouTube-канале «Рабкора». | так говорит заинтересованная сторона"},
	{"timeline", "date not known | Denunciation | the accuser | Ukhta (Komi Republic) | became known: 11 December 2023 to 12 December 2023 | reported event",
		"дата неизвестна | Донос | заявитель | Ухта (Республика Коми) | стало известно: 11 декабря 2023 г. — 12 декабря 2023 г. | сообщение о событии"},
	{"timeline", "Claim | The transfer to Syktyvkar followed from the denunciation. | an interested party says so Who says so: heard in court, as the article tells it",
		"Утверждение | Перевод в Сыктывкар стал следствием доноса. | так говорит заинтересованная сторона Кто это говорит: прозвучало в суде, как передаёт статья"},
	{"timeline", "25 July 2023 | Detention | FSB | Charge, as printed: “justifying terrorism”", "25 июля 2023 г. | Задержание | ФСБ | Обвинение, как в источнике: «оправдание терроризма»"},
	{"timeline", "after 25 July 2023; the day is not known | Arrival after transfer | He was brought more than 1,000 km away from Moscow. | Syktyvkar (Komi Republic)",
		"позднее, чем 25 июля 2023 г.; день неизвестен | Прибытие после этапа | Его доставили за тысячу с лишним километров от Москвы. | Сыктывкар (Республика Коми)"},
	{"timeline", "27 July 2023 | Statement by an organisation | It asked for his immediate release and called on communist, left-wing and working-class organisations everywhere. | International Marxist Tendency",
		"27 июля 2023 г. | Заявление организации | Она потребовала немедленно освободить его и обратилась к коммунистическим, левым и рабочим организациям всего мира. | Международная марксистская тенденция"},
	{"timeline", "7 August 2023 | Put on an official list | list of those involved in extremist activity or terrorism | What the listing entails | Ban on teaching | Ban on publishing | Ban on holding public office | Ban on using bank cards | Cap on cash withdrawals 10,000 RUB only on application the period is not stated | legal act",
		"7 августа 2023 г. | Внесение в официальный список | перечень причастных к экстремистской деятельности или терроризму | Что влечёт включение в список | Запрет преподавать | Запрет публиковаться | Запрет занимать государственные должности | Запрет пользоваться банковскими картами | Предел на снятие наличных 10 000 RUB только по заявлению срок не указан | юридический факт"},
	{"timeline", "August 2023 | Congress | Support was shown and his release demanded. No resolution is told. | International Marxist Tendency | Italy | Attendance: more than 400 | a video with chants, spread by Telegram channels in Russia",
		"август 2023 г. | Съезд | Участники выразили поддержку и потребовали освободить его. О резолюции не сообщается. | Международная марксистская тенденция | Италия | Участников: более 400 | видео с речёвками; его распространяли телеграм-каналы в России"},
	{"timeline", "date not known | Banner | A banner for Russian prisoners, in the plural. | Brazil", "дата неизвестна | Транспарант | Транспарант в поддержку российских заключённых — во множественном числе. | Бразилия"},
	{"timeline", "date not known | Posters | streets of cities all over Russia | Who put them up is not told.", "дата неизвестна | Плакаты | улицы городов по всей России | Кто их расклеил, не сообщается."},
	{"timeline", "date not known | Meeting | Attendance: hundreds in all (as of December 2023) | 20 named cities and others", "дата неизвестна | Собрание | Участников: в общей сложности сотни (на декабрь 2023 г.) | 20 названных городов и другие"},
	{"timeline", "Moscow, St. Petersburg, Ekaterinburg, Novosibirsk, Saratov, Perm, Barnaul, Krasnoyarsk, Vladivostok, Irkutsk, Cheboksary, Penza, Tver, Magnitogorsk, Volgograd, Kaliningrad, Astrakhan, Biysk, Orenburg, Rostov-on-Don and others",
		"Москва, Санкт-Петербург, Екатеринбург, Новосибирск, Саратов, Пермь, Барнаул, Красноярск, Владивосток, Иркутск, Чебоксары, Пенза, Тверь, Магнитогорск, Волгоград, Калининград, Астрахань, Бийск, Оренбург, Ростов-на-Дону и другие"},
	{"timeline", "in Russia and worldwide | number not known (as of December 2023) | an interested party says so", "в России и во всём мире | число неизвестно (на декабрь 2023 г.) | так говорит заинтересованная сторона"},
	{"timeline", "5 October 2023 | Answer by an official | Valdai Forum | Asked: Vladimir Putin | promised to look into it | Asked by Radhika Desai | professor of political studies, University of Manitoba | The source prints “Radik Desai”, by mistake; meant is: Radhika Desai | an interested party says so",
		"5 октября 2023 г. | Ответ должностного лица | Валдайский форум | Кого спросили: Владимир Путин | обещание разобраться | Кто спросил: Радхика Десаи | профессор политических исследований, Манитобский университет | В источнике по ошибке «Radik Desai»; имеется в виду: Радхика Десаи | так говорит заинтересованная сторона"},
	{"timeline", "11 December 2023 | Hearing | Second Western District Military Court of Moscow", "11 декабря 2023 г. | Заседание суда | 2-й Западный окружной военный суд (Москва)"},
	{"timeline", "12 December 2023, by the morning | What the prosecution asked for | The prosecution asked for 66 months in custody.", "12 декабря 2023 г., к утру | Что запросило обвинение | Обвинение запросило: 66 месяцев лишения свободы."},
	{"timeline", "12 December 2023 | Verdict | Guilty | Sentence | Fine 600,000 RUB (in the source: around 6,000 EUR) payment is not reported | Restricted internet access for 2 years as printed: “restricted internet access” | legal act",
		"12 декабря 2023 г. | Приговор | Обвинительный приговор | Наказание | Штраф 600 000 RUB (в источнике: около 6000 евро) об уплате не сообщается | Ограничение доступа в интернет на 2 года в источнике: «restricted internet access» | юридический факт"},
	{"timeline", "12 December 2023 | Release from custody | courtroom | sentence without custody | Known to be in force after it: Foreign agent · Ban on teaching", "12 декабря 2023 г. | Освобождение из-под стражи | зал суда | наказание без лишения свободы | Что после этого действовало, насколько известно: Иностранный агент · Запрет преподавать"},
	{"timeline", "12 December 2023, evening | Live stream | Rabkor | YouTube | Audience: tens of thousands", "12 декабря 2023 г., вечер | Прямой эфир | «Рабкор» | YouTube | Зрителей: десятки тысяч"},
	{"timeline", "12 December 2023, evening | Sum collected | Sum wanted: 600,000 RUB | Collected in 3 hours | This money was collected elsewhere and is reported here. This site takes no money.",
		"12 декабря 2023 г., вечер | Сумма собрана | Нужная сумма: 600 000 RUB | Собрано за 3 часа | Эти деньги собрали в другом месте, здесь о них только сообщается. Этот сайт денег не принимает."},
	{"timeline", "He had been on the register since 7 August.", "С 7 августа он был в перечне."},

	{"positions", "Rabkor team leads the campaign | inside the country", "Команда «Рабкора» ведёт кампанию | внутри страны"},
	{"positions", "International Marxist Tendency called on others to join | took part prominently (its own word)", "Международная марксистская тенденция призыв к другим присоединиться | участвовала «заметно» (её собственное слово)"},
	{"positions", "several left-wing organisations joined", "несколько левых организаций участие в кампании"},
	{"positions", "Communist Party of the Russian Federation no statement was found | Looked for: 25 July 2023 to 12 December 2023; by the article | Nobody is said to have asked it.",
		"Коммунистическая партия Российской Федерации заявлений не найдено | За какое время искали: 25 июля 2023 г. — 12 декабря 2023 г.; кто: статья | О том, чтобы её кто-то спрашивал, не сообщается."},

	{"explanations", "Why was he released? | | speculation | intervention after the Valdai Forum | Who says so: several speakers of the stream", "Почему его освободили? | | предположение | вмешательство после Валдайского форума | Кто это говорит: несколько участников эфира"},
	{"explanations", "speculation | a goodwill gesture that opened an election campaign | Who says so: another speaker of the stream", "предположение | жест доброй воли, с которого началась избирательная кампания | Кто это говорит: другой участник эфира"},
	{"explanations", "an interested party claims it | the authorities took note of the campaign and of the effect that jailing him would have had | Who says so: the article", "утверждение заинтересованной стороны | власти учли кампанию и то, к чему привело бы лишение его свободы | Кто это говорит: статья"},
	{"explanations", "None of the three is established. This page does not say what brought about his release.", "Ни одно из трёх не установлено. Эта страница не говорит, что привело к его освобождению."},

	{"others", "International Marxist Tendency: hundreds of lower-profile political prisoners (as of December 2023)", "Международная марксистская тенденция: сотни менее известных политических заключённых (на декабрь 2023 г.)"},
	{"others", "an interested party says so", "так говорит заинтересованная сторона"},

	{"restrictions", "Foreign agent what the listing entails is not told | | Put on an official list 7 August 2023 | Ban on teaching", "Иностранный агент что влечёт включение в список, не сообщается | | Внесение в официальный список 7 августа 2023 г. | Запрет преподавать"},
	{"restrictions", "Fine 600,000 RUB (in the source: around 6,000 EUR) payment is not reported | Restricted internet access for 2 years", "Штраф 600 000 RUB (в источнике: около 6000 евро) об уплате не сообщается | Ограничение доступа в интернет на 2 года"},
	{"restrictions", "Verdict 12 December 2023 | Imposed, not yet final | Fine 600,000 RUB", "Приговор 12 декабря 2023 г. | Назначено, но ещё не вступило в силу | Штраф 600 000 RUB"},
	{"dates", "Last day for the prosecution to appeal 27 December 2023", "Последний день, когда может обжаловать обвинение 27 декабря 2023 г."},
	{"unknown", "Whether the fine has been paid", "Уплачен ли штраф"},
	{"restrictions", "both sides can still appeal", "обе стороны ещё могут обжаловать решение"},

	{"publication", "this is a demonstration of a program. It replays what one public article said in December 2023 and adds nothing to it. He was not asked, and this page does not claim his consent.",
		"это демонстрация программы. Она пересказывает то, о чём одна открытая статья сообщила в декабре 2023 года, и ничего не прибавляет. Его самого не спрашивали, и эта страница не утверждает, что он согласен."},
}

func TestEveryFactIsOnThePage(t *testing.T) {
	c := load(t)
	en, ru := sections(t, c, "en"), sections(t, c, "ru")
	for _, f := range facts {
		if !strings.Contains(en[f.section], f.en) {
			t.Errorf("section %q lacks: %s\n%s", f.section, f.en, en[f.section])
		}
		if !strings.Contains(ru[f.section], f.ru) {
			t.Errorf("раздел %q: нет: %s\n%s", f.section, f.ru, ru[f.section])
		}
	}
	if n := len(c.Events); n != 21 {
		t.Errorf("%d events; the scenario has 21 events", n)
	}
}

func TestLetter(t *testing.T) {
	c := load(t)
	if len(c.Letters) != 1 {
		t.Fatalf("%d letters", len(c.Letters))
	}
	l := c.Letters[0]
	if l.Slug != "release" || l.State != "open" || l.Pace != "immediate" || l.Version != 1 || l.Dated != (casefile.Date{Year: 2023, Month: 12, Day: 13}) {
		t.Errorf("%s, %s, %s, version %d of %s", l.Slug, l.State, l.Pace, l.Version, l.Dated)
	}
	// Two numbers that can't be taken for each other: the reported one, and that of the made-up signers.
	if l.Rehearsal != 1846 || !c.Campaign.Rehearsal {
		t.Errorf("%d made-up signers, rehearsal %v", l.Rehearsal, c.Campaign.Rehearsal)
	}
	if len(l.Reports) != 1 {
		t.Fatalf("%d reports", len(l.Reports))
	}
	r := l.Reports[0]
	if r.Value != 2300 || r.Comparator != "" || r.AsOf != (casefile.Date{Year: 2023, Month: 12}) || r.Source != "article" || r.Nature != casefile.NatureParty {
		t.Errorf("reported: %+v", r)
	}
	for tag, w := range map[lang.Tag][4]string{
		"en": {"among them Jeremy Corbyn, Jean-Luc Mélenchon and others", "A rehearsal text, written for this demonstration.", "chosen for this demonstration; the article names no addressee", "Release Boris Kagarlitsky"},
		"ru": {"среди них Джереми Корбин, Жан-Люк Меланшон и другие", "Учебный текст, написанный для этой демонстрации.", "выбрано для этой демонстрации; в статье адресат не назван", "Освободите Бориса Кагарлицкого"},
	} {
		if r.Note[tag] != w[0] {
			t.Errorf("%s: %q", tag, r.Note[tag])
		}
		for at, text := range map[string]string{l.Body[tag]: w[1], l.Addressee[tag]: w[2], l.Title[tag]: w[3], l.Demand[tag]: w[3]} {
			if !strings.Contains(strings.ToLower(at), strings.ToLower(text)) {
				t.Errorf("%s: %q lacks %q", tag, at, text)
			}
		}
	}
}

// What the scenario refuses, and what nobody told, stands nowhere: not in the file, not on the page, not in the letter.
func TestRefused(t *testing.T) {
	c := load(t)
	en, ru := sections(t, c, "en"), sections(t, c, "ru")
	whole := string(regexp.MustCompile(`(?m)#.*$`).ReplaceAll(File, nil))
	never := regexp.MustCompile(`(?i)acquitt|victor|triumph|\bfreed\b|set free|\bfree\b|hero\b|20 cities|thanks to the campaign|because of the campaign|` +
		`campaign (won|freed|caused|led to)|оправдан |оправдательн|побед|на свободе|20 городов|благодаря кампании|кампания добилась|6,667|6667|5,9\d\d EUR`)
	for where, text := range map[string]string{"the file": whole, "the English page": en[""], "the Russian page": ru[""]} {
		if hit := never.FindString(text); hit != "" {
			t.Errorf("%s says %q", where, hit)
		}
	}
	for i, e := range c.Events {
		for _, a := range []*casefile.Actor{e.Actor, e.Target, e.AskedBy} {
			if a != nil && a.Role == casefile.RoleAccuser && (len(a.Name)+len(a.Title)+len(a.AsPrinted) > 0 || len(e.What) > 0 || len(e.Note) > 0) {
				t.Errorf("entry %d says more of the accuser than the role and the place", i)
			}
		}
		if e.Nature == casefile.NatureSpeculation {
			t.Errorf("entry %d is speculation: it belongs to the question", i)
		}
	}
	// The two people whom the report names stand in its line alone: they never signed a letter kept here.
	for _, name := range []string{"Corbyn", "Mélenchon", "Корбин", "Меланшон"} {
		if n := strings.Count(whole, name); n != 1 {
			t.Errorf("%s stands %d times in the file", name, n)
		}
		if strings.Contains(en[""]+ru[""], name) {
			t.Errorf("%s stands on the page about the person", name)
		}
	}
	if len(c.Case.Publication.Consents) > 0 {
		t.Error("the demonstration claims a consent that nobody gave")
	}
	for _, e := range c.Events {
		if e.Verdict != "" && e.Verdict != casefile.Guilty {
			t.Errorf("verdict %s", e.Verdict)
		}
	}
}

// docs/scenario.md walks through the file: every line of the scenario has its row.
func TestDocument(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/scenario.md")
	if err != nil {
		t.Fatal(err)
	}
	c := load(t)
	for i, e := range c.Events {
		if row := fmt.Sprintf("| %d |", i+1); !strings.Contains(string(doc), row) {
			t.Errorf("no row for entry %d, %s", i+1, e.Kind)
		} else if line, _, _ := strings.Cut(string(doc)[strings.Index(string(doc), row):], "\n"); !strings.Contains(line, "`"+string(e.Kind)+"`") {
			t.Errorf("the row of entry %d does not name its kind, %s:\n%s", i+1, e.Kind, line)
		}
	}
}
