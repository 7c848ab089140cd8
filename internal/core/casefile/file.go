package casefile

import "outcry/internal/kernel/lang"

// File is a campaign file but for its letters, which are the letter's own business: the program embeds File in a larger
// struct that has them (`yaml:",inline"`), and gives that to [Decode]. Field order here is the order in an exported file.
type File struct {
	Campaign  Campaign   `yaml:"campaign"`
	Person    Person     `yaml:"person"`
	Case      Case       `yaml:"case"`
	Sources   []Source   `yaml:"sources"`
	Entries   []Entry    `yaml:"entries"` // in order of time; those of unknown time stand where the source tells them
	Positions []Position `yaml:"positions"`
	Question  *Question  `yaml:"question"`
	Portfolio *Portfolio `yaml:"portfolio"`
	Withheld  []Role     `yaml:"withheld"` // roles that appear by role only in this case, beyond those that always do
}

// Campaign is the effort around the case: who runs it and what stands on each of its pages.
type Campaign struct {
	Slug      string     `yaml:"slug"`
	Languages []lang.Tag `yaml:"languages"` // the first is shown where a text lacks the reader's language
	RunBy     Text       `yaml:"run_by"`
	Contact   string     `yaml:"contact"` // an address, a page or a number, as people should use it
	Banner    Text       `yaml:"banner"`  // shown on every page
	Rehearsal bool       `yaml:"rehearsal"`

	// NewsRecipient is the public half of the organisers' own key, age1pq1… or age1…: addresses for news are sealed to it, and without one none is taken.
	NewsRecipient string `yaml:"news_recipient"`
}

// Person is who is held. The name in use is a whole string per language.
type Person struct {
	Names       []Name   `yaml:"names"`
	Occupations []Text   `yaml:"occupations"`
	Country     string   `yaml:"country"` // ISO 3166, two letters
	Earlier     *Earlier `yaml:"earlier_custody"`
}

// Name is one way the person is called.
type Name struct {
	Text   string   `yaml:"text"`
	Lang   lang.Tag `yaml:"lang"`
	Script string   `yaml:"script"` // ISO 15924, four letters
}

// Earlier is custody before this case.
type Earlier struct {
	What   Text     `yaml:"what"`
	When   Partial  `yaml:"when"`
	Source SourceID `yaml:"source"`
}

// Case is what the page begins with.
type Case struct {
	Slug        string      `yaml:"slug"` // of the page's address, for life
	Publication Publication `yaml:"publication"`
	State       State       `yaml:"state"`   // absent is open
	Title       Text        `yaml:"title"`   // one line, a verb and a name; no speculation
	Summary     Text        `yaml:"summary"` // markdown; no speculation
	Held        *Held       `yaml:"held"`
}

// Publication is how public the case is, and on whose word (R1, R2).
type Publication struct {
	Level     Level      `yaml:"level"` // absent is quiet
	Consent   *Consent   `yaml:"consent"`
	Necessity *Necessity `yaml:"necessity"`
}

// Consent is the person's own or of who speaks for them: by role, never by name.
type Consent struct {
	Giver   Giver   `yaml:"giver"`
	Scope   []Scope `yaml:"scope"`
	Channel Text    `yaml:"channel"`
	Date    Date    `yaml:"date"`
}

// Necessity is the editor's written reason where nobody could be asked.
type Necessity struct {
	Note Text `yaml:"note"`
	Date Date `yaml:"date"`
}

// Held is the glance: since when, where, on what charge, over what act.
type Held struct {
	Since   Partial    `yaml:"since"`
	Until   Partial    `yaml:"until"`   // absent while it lasts
	Stated  Text       `yaml:"stated"`  // how long, as a source prints it; stands beside our count of days
	By      Text       `yaml:"by"`      // authority
	Where   Text       `yaml:"where"`   //
	Charge  *Charge    `yaml:"charge"`  //
	Act     Text       `yaml:"act"`     // what the charge is said to be over
	Sources []SourceID `yaml:"sources"` //
	Checked Date       `yaml:"checked"` // when the editors last compared this with the sources
}

// Charge keeps the source's words beside the common term.
type Charge struct {
	AsPrinted Text       `yaml:"as_printed"`
	Kind      ChargeKind `yaml:"kind"`
}

// SourceID names a source of this file.
type SourceID string

// Source is where something was said.
type Source struct {
	ID          SourceID    `yaml:"id"`
	Kind        SourceKind  `yaml:"kind"`
	Title       Text        `yaml:"title"`
	Publisher   Text        `yaml:"publisher"`
	Published   Partial     `yaml:"published"`
	Language    lang.Tag    `yaml:"language"`
	URL         string      `yaml:"url"`
	Archived    string      `yaml:"archived"` // address of an archived copy
	Reliability Reliability `yaml:"reliability"`
	Interest    Interest    `yaml:"interest"`
}

