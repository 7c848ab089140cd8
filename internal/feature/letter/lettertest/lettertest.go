// Package lettertest opens a site with one open letter, for tests of that package and of those above it.
package lettertest

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/jobs"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/mail"
	"outcry/internal/kernel/seal"
	"outcry/internal/kernel/translog"
	"outcry/locales"
	"outcry/receipt"
)

const (
	URL     = "https://letters.example"
	MailURL = "https://post.example" // what mailed links begin with
	Origin  = "letters.example/log"
	Case    = "orlov" // slug of the case
	Slug    = "home"  // of its letter
	Contact = "committee@letters.example"
)

// Site is all that stands under a letter's Book, and the Book.
type Site struct {
	letter.Config
	Book    *letter.Book
	Clock   *Clock
	Mailbox *Mailbox
	Secret  string         // path of the secret file; the shares lie beside it
	Letter  *letter.Letter // the open letter; nil if none was asked for

	database db.Config
}

// Options change what Open makes.
type Options struct {
	Transport mail.Transport // takes the place of the Mailbox
	Budgets   letter.Budgets // the usual ones if zero
	File      *letter.File   // is applied; File() if nil
	Empty     bool           // nothing is applied
	Logger    *slog.Logger   // of everything; nothing is logged if nil
}

// Open makes a database, a secret, a log and a Book, and opens a letter. All of it ends with the test.
func Open(t testing.TB, c db.Config, o Options) *Site {
	t.Helper()
	s := &Site{Clock: NewClock(), Mailbox: &Mailbox{}, Secret: filepath.Join(t.TempDir(), "secret"), database: c}
	s.Config = letter.Config{URL: URL, MailURL: MailURL, Now: s.Clock.Now, Mail: o.Transport, Budgets: o.Budgets, Logger: o.Logger}
	if s.Mail == nil {
		s.Mail = s.Mailbox
	}
	if s.Budgets == (letter.Budgets{}) {
		s.Budgets = letter.Usual()
	}
	var err error
	s.Unlock, err = seal.NewSecretFile(s.Secret)
	Must(t, err)
	s.open(t)
	Must(t, s.Book.Start(t.Context()))
	if o.Empty {
		return s
	}
	if o.File == nil {
		o.File = File()
	}
	s.Letter = s.Apply(t, o.File)
	return s
}

// Again is a second process of the same installation: the same database, secret, clock and mailbox, all else its own. It has not started.
func (s *Site) Again(t testing.TB) *Site {
	t.Helper()
	other := &Site{Config: s.Config, Clock: s.Clock, Mailbox: s.Mailbox, Secret: s.Secret, Letter: s.Letter, database: s.database}
	var err error
	other.Unlock, err = seal.ReadSecretFile(s.Secret)
	Must(t, err)
	other.open(t)
	return other
}

func (s *Site) open(t testing.TB) {
	t.Helper()
	ctx := t.Context()
	var err error
	s.database.Log = s.Logger
	s.DB, err = db.Open(ctx, s.database)
	Must(t, err)
	t.Cleanup(func() { s.DB.Close() })
	_, err = s.DB.Migrate(ctx)
	Must(t, err)
	s.Words, err = lang.Load(locales.FS)
	Must(t, err)
	s.Days, err = seal.OpenDayKeys(ctx, s.DB, s.Unlock, s.Now)
	Must(t, err)
	Must(t, translog.Create(ctx, s.DB, s.Unlock, Origin))
	s.Log, err = translog.Open(ctx, translog.Config{DB: s.DB, Unlock: s.Unlock, Now: s.Now, Log: s.Logger})
	Must(t, err)
	s.Jobs = jobs.New(jobs.Config{DB: s.DB, Now: s.Now, Log: s.Logger})
	s.Book = letter.NewBook(s.Config)
}

