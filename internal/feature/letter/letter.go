package letter

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/lang"
	"outcry/receipt"
)

// State is where a letter is in its life.
type State string

const (
	Draft   State = "draft"   // shown to nobody
	Opening State = "opening" // its text waits for the log
	Open    State = "open"    // can be signed
	Paused  State = "paused"  // can be read, and opened again; its pepper is kept
	Closing State = "closing" // can be signed no more; what tells its signers apart is being destroyed
	Closed  State = "closed"  // for good: its certificate is there
)

// Known are the states a campaign file may name.
func (State) Known() []string {
	return []string{string(Draft), string(Open), string(Paused), string(Closed)}
}

// Shown tells whether the public may see a letter in this state.
func (s State) Shown() bool { return s == Open || s == Paused || s == Closing || s == Closed }

// Alive tells whether a letter in this state has a pepper: it is open, or may be again.
func (s State) Alive() bool { return s == Open || s == Paused }

// Pace is how leaves leave for the log: what protects a signer from whoever watches both mail and count is the batch.
type Pace string

const (
	Steady    Pace = "default"   // 16 of a letter, or the next full ten minutes
	Immediate Pace = "immediate" // at once, at most one checkpoint a second: for large letters and the demo
	Daily     Pace = "daily"     // at midnight UTC, however many there are: for small letters in danger
)

// Known are the paces a campaign file may name.
func (Pace) Known() []string { return []string{string(Steady), string(Immediate), string(Daily)} }

// Consequence says what a pace means for those who sign; campaign apply prints it.
func (p Pace) Consequence() string {
	switch p {
	case Immediate:
		return "the count moves within seconds; who sees the mail and the count can match a signer to an entry"
	case Daily:
		return "the count moves once a day, at midnight UTC; entries of one day can't be told apart, and a signer waits up to a day for the proof"
	}
	return "the count moves with 16 signatures or every ten minutes; entries of one batch can't be told apart"
}

const tenMinutes = 10 * time.Minute

// NotBefore is when a leaf queued now leaves at the latest; the zero time is at once.
func (p Pace) NotBefore(now time.Time) time.Time {
	switch p {
	case Immediate:
		return time.Time{}
	case Daily:
		return now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	}
	return now.Truncate(tenMinutes).Add(tenMinutes)
}

// pool is whom a leaf of a letter may leave with before its time, as soon as they are a crowd; nil if it waits whatever happens.
func (p Pace) pool(id receipt.Letter) []byte {
	if p == Daily {
		return nil
	}
	return id[:]
}

// CountedBy is the time that the page after confirming names.
func (p Pace) CountedBy(now time.Time) time.Time {
	if p == Immediate {
		return now.Add(time.Minute).Truncate(time.Minute)
	}
	return p.NotBefore(now)
}

// Wording is one version in one language, whole strings as people typed them.
type Wording struct {
	Addressee string `json:"addressee"`
	Body      string `json:"body"` // Markdown
	Demand    string `json:"demand"`
	Title     string `json:"title"`
}

// Version numbers the texts of a letter, from 1.
type Version = uint16

