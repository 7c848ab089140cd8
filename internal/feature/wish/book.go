package wish

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
)

// Config is what a Book needs.
type Config struct {
	DB    *db.DB
	Cases *casefile.Book
	URL   string // what links begin with: a neutral host if there is one; without a slash at the end
	Now   func() time.Time
	// Changed has this node's pages follow what was just said; they have when it returns. What it can't do at once, the node does by itself soon. nil: no pages.
	Changed func(ctx context.Context)
}

// Book keeps private links and what is said by them. Safe for any goroutine.
type Book struct {
	Config
	guesses guesses
}

// NewBook makes a Book.
func NewBook(c Config) *Book { return &Book{Config: c} }

var (
	errNoLink  = fault.New(fault.NotFound, "fault.wish.none")
	errGuesses = fault.New(fault.TooMany, "fault.wish.guesses")
	errNoItem  = fault.New(fault.Invalid, "fault.wish.not_offered")
)

// today is the day (UTC).
func (b *Book) today() casefile.Date { return dayOf(b.Now()) }

func dayOf(t time.Time) casefile.Date {
	y, m, d := t.UTC().Date()
	return casefile.Date{Year: y, Month: int(m), Day: d}
}

// Make makes a private link and returns its address, which is told nowhere else and can't be told again. Only who may run commands on the server calls it. A case
// that is not there is a fault of kind NotFound; a capacity that has no links, or a last day that has passed, of kind Invalid.
func (b *Book) Make(ctx context.Context, slug string, as casefile.Giver, until casefile.Date) (l Link, address string, err error) {
	if err := b.may(ctx, slug, as, until); err != nil {
		return l, "", err
	}
	token := newToken()
	l = Link{ID: idOf(token.hash()), Case: slug, As: as, Made: b.today(), Until: until}
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		if _, found, err := selectLink(tx, token.hash()); err != nil || found { // a run whose answer was lost
			return err
		}
		return insertLink(tx, token.hash(), l)
	})
	return l, b.URL + token.path(), fault.In("wish", err)
}

// Preview is Make that makes nothing.
func (b *Book) Preview(ctx context.Context, slug string, as casefile.Giver, until casefile.Date) error {
	return b.may(ctx, slug, as, until)
}

func (b *Book) may(ctx context.Context, slug string, as casefile.Giver, until casefile.Date) error {
	if !slices.Contains(Capacities(), as) || until != (casefile.Date{}) && (!until.Whole() || until.Compare(b.today()) < 0) {
		return errNoItem
	}
	_, err := b.Cases.File(ctx, slug)
	return err
}

// Said is one capacity's word on an item, for the organisers.
type Said struct {
	Case string
	By   casefile.Giver
	Item
	Word  Word
	Day   casefile.Date
	Spent bool // an agreement that counts no more: the person is out of custody, and is to be asked
}

// List is every link and every word that holds, of a case or, where slug is empty, of all. Only who may run commands on the server calls it.
func (b *Book) List(ctx context.Context, slug string) (links []Link, said []Said, err error) {
	all, err := b.Cases.All(ctx)
	if err != nil {
		return nil, nil, err
	}
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		rows, err := selectLinks(tx)
		if err != nil {
			return err
		}
		for _, r := range rows {
			if slug == "" || r.Case == slug {
				links = append(links, r.Link)
			}
		}
		for _, f := range all {
			if slug != "" && f.Case.Slug != slug {
				continue
			}
			words, err := selectWords(tx, f.Case.Slug)
			if err != nil {
				return err
			}
			stops, err := b.Cases.StopsIn(tx, f.Case.Slug)
			if err != nil {
				return err
			}
			said = append(said, spoken(f, words, stops, b.today())...)
		}
		return nil
	})
	slices.SortStableFunc(links, func(a, b Link) int {
		return cmp.Or(strings.Compare(a.Case, b.Case), strings.Compare(string(a.As), string(b.As)), a.Made.Compare(b.Made), strings.Compare(a.ID, b.ID))
	})
	return links, said, fault.In("wish", err)
}

