// Package app builds an installation from one Config. It is the only package that imports all others, and where they meet.
package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/sys/unix"

	"outcry/internal/core/casefile"
	"outcry/internal/core/draft"
	"outcry/internal/core/mailproof"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/directory"
	"outcry/internal/feature/dossier"
	"outcry/internal/feature/letter"
	"outcry/internal/feature/news"
	"outcry/internal/feature/poster"
	"outcry/internal/feature/wish"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/durable"
	"outcry/internal/kernel/jobs"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/live"
	"outcry/internal/kernel/mail"
	"outcry/internal/kernel/seal"
	"outcry/internal/kernel/translog"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
	"outcry/internal/outlet/site"
	"outcry/locales"
	"outcry/receipt"
)

// cacheMost is what rendered pages may take of memory, in bytes.
const cacheMost = 64 << 20

// App is an open installation.
type App struct {
	Config
	DB    *db.DB
	Log   *translog.Log
	Jobs  *jobs.Queue
	Book  *letter.Book
	News  *news.Book
	Cases *casefile.Book
	Hub   *live.Hub

	Wishes     *wish.Book
	Organisers *organiser.Book
	Drafts     *draft.Book
	MailProof  *mailproof.Book

	pages  *letter.Pages
	people *dossier.Pages
	others *directory.Pages
	stop   *news.Pages
	wishes *wish.Pages
	site   *site.Site
	room   atomic.Pointer[desk.Desk] // nil until there are pages
	mail   mail.Transport
	wake   chan struct{}
	allies *allies // witnesses; nil: none
	listed atomic.Pointer[designated]
	stale  bool  // a change was seen and not read yet; Refresh's caller's alone
	toldAt int64 // size of the log whose numbers caches and viewers were told; Refresh's caller's alone

	reloading sync.Mutex  // one reader of the cases after the other
	heeded    atomic.Bool // heed has read the cases again; Refresh reads what else has changed

	buried map[receipt.Letter]bool // letters whose share this process knows to be gone; Refresh's caller's alone

	secret    *seal.Unlock
	days      *seal.DayKeys
	held      *os.File      // as long as the installation is in use; nil if it is only looked at
	unlocking sync.Mutex    // one at a time brings the secret
	unlocked  chan struct{} // closed once the secret is there
}

// Init makes a data folder, an unlock secret outside it, the database and, if the URL is known, the log. What is there already
// is an error: nothing is ever overwritten.
func Init(ctx context.Context, c Config) error {
	if err := c.check(flag); err != nil {
		return err
	}
	if err := apart(c.Data, c.SecretFile); err != nil && !c.Demo {
		return err
	}
	if c.Shares != "" {
		path, err := filepath.Abs(c.Shares) // every command finds it, wherever it is run
		if err != nil {
			return err
		}
		if c.Shares = path; apart(c.Data, path) != nil {
			return errSharesInside(c.Data)
		}
	}
	if err := vacant(c); err != nil {
		return err
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("the data folder: %w", err)
	}
	d, err := openDB(ctx, c) // before the secret: a database that does not answer leaves nothing behind
	if err != nil {
		return err
	}
	defer d.Close()
	if m, err := d.Schema(ctx); err != nil {
		return err
	} else if m.Have > 0 {
		return refuse(ErrInWay, "the database holds an installation already; name an empty one")
	}
	u, err := seal.NewSecretFile(c.SecretFile)
	if err != nil {
		return fmt.Errorf("the secret file: %w", err)
	}
	if err := writeSettings(c.Data, c.Settings); err != nil {
		return fmt.Errorf("the settings: %w", err)
	}
	if _, err := d.Migrate(ctx); err != nil {
		return err
	}
	if _, err := seal.OpenDayKeys(ctx, d, u, c.Now); err != nil { // from now on another secret is noticed, even before there is a log
		return err
	}
	if c.URL == "" {
		return nil
	}
	return create(ctx, d, u, c.URL)
}

// vacant refuses to make an installation where something is.
func vacant(c Config) error {
	if _, err := os.Stat(filepath.Join(c.Data, settingsName)); err == nil {
		return refuse(ErrInWay, "%s is a data folder already; outcry serve starts it", c.Data)
	}
	if entries, err := os.ReadDir(c.Data); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("the data folder: %w", err)
	} else if slices.ContainsFunc(entries, func(e os.DirEntry) bool { return !strings.HasPrefix(e.Name(), databaseName) }) {
		return refuse(ErrInWay, "%s is not empty; name a new folder, or an empty one", c.Data) // a database alone is left by an init that failed
	}
	if _, err := os.Stat(filepath.Dir(c.SecretFile)); err != nil && !c.Demo { // a demo keeps it in the folder that is not there yet
		return fmt.Errorf("the folder of the secret file: %w", err)
	}
	if _, err := os.Lstat(c.SecretFile); err == nil {
		return refuse(ErrInWay, "the secret file %s is there already; name another, or remove it if no installation needs it", c.SecretFile)
	}
	return nil
}