// Must fails the test on an error.
func Must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// File is a whole letter in two languages, open, at the usual pace.
func File() *letter.File {
	return &letter.File{
		Slug: Slug, State: letter.Open, Version: 1, Dated: casefile.Date{Year: 2026, Month: 11, Day: 2},
		Addressee: casefile.Text{"en": "The Supreme Court", "ru": "Верховный суд"},
		Demand:    casefile.Text{"en": "Let Pavel Orlov go home", "ru": "Отпустите Павла Орлова домой"},
		Title:     casefile.Text{"en": "An open letter for Pavel Orlov", "ru": "Открытое письмо в защиту Павла Орлова"},
		Body:      casefile.Text{"en": "We who sign know him as a botanist.", "ru": "Мы, подписавшие, знаем его как ботаника."},
		RunBy:     casefile.Text{"en": "The Orlov committee", "ru": "Комитет Орлова"},
		Contact:   Contact,
	}
}

// Order is in which order languages stand in for a missing one.
var Order = []lang.Tag{"en", "ru"}

// Apply brings a letter of the case to what the file says, and the count to the log.
func (s *Site) Apply(t testing.TB, f *letter.File) *letter.Letter {
	t.Helper()
	l, err := s.Book.Apply(t.Context(), Case, f, Order)
	Must(t, err)
	Must(t, s.Book.Load(t.Context()))
	err = s.Book.CatchUp(t.Context())
	Must(t, err)
	return l
}

// Ask types an address into the letter's form, in English.
func (s *Site) Ask(t testing.TB, typed string) letter.Waiting {
	t.Helper()
	w, err := s.Book.Begin(t.Context(), Case, s.Letter.Slug, 0, typed, "en")
	Must(t, err)
	return w
}

// Post does all jobs that wait, and returns when none is left.
func (s *Site) Post(t testing.TB) {
	t.Helper()
	s.PostUntil(t, func(c jobs.Count) bool { return c.Waiting == 0 })
}

// PostUntil does jobs until the queue is as asked for, ten seconds at most.
func (s *Site) PostUntil(t testing.TB, done func(jobs.Count) bool) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		s.Jobs.Run(ctx)
		close(ended)
	}()
	defer func() {
		stop()
		<-ended
	}()
	for range 5000 {
		c, err := s.Jobs.Count(ctx)
		Must(t, err)
		if done(c) {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
	t.Fatal("the jobs were not done in ten seconds")
}

// Mailed asks and gives the waiting page and the mail that came.
func (s *Site) Mailed(t testing.TB, typed string) (letter.Waiting, *mail.Message) {
	t.Helper()
	w := s.Ask(t, typed)
	s.Post(t)
	m := s.Mailbox.Last(typed)
	if m == nil {
		t.Fatal("no mail came")
	}
	return w, m
}

// Sign asks, reads the mail and types its code.
func (s *Site) Sign(t testing.TB, typed string) letter.Counted {
	t.Helper()
	w, m := s.Mailed(t, typed)
	c, err := s.Book.ConfirmCode(t.Context(), w.Token, Code(m))
	Must(t, err)
	return c
}

// Grow takes into the log what is due, and then counts; it tells how many entries came.
func (s *Site) Grow(t testing.TB) (n int) {
	t.Helper()
	for more := 1; more > 0; n += more {
		var err error
		more, err = s.Log.Sequence(t.Context())
		Must(t, err)
	}
	err := s.Book.CatchUp(t.Context())
	Must(t, err)
	return n
}

// GrowAll waits until everything queued is due, and takes it into the log.
func (s *Site) GrowAll(t testing.TB) int {
	t.Helper()
	s.Clock.Add(11 * time.Minute)
	return s.Grow(t)
}

// Entries are the log's.
func (s *Site) Entries(t testing.TB) (list []receipt.Entry) {
	t.Helper()
	head, err := s.Log.Head(t.Context())
	Must(t, err)
	Must(t, s.Log.Entries(t.Context(), 0, head.Size, func(_ int64, data []byte) error {
		e, err := receipt.Parse(data)
		list = append(list, e)
		return err
	}))
	return list
}

// Counted is the letter's number, as the log has it.
func (s *Site) Counted() int64 { return s.Book.Count(s.Letter.ID).Counted }

// Key is the log's public key.
func (s *Site) Key(t testing.TB) receipt.Key {
	t.Helper()
	k, err := receipt.ParseKey(s.Log.Key())
	Must(t, err)
	return k
}