// spoken is what holds in a case: stops, and agreements.
func spoken(f *casefile.File, words []word, stops []casefile.Stop, today casefile.Date) (list []Said) {
	for _, s := range stops {
		said := Stopped
		if s.Harm {
			said = Harmful
		}
		list = append(list, Said{Case: f.Case.Slug, By: s.By, Item: Item{s.Kind, s.Name}, Word: said, Day: s.Day})
	}
	for _, w := range words {
		if w.agreed != (casefile.Date{}) {
			list = append(list, Said{Case: f.Case.Slug, By: w.by, Item: w.Item, Word: Agreed, Day: w.agreed, Spent: Asked(f, w.by, w.agreed, today)})
		}
	}
	slices.SortStableFunc(list, func(a, b Said) int {
		return cmp.Or(strings.Compare(string(a.Kind), string(b.Kind)), strings.Compare(a.Name, b.Name), strings.Compare(string(a.By), string(b.By)))
	})
	return list
}

// Find is the link that a command names by its id, or by the beginning of it that no other has; a fault of kind NotFound otherwise.
func (b *Book) Find(ctx context.Context, id string) (l Link, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		r, err := named(tx, id)
		l = r.Link
		return err
	})
	return l, err
}

func named(tx *db.Tx, id string) (one row, err error) {
	rows, err := selectLinks(tx)
	if err != nil {
		return one, fault.In("wish", err)
	}
	found := 0
	for _, r := range rows {
		if id != "" && strings.HasPrefix(r.ID, id) {
			one = r
			found++
		}
	}
	if found != 1 {
		return one, errNoLink
	}
	return one, nil
}

// Revoke forgets a link: it opens nothing from now on. What was said by it holds, until another link of that capacity, or the prisoner's, says otherwise. Only who
// may run commands on the server calls it.
func (b *Book) Revoke(ctx context.Context, id string) (l Link, err error) {
	err = b.DB.Update(ctx, func(tx *db.Tx) error {
		r, err := named(tx, id)
		if err != nil && tx.Again() && l.ID != "" { // a run whose answer was lost
			return nil
		}
		if err != nil {
			return err
		}
		l = r.Link
		return deleteLink(tx, r.hash)
	})
	return l, err
}

// Agreements are what was agreed to by private links, by the slugs of the cases: consents that count from their day on as those of a case's file do. They are read
// in the caller's transaction.
func Agreements(tx *db.Tx) (map[string][]casefile.Consent, error) {
	words, err := selectAllWords(tx)
	if err != nil {
		return nil, fault.In("wish", err)
	}
	return consents(words), nil
}

func consents(words []word) map[string][]casefile.Consent {
	slices.SortStableFunc(words, func(a, b word) int {
		return cmp.Or(strings.Compare(a.slug, b.slug), strings.Compare(string(a.by), string(b.by)), a.agreed.Compare(b.agreed), strings.Compare(a.Name, b.Name))
	})
	all := map[string][]casefile.Consent{}
	for _, w := range words {
		if w.Kind != casefile.StopScope || w.agreed == (casefile.Date{}) {
			continue
		}
		list := all[w.slug]
		if n := len(list) - 1; n >= 0 && list[n].Giver == w.by && list[n].Date == w.agreed {
			list[n].Scope = append(list[n].Scope, casefile.Scope(w.Name))
			continue
		}
		all[w.slug] = append(list, casefile.Consent{Giver: w.by, Date: w.agreed, Scope: []casefile.Scope{casefile.Scope(w.Name)}})
	}
	return all
}

// View is what a private link shows.
type View struct {
	Link
	File   *casefile.File // as it was applied; what a page may say of it stands in Public
	Public *casefile.File // what would be public but for these stops; nil where the case is not
	Shown  bool           // the page is there now
	Items  []Standing     // scopes and asks, in the order of their vocabularies
	Events []Standing     // that a lawyer may speak of, or that somebody has stopped; in the order of Public
	Spent  bool           // the person is out of custody: what this capacity agrees to counts no more
}

// Item finds an item among all; the zero Standing if it is not on the page.
func (v *View) Item(i Item) (Standing, bool) {
	for _, list := range [][]Standing{v.Items, v.Events} {
		for _, s := range list {
			if s.Item == i {
				return s, true
			}
		}
	}
	return Standing{}, false
}

