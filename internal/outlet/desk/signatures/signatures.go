package signatures

import (
	"context"
	"log/slog"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"outcry/internal/core/casefile"
	"outcry/internal/core/organiser"
	"outcry/internal/feature/letter"
	"outcry/internal/feature/news"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
	"outcry/receipt"
)

// Config is what these pages need.
type Config struct {
	Letters *letter.Book
	News    *news.Book
	// Case is what was applied of a case, shown or not; a fault of kind NotFound if nothing was yet.
	Case func(ctx context.Context, slug string) (*casefile.File, error)
	// Stand is an error where nothing may be written to the log.
	Stand func(ctx context.Context) error
	// Touch has a case's pages made anew.
	Touch func(ctx context.Context, slug string) error
	// Resume lets a paused letter be signed again, if mail is known to leave this server; twice is as good as once.
	Resume func(ctx context.Context, slug, letter string) error
	Logger *slog.Logger
	// TakeKey makes a proven key the one that a campaign receives under; twice is as good as once.
	TakeKey func(ctx context.Context, slug, recipient string) error
}

// hall is these pages on a desk.
type hall struct {
	Config
	desk *desk.Desk
}

const (
	root  = desk.Root + "/c/{case}/signatures"
	heard = desk.Root + "/c/{case}/followers"
)

func signaturesPath(slug string) string { return desk.Root + "/c/" + slug + "/signatures" }
func followersPath(slug string) string  { return desk.Root + "/c/" + slug + "/followers" }
func letterPath(l *letter.Letter, page string) string {
	return signaturesPath(l.Case) + "/" + l.Slug + "/" + page
}

// Hang hangs the pages in.
func Hang(d *desk.Desk, c Config) {
	h := &hall{c, d}
	d.Require(organiser.Look, "GET "+root, h.letters)
	d.Require(organiser.Moderate, "POST "+root+"/{letter}/turn", h.turn)
	d.Require(organiser.Moderate, "POST "+root+"/{letter}/release", h.release)
	d.Require(organiser.Remove, "POST "+root+"/{letter}/restore", h.restore)
	d.Require(organiser.Remove, "GET "+root+"/{letter}/remove", h.askRemove)
	d.Require(organiser.Remove, "GET "+root+"/{letter}/remove/{day}", h.askRemove)
	d.Require(organiser.Remove, "POST "+root+"/{letter}/remove", h.decideRemove)
	d.Require(organiser.Look, "GET "+root+"/{letter}/names", h.names)
	d.Require(organiser.Moderate, "POST "+root+"/{letter}/names", h.changeName)
	d.Require(organiser.Moderate, "GET "+root+"/{letter}/names/{lock}", h.askFirst)
	d.Require(organiser.Moderate, "POST "+root+"/{letter}/names/{lock}", h.first)
	d.Require(organiser.Moderate, "GET "+root+"/{letter}/report", h.askReport)
	d.Require(organiser.Moderate, "POST "+root+"/{letter}/report", h.decideReport)
	d.Require(organiser.Look, "GET "+heard, h.followers)
	d.Require(organiser.Key, "GET "+heard+"/key", h.askKey)
	d.Require(organiser.Key, "POST "+heard+"/key", h.drill)
	d.Require(organiser.Key, "GET "+heard+"/key/drill.sealed", h.drillFile)
	d.Require(organiser.Key, "POST "+heard+"/key/answer", h.answer)
	d.Require(organiser.Key, "POST "+heard+"/key/use", h.use)
	d.Require(organiser.Export, "POST "+heard+"/export", h.askExport)
	d.Require(organiser.Export, "POST "+heard+"/fetch", h.fetch)
	d.Carries(organiser.Moderate, h.moderate)
	d.Carries(organiser.Remove, h.remove)
	d.Carries(organiser.Key, h.key)
	d.Carries(organiser.Export, h.export)
	d.Words(organiser.Remove, h.removeWords)
	d.Words(organiser.Key, h.keyWords)
	d.Words(organiser.Export, h.exportWords)
	d.Today(h.today)
}

var errNoLetter = fault.New(fault.NotFound, "fault.letter.none")

// letter is the one that a page is about.
func (h *hall) letter(r *http.Request) (*letter.Letter, error) {
	all, err := h.Letters.All(r.Context(), r.PathValue("case"))
	if err != nil {
		return nil, err
	}
	for _, l := range all {
		if l.Slug == r.PathValue("letter") {
			return l, nil
		}
	}
	return nil, errNoLetter
}

// standing is a letter as organisers look at it.
type standing struct {
	*letter.Letter
	count    letter.Count
	waiting  int
	days     []letter.HeldDay
	removals []struck
	title    string
	titled   lang.Tag
}

// struck is a removal that holds.
type struck struct {
	letter.Removal
	pending int  // signatures under it that the log counts still
	repeats bool // its words say what its kind says
}

