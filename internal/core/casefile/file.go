package casefile

import "outcry/internal/kernel/lang"

// File is a campaign file but for its letters, which are the letter's own business: the program embeds File in a larger
// struct that has them (`yaml:",inline"`), and gives that to [Decode]. Field order here is the order in an exported file.
// The order of what stands in its lists means nothing: what is derived sorts by itself.
type File struct {
	Campaign     Campaign      `yaml:"campaign"`
	Person       Person        `yaml:"person"`
	Case         Case          `yaml:"case"`
	Institutions []Institution `yaml:"institutions"`
	Proceedings  []Proceeding  `yaml:"proceedings"`
	Sources      []Source      `yaml:"sources"`
	Events       []Event       `yaml:"events"`
	Positions    []Position    `yaml:"positions"`
	Questions    []Question    `yaml:"questions"`
	Recognitions []Recognition `yaml:"recognitions"`
	Portfolio    *Portfolio    `yaml:"portfolio"`
	Corrections  []Correction  `yaml:"corrections"`
	Redactions   []Redaction   `yaml:"redactions"`
	Withheld     []Role        `yaml:"withheld"` // roles that appear by role only in this case, beyond those that always do

	// Stops stand in a projection alone, without who gave them: see [File.Public] and [File.Stopped]. No file has them.
	Stops []Stop `yaml:"-"`
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
	Names         []Name       `yaml:"names"`
	Born          Partial      `yaml:"born"`
	Occupations   []Text       `yaml:"occupations"`
	Country       string       `yaml:"country"`     // whose authorities hold the person; ISO 3166, two letters
	Nationalities []string     `yaml:"nationality"` // ISO 3166, two letters
	Languages     []lang.Tag   `yaml:"languages"`   // that the person reads
	Identifiers   []Identifier `yaml:"identifiers"`
	Earlier       *Earlier     `yaml:"earlier_custody"`
	Photo         *Photo       `yaml:"photo"`
}

// Name is one way the person is called.
type Name struct {
	Text   string   `yaml:"text"`
	Lang   lang.Tag `yaml:"lang"`
	Script string   `yaml:"script"` // ISO 15924, four letters
}

// Identifier is the person's number in a public catalogue, never on an identity document.
type Identifier struct {
	Scheme IdentifierScheme `yaml:"scheme"`
	ID     string           `yaml:"id"`
}

// Earlier is custody before this case.
type Earlier struct {
	What   Text     `yaml:"what"`
	When   Partial  `yaml:"when"`
	Source SourceID `yaml:"source"`
}

// Photo is the person's photograph. Its pixels are kept by their hash, see [Book.KeepPhoto]; what is said of it stands here. It is shown where a consent to it stands.
type Photo struct {
	SHA256     string   `yaml:"sha256"` // of the bytes that are shown, hexadecimal
	Width      int      `yaml:"width"`  // pixels
	Height     int      `yaml:"height"`
	Alt        Text     `yaml:"alt"`        // what is to be seen, for who can't see it: in each language of the file
	Decorative bool     `yaml:"decorative"` // it says nothing that the text does not: then it has no alt
	Credit     Text     `yaml:"credit"`     // whose it is, in small print
	Source     SourceID `yaml:"source"`
}

// Case is what the page begins with.
type Case struct {
	Slug        string      `yaml:"slug"` // of the page's address, for life
	Publication Publication `yaml:"publication"`
	State       State       `yaml:"state"`   // absent is open
	Title       Text        `yaml:"title"`   // one line, a verb and a name; no speculation
	Summary     Text        `yaml:"summary"` // markdown; no speculation
	Act         Text        `yaml:"act"`     // what the charge is said to be over
	Sources     []SourceID  `yaml:"sources"` // on which the first lines of the page rest
	Checked     Date        `yaml:"checked"` // when the editors last compared the page with the sources
	Asks        []Ask       `yaml:"asks"`    // what the person agrees to being asked for
	Refused     []Ask       `yaml:"refused"` // what must never be asked for in the person's name
	Needs       []Need      `yaml:"needs"`   // what is lacking, for whoever wants to help
}

