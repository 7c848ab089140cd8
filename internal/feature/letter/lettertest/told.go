package lettertest

import "outcry/internal/feature/letter"

// Stands is where a signature stands as its signer, or the organisers, were last told.
type Stands string

const (
	Counted   Stands = "counted"
	Held      Stands = "held"      // counted in a line apart
	Struck    Stands = "struck"    // taken out by the organisers
	Withdrawn Stands = "withdrawn" // by the first link
	Left      Stands = "left"      // by the mailbox, or by a later link
)

// Fate is what someone was told of one signature.
type Fate struct {
	Stands Stands
	Lock   string // in hex; empty: nobody was told
	Link   string // secret of the private link that opens it; empty: whoever knew one may have lost it
	Name   string // that it shows, or will; empty: none
	Kept   bool   // it was struck off when it ended: its tag stays as long as the letter lives
}

// Person is someone of a story.
type Person struct {
	Address  string
	Fates    []Fate // what was told last, and what a verb would have told that gave no answer; one of them is true
	Unwanted []bool // whether the address wants no more mail, likewise
}

// Told is all that was acknowledged to anybody, for Invariants to hold the database against. The zero value is nothing.
type Told struct {
	People  map[string]Person
	Private []string       // what must not be readable in the database, besides addresses: codes, tokens, secrets
	State   []letter.State // of every letter, one of these, and empty for none; nil: nobody was told
	News    []int          // addresses left for news: as many at least, and at most; nil: nobody counted
}