func (h *hall) standing(ctx context.Context, v *desk.Visit, l *letter.Letter, waiting map[receipt.Letter]int) (s standing, err error) {
	s = standing{Letter: l, count: h.Letters.Count(l.ID), waiting: waiting[l.ID]}
	words, tag := l.Wording(v.P.Tag())
	s.title, s.titled = words.Title, tag
	if s.days, err = h.Letters.HeldDays(ctx, l.ID); err != nil {
		return s, err
	}
	list, err := h.Letters.Removals(ctx, l.ID)
	if err != nil {
		return s, err
	}
	for _, r := range list {
		n := 0
		if r.Undoable {
			if n, err = h.Letters.Pending(ctx, r.ID); err != nil {
				return s, err
			}
		}
		s.removals = append(s.removals, struck{r, n, h.repeats(r.Reason, r.Words)})
	}
	slices.Reverse(s.removals)
	return s, nil
}

func (h *hall) letters(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	all, err := h.Letters.All(r.Context(), r.PathValue("case"))
	if err != nil {
		return err
	}
	waiting, err := h.Letters.Waiters(r.Context())
	if err != nil {
		return err
	}
	var list []standing
	for _, l := range all {
		s, err := h.standing(r.Context(), v, l, waiting)
		if err != nil {
			return err
		}
		list = append(list, s)
	}
	return h.desk.Show(w, r, lettersPage(h.desk.CaseFrame(r, v, v.P.T("desk.signatures.title")), r.PathValue("case"), list))
}

// quick does an errand of moderating and goes on to a page of ours; to the errand's own, where it has not been done.
func (h *hall) quick(w http.ResponseWriter, r *http.Request, v *desk.Visit, l *letter.Letter, m moderation, to string) error {
	m.Letter = l.ID
	d, err := deed(organiser.Moderate, m, l.Case, l.Slug, m.Do)
	if err != nil {
		return err
	}
	o, err := h.desk.Book.Do(r.Context(), v.Session, d)
	if err != nil {
		return err
	}
	if err := h.desk.Run(r.Context()); err != nil {
		return err
	}
	e, err := h.desk.Book.Errand(r.Context(), v.Session, o.Errand.ID)
	if err != nil {
		return err
	}
	if e.State != organiser.Done {
		to = desk.Root + "/errands/" + e.ID
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func (h *hall) turn(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	l, err := h.letter(r)
	if err != nil {
		return err
	}
	m := moderation{Do: form.Get("do")}
	if m.Do != doPause && m.Do != doResume {
		return errForm
	}
	return h.quick(w, r, v, l, m, signaturesPath(l.Case)+"#"+l.Slug)
}

var errForm = fault.New(fault.Invalid, "fault.desk.form")

func (h *hall) release(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	l, err := h.letter(r)
	if err != nil {
		return err
	}
	day, ok := parseDay(form.Get("day"))
	if !ok || day == 0 {
		return errForm
	}
	return h.quick(w, r, v, l, moderation{Do: doRelease, Day: day}, signaturesPath(l.Case)+"#"+l.Slug)
}

func (h *hall) restore(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	l, err := h.letter(r)
	if err != nil {
		return err
	}
	id, err := letter.ParseRemovalID(form.Get("removal"))
	if err != nil {
		return errForm
	}
	return h.quick(w, r, v, l, moderation{Do: doRestore, Removal: id.String()}, signaturesPath(l.Case)+"#"+l.Slug)
}

// today are the tasks that these pages know of.
func (h *hall) today(ctx context.Context, v *desk.Visit) (list []desk.Task, err error) {
	slugs, err := h.desk.Book.Cases(ctx, v.Session)
	if err != nil {
		return nil, err
	}
	for _, slug := range slugs {
		if organiser.May(v.Role, organiser.Moderate) {
			all, err := h.Letters.All(ctx, slug)
			if err != nil {
				return nil, err
			}
			n := 0
			for _, l := range all {
				days, err := h.Letters.HeldDays(ctx, l.ID)
				if err != nil {
					return nil, err
				}
				for _, d := range days {
					n += d.Count
				}
			}
			if n > 0 {
				list = append(list, desk.Task{Key: "desk.signatures.today_held", N: n, Path: signaturesPath(slug), Weight: 60})
			}
		}
		if organiser.May(v.Role, organiser.Export) {
			ready, err := h.News.Ready(ctx, slug, v.Organiser.ID)
			if err != nil {
				return nil, err
			}
			if len(ready) > 0 {
				list = append(list, desk.Task{Key: "desk.signatures.today_ready", Path: followersPath(slug), Weight: 65})
			}
		}
	}
	return list, nil
}

// sentences is a part of a page that says something in whole sentences.
func sentences(list ...string) templ.Component { return paragraphs(list) }