// Entry is a dated thing that happened, or that somebody says happened. Source is where it was said, By who said it.
type Entry struct {
	ID          string      `yaml:"id"` // an anchor on the page, optional
	When        Partial     `yaml:"when"`
	Learnt      Partial     `yaml:"learnt_on"` // when it became known, where that is not when it happened
	Kind        EventKind   `yaml:"kind"`
	Nature      Nature      `yaml:"nature"`
	What        Text        `yaml:"what"`
	Source      SourceID    `yaml:"source"`
	By          Text        `yaml:"by"`
	Place       Text        `yaml:"place"`
	Country     string      `yaml:"country"`
	Org         Text        `yaml:"org"`
	Authority   Text        `yaml:"authority"` // court, service, ministry
	Actor       *Actor      `yaml:"actor"`     // who did it
	Target      *Actor      `yaml:"target"`    // whom it was put to
	AskedBy     *Actor      `yaml:"asked_by"`  // who put it
	Charge      *Charge     `yaml:"charge"`
	Register    Text        `yaml:"register"`    // list on which a designation stands
	Designation Designation `yaml:"designation"` //
	AsPrinted   Text        `yaml:"as_printed"`  // a label in the source's own words
	Means       Text        `yaml:"means"`       // what it stands for, where the designation does not say it
	Erratum     bool        `yaml:"erratum"`     // the source printed it so by mistake
	Requested   []Measure   `yaml:"requested"`   // by the prosecution
	Verdict     Verdict     `yaml:"verdict"`     //
	Sentence    []Measure   `yaml:"sentence"`    //
	Release     ReleaseKind `yaml:"release"`     //
	Effects     []Measure   `yaml:"effects"`     // restrictions that follow from it
	Response    Response    `yaml:"response"`    //
	Count       *Count      `yaml:"count"`       // of people, unless its text says of what
	Cities      []Text      `yaml:"cities"`      //
	OpenList    bool        `yaml:"open_list"`   // the list ends in "and others"
	Outputs     []Text      `yaml:"outputs"`     // what came of it: a video, a text
	Amount      *Money      `yaml:"amount"`      // of a fund: its target
	TookHours   int         `yaml:"took_hours"`  // as stated
	Collected   Collected   `yaml:"collected"`   //
	Note        Text        `yaml:"note"`        // what is not told, or how to read it
}

// Actor is someone in an entry: by role, and by name only with a public function and a source (R4).
type Actor struct {
	Role           Role     `yaml:"role"`
	Name           Text     `yaml:"name"`
	Title          Text     `yaml:"title"`
	PublicFunction bool     `yaml:"public_function"`
	Source         SourceID `yaml:"source"`
	AsPrinted      Text     `yaml:"as_printed"`
	Erratum        bool     `yaml:"erratum"` // the source misprints the name so
}

// Count is a number as it was told: a value, a range, or words.
type Count struct {
	Value      int        `yaml:"value"`
	Min        int        `yaml:"min"`
	Max        int        `yaml:"max"`
	Comparator Comparator `yaml:"comparator"`
	AsOf       Date       `yaml:"as_of"`
	InWords    Quantity   `yaml:"words"`
	Text       Text       `yaml:"text"` // what is counted, where that is not plain
}

// Money is in minor units of its currency. An equivalent in another currency is shown as stated, never recomputed.
type Money struct {
	Minor      int64  `yaml:"minor"`
	Currency   string `yaml:"currency"`
	Equivalent Text   `yaml:"equivalent"`
}

// Measure is a restriction, asked for, sentenced or following from a listing.
type Measure struct {
	Kind          MeasureKind `yaml:"kind"`
	AsPrinted     Text        `yaml:"as_printed"`
	Months        int         `yaml:"months"`
	Years         int         `yaml:"years"`
	Amount        *Money      `yaml:"amount"`
	OnApplication bool        `yaml:"on_application"`
	NotTold       []NotTold   `yaml:"not_told"` // what readers would look for in vain
	Note          Text        `yaml:"note"`
}

// Position is an organisation's stance, within the time somebody observed it.
type Position struct {
	Org      Text     `yaml:"org"`
	Stance   Stance   `yaml:"stance"`
	Where    Text     `yaml:"where"`
	Observed Span     `yaml:"observed"`
	Asked    Date     `yaml:"asked"` // for no_response: when it was asked
	Checked  Text     `yaml:"checked_by"`
	Source   SourceID `yaml:"source"`
	Note     Text     `yaml:"note"`
}

// Question is what the sources do not settle: the answers stand side by side, each with who gives it.
type Question struct {
	Ask           Text     `yaml:"ask"`
	Answers       []Answer `yaml:"answers"`
	NotToConclude Text     `yaml:"not_to_be_concluded"`
}

// Answer is one explanation.
type Answer struct {
	What   Text     `yaml:"what"`
	By     Text     `yaml:"by"`
	Source SourceID `yaml:"source"`
	Status Status   `yaml:"status"`
}

// Portfolio is those beside whom the person stands.
type Portfolio struct {
	Others Text     `yaml:"others"`
	AsOf   Date     `yaml:"as_of"`
	Nature Nature   `yaml:"nature"`
	Source SourceID `yaml:"source"`
}

// Shown tells whether the public may see the case at all.
func (f *File) Shown() bool { return f.Case.Publication.Level == Public && f.Case.State != Withheld }

// Name is the person's name in a language, and the language it is really in, as [Text.In] chooses it.
func (f *File) Name(want lang.Tag) (string, lang.Tag) {
	names := Text{}
	for _, n := range f.Person.Names {
		if _, ok := names[n.Lang]; !ok {
			names[n.Lang] = n.Text
		}
	}
	return names.In(want, f.Campaign.Languages...)
}

// Source finds a source by its id; nil if there is none.
func (f *File) Source(id SourceID) *Source {
	for i := range f.Sources {
		if f.Sources[i].ID == id {
			return &f.Sources[i]
		}
	}
	return nil
}
