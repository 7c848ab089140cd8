package letter

import (
	"fmt"
	"slices"

	"outcry/internal/core/casefile"
)

// Campaign is a whole campaign file: a case and its letters. What a committee edits, what a command applies and what is exported is one of these.
type Campaign struct {
	casefile.File `yaml:",inline"`
	Letters       []File `yaml:"letters"`
}

// Check finds everything that is wrong in it.
func (c *Campaign) Check() casefile.Problems {
	problems := c.File.Check()
	seen := map[string]bool{}
	for i := range c.Letters {
		at := fmt.Sprintf("letters[%d]", i)
		problems = append(problems, c.Letters[i].Check(at, c.Source)...)
		if seen[c.Letters[i].Slug] {
			problems = append(problems, casefile.Problem{Path: at + ".slug", Say: "another letter of this file has this address", Breach: casefile.Broken("rule.letter_twice")})
		}
		seen[c.Letters[i].Slug] = true
		if c.Letters[i].State != Closed { // whose text stays
			problems = append(problems, c.Unlabelled(at+".title", c.Letters[i].Title)...)
			problems = append(problems, c.Unlabelled(at+".demand", c.Letters[i].Demand)...)
		}
		for j, ask := range c.Letters[i].Asks {
			if slices.Contains(c.Case.Refused, ask) {
				problems = append(problems, casefile.Problem{Path: fmt.Sprintf("%s.asks[%d]", at, j), Say: "this must not be asked for in the person's name (case.refused)",
					Breach: casefile.Broken("rule.letter_refused")})
			}
		}
	}
	return problems
}

// ReadCampaign reads a campaign file. The error is casefile.Problems, all of them at once.
func ReadCampaign(src []byte) (*Campaign, error) {
	c := &Campaign{}
	if err := casefile.Decode(src, c); err != nil {
		return nil, err
	}
	c.settle()
	return c, nil
}

// settle gives what a file leaves out its usual value: said or not, it is the same campaign.
func (c *Campaign) settle() {
	for i := range c.Letters {
		if c.Letters[i].Pace == "" {
			c.Letters[i].Pace = Steady
		}
		for j := range c.Letters[i].Reports {
			if r := &c.Letters[i].Reports[j]; r.Kind == Elsewhere {
				r.Kind = ""
			}
		}
	}
}

// unchecked is a campaign whose rules are not asked yet: somebody still works on it.
type unchecked struct {
	Campaign `yaml:",inline"`
}

func (*unchecked) Check() casefile.Problems { return nil }

// ReadDraft reads what [WriteDraft] wrote, whether it breaks a rule or not: [Campaign.Check] tells. The error is ours, not an organiser's.
func ReadDraft(doc []byte) (*Campaign, error) {
	var c unchecked
	if err := casefile.ReadDocument(doc, &c); err != nil {
		return nil, fmt.Errorf("letter: a draft can't be read: %w", err)
	}
	c.settle()
	return &c.Campaign, nil
}

// WriteDraft writes a campaign as a draft keeps it: canonical JSON, the same bytes for the same campaign.
func WriteDraft(c *Campaign) []byte {
	c.settle()
	return casefile.Document(c)
}