// Publication is how public the case is, and on whose word (R1, R2).
type Publication struct {
	Level     Level      `yaml:"level"` // absent is quiet
	Consents  []Consent  `yaml:"consents"`
	Necessity *Necessity `yaml:"necessity"`
	Approved  []Approval `yaml:"approved"` // of those who run the page, each by role: two are meant
}

// Approval is that somebody of those who run the page read it before it was published.
type Approval struct {
	By Editor `yaml:"by"`
	On Date   `yaml:"on"`
}

// Consent is the person's own or of who speaks for them: by role, never by name.
type Consent struct {
	Giver     Giver   `yaml:"giver"`
	Scope     []Scope `yaml:"scope"`
	Channel   Text    `yaml:"channel"`
	Date      Date    `yaml:"date"`
	Until     Date    `yaml:"until"`     // given for a time only
	Confirmed Date    `yaml:"confirmed"` // asked again, and given again
	Withdrawn Date    `yaml:"withdrawn"`
}

// Necessity is the editor's written reason where nobody could be asked.
type Necessity struct {
	Note      Text `yaml:"note"`
	Date      Date `yaml:"date"`
	Confirmed Date `yaml:"confirmed"` // weighed again, and found to hold
}

// InstitutionID names an institution of this file.
type InstitutionID string

// Institution is a court, a prison, an agency: as public as its sign on the street.
type Institution struct {
	ID      InstitutionID   `yaml:"id"`
	Kind    InstitutionKind `yaml:"kind"`
	Name    Text            `yaml:"name"`
	Part    InstitutionID   `yaml:"part_of"`
	City    Text            `yaml:"city"`
	Country string          `yaml:"country"` // ISO 3166, two letters
	Geo     *Geo            `yaml:"geo"`     // of the city, never finer
	Post    *Post           `yaml:"post"`
}

// Geo is a city's place on the globe in hundredths of a degree, some kilometre: finer is refused.
type Geo struct {
	Lat int `yaml:"lat"` // hundredths of a degree north
	Lon int `yaml:"lon"` // hundredths of a degree east
}

// Post is how letters and parcels reach who is held there.
type Post struct {
	Address Text       `yaml:"address"`
	Letters Text       `yaml:"letters"` // the rules, as its source tells them
	Parcels Text       `yaml:"parcels"`
	Source  SourceID   `yaml:"source"`
	Checked Date       `yaml:"checked"`
	Tongues []lang.Tag `yaml:"languages"` // in which letters are let through
}

// ProceedingID names a proceeding of this file.
type ProceedingID string

// Proceeding is one way through courts and offices; an appeal is a stage of its own, of what it appeals.
type Proceeding struct {
	ID      ProceedingID  `yaml:"id"`
	Track   Track         `yaml:"track"`
	Stage   Stage         `yaml:"stage"`
	Number  string        `yaml:"number"`
	Court   InstitutionID `yaml:"court"`
	Sits    Text          `yaml:"sits"` // where, if not at the court
	Of      ProceedingID  `yaml:"appeal_of"`
	Sources []SourceID    `yaml:"sources"`
}

// Charge keeps the source's words beside the common term.
type Charge struct {
	AsPrinted Text       `yaml:"as_printed"`
	Kind      ChargeKind `yaml:"kind"`
	Law       *Law       `yaml:"law"`
	Most      []Measure  `yaml:"most"` // the heaviest penalty, as the source states it
}

