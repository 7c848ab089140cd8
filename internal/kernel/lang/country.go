package lang

import "golang.org/x/text/language"

// countries are names that have changed since Unicode's tables, as we have them, were made.
var countries = map[string]map[Tag]string{
	"MK": {"en": "North Macedonia", "ru": "Северная Македония", "ar": "مقدونيا الشمالية", "fr": "Macédoine du Nord"},
	"SZ": {"en": "Eswatini", "ru": "Эсватини", "ar": "إسواتيني", "fr": "Eswatini"},
}

// Country is a country's name by its two letters of ISO 3166, as a menu of the language writes it: standing alone. What has no name is its letters.
func (p *Printer) Country(code string) string {
	if name := countries[code][p.tag]; name != "" {
		return name
	}
	region, err := language.ParseRegion(code)
	if err != nil || !region.IsCountry() {
		return code
	}
	if name := countryName(p.tag, region); name != "" {
		return name
	}
	return code
}