// Open reads what a link shows. Whoever has the link may. A link that is none, has ended or was revoked is a fault of kind NotFound.
func (b *Book) Open(ctx context.Context, t Token) (v View, err error) {
	err = b.DB.View(ctx, func(tx *db.Tx) error {
		v, err = b.open(tx, t)
		return err
	})
	return v, b.guessed(err)
}

func (b *Book) open(tx *db.Tx, t Token) (v View, err error) {
	l, found, err := selectLink(tx, t.hash())
	if err != nil {
		return v, fault.In("wish", err)
	}
	if !found || l.Ended(b.today()) {
		return v, errNoLink
	}
	f, err := b.Cases.In(tx, l.Case)
	if err != nil {
		return v, err
	}
	words, err := selectWords(tx, l.Case)
	if err != nil {
		return v, fault.In("wish", err)
	}
	stops, err := b.Cases.StopsIn(tx, l.Case)
	if err != nil {
		return v, err
	}
	f.Case.Publication.Consents = append(f.Case.Publication.Consents, consents(words)[l.Case]...)
	return view(l, f, words, stops, b.today()), nil
}

// view puts together what a capacity sees.
func view(l Link, f *casefile.File, words []word, stops []casefile.Stop, today casefile.Date) View {
	v := View{Link: l, File: f, Spent: l.As != Prisoner && Asked(f, l.As, today, today)}
	lapses := f.Lapses(today)
	v.Public, _ = f.Public(nil)
	_, v.Shown = f.Public(append(lapses, stops...))
	add := func(to *[]Standing, i Item) {
		*to = append(*to, standing(l.As, i, words, stops))
	}
	for _, name := range casefile.Scope("").Known() {
		add(&v.Items, Item{casefile.StopScope, name})
	}
	for _, name := range casefile.Ask("").Known() {
		stopped := slices.ContainsFunc(stops, func(s casefile.Stop) bool { return s.Kind == casefile.StopAsk && s.Name == name })
		if stopped || slices.Contains(f.Case.Asks, casefile.Ask(name)) {
			add(&v.Items, Item{casefile.StopAsk, name})
		}
	}
	if v.Public == nil {
		return v
	}
	for i := range v.Public.Events {
		e := &v.Public.Events[i]
		if e.ID == "" {
			continue
		}
		s := standing(l.As, Item{casefile.StopEvent, e.ID}, words, stops)
		if l.As == Lawyer || l.As == Prisoner && s.Holds() {
			v.Events = append(v.Events, s)
		}
	}
	return v
}

// standing is what holds about an item, as a capacity sees it.
func standing(by casefile.Giver, i Item, words []word, stops []casefile.Stop) Standing {
	s := Standing{Item: i}
	for _, w := range words {
		if w.by == by && w.Item == i {
			s.Turns = w.turns
			if w.agreed != (casefile.Date{}) {
				s.Own, s.Since = Agreed, w.agreed
			}
		}
	}
	for _, stop := range stops {
		switch {
		case stop.Kind != i.Kind || stop.Name != i.Name:
		case stop.By != by:
			s.Others = append(s.Others, stop.By)
		case stop.Harm:
			s.Own, s.Since = Harmful, stop.Day
		default:
			s.Own, s.Since = Stopped, stop.Day
		}
	}
	return s
}

// Done is what an act has come to.
type Done struct {
	View
	Item    Standing // as it is now
	Was     Word     // this capacity's word before, for Undo
	Changed bool     // it is another one now, so that it can be undone
	Outcome Outcome
}

// Do does one act on an item, and has the pages follow before it returns. turns is what the form says; another number than the item has is an old form, and changes
// nothing: so a form sent twice is sent once. Whoever has the link may. An act that the capacity has not got is a fault of kind Refused.
func (b *Book) Do(ctx context.Context, t Token, i Item, act Act, turns int64) (Done, error) {
	return b.act(ctx, t, i, turns, func(by casefile.Giver, s Standing, spent bool) (change, error) { return decide(by, s, act, spent) })
}