// Manifest is exactly what /letters/<id>/<version>.txt serves and what the log's text entry hashes: JSON with sorted keys, no spaces; U+2028 and U+2029 are
// written as escapes, as encoding/json does.
func Manifest(id receipt.Letter, v Version, texts map[lang.Tag]Wording) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	// Fields stand in the order of their keys, and encoding/json sorts a map's.
	err := e.Encode(struct {
		Letter  receipt.Letter       `json:"letter"`
		Texts   map[lang.Tag]Wording `json:"texts"`
		Version Version              `json:"version"`
	}{id, texts, v})
	if err != nil {
		panic(err) // strings and numbers only
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// ReportKind is how a reported number came about.
type ReportKind string

const (
	Elsewhere ReportKind = "elsewhere" // kept by others: another platform, a paper
	Paper     ReportKind = "paper"     // sheets that organisers have counted
	Vouched   ReportKind = "vouched"   // a trusted organisation vouches for so many signers
)

// Known are the kinds a campaign file may name.
func (ReportKind) Known() []string {
	return []string{string(Elsewhere), string(Paper), string(Vouched)}
}

// Report is a count that was not confirmed here: a line of its own, never added to ours.
type Report struct {
	Kind       ReportKind          `yaml:"kind" json:"kind"` // absent is elsewhere
	By         casefile.Text       `yaml:"by" json:"by"`     // who counted the sheets, or vouches
	Value      int                 `yaml:"value" json:"value"`
	Comparator casefile.Comparator `yaml:"comparator" json:"comparator"`
	AsOf       casefile.Date       `yaml:"as_of" json:"as_of"`
	Source     casefile.SourceID   `yaml:"source" json:"source"`
	Nature     casefile.Nature     `yaml:"nature" json:"nature"`
	Note       casefile.Text       `yaml:"note" json:"note"` // "among them … and others"
}

// About is what a letter says of itself beside its text; it can change without a new version.
type About struct {
	RunBy     casefile.Text `json:"run_by"`
	Contact   string        `json:"contact"`
	Languages []lang.Tag    `json:"languages"`                   // in which order languages stand in for a missing one
	Rehearsal int           `json:"rehearsal_signers,omitempty"` // made-up signers that this letter asks for, in a demo
	Succeeds  string        `json:"succeeds,omitempty"`          // slug of the letter of this case that it follows
	NoNames   bool          `json:"no_names,omitempty"`          // nobody's name is shown, whoever wishes it

	Asks []casefile.Ask `json:"asks,omitempty"` // what it asks for, in the common words
}

// Letter is an open letter as it stands.
type Letter struct {
	ID       receipt.Letter
	Campaign receipt.Campaign
	Case     string // slug of its case
	Slug     string
	State    State
	Version  Version // the newest
	Pace     Pace
	Dated    string // day of the newest text, 2006-01-02
	About    About
	Texts    map[lang.Tag]Wording // of the newest version
	Reports  []Report
	Removals []Removal // that still hold, with their public reasons; as last loaded
	Opened   bool      // it could be signed once; as last loaded
}

// Waits tells whether a letter that can be read was never open for signing so far.
func (l *Letter) Waits() bool { return l.State == Paused && !l.Opened }

// Wording is the text in a language, and the language it is really in.
func (l *Letter) Wording(want lang.Tag) (Wording, lang.Tag) {
	have := casefile.Text{}
	for tag := range l.Texts {
		have[tag] = ""
	}
	_, tag := have.In(want, l.About.Languages...)
	return l.Texts[tag], tag
}

// File is a letter as a campaign file writes it.
type File struct {
	Slug      string        `yaml:"slug"`
	State     State         `yaml:"state"`
	Pace      Pace          `yaml:"pace"` // absent is default
	Version   int           `yaml:"version"`
	Dated     casefile.Date `yaml:"dated"` // day of the text
	Addressee casefile.Text `yaml:"addressee"`
	Demand    casefile.Text `yaml:"demand"`
	Title     casefile.Text `yaml:"title"`
	Body      casefile.Text `yaml:"body"` // Markdown
	RunBy     casefile.Text `yaml:"run_by"`
	Contact   string        `yaml:"contact"`
	Reports   []Report      `yaml:"reports"`
	Rehearsal int           `yaml:"rehearsal_signers"` // a demo makes them up; anywhere else the file is refused
	Succeeds  string        `yaml:"succeeds"`          // slug of the letter of this case that it follows
	NoNames   bool          `yaml:"no_names"`          // nobody's name is shown, whoever wishes it

	Asks []casefile.Ask `yaml:"asks"` // what it asks for: it pauses while one of these is stopped, and a letter that does not say, while anything is
}

const (
	titleMost = 200
	bodyMost  = 64 << 10
	shortMost = 300
)

var slugForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// reserved are addresses beside /en/{case}/ that a letter can't have.
var reserved = map[string]bool{"sign": true, "confirm": true, "mine": true, "r": true, "live": true, "advice": true, "privacy": true, "aftercare": true,
	"e": true, "timeline": true, "changes": true, "sheet": true, "questionnaire": true, "plain": true, "calendar": true, "feed": true}

// Check finds what is wrong in a letter of a campaign file; paths begin with at. Sources are those of the file it stands in.
func (f *File) Check(at string, source func(casefile.SourceID) *casefile.Source) (p casefile.Problems) {
	say := func(path string, b casefile.Breach, format string, args ...any) {
		p = append(p, casefile.Problem{Path: at + path, Say: fmt.Sprintf(format, args...), Breach: b})
	}
	if !slugForm.MatchString(f.Slug) || reserved[f.Slug] {
		say(".slug", casefile.Broken("rule.letter_slug"), "a letter needs an address of small letters, digits and hyphens, such as release")
	}
	if f.State == "" {
		say(".state", casefile.Broken("rule.letter_state"), "say draft, open or paused")
	}
	if f.Version < 1 || f.Version > 1<<16-1 {
		say(".version", casefile.Broken("rule.letter_version"), "number the text's versions from 1")
	}
	if !f.Dated.Whole() {
		say(".dated", casefile.Broken("rule.letter_day"), "give the day of this text, such as 2023-12-13")
	}
	if len(f.Title) == 0 {
		say(".title", casefile.Broken("rule.letter_title"), "a letter needs a title in at least one language")
	}
	for tag := range f.Title {
		for path, text := range map[string]casefile.Text{".addressee": f.Addressee, ".demand": f.Demand, ".body": f.Body, ".run_by": f.RunBy} {
			if text[tag] == "" {
				say(path, casefile.Broken("rule.letter_whole", "Language", tag), "the title is there in %q, so this must be too: a letter in a language is whole or absent", tag)
			}
		}
	}
	for path, text := range map[string]casefile.Text{".addressee": f.Addressee, ".demand": f.Demand, ".body": f.Body} {
		for tag, s := range text {
			most := shortMost
			if path == ".body" {
				most = bodyMost
			}
			if f.Title[tag] == "" {
				say(path+"."+string(tag), casefile.Broken("rule.letter_untitled", "Language", tag), "the title lacks this language: a letter in a language is whole or absent")
			}
			if len(s) > most {
				over := utf8.RuneCountInString(s) - utf8.RuneCountInString(lang.Bounded(s, most))
				say(path+"."+string(tag), casefile.Broken("rule.letter_long", "N", over), "%d bytes; at most %d are printed", len(s), most)
			}
		}
	}
	for tag, s := range f.Title {
		if len(s) > titleMost || strings.ContainsAny(s, "\r\n") {
			say(".title."+string(tag), casefile.Broken("rule.letter_title_long"), "a title is one line of at most %d bytes", titleMost)
		}
	}
	if f.Contact == "" {
		say(".contact", casefile.Broken("rule.letter_contact"), "say how to reach who runs this: a signer must be able to ask")
	}
	if f.Rehearsal < 0 || f.Rehearsal > 100_000 {
		say(".rehearsal_signers", casefile.Broken("rule.letter_rehearsal"), "a number up to 100,000")
	}
	for i, r := range f.Reports {
		p = append(p, CheckReport(r, fmt.Sprintf("%s.reports[%d]", at, i), source)...)
	}
	return p
}

// wordings are the file's texts by language.
func (f *File) wordings() map[lang.Tag]Wording {
	texts := map[lang.Tag]Wording{}
	for tag := range f.Title {
		texts[tag] = Wording{Addressee: f.Addressee[tag], Body: f.Body[tag], Demand: f.Demand[tag], Title: f.Title[tag]}
	}
	return texts
}

// CampaignID names a case's campaign in the log, the same in each installation that is given the same case.
func CampaignID(caseSlug string) (c receipt.Campaign) {
	sum := sha256.Sum256([]byte("outcry campaign\n" + caseSlug))
	copy(c[:], sum[:])
	return c
}