// Law is the article on which a charge or a measure stands.
type Law struct {
	Country string `yaml:"country"` // ISO 3166, two letters
	Code    Text   `yaml:"code"`
	Article string `yaml:"article"`
	Part    string `yaml:"part"`
	Version Date   `yaml:"version"` // the wording of which day
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
	Country     string      `yaml:"country"` // ISO 3166, two letters
	URL         string      `yaml:"url"`
	Archived    string      `yaml:"archived"` // address of an archived copy
	SHA256      string      `yaml:"sha256"`   // of the committee's own copy, hexadecimal
	Reliability Reliability `yaml:"reliability"`
	Interest    Interest    `yaml:"interest"`
	Visibility  Visibility  `yaml:"visibility"` // absent is public; else what it supports is said, and not by whom
}

// Evidence is what a source bears on a statement, on its own axis: how credible this piece is, whatever its source is worth.
type Evidence struct {
	Source      SourceID    `yaml:"source"`
	Bearing     Bearing     `yaml:"bearing"`     // absent is supports
	Credibility Credibility `yaml:"credibility"` // 1 confirmed by others … 6 cannot be judged
	Locator     Text        `yaml:"locator"`     // page, paragraph, minute
}

// Claim is what somebody says is so: an answer to an open question, or another value of an event's field.
type Claim struct {
	ID        string      `yaml:"id"`    // of its address, optional
	Field     Field       `yaml:"field"` // of an event: which of its values this one stands beside
	What      Text        `yaml:"what"`
	When      Partial     `yaml:"when"`  // the value, where Field is when
	Count     *Count      `yaml:"count"` // the value, where Field is count
	Made      Partial     `yaml:"made_on"`
	By        Text        `yaml:"by"`
	Source    SourceID    `yaml:"source"`   // the one piece of evidence, or
	Evidence  []Evidence  `yaml:"evidence"` // several
	Nature    Nature      `yaml:"nature"`
	Status    Status      `yaml:"status"`
	Retracted *Retraction `yaml:"retracted"`
}

// Retraction is a statement taken back: it stays, struck, with the reason (R6).
type Retraction struct {
	On  Date `yaml:"on"`
	Why Text `yaml:"why"`
}

// Event is a dated thing that happened, or that somebody says happened. Source is where it was said, By who said it.
type Event struct {
	ID          string        `yaml:"id"` // of its address, for life
	When        Partial       `yaml:"when"`
	After       string        `yaml:"after"`     // the event of the same day, or of a day not known, that this one followed
	Learnt      Partial       `yaml:"learnt_on"` // when it became known, where that is not when it happened
	Kind        EventKind     `yaml:"kind"`
	Nature      Nature        `yaml:"nature"`
	Status      Status        `yaml:"status"` // absent: reported, or asserted_by_party and speculation by its nature
	What        Text          `yaml:"what"`
	Source      SourceID      `yaml:"source"`   // the one piece of evidence, or
	Evidence    []Evidence    `yaml:"evidence"` // several
	By          Text          `yaml:"by"`
	Visibility  Visibility    `yaml:"visibility"` // absent is public
	Family      Family        `yaml:"family"`     // of hard news: told, or public already
	Place       Text          `yaml:"place"`
	Country     string        `yaml:"country"`
	At          InstitutionID `yaml:"at"` // where it happened; of an arrival, where the person is held from then on
	Proceeding  ProceedingID  `yaml:"proceeding"`
	Org         Text          `yaml:"org"`
	Authority   Text          `yaml:"authority"` // court, service, ministry
	Actor       *Actor        `yaml:"actor"`     // who did it
	Target      *Actor        `yaml:"target"`    // whom it was put to
	AskedBy     *Actor        `yaml:"asked_by"`  // who put it
	Side        Side          `yaml:"side"`      // who filed an appeal
	Charge      *Charge       `yaml:"charge"`
	Register    Text          `yaml:"register"`    // list on which a designation stands
	Designation Designation   `yaml:"designation"` //
	AsPrinted   Text          `yaml:"as_printed"`  // a label in the source's own words
	Means       Text          `yaml:"means"`       // what it stands for, where the designation does not say it
	Erratum     bool          `yaml:"erratum"`     // the source printed it so by mistake
	Requested   []Measure     `yaml:"requested"`   // by the prosecution
	Verdict     Verdict       `yaml:"verdict"`     //
	Sentence    []Measure     `yaml:"sentence"`    //
	Release     ReleaseKind   `yaml:"release"`     //
	Custody     CustodyKind   `yaml:"custody"`     // of a detention, a remand, a rearrest: absent is pretrial
	Regime      Text          `yaml:"regime"`      // of custody, from this event on
	Effects     []Measure     `yaml:"effects"`     // restrictions that follow from it
	Until       Date          `yaml:"until"`       // a remand's last day, or the last day to appeal, where a source states it
	Response    Response      `yaml:"response"`    //
	Count       *Count        `yaml:"count"`       // of people, unless its text says of what
	Cities      []Text        `yaml:"cities"`      //
	OpenList    bool          `yaml:"open_list"`   // the list ends in "and others"
	Outputs     []Text        `yaml:"outputs"`     // what came of it: a video, a text
	Amount      *Money        `yaml:"amount"`      // of a fund: its target
	TookHours   int           `yaml:"took_hours"`  // as stated
	Collected   Collected     `yaml:"collected"`   //
	Claims      []Claim       `yaml:"claims"`      // other values, and what is said of it
	Retracted   *Retraction   `yaml:"retracted"`   //
	Note        Text          `yaml:"note"`        // what is not told, or how to read it
}

