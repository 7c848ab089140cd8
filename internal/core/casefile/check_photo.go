package casefile

import (
	"fmt"

	"outcry/internal/kernel/photo"
)

// atPhoto is the path of the photograph.
const atPhoto = "person.photo"

// photo checks what is said of the photograph. Whether its bytes are here is asked when the file is applied.
func (c *check) photo(p *Photo) {
	if p == nil {
		return
	}
	switch {
	case p.SHA256 == "":
		c.add(atPhoto+".sha256", Broken("rule.photo"), "missing; outcry photo keep FILE prints the lines that name a photograph")
	case !sumForm.MatchString(p.SHA256):
		c.add(atPhoto+".sha256", Broken("rule.photo"), "write the 64 hexadecimal digits that outcry photo keep printed, in small letters")
	}
	if p.Width <= 0 || p.Width > photo.SideMost {
		c.add(atPhoto+".width", Broken("rule.photo"), "write how many pixels wide it is, 1 to %d, as outcry photo keep printed it", photo.SideMost)
	}
	if p.Height <= 0 || p.Height > photo.SideMost {
		c.add(atPhoto+".height", Broken("rule.photo"), "write how many pixels high it is, 1 to %d, as outcry photo keep printed it", photo.SideMost)
	}
	c.only(len(p.Alt) > 0, !p.Decorative, atPhoto+".alt", "rule.photo_decorative", "what is decorative has no words for who can't see it; take alt or decorative out")
	const seen = "missing; say in a line what is to be seen, for who can't see it, or write decorative: true"
	switch {
	case p.Decorative:
	case len(p.Alt) == 0:
		c.add(atPhoto+".alt", Broken("rule.photo_alt"), seen)
	default:
		for _, tag := range c.file.Campaign.Languages {
			c.need(tag == "" || p.Alt[tag] != "", fmt.Sprintf("%s.alt.%s", atPhoto, tag), "rule.photo_alt", seen)
		}
	}
	c.need(p.Decorative || len(p.Credit) > 0, atPhoto+".credit", "rule.photo_credit", "missing; say whose photograph it is, in words that endanger nobody: family archive")
	c.cited(atPhoto+".source", p.Source, false)
}