func create(ctx context.Context, d *db.DB, u *seal.Unlock, url string) error {
	origin, err := receipt.Origin(url)
	if err != nil {
		return err
	}
	return translog.Create(ctx, d, u, origin)
}

// apart refuses a secret inside the data folder: whoever takes the one would have the other.
func apart(data, secret string) error {
	d, err := filepath.Abs(data)
	if err != nil {
		return err
	}
	s, err := filepath.Abs(secret)
	if err != nil {
		return err
	}
	for _, path := range []*string{&d, &s} { // a link to the folder is the folder; a file that is not there yet lies in its parent
		if real, err := filepath.EvalSymlinks(*path); err == nil {
			*path = real
		} else if real, err := filepath.EvalSymlinks(filepath.Dir(*path)); err == nil {
			*path = filepath.Join(real, filepath.Base(*path))
		}
	}
	if rel, err := filepath.Rel(d, s); err == nil && rel != ".." && !hasParent(rel) {
		return refuse(ErrSetting, "the secret file must not lie in the data folder: whoever takes the folder would have both; name a path outside %s", data)
	}
	return nil
}

func hasParent(rel string) bool { return len(rel) >= 3 && rel[:3] == ".."+string(filepath.Separator) }

func openDB(ctx context.Context, c Config) (*db.DB, error) {
	if c.Database != "" {
		return db.Open(ctx, db.Config{URL: c.Database, Log: c.Log})
	}
	file := filepath.Join(c.Data, databaseName)
	if _, err := os.Stat(file); c.Look && err != nil {
		return nil, refuse(ErrAbsent, "there is no database in %s yet: run outcry migrate", c.Data)
	}
	if err := unix.Access(c.Data, unix.W_OK); err != nil { // SQLite's own words for it would be about the file
		return nil, fmt.Errorf("the data folder: %w", &fs.PathError{Op: "write", Path: c.Data, Err: err})
	}
	return db.Open(ctx, db.Config{File: file, Log: c.Log})
}

// OpenDB opens the database of an installation alone; for migrate and doctor.
func OpenDB(ctx context.Context, c Config) (*db.DB, error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	if err := there(c.Data); err != nil {
		return nil, err
	}
	return openDB(ctx, c)
}

// there refuses a folder that is none of ours, before anything is made in it.
func there(data string) error {
	if _, err := os.Stat(filepath.Join(data, settingsName)); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return refuse(ErrAbsent, "%s is not a data folder; make one with: outcry init --data %s --secret-file FILE", data, data)
		}
		return err
	}
	return nil
}