// Actor is someone in an event: by role, and by name only with a public function and a source (R4).
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
	Law           *Law        `yaml:"law"`
	From          Date        `yaml:"from"` // where it does not begin with its event
	Until         Date        `yaml:"until"`
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
	ID            string  `yaml:"id"` // of its address, for life
	Ask           Text    `yaml:"ask"`
	Answers       []Claim `yaml:"answers"`
	NotToConclude Text    `yaml:"not_to_be_concluded"`
}

// Recognition is a list-keeping body's decision on the case: a political prisoner, arbitrarily detained, a prisoner of conscience.
type Recognition struct {
	By        Text              `yaml:"by"`
	Status    RecognitionStatus `yaml:"status"`
	AsPrinted Text              `yaml:"as_printed"`
	Criteria  string            `yaml:"criteria"` // address of the body's own
	On        Date              `yaml:"on"`
	Number    string            `yaml:"number"` // of an opinion
	Source    SourceID          `yaml:"source"`
	Withdrawn Date              `yaml:"withdrawn_on"`
}

// Correction is a mistake of this page that was mended: what it said, what it says now, and why (R6).
type Correction struct {
	On  Date   `yaml:"on"`
	Of  string `yaml:"of"` // the event or the question; absent: the page
	Was Text   `yaml:"was"`
	Now Text   `yaml:"now"`
	Why Text   `yaml:"why"`
}

// Redaction is what was taken out of a page that was public, and why; what it said is kept nowhere.
type Redaction struct {
	Event string          `yaml:"event"` // its id, so that its address says so
	On    Date            `yaml:"on"`
	Why   RedactionReason `yaml:"why"`
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

// Institution finds an institution by its id; nil if there is none.
func (f *File) Institution(id InstitutionID) *Institution {
	for i := range f.Institutions {
		if f.Institutions[i].ID == id {
			return &f.Institutions[i]
		}
	}
	return nil
}

// Proceeding finds a proceeding by its id; nil if there is none.
func (f *File) Proceeding(id ProceedingID) *Proceeding {
	for i := range f.Proceedings {
		if f.Proceedings[i].ID == id {
			return &f.Proceedings[i]
		}
	}
	return nil
}

// Event finds an event by its id; nil if there is none.
func (f *File) Event(id string) *Event {
	for i := range f.Events {
		if f.Events[i].ID == id && id != "" {
			return &f.Events[i]
		}
	}
	return nil
}
