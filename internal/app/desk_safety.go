package app

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/outlet/desk"
	"outcry/internal/outlet/desk/safety"
)

// deskSafety hangs in the pages of bad days, of what is kept, and of settings.
func (a *App) deskSafety(d *desk.Desk) {
	safety.Hang(d, safety.Config{Withhold: withholdDeed, Shown: a.shownOf, Purge: a.purge, Kept: a.keptOf, Settings: a.settings, Findings: a.told})
}

// withholdDeed is the deed by which a case's pages are taken back, as the pages of a campaign carry it out.
func withholdDeed(slug string) organiser.Deed {
	return organiser.Deed{Act: organiser.Withhold, Object: slug, Payload: []byte(`{"kind":"withhold"}`)}
}

// shownOf are those of the cases that the public sees now.
func (a *App) shownOf(ctx context.Context, slugs []string) (shown []string, err error) {
	for _, slug := range slugs {
		_, err := a.Cases.Shown(ctx, slug)
		switch {
		case fault.Is(err, fault.NotFound) || fault.Is(err, fault.Gone):
		case err != nil:
			return nil, err
		default:
			shown = append(shown, slug)
		}
	}
	return shown, nil
}

// purge deletes, of some cases, what they can do without: addresses that wait for news, the history of drafts, photographs that no case
// names, and translators' links. Counts, signatures, texts and the links of those who bind a campaign stay. It may run again.
func (a *App) purge(ctx context.Context, slugs []string) error {
	if err := a.sweepPhotos(ctx, 0); err != nil { // what others' drafts name is theirs, before all goes that lies in plain
		return err
	}
	for _, slug := range slugs {
		err := a.DB.Update(ctx, func(tx *db.Tx) error {
			if _, err := a.News.Forget(tx, slug); err != nil {
				return err
			}
			if _, err := a.Drafts.Forget(tx, slug); err != nil {
				return err
			}
			_, err := a.Drafts.DropPhotos(tx, slug)
			return err
		})
		if err != nil {
			return err
		}
		guests, err := a.Drafts.Guests(ctx, slug)
		if err != nil {
			return err
		}
		for _, g := range guests {
			if err := a.Drafts.Dismiss(ctx, slug, g.ID); err != nil {
				return err
			}
		}
	}
	err := a.DB.Update(ctx, func(tx *db.Tx) error { // whose those were stands nowhere: whoever waits for a file of theirs keeps them again
		_, err := a.Cases.DropUnnamed(tx)
		return err
	})
	if err != nil {
		return err
	}
	return a.DB.Flush(ctx) // what was deleted is not left in SQLite's log of writes; busy, this runs again
}

// keptOf are the rows of what is held of a committee: of its people and of its cases. What the whole installation holds is told to the first committee alone.
func (a *App) keptOf(ctx context.Context, s organiser.Session, slugs []string, home bool) (rows []safety.Kept, err error) {
	n := map[string]int64{}
	for _, slug := range slugs {
		letters, err := a.Book.All(ctx, slug)
		if err != nil {
			return nil, err
		}
		for _, l := range letters {
			n["signatures"] += int64(a.Book.Count(l.ID).Counted)
			if l.State.Alive() {
				n["marks"] += int64(a.Book.Count(l.ID).Counted)
			}
		}
		followers, err := a.News.Count(ctx, slug)
		if err != nil {
			return nil, err
		}
		n["followers"] += int64(followers)
		lists, err := a.News.Unfetched(ctx, slug)
		if err != nil {
			return nil, err
		}
		n["lists"] += int64(lists)
		switch history, err := a.Drafts.History(ctx, slug); {
		case fault.Is(err, fault.NotFound):
		case err != nil:
			return nil, err
		default:
			n["revisions"] += int64(len(history))
		}
		photos, err := a.Drafts.Photos(ctx, slug)
		if err != nil {
			return nil, err
		}
		n["photos"] += int64(photos)
		guests, err := a.Drafts.Guests(ctx, slug)
		if err != nil {
			return nil, err
		}
		n["guests"] += int64(len(guests))
		links, _, err := a.Wishes.List(ctx, slug)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		n["links"] += int64(len(links))
	}
	people, err := a.Organisers.People(ctx, s)
	if err != nil {
		return nil, err
	}
	proposals, err := a.Organisers.Proposals(ctx, s)
	if err != nil {
		return nil, err
	}
	errands, err := a.Organisers.Errands(ctx, s)
	if err != nil {
		return nil, err
	}
	trail, _, err := a.Organisers.Trail(ctx, s)
	if err != nil && !errors.Is(err, organiser.ErrTrail) {
		return nil, err
	}
	sealed, _, err := a.Organisers.Sealed(ctx, s)
	if err != nil {
		return nil, err
	}
	n["sealed"] = int64(len(sealed))
	n["people"], n["waiting"], n["errands"], n["trail"] = int64(len(people.People)), int64(len(people.Invitations)+len(proposals)), int64(len(errands)), int64(len(trail))
	n["texts"] = int64(len(slugs))
	for _, key := range []string{"texts", "signatures", "marks", "names", "followers", "lists", "mails", "revisions", "photos", "guests", "links", "people", "sessions", "waiting", "errands", "trail", "sealed", "backups"} {
		count, counted := n[key]
		switch {
		case key == "mails" && home:
			queue, err := a.Jobs.Count(ctx)
			if err != nil {
				return nil, err
			}
			count = queue.Waiting
		case !counted && !(len(slugs) == 0 && (key == "signatures" || key == "marks" || key == "followers" || key == "lists" || key == "revisions" || key == "photos" || key == "guests" || key == "links")):
			count = -1
		}
		rows = append(rows, safety.Kept{Key: key, N: count})
	}
	return rows, nil
}