// Open opens an installation. An empty database is prepared; an older one is refused until it has been migrated.
func Open(ctx context.Context, c Config) (a *App, err error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	if err := there(c.Data); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(c.Data, demoName)); err == nil && !c.Demo {
		return nil, refuse(ErrInWay, "%s holds a demonstration, whose secret lies beside its data; a real letter needs a folder of its own", c.Data)
	}
	u, err := c.secret()
	if err != nil {
		return nil, err
	}
	var held *os.File
	if !c.Look {
		if held, err = hold(c.Data, false); err != nil {
			return nil, err
		}
	}
	d, err := openDB(ctx, c)
	if err != nil {
		held.Close()
		return nil, err
	}
	defer func() {
		if err != nil {
			held.Close()
			d.Close()
		}
	}()
	if err := schema(ctx, d, c.Look); err != nil {
		return nil, err
	}
	if u, err = settled(ctx, d, c, u); err != nil {
		return nil, err
	}
	openDays := seal.OpenDayKeys
	if c.Look {
		openDays = seal.LookDayKeys
	}
	days, err := openDays(ctx, d, u, c.Now)
	if err != nil {
		return nil, wrongSecret(err, c.SecretFile)
	}
	l, err := openLog(ctx, d, u, c)
	if err != nil {
		return nil, err
	}
	words, err := lang.Load(locales.FS)
	if err != nil {
		return nil, err
	}
	a = &App{Config: c, DB: d, Log: l, Cases: casefile.New(casefile.Config{DB: d, Now: c.Now, Agreed: wish.Agreements}), mail: c.Mail, wake: make(chan struct{}, 1), buried: map[receipt.Letter]bool{},
		secret: u, days: days, held: held, unlocked: make(chan struct{})}
	if !u.Locked() {
		close(a.unlocked)
	}
	if a.mail == nil {
		if a.mail, err = transport(c); err != nil {
			return nil, err
		}
	}
	budgets := letter.Usual()
	if c.Budgets != nil {
		budgets = *c.Budgets
	}
	a.Jobs = jobs.New(jobs.Config{DB: d, Now: c.Now, Log: c.Log})
	a.Hub = live.New(live.Config{Max: viewers(), Now: c.Now, Log: c.Log})
	a.News = news.NewBook(news.Config{DB: d, Log: l, MailURL: c.MailURL, Now: c.Now, Case: func(slug string) (*casefile.File, error) { return a.site.Case(slug) }})
	a.Book = letter.NewBook(letter.Config{DB: d, Unlock: u, Days: days, Log: l, Jobs: a.Jobs, Mail: a.mail, Words: words, URL: c.URL, MailURL: c.MailURL, News: a.News,
		Budgets: budgets, Now: c.Now, Logger: c.Log, Checked: c.checked(CheckedSignatures), Stopped: a.stopped})
	a.Organisers = organiser.NewBook(organiser.Config{DB: d, Unlock: u, Now: c.Now, Known: a.slugs, There: a.there, Recipients: a.trailKeys})
	a.Drafts = draft.NewBook(draft.Config{DB: d, Unlock: u, Now: c.Now, Canon: canonical})
	a.MailProof = a.mailProof()
	a.Wishes = wish.NewBook(wish.Config{DB: d, Cases: a.Cases, URL: c.MailURL, Now: c.Now, Changed: a.heed})
	cache := web.NewCache(cacheMost)
	sink, _ := c.Mail.(*mail.Sink)
	a.others = &directory.Pages{List: directory.NewList(words), Words: words, Cache: cache, URL: c.URL, Now: c.Now}
	a.site = site.New(site.Config{URL: c.URL, Home: c.Language, Words: words, Cases: a.Cases, DB: d, Log: l, Cache: cache, Now: c.Now, Sink: sink, Logger: c.Log, Letters: a.panels, Loaded: a.others.List.Load, Front: a.others.Front, Rehearsal: c.Rehearsal, Locked: u.Locked, Designated: a.designations})
	if a.allies, err = newAllies(c, l); err != nil {
		return nil, err
	}
	if a.allies != nil {
		l.BeforeSigning(a.allies.stand)
	}
	mailbox := ""
	if sink != nil {
		mailbox = site.Mailbox
	}
	a.stop = &news.Pages{Book: a.News, Words: words, Frame: a.site.Frame, Tongue: a.site.Tongue}
	a.wishes = &wish.Pages{Book: a.Wishes, Words: words, Cache: cache, URL: c.URL, Frame: a.site.Frame, Case: a.site.Case, Tongue: a.site.Tongue}
	a.others.Frame = a.site.Frame
	a.people = &dossier.Pages{URL: c.URL, Words: words, Cache: cache, Now: c.Now, Frame: a.site.Frame, Case: a.site.Case, Changes: a.Cases.Changes, Letters: a.bodies, More: a.beside, Origin: l.Origin(), Calls: a.calls, Designated: a.designations, Photo: a.Cases.Photo}
	posters := a.paperPages(cache, sync.OnceValues(func() (*poster.Maker, error) { return a.maker("") }))
	a.pages = &letter.Pages{Paper: posters.Beside, Mailbox: mailbox, Book: a.Book, Words: words, Cache: cache, Live: a.Hub, Sender: c.From, Embeds: c.Embed, Witnessed: a.allies.Word, Write: a.people.Write, Designated: a.designations, Frame: a.site.Frame, Case: a.site.Case, Tongue: a.site.Tongue,
		Glance:      func(p *lang.Printer, f *casefile.File) templ.Component { return dossier.Glance(p, a.people.View(f)) },
		Publication: func(p *lang.Printer, f *casefile.File) templ.Component { return dossier.Grounds(p, a.people.View(f)) },
		Photo:       func(p *lang.Printer, f *casefile.File) templ.Component { return dossier.Photo(p, a.people.View(f)) },
		Others:      func(p *lang.Printer, f *casefile.File) templ.Component { return a.others.Panel(p, f.Case.Slug) },
	}
	return a, nil
}

