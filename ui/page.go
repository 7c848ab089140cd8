package ui

import (
	"strings"

	"outcry/internal/kernel/lang"
)

// Page is what the layout says about one page. Addresses that search engines read (Canonical, Alternates) are absolute;
// a page with a token in its address has neither, and is NoIndex.
type Page struct {
	P           *lang.Printer
	Site        string // the site's name in this language
	Home        string // address of the front page in this language
	Title       string // this page's own title, without the site's name
	Description string // one sentence for search engines and for the preview of a shared link
	Canonical   string
	Image       string      // address of the picture that a shared link shows, 1200 × 630; its words are Title
	Alternates  []Alternate // the same page in other languages, itself included
	Languages   []Language  // what the reader can choose from, itself included; under two there is no menu
	Feed        string      // address of a feed that tells what is new here
	NoIndex     bool
	Error       bool   // a form came back: the title begins with the word for it
	Rehearsal   bool   // everything here is made up, and every page says so
	Banner      Banner // a standing remark above the name
	Footer      Footer
}

// Alternate tells search engines of the same page in another language; Tag is "x-default" for the one that chooses.
type Alternate struct {
	Tag string
	URL string
}

// Language is the same page, or the nearest there is, in a language that the reader can choose.
type Language struct {
	Tag lang.Tag
	URL string
}

// Banner is one sentence in the language that it is written in. Without Text there is none.
type Banner struct {
	Text string
	Lang lang.Tag // the page's when empty
}

// Footer is what stands below every page, always in the same place. What is empty is left out.
type Footer struct {
	RunBy      string // who runs the campaign, as they call themselves
	Contact    string // how to reach them, as it is read: an address or a name of a channel
	ContactURL string // mailto: or https:; empty where Contact says it all
	People     string // address of the list of everybody who has a page
	Keep       string // address of the page on what we keep, and how long
	Advice     string // address of the advice for people at risk
	Recount    string // address of the page on how to recount
	Onion      string // our onion address, to be read and copied
	Source     string // address of the program's source
}

// title is what a window or a tab is called: an error first, then the page, then the site.
func (page Page) title() string {
	title := page.Title
	if page.Error {
		title = page.P.T("form.error_title", "Title", title)
	}
	if page.Site == "" || page.Site == page.Title {
		return title
	}
	return title + " – " + page.Site
}

func (page Page) bannerLang() lang.Tag {
	if page.Banner.Lang == "" {
		return page.P.Tag()
	}
	return page.Banner.Lang
}

// current is the aria-current of a language in the menu.
func (page Page) current(l Language) string {
	if l.Tag == page.P.Tag() {
		return "page"
	}
	return ""
}

// place stands in a sentence of the catalogue for what is put there as an element: a link, or a name in a direction of its own.
const place = "\uFFFC"

// around is a sentence's text before and after its place.
func around(sentence string) (before, after string) {
	before, after, _ = strings.Cut(sentence, place)
	return before, after
}