// Undo takes this capacity's word on an item back to what it was, within ten minutes of the act that changed it, which the form says.
func (b *Book) Undo(ctx context.Context, t Token, i Item, was Word, turns int64, acted time.Time) (Done, error) {
	if since := b.Now().Sub(acted).Seconds(); since > undoneWithin || since < -undoneAhead {
		v, err := b.Open(ctx, t)
		s, _ := v.Item(i)
		return Done{View: v, Item: s, Outcome: TooLate}, err
	}
	return b.act(ctx, t, i, turns, func(by casefile.Giver, s Standing, spent bool) (change, error) { return undo(by, s, was, spent) })
}

// act runs a rule on an item in one transaction.
func (b *Book) act(ctx context.Context, t Token, i Item, turns int64, rule func(casefile.Giver, Standing, bool) (change, error)) (d Done, err error) {
	var refused error
	err = b.DB.Update(context.WithoutCancel(ctx), func(tx *db.Tx) error {
		d, refused = Done{}, nil
		if err := tx.Exclusive(lockNumber); err != nil {
			return fault.In("wish", err)
		}
		v, err := b.open(tx, t)
		if fault.Is(err, fault.NotFound) { // an answer to whoever asked, and no failure
			refused = err
			return nil
		}
		if err != nil {
			return err
		}
		s, found := v.Item(i)
		if !found {
			refused = errNoItem
			return nil
		}
		c, err := rule(v.As, s, v.Spent)
		if refused = err; err != nil {
			return nil
		}
		d = Done{View: v, Item: s, Was: s.Own, Outcome: c.outcome}
		switch {
		case !c.moves(s): // whatever the form's number says: it is so already
			return nil
		case turns != s.Turns:
			d.Outcome = OldPage
			return nil
		}
		return b.keep(tx, v, s, c)
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return d, b.guessed(err)
	}
	if d.Outcome == AlreadySo || d.Outcome == OldPage || d.Outcome == NotYours {
		return d, nil
	}
	if b.Changed != nil {
		b.Changed(ctx)
	}
	v, err := b.Open(ctx, t)
	d.View = v
	d.Item, _ = v.Item(i)
	d.Changed = d.Item.Own != d.Was && d.Outcome != DidUndo
	return d, err
}

// moves tells whether the change changes anything.
func (c change) moves(s Standing) bool { return c.own != s.Own || len(c.lift) > 0 }

// keep writes a change.
func (b *Book) keep(tx *db.Tx, v View, s Standing, c change) error {
	today := b.today()
	w := word{Item: s.Item, slug: v.Case, by: v.As, turns: s.Turns + 1}
	switch c.own {
	case Agreed:
		w.agreed = today
		if s.Own == Agreed {
			w.agreed = s.Since
		}
	case Stopped, Harmful:
		if err := b.Cases.Stop(tx, v.Case, casefile.Stop{Kind: s.Kind, Name: s.Name, By: v.As, Harm: c.own == Harmful, Day: today}); err != nil {
			return err
		}
	}
	if c.own != Stopped && c.own != Harmful && (s.Own == Stopped || s.Own == Harmful) {
		c.lift = append(slices.Clone(c.lift), v.As)
	}
	for _, giver := range c.lift {
		if err := b.Cases.Lift(tx, v.Case, string(s.Kind), s.Name, giver); err != nil {
			return err
		}
	}
	if err := putWord(tx, w); err != nil {
		return fault.In("wish", err)
	}
	return b.Cases.Touch(tx, v.Case) // an agreement changes what may be shown, too
}

// guesses bounds how often this process looks for links that are none. One that is there is never refused: nobody can keep the family from its button by guessing.
type guesses struct {
	mu   sync.Mutex
	hour int64
	n    int
}

// guessesMost is how many wrong links an hour are told that they are wrong; later ones are told to come again.
const guessesMost = 100

// guessed counts a link that is none.
func (b *Book) guessed(err error) error {
	if !errors.Is(err, errNoLink) {
		return err
	}
	b.guesses.mu.Lock()
	defer b.guesses.mu.Unlock()
	if hour := b.Now().Unix() / 3600; b.guesses.hour != hour {
		b.guesses.hour, b.guesses.n = hour, 0
	}
	if b.guesses.n++; b.guesses.n > guessesMost {
		return errGuesses
	}
	return errNoLink
}