func schema(ctx context.Context, d *db.DB, look bool) error {
	m, err := d.Schema(ctx)
	if err != nil {
		return err
	}
	switch {
	case m.Have == 0 && look:
		return refuse(ErrInWay, "the database is empty: run outcry migrate")
	case m.Have == 0:
		_, err = d.Migrate(ctx)
		return err
	case m.Have < m.Want:
		return refuse(ErrInWay, "the database is at version %d and this program wants %d: make a backup, then run outcry migrate", m.Have, m.Want)
	case m.Have > m.Want:
		return refuse(ErrInWay, "the database is at version %d, newer than this program (%d): use the newer outcry", m.Have, m.Want)
	}
	return nil
}

func openLog(ctx context.Context, d *db.DB, u *seal.Unlock, c Config) (*translog.Log, error) {
	conf := translog.Config{DB: d, Unlock: u, Now: c.Now, Log: c.Log, Checked: c.checked(CheckedEntries)}
	l, err := translog.Open(ctx, conf)
	if errors.Is(err, translog.ErrNone) {
		if known, err := os.ReadFile(filepath.Join(c.Data, logName)); err == nil {
			return nil, refuse(ErrInWay, "this database is empty, but %s belongs to the log %s: is it the right database? If that one is lost, restore a copy", c.Data, bytes.TrimSpace(known))
		}
		if c.Look {
			return nil, refuse(ErrAbsent, "the log has no name yet: outcry serve gives it one, after the public URL")
		}
		if c.Locked {
			return nil, refuse(ErrInWay, "this installation has no log yet, and one can't be made without the secret: start the server once with --secret-file")
		}
		if c.URL == "" {
			return nil, refuse(ErrSetting, "the log has no name yet: say the public URL once with --url, such as --url https://letters.example.org; it is for life")
		}
		if err := create(ctx, d, u, c.URL); err != nil {
			return nil, err
		}
		l, err = translog.Open(ctx, conf)
	}
	if err != nil {
		return nil, wrongSecret(err, c.SecretFile)
	}
	return l, sameLog(c, l.Key())
}

// sameLog holds that this database is the one the data folder knows: an empty or a strange one would begin a second log under the first one's name.
func sameLog(c Config, key string) error {
	path := filepath.Join(c.Data, logName)
	known, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist) && c.Look:
		return nil
	case errors.Is(err, os.ErrNotExist):
		return durable.Replace(path, []byte(key+"\n"))
	case err != nil:
		return err
	case string(bytes.TrimSpace(known)) != key:
		return refuse(ErrInWay, "this database holds the log %s, and %s belongs to %s: is it the right database?", key, c.Data, bytes.TrimSpace(known))
	}
	return nil
}

func wrongSecret(err error, file string) error {
	if errors.Is(err, seal.ErrOpen) {
		return fmt.Errorf("%s is not the secret of this database: the keys in it do not open (a secret file of another installation?)", file)
	}
	return err
}

func transport(c Config) (mail.Transport, error) {
	if c.SMTP == "" {
		return nil, nil // its letters can be read, not signed
	}
	s, err := mail.New(mail.Config{URL: c.SMTP, From: c.From, Now: c.Now, Log: c.Log})
	if err != nil {
		return nil, fmt.Errorf("--smtp: %w", err)
	}
	return s, nil
}

var errNoMail = errors.New("no mail server is set: give --smtp")

// panels are the letters of a case as the site composes them.
func (a *App) panels(p *lang.Printer, caseSlug string) (list []site.Panel) {
	for _, l := range a.pages.Panels(p, caseSlug) {
		list = append(list, site.Panel{Title: l.Title, URL: l.URL, Open: l.Open, Body: l.Body})
	}
	return list
}

// beside is what other features have on a page about a person: after a release, what still binds; the others whom it offers.
func (a *App) beside(p *lang.Printer, about *casefile.File) (list []templ.Component) {
	if wish.Aftercare(about) {
		list = append(list, wish.AftercareLink(p, about.Case.Slug))
	}
	return append(list, a.others.Panel(p, about.Case.Slug))
}

// bodies are the letters of a case as the page about the person has them.
func (a *App) bodies(p *lang.Printer, caseSlug string) (list []templ.Component) {
	for _, l := range a.pages.Panels(p, caseSlug) {
		list = append(list, l.Body)
	}
	return list
}

