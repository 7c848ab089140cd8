package casetest

import "outcry/internal/kernel/lang"

// tongues are the languages that cases are told in: several scripts, both directions, tags with a script and with a region.
var tongues = []lang.Tag{"en", "ru", "ar", "fr", "be", "uk", "fa", "he", "zh", "ka", "hy", "kk", "sr-Latn", "pt-BR", "tr", "es"}

var scripts = map[lang.Tag]string{"en": "Latn", "ru": "Cyrl", "ar": "Arab", "be": "Cyrl", "uk": "Cyrl", "fa": "Arab", "he": "Hebr", "zh": "Hans", "ka": "Geor", "hy": "Armn", "kk": "Cyrl"}

var vocabulary = map[lang.Tag][]string{
	"en":      {"court", "letter", "morning", "teacher", "river", "winter", "paper", "session", "lawyer", "window", "garden", "bridge"},
	"ru":      {"суд", "письмо", "утро", "учитель", "река", "зима", "газета", "заседание", "адвокат", "окно", "сад", "мост"},
	"ar":      {"محكمة", "رسالة", "صباح", "معلم", "نهر", "شتاء", "صحيفة", "جلسة", "محام", "نافذة"},
	"fr":      {"tribunal", "lettre", "matin", "rivière", "hiver", "journal", "séance", "avocat", "fenêtre", "été"},
	"be":      {"суд", "ліст", "раніца", "настаўнік", "рака", "зіма", "газета", "пасяджэнне", "мост"},
	"uk":      {"суд", "лист", "ранок", "учитель", "річка", "зима", "газета", "засідання", "міст", "її"},
	"fa":      {"دادگاه", "نامه", "صبح", "معلم", "رود", "زمستان", "روزنامه", "می\u200cرود"},
	"he":      {"בית", "מכתב", "בוקר", "מורה", "נהר", "חורף", "עיתון"},
	"zh":      {"法院", "信", "早晨", "老师", "河", "冬天", "报纸"},
	"ka":      {"სასამართლო", "წერილი", "დილა", "მასწავლებელი", "მდინარე"},
	"hy":      {"դատարան", "նամակ", "առավոտ", "ուսուցիչ", "գետ"},
	"kk":      {"сот", "хат", "таң", "мұғалім", "өзен", "қыс"},
	"sr-Latn": {"sud", "pismo", "jutro", "učitelj", "reka", "zima"},
	"pt-BR":   {"tribunal", "carta", "manhã", "professor", "rio", "inverno"},
	"tr":      {"mahkeme", "mektup", "sabah", "öğretmen", "ırmak", "kış"},
	"es":      {"juzgado", "carta", "mañana", "maestra", "río", "invierno"},
}

// given are first names, family family names: those of nobody in particular.
var (
	given  = []string{"Vera", "Ilyas", "Mina", "Pavel", "Sona", "Tarek", "Lin", "Oksana", "David", "Aigul"}
	family = []string{"Example", "Primerov", "Misal", "Ejemplo", "Probny", "Ornek", "Pryklad", "Nimuna"}
)

var hosts = []string{"paper", "court", "news", "archive", "registry", "committee"}

var countries = []string{"RU", "BY", "IR", "AZ", "TR", "EG", "KZ", "CN", "GE", "VN"}

// cities are where institutions stand, in hundredths of a degree.
var cities = []struct {
	country, name string
	lat, lon      int
}{
	{"RU", "Syktyvkar", 6167, 5081}, {"RU", "Moscow", 5576, 3762}, {"BY", "Minsk", 5390, 2757}, {"IR", "Tehran", 3569, 5139}, {"AZ", "Baku", 4041, 4987},
	{"TR", "Ankara", 3993, 3286}, {"EG", "Cairo", 3004, 3124}, {"KZ", "Almaty", 4324, 7695}, {"CN", "Urumqi", 4383, 8762}, {"GE", "Tbilisi", 4172, 4479}, {"VN", "Hanoi", 2103, 10585},
}

// awkward texts are those that a careless writer of YAML, CSV or HTML spoils. N becomes a number.
var awkward = []string{
	"- a dash N", "# no comment N", "key: value N", "{not, a, mapping N}", "[nor a list N]", "'single' \"double\" N", "null N", "~ N", "2023-07-25 N",
	"=1+N", "+N", "-N", "@N", "'=N", "''+N", "'t N", "a | b N", "a :: b N", "back\\slash N", "a\\|b N", "per cent % N", "<b>N</b> & ;", "comma, semicolon; N", "tab\there N",
	"two\nlines N", "trailing \\ N\\", "e\u0301 N", "\u200fعربي\u200e N", "👩\u200d🏫 N", "* N", "&anchor N", "!tag N", "? N", "| N", "> N", "`N`", "--- N", "a: b: N", "\"N",
}

// bare are names that a reader of YAML takes for something else.
var bare = []string{"yes", "no", "null", "~", "1e3", "0x10", "2023-07-25", "12:30", "true", ".inf"}
