package organiser

import (
	"slices"

	"outcry/internal/kernel/fault"
)

// Role is what a person is to a committee. Each has one.
type Role string

const (
	Lead          Role = "lead"
	Editor        Role = "editor"
	Translator    Role = "translator"
	Moderator     Role = "moderator"
	Treasurer     Role = "treasurer"
	CourtReporter Role = "court_reporter" // posts from a hearing
	Reader        Role = "reader"
)

// Roles are all of them, the one that may do most first.
func Roles() []Role {
	return []Role{Lead, Editor, Translator, Moderator, Treasurer, CourtReporter, Reader}
}

// Place is where a person is: risks differ. It decides nothing by itself.
type Place string

const (
	Inside Place = "inside" // the country that the campaign is about
	Abroad Place = "abroad"
)

// Places are both.
func Places() []Place { return []Place{Inside, Abroad} }

// Act is what may be done at a desk.
type Act string

const (
	Look      Act = "look"      // read the desk's pages
	ReadTrail Act = "trail"     // read who did what, by role
	Own       Act = "own"       // one's own ways to sign in
	Edit      Act = "edit"      // a case
	Translate Act = "translate" // a text
	Review    Act = "review"    // what others wrote
	Publish   Act = "publish"
	Withhold  Act = "withhold"  // take a page or a letter back
	ShowName  Act = "show_name" // of a private person
	Moderate  Act = "moderate"  // bursts, shown names
	Remove    Act = "remove"    // signatures
	Delete    Act = "delete"    // a case
	Export    Act = "export"    // followers
	Key       Act = "key"       // the committee's own
	Invite    Act = "invite"
	People    Act = "people" // change a role, end somebody
	Settings  Act = "settings"
	Fund      Act = "fund"   // an appeal for money, and what came in
	Report    Act = "report" // from a hearing
	Lock      Act = "lock"   // everybody out
	Unlock    Act = "unlock" // everybody in again; a lead who is abroad
	Purge     Act = "purge"  // what can be purged
	HandOver  Act = "handover"

	Enter Act = "enter" // signing in; anybody who can
	Prove Act = "prove" // signing in again, for a grave act
	Leave Act = "leave" // signing out, ending a session
)

// Acts are all of them.
func Acts() []Act {
	return []Act{Look, ReadTrail, Own, Edit, Translate, Review, Publish, Withhold, ShowName, Moderate, Remove, Delete, Export, Key, Invite, People, Settings, Fund, Report, Lock, Unlock,
		Purge, HandOver, Enter, Prove, Leave}
}

// everybody may do these: to look, to see who did what, and what concerns oneself.
var everybody = []Act{Look, ReadTrail, Own, Enter, Prove, Leave}

// may is the whole rule, but for the lead, who may do everything.
var may = map[Role][]Act{
	Editor:        {Edit, Translate, Review, Publish, Withhold, ShowName, Report, Lock},
	Translator:    {Translate},
	Moderator:     {Withhold, Moderate, Remove, Lock},
	Treasurer:     {Fund},
	CourtReporter: {Report},
	Reader:        {},
}

// May tells whether a role may do an act. What is in neither vocabulary may nothing.
func May(r Role, a Act) bool {
	if !slices.Contains(Acts(), a) {
		return false
	}
	own, known := may[r]
	return r == Lead || known && (slices.Contains(everybody, a) || slices.Contains(own, a))
}

// Steps tells whether an act needs a proof of the last five minutes: whoever finds an open desk, or takes its cookie, can't do it.
func Steps(a Act) bool {
	switch a {
	case Publish, ShowName, Export, Key, Invite, People, Remove, Unlock, Purge, HandOver, Delete, Own:
		return true
	}
	return false
}

// pairFrom is the number of organisers from which on grave acts need two.
const pairFrom = 3

// Pair tells whether an act needs a second person in a committee of so many organisers.
func Pair(a Act, organisers int) bool {
	switch a {
	case Publish, ShowName, Export, Key, Remove, Delete:
		return organisers >= pairFrom
	}
	return false
}

var (
	errRole  = fault.New(fault.Refused, "fault.desk.role")
	errProve = fault.New(fault.Refused, "fault.desk.prove")
)

// ErrProve is the refusal of an act for want of a fresh proof: whoever gets it is asked for one.
var ErrProve error = errProve
