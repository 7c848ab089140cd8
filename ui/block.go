package ui

import (
	"net/url"
	"strconv"
	"strings"

	"outcry/internal/kernel/lang"
)

// Count is the number on a letter's page and what is said about it. The words come ready from the catalogue.
type Count struct {
	Live   string // address of the event stream that keeps it current; empty on a page that stands still
	Key    string // the number's name in the stream; Key + ".words", ".as_of", ".goal" and ".bar" (a number) name the rest
	Number string // as the language writes it
	Words  string // what was counted: "e-mail addresses confirmed here"
	AsOf   string // as of when
	Goal   string // the next milestone in words, or an invitation to be among the first; empty if none is set
	N      int64  // the number, for the bar
	Until  int64  // the milestone, for the bar; 0 if none is set
}

// barFrom is the least count that a bar is drawn for: under it a bar would only show how far it is.
const barFrom = 100

func (c Count) bar() bool   { return c.Until > 0 && c.N >= barFrom }
func (c Count) now() string { return strconv.FormatInt(min(c.N, c.Until), 10) }
func (c Count) end() string { return strconv.FormatInt(c.Until, 10) }

// Tone is what kind of notice it is. The words must say it too: a tone adds colour and weight only.
type Tone string

const (
	Remark Tone = ""       // worth knowing
	Danger Tone = "danger" // read this before you go on
	Done   Tone = "done"   // it has happened
)

// Fact is a short answer to a short question.
type Fact struct {
	Term string
	Text string
	Lang lang.Tag // of Text, where it is not the page's
	URL  string   // what Text links to; empty for none
}

// Step is one step of a task.
type Step struct {
	Text string
	At   Stage
}

// Stage is where the reader is.
type Stage uint8

const (
	Next Stage = iota // still to come
	Now               // here
	Past              // done
)

// Report is one sourced line: something that somebody outside says, with who says so.
type Report struct {
	Text      string
	Lang      lang.Tag // of Text, where it is not the page's
	Nature    string   // a word or two on what kind of saying it is; empty for none
	Source    string   // who says so, and when
	SourceURL string   // where to read it; empty for none
}

// CopyField is a value to take along.
type CopyField struct {
	ID    string
	Label string
	Hint  string
	Value string
	Dir   string // "ltr" when empty: mostly it is an address
}

func (c CopyField) dir() string { return either(c.Dir, "ltr") }

// Shared is what a reader passes on: the letter's public address, never one with a token, and words in the page's language.
type Shared struct {
	URL   string
	Title string // the letter's
	Text  string // a sentence or two that hold the address
}

func (s Shared) telegram() string {
	return "https://t.me/share/url?url=" + escape(s.URL) + "&text=" + escape(s.Title)
}

func (s Shared) whatsapp() string { return "https://wa.me/?text=" + escape(s.Text) }

func (s Shared) mail() string {
	return "mailto:?subject=" + escape(s.Title) + "&body=" + escape(s.Text)
}

// escape is for a value in an address: mail programs take + for itself, so a space is %20.
func escape(value string) string { return strings.ReplaceAll(url.QueryEscape(value), "+", "%20") }