// settings are what the installation is set to, and by what. Passwords and tokens are not among them.
func (a *App) settings() (list []safety.Setting) {
	stored, err := readSettings(a.Data)
	if err != nil { // it was mended by hand since, and not well: what runs is what was read then
		stored = Settings{}
	}
	add := func(name, have, inFile, shown string) {
		from := "start"
		switch {
		case have == "":
			from = "rule"
		case strings.TrimRight(inFile, "/") == have:
			from = "file"
		case inFile == "" && (name == "mail_url" || name == "from" || name == "language"): // complete has filled them in
			from = "rule"
		}
		list = append(list, safety.Setting{Name: name, Value: shown, From: from})
	}
	add("url", a.URL, stored.URL, a.URL)
	add("mail_url", a.Config.MailURL, stored.MailURL, a.Config.MailURL)
	add("from", a.From, stored.From, a.From)
	add("smtp", a.SMTP, stored.SMTP, hostOf(a.SMTP))
	add("database", a.Database, stored.Database, hostOf(a.Database))
	add("language", string(a.Language), string(stored.Language), string(a.Language))
	add("embed", strings.Join(a.Embed, " "), strings.Join(stored.Embed, " "), strings.Join(a.Embed, " "))
	add("shares", a.Shares, stored.Shares, a.Shares)
	add("metrics", a.Metrics, stored.Metrics, a.Metrics)
	add("designated", a.Designated, stored.Designated, a.Designated)
	add("witnesses", witnessNames(a.Witnesses), witnessNames(stored.Witnesses), witnessNames(a.Witnesses))
	add("rehearsal", a.Rehearsal, stored.Rehearsal, veiled(a.Rehearsal))
	return list
}

// hostOf is where an address leads, without who goes there and by which password.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return veiled(address)
	}
	return u.Host
}

// veiled stands for what is not shown.
func veiled(value string) string {
	if value == "" {
		return ""
	}
	return "…"
}

func witnessNames(list []WitnessSetting) string {
	var names []string
	for _, w := range list {
		names = append(names, w.Name)
	}
	return strings.Join(names, ", ")
}

// toldTime is how long somebody waits for the page of settings at the most.
const toldTime = 10 * time.Second

// told are the findings as the desk's page has them.
func (a *App) told(ctx context.Context) (list []safety.Finding) {
	ctx, cancel := context.WithTimeout(ctx, toldTime)
	defer cancel()
	for _, f := range a.Findings(ctx) {
		if f.Err != nil { // in the words of this machine, which are for its owner: the page has others
			f.Says = f.Err.Error()
		}
		list = append(list, safety.Finding{Check: f.Check, State: string(f.State), Says: f.Says, Fix: f.Fix, Args: f.Args})
	}
	return list
}
