package review

import (
	"net/http"
	"net/url"
	"strconv"

	"outcry/internal/core/draft"
	"outcry/internal/core/organiser"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
)

// historyView is the page of a draft's revisions.
type historyView struct {
	*at
	page     desk.Page
	chain    []draft.Revision
	aside    []draft.Revision // that wait for somebody
	restored int              // the revision that was restored just now; 0: none
	undo     int              // the one that the draft said before; 0: nothing can be undone
}

func (o *room) history(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	a, err := o.older(r, v)
	if err != nil {
		return err
	}
	list, err := o.Drafts.History(r.Context(), a.slug)
	if err != nil {
		return err
	}
	view := historyView{at: a, page: o.d.Frame(r, v, v.P.T("desk.review.history.title"))}
	for _, one := range list {
		if one.Open {
			view.aside = append(view.aside, one)
		}
		view.chain = append(view.chain, one)
	}
	q := r.URL.Query()
	if view.restored = number(q.Get("restored")); view.restored > 0 && number(q.Get("now")) == a.draft.Revision { // nobody has saved anything since
		view.undo = number(q.Get("was"))
	}
	return o.d.Show(w, r, historyPage(view))
}

// comparison is the page of two revisions.
type comparison struct {
	*at
	page     desk.Page
	from, to draft.Revision
	list     []draft.Revision // to choose others
	groups   []group
}

func (o *room) compare(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	a, err := o.older(r, v)
	if err != nil {
		return err
	}
	c := comparison{at: a, page: o.d.Frame(r, v, v.P.T("desk.review.compare.title"))}
	q := r.URL.Query()
	for _, end := range []struct {
		n    int
		into *draft.Revision
	}{{number(q.Get("from")), &c.from}, {number(q.Get("to")), &c.to}} {
		if *end.into, err = o.Drafts.At(r.Context(), a.slug, end.n); err != nil {
			return err
		}
	}
	if c.list, err = o.Drafts.History(r.Context(), a.slug); err != nil {
		return err
	}
	if c.groups, err = grouped(a.p, c.from.Doc, c.to.Doc); err != nil {
		return err
	}
	return o.d.Show(w, r, comparePage(c))
}

// revisionView is the page of one revision: what the draft would say otherwise with it, and if it was kept aside, what it was in conflict over.
type revisionView struct {
	*at
	page   desk.Page
	rev    draft.Revision
	groups []group
	fought []dispute
}

// dispute is a value that two changed.
type dispute struct {
	path, label  string
	mine, theirs said
}

func (o *room) revision(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	a, err := o.older(r, v)
	if err != nil {
		return err
	}
	view := revisionView{at: a}
	if view.rev, err = o.Drafts.At(r.Context(), a.slug, number(r.PathValue("n"))); err != nil {
		return err
	}
	view.page = o.d.Frame(r, v, v.P.T("desk.review.revision.title", "Number", v.P.Number(int64(view.rev.N))))
	if view.groups, err = grouped(a.p, a.draft.Doc, view.rev.Doc); err != nil {
		return err
	}
	if view.rev.Open && !a.damaged { // else nobody knows what it was in conflict with
		list, err := o.Drafts.Conflicts(r.Context(), a.slug, view.rev.N)
		if err != nil {
			return err
		}
		k := naming{p: a.p, old: draft.Read(a.draft.Doc), new: draft.Read(view.rev.Doc)}
		for _, c := range list {
			view.fought = append(view.fought, dispute{c.Path, k.whole(c.Path), k.value(c.Path, c.Mine), k.value(c.Path, c.Theirs)})
		}
	}
	return o.d.Show(w, r, revisionPage(view))
}

// restore makes a revision the newest again; the page it leads to can undo that.
func (o *room) restore(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	a, err := o.writing(w, r, v)
	if err != nil {
		return err
	}
	n := number(r.PathValue("n"))
	now, err := o.Drafts.Restore(r.Context(), a.slug, n, string(v.Role))
	if err != nil {
		return err
	}
	q := url.Values{"restored": {strconv.Itoa(n)}, "was": {strconv.Itoa(a.draft.Revision)}, "now": {strconv.Itoa(now.Revision)}}
	if now.Revision == a.draft.Revision {
		q.Del("was") // it says nothing new
	}
	return to(w, r, a.path("/history?"+q.Encode()))
}

// writing is the draft that a form is about to change; that it was is noted.
func (o *room) writing(w http.ResponseWriter, r *http.Request, v *desk.Visit) (*at, error) {
	if _, err := web.LongForm(w, r); err != nil {
		return nil, err
	}
	if err := o.d.Book.Noted(r.Context(), v.Session, organiser.Edit, r.PathValue("case")); err != nil {
		return nil, err
	}
	return o.older(r, v)
}

// take brings one value of a revision that was kept aside into the draft, in the place of what stands there.
func (o *room) take(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	a, err := o.writing(w, r, v)
	if err != nil {
		return err
	}
	rev, err := o.Drafts.At(r.Context(), a.slug, number(r.PathValue("n")))
	if err != nil {
		return err
	}
	if a.damaged {
		return draft.ErrDamaged
	}
	path := r.PostFormValue("path")
	value, _ := draft.Value(rev.Doc, path)
	doc, err := draft.Put(a.draft.Doc, path, value)
	if err != nil || path == "" {
		return errAbsent
	}
	if _, err := o.Drafts.Save(r.Context(), a.slug, a.draft.Revision, doc, string(v.Role)); err != nil {
		return err
	}
	return to(w, r, a.path("/history/"+strconv.Itoa(rev.N)))
}

// settle says that a revision that was kept aside is dealt with.
func (o *room) settle(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	a, err := o.writing(w, r, v)
	if err != nil {
		return err
	}
	if err := o.Drafts.Settle(r.Context(), a.slug, number(r.PathValue("n"))); err != nil && !fault.Is(err, fault.NotFound) { // somebody else did
		return err
	}
	return to(w, r, a.path("/history"))
}

func (o *room) askForget(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	a, err := o.older(r, v)
	if err != nil {
		return err
	}
	return o.d.Show(w, r, forgetPage(o.d.Frame(r, v, v.P.T("desk.review.forget.title")), a))
}

// forget deletes the history: what was taken out of a page because it harmed somebody is then in no revision either.
func (o *room) forget(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	if _, err := web.LongForm(w, r); err != nil {
		return err
	}
	if err := o.d.Book.Noted(r.Context(), v.Session, organiser.Purge, r.PathValue("case")); err != nil {
		return err
	}
	slug := r.PathValue("case")
	if _, err := o.forgotten(r.Context(), slug); err != nil {
		return err
	}
	return to(w, r, desk.Root+"/c/"+slug+"/history")
}

// what is how a revision came about, in words.
func what(p *lang.Printer, r draft.Revision) string { return p.T("desk.review.what." + string(r.What)) }