// calls are the letters of a case as paper and feeds have them.
func (a *App) calls(p *lang.Printer, caseSlug string) (list []dossier.Call) {
	for _, l := range a.pages.Panels(p, caseSlug) {
		dated, _ := casefile.ParseDate(l.Dated)
		list = append(list, dossier.Call{Title: l.Title, Demand: l.Demand, Lang: l.Lang, Path: l.URL, Dated: dated, Open: l.Open})
	}
	return list
}

// Close closes what Open opened.
func (a *App) Close() error {
	defer a.held.Close()
	if a.mail != nil {
		return errors.Join(a.mail.Close(), a.DB.Close())
	}
	return a.DB.Close()
}

// Handler is the site, ready to serve, once rows and log agree.
func (a *App) Handler(ctx context.Context) (http.Handler, error) {
	if err := a.Book.Start(ctx); err != nil {
		return nil, fmt.Errorf("this server does not start, because what it holds disagrees with its log: %w", err)
	}
	if _, err := a.Book.RenewNames(ctx); err != nil { // no reason to stay away: some names are found by older words
		a.Config.Log.Error("shown names could not be found and ordered anew", slog.Any("error", err))
	}
	if err := a.relist(); err != nil {
		return nil, err
	}
	if _, err := a.reload(ctx); err != nil {
		return nil, err
	}
	a.Log.OnGrow(func(int64) { a.look() })
	a.site.Mux().Gate = a.gate
	a.others.Routes(a.site.Mux())
	a.people.Routes(a.site.Mux())
	a.pages.Routes(a.site.Mux())
	a.stop.Routes(a.site.Mux())
	a.wishes.Routes(a.site.Mux())
	a.desk()
	a.pages.Moved()
	return a.site.Handler()
}

// look asks the watcher to look now.
func (a *App) look() {
	select {
	case a.wake <- struct{}{}:
	default:
	}
}

// Serve answers on l until ctx ends.
func (a *App) Serve(ctx context.Context, l net.Listener) error {
	if err := a.stand(ctx); err != nil {
		return err
	}
	h, err := a.Handler(ctx)
	if err != nil {
		return err
	}
	if a.Metrics != "" {
		end, err := a.tell(ctx, &h)
		if err != nil {
			return err
		}
		defer end()
	}
	if a.Config.Locked {
		socket, err := listenUnlock(a.Data)
		if err != nil {
			return err
		}
		go a.attend(ctx, socket)
		defer socket.Close()
	}
	return a.Run(ctx, func(ctx context.Context) error {
		return web.Serve(ctx, bounded(l), h, a.Config.Log, func() {
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			_ = a.Hub.Close(stop)
		})
	})
}

// Run keeps the sequencer, the queue, the watcher, the sweeper and whatever closing was begun going while front runs, and ends them with it.
func (a *App) Run(ctx context.Context, front func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	for _, loop := range []func(context.Context){a.whenUnlocked(a.Log.Run), a.whenUnlocked(a.Jobs.Run), a.watch, a.sweeps, a.witness, a.hear, a.whenUnlocked(a.finish), a.whenUnlocked(a.carry), a.forget} {
		wg.Go(func() { loop(ctx) })
	}
	err := front(ctx)
	cancel()
	wg.Wait()
	return err
}

// Refresh reads what has changed since it was last called, by this process or another, and tells caches and viewers. It remembers what it has told, and not what it has seen: whoever else
// read it meanwhile, and whatever failed, it is told with the first look that can. A case that can't be read keeps no number back.
func (a *App) Refresh(ctx context.Context) error {
	if err := a.relist(); err != nil { // the older list holds
		a.Config.Log.Error("the list of designated organisations could not be read again", slog.Any("error", err))
	}
	changed, err := a.reload(ctx)
	a.stale = a.heeded.Swap(false) || a.stale || changed // until all of it was read: a change that was seen in a bad moment is not lost
	if a.stale && err == nil {
		err = a.Book.Load(ctx)
	}
	read := err == nil
	err = errors.Join(err, a.Book.CatchUp(ctx))
	if size := a.Book.Folded(); size != a.toldAt || a.stale && read {
		a.pages.Moved()
		a.toldAt, a.stale = size, a.stale && !read
	}
	a.bury()
	return err
}

// CheckMail talks to the mail server without sending anything; for doctor.
func (a *App) CheckMail(ctx context.Context) error {
	s, ok := a.mail.(*mail.SMTP)
	if !ok {
		return errNoMail
	}
	return s.Check(ctx)
}
