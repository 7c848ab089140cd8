package journey

// campaign is a whole file of our own making: nobody in it lives. It has a letter of each pace.
const campaign = `
campaign:
  slug: orlov-2026
  languages: [en, ru]
  run_by: {en: the Orlov committee, ru: комитет Орлова}
  contact: committee@letters.example
person:
  names:
    - {text: Pavel Orlov, lang: en, script: Latn}
    - {text: Павел Орлов, lang: ru, script: Cyrl}
  occupations:
    - {en: botanist, ru: ботаник}
case:
  slug: orlov
  publication:
    level: public
    necessity:
      note: {en: an invented person for a test, ru: выдуманный человек для проверки}
      date: 2026-11
  state: open
  title: {en: Let Pavel Orlov go home, ru: Отпустите Павла Орлова домой}
  summary: {en: Pavel Orlov is a botanist., ru: Павел Орлов ботаник.}
  sources: [paper]
sources:
  - id: paper
    kind: campaign
    publisher: {en: A paper, ru: Газета}
    published: 2026-03
    language: en
    reliability: B
    interest: party
events:
  - {id: arrest, when: 2026-03-02, kind: detention, nature: event, source: paper}
letters:
  - slug: ` + atOnce + `
    state: open
    pace: immediate
    version: 1
    dated: 2026-11-02
    addressee: {en: The Supreme Court, ru: Верховный суд}
    demand: {en: Let Pavel Orlov go home, ru: Отпустите Павла Орлова домой}
    title: {en: An open letter for Pavel Orlov, ru: Открытое письмо в защиту Павла Орлова}
    body: {en: "We who sign know him as a botanist.", ru: "Мы, подписавшие, знаем его как ботаника."}
    run_by: {en: the Orlov committee, ru: комитет Орлова}
    contact: committee@letters.example
  - slug: ` + inBatches + `
    state: open
    pace: default
    version: 1
    dated: 2026-11-02
    addressee: {en: The governor, ru: Губернатор}
    demand: {en: Let a doctor see him, ru: Пустите к нему врача}
    title: {en: A doctor for Pavel Orlov, ru: Врача Павлу Орлову}
    body: {en: "He is ill, and a doctor must see him.", ru: "Он болен, его должен осмотреть врач."}
    run_by: {en: the Orlov committee, ru: комитет Орлова}
    contact: committee@letters.example
`

// texts is how many entries the log has before anyone signs: a text for each letter.
const texts = 2

const (
	caseSlug  = "orlov"
	atOnce    = "home"   // counted within a second or two
	inBatches = "doctor" // sixteen together, or the next ten minutes
	publicURL = "https://letters.example"
	origin    = "letters.example/log"
)
