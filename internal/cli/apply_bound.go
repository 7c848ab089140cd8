package cli

import (
	"strings"

	"outcry/internal/app"
	"outcry/internal/core/casefile"
)

// never reads the organisers' own list of words that must not stand in a campaign file, one in each line; nothing of it is kept or said.
func (s *streams) never(path string) ([]string, error) {
	if path == "" {
		return nil, nil
	}
	body, err := s.read(path)
	if err != nil {
		return nil, err
	}
	words := strings.Split(string(body), "\n")
	for i, w := range words {
		if strings.HasPrefix(strings.TrimSpace(w), "#") {
			words[i] = "" // so that every other line keeps its number
		}
	}
	return words, nil
}

// sayBound says what keeps a page, or a part of it, from readers, and whom to ask.
func (s *streams) sayBound(c *app.Campaign, today casefile.Date, sealed int) {
	if sealed > 0 {
		s.say("Sealed, so it stays in your own file and nothing of it is kept here: %d of its events and sources.", sealed)
	}
	if !c.Shown() {
		return
	}
	waiting := 0
	for i := range c.Events {
		if e := &c.Events[i]; e.Kind.Hard() && e.Family == "" {
			waiting++
		}
	}
	if waiting > 0 {
		s.say("Not shown until you write family: told, public_already or none_known: %s.", counted(waiting, "event"))
	}
	if shown, ok := c.File.Public(c.Lapses(today)); ok && c.Person.Photo != nil && shown.Person.Photo == nil {
		s.say("The photograph is not shown: no consent that stands is for it. Ask, and write photo into its scope.")
	}
	for _, g := range c.Grounds(today) {
		switch {
		case g.State == casefile.GroundLapsed:
			s.say("%s holds no more: %s.", grounds(g), whyLapsed[g.Why])
		case g.State == casefile.GroundDue:
			s.say("%s is to be confirmed: %s.", grounds(g), whyLapsed[g.Why])
		}
	}
	switch len(c.Case.Publication.Approved) {
	case 0:
		s.say("Nobody is noted to have approved this page: let two persons read it, and note each in case.publication.approved.")
	case 1:
		s.say("One person is noted to have approved this page: let a second one read it, and note that in case.publication.approved.")
	}
}

var whyLapsed = map[casefile.GroundReason]string{
	casefile.ReasonWithdrawn: "it was withdrawn",
	casefile.ReasonEnded:     "its last day has passed",
	casefile.ReasonReleased:  "the person was released and can be asked",
	casefile.ReasonStage:     "the case has come to another stage",
	casefile.ReasonAge:       "half a year has passed",
}

// grounds names what a page rests on.
func grounds(g casefile.Ground) string {
	if g.Consent == nil {
		return "The necessity note"
	}
	return map[casefile.Giver]string{"prisoner": "The person's own consent", "family": "The family's consent", "lawyer": "The lawyer's consent", "proxy": "The proxy's consent"}[g.Consent.Giver]
}
