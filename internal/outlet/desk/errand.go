package desk

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"sync"
	"time"

	"github.com/a-h/templ"

	"outcry/internal/core/organiser"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
)

// Carry carries out errands of one act. It may be asked again for one that was cut off: what is done already it leaves as it is. A fault ends the errand, and its key
// is what people read; what is of kind Internal, Busy or Locked, or no fault, is tried again. It has [organiser.CarryTime].
type Carry func(ctx context.Context, e organiser.Errand) error

// Wording says in words what a deed is, for whoever has to approve it. Only who may do such a deed, or has proposed it, is shown it.
type Wording func(p *lang.Printer, d organiser.Deed) templ.Component

// Carries says who carries out errands of an act. Each act has one.
func (d *Desk) Carries(a organiser.Act, c Carry) {
	if d.carry[a] != nil {
		panic("desk: two carry out " + string(a))
	}
	d.carry[a] = c
}

// Words says how deeds of an act are worded; without, their act and object are named.
func (d *Desk) Words(a organiser.Act, w Wording) { d.wording[a] = w }

// decidedPath is the page that says what has become of an errand or a proposal.
func decidedPath(kind, id, from string) string {
	return Root + "/" + kind + "/" + id + "?" + url.Values{"back": {back(from)}}.Encode()
}

// Do does a deed for a visit, and sends them to a page that says what has become of it: done, waiting for a second person, or why it could not be done; with a link
// back. What is decided at once is carried out before it answers.
func (d *Desk) Do(w http.ResponseWriter, r *http.Request, v *Visit, deed organiser.Deed, from string) error {
	if d.carry[deed.Act] == nil {
		return fmt.Errorf("desk: nobody carries out %s", deed.Act)
	}
	o, err := d.Book.Do(r.Context(), v.Session, deed)
	switch {
	case err != nil:
		return err
	case o.Proposed():
		return to(w, r, decidedPath("proposals", o.Proposal.ID, from))
	}
	return d.decided(w, r, o.Errand, from)
}

// DoEach is Do for several deeds, each of which stands alone: those that are decided are carried out, one that can't be stops none of the others. It sends the visit to
// the page that lists what has become of them.
func (d *Desk) DoEach(w http.ResponseWriter, r *http.Request, v *Visit, deeds []organiser.Deed) error {
	for _, deed := range deeds {
		if d.carry[deed.Act] == nil {
			return fmt.Errorf("desk: nobody carries out %s", deed.Act)
		}
	}
	var failed error
	for _, deed := range deeds {
		o, err := d.Book.Do(r.Context(), v.Session, deed)
		if err == nil && !o.Proposed() {
			err = d.attempt(r.Context(), o.Errand)
		}
		failed = errors.Join(failed, err)
	}
	if failed != nil {
		return failed
	}
	return to(w, r, Root+"/proposals")
}

// decided carries out what was decided just now, and says so.
func (d *Desk) decided(w http.ResponseWriter, r *http.Request, e organiser.Errand, from string) error {
	if err := d.attempt(r.Context(), e); err != nil { // it stays decided, and is tried again
		d.log().Error("an errand could not be taken", slog.Any("error", err))
	}
	return to(w, r, decidedPath("errands", e.ID, from))
}

// Run carries out what was decided and not done yet, in the order in which it was decided. The program calls it each second, on every node; what could not be done is
// tried again at longer and longer intervals.
func (d *Desk) Run(ctx context.Context) error {
	list, err := d.Book.Due(ctx)
	if err != nil {
		return err
	}
	for _, e := range list {
		if !d.tries.due(e.ID, d.Book.Now()) {
			continue
		}
		if err := d.attempt(ctx, e); err != nil {
			return err
		}
	}
	d.tries.keep(list)
	return nil
}

// attempt carries an errand out, if it can be taken now, and writes down what became of it.
func (d *Desk) attempt(ctx context.Context, e organiser.Errand) error {
	ctx = context.WithoutCancel(ctx) // whoever closes the window has decided all the same
	if taken, err := d.Book.Take(ctx, e.ID); err != nil || !taken {
		return err
	}
	outcome := d.carried(ctx, e)
	if outcome != nil {
		d.log().Warn("an errand could not be carried out", slog.String("act", string(e.Act)), slog.Any("error", outcome))
		d.tries.failed(e.ID, d.Book.Now())
	}
	return d.Book.Ended(ctx, e.ID, outcome)
}

func (d *Desk) carried(ctx context.Context, e organiser.Errand) (err error) {
	ctx, cancel := context.WithTimeout(ctx, organiser.CarryTime)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("desk: %v\n%s", p, debug.Stack())
		}
	}()
	carry := d.carry[e.Act]
	if carry == nil {
		return fmt.Errorf("desk: nobody carries out %s", e.Act)
	}
	return carry(ctx, e)
}

func (d *Desk) log() *slog.Logger {
	if d.mux.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return d.mux.Log
}

// tries are when what could not be done is tried again, as far as this process knows.
type tries struct {
	mu   sync.Mutex
	next map[string]try
}

type try struct {
	n  int
	at time.Time
}

// triesMost is the longest time between two tries, as a power of two in seconds: some four minutes.
const triesMost = 8

func (t *tries) due(id string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !now.Before(t.next[id].at)
}

func (t *tries) failed(id string, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := min(t.next[id].n+1, triesMost)
	t.next[id] = try{n, now.Add(time.Second << n)}
}

// keep forgets all that do not wait any more.
func (t *tries) keep(list []organiser.Errand) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.next) == 0 {
		return
	}
	waiting := map[string]try{}
	for _, e := range list {
		if one, ok := t.next[e.ID]; ok {
			waiting[e.ID] = one
		}
	}
	t.next = waiting
}

// decision is what was proposed or decided, as a page shows it.
type decision struct {
	Page
	deed    organiser.Deed
	words   templ.Component // nil: none, or none for who asks
	back    string
	errand  organiser.Errand
	waiting *waiting // a proposal; nil: an errand
	why     string   // it failed
}

// worded is what a deed is in words, for whoever may see it.
func (d *Desk) worded(v *Visit, deed organiser.Deed, mine bool) templ.Component {
	w := d.wording[deed.Act]
	if w == nil || deed.Payload == nil || !mine && !organiser.May(v.Role, deed.Act) {
		return nil
	}
	return w(v.P, deed)
}

func (d *Desk) errand(w http.ResponseWriter, r *http.Request, v *Visit) error {
	e, err := d.Book.Errand(r.Context(), v.Session, r.PathValue("id"))
	if err != nil {
		return err
	}
	c := decision{Page: d.frame(r, v, v.P.T("desk.errand."+string(e.State))), deed: e.Deed, words: d.worded(v, e.Deed, false), back: back(r.URL.Query().Get("back")), errand: e}
	if c.named, err = d.names(r.Context(), v, e.Object); err != nil {
		return err
	}
	if e.State == organiser.Failed {
		c.why = reason(v.P, e)
	}
	return show(w, r, nil, decisionPage(c))
}

// reason is why an errand has failed, in words.
func reason(p *lang.Printer, e organiser.Errand) string {
	key := e.Fault
	if !p.Has(key) { // of another version
		key = "fault.internal"
	}
	var args []any
	for k, v := range e.Args {
		args = append(args, k, v)
	}
	return p.T(key, args...)
}

func (d *Desk) proposal(w http.ResponseWriter, r *http.Request, v *Visit) error {
	p, err := d.Book.Proposal(r.Context(), v.Session, r.PathValue("id"))
	if fault.Is(err, fault.Gone) { // it was approved: the errand has its id
		if _, there := d.Book.Errand(r.Context(), v.Session, r.PathValue("id")); there == nil {
			return to(w, r, decidedPath("errands", r.PathValue("id"), r.URL.Query().Get("back")))
		}
	}
	if err != nil {
		return err
	}
	list, err := d.waiting(r.Context(), v, []organiser.Proposal{p})
	if err != nil {
		return err
	}
	page := d.frame(r, v, v.P.T("desk.proposal.title"))
	if page.named, err = d.names(r.Context(), v, p.Object); err != nil {
		return err
	}
	return show(w, r, nil, decisionPage(decision{Page: page, deed: p.Deed, words: d.worded(v, p.Deed, p.Mine), back: back(r.URL.Query().Get("back")), waiting: &list[0]}))
}

// proposals is the page of all that waits for a second person, and of what was decided lately.
func (d *Desk) proposals(w http.ResponseWriter, r *http.Request, v *Visit) error {
	list, err := d.Book.Proposals(r.Context(), v.Session)
	if err != nil {
		return err
	}
	errands, err := d.Book.Errands(r.Context(), v.Session)
	if err != nil {
		return err
	}
	waiting, err := d.waiting(r.Context(), v, list)
	if err != nil {
		return err
	}
	page := d.frame(r, v, v.P.T("desk.proposals.title"))
	var objects []string
	for _, p := range list {
		objects = append(objects, p.Object)
	}
	for _, e := range errands {
		objects = append(objects, e.Object)
	}
	if page.named, err = d.names(r.Context(), v, objects...); err != nil {
		return err
	}
	return show(w, r, nil, proposalsPage(page, waiting, errands))
}

// waiting is a proposal as somebody sees it.
type waiting struct {
	organiser.Proposal
	approve, refuse bool // they may
	newcomer        bool // they could approve it, had they been here longer
}

func (d *Desk) waiting(ctx context.Context, v *Visit, list []organiser.Proposal) (all []waiting, err error) {
	for _, p := range list {
		may := organiser.May(v.Role, p.Act)
		one := waiting{Proposal: p, approve: may && !p.Mine && d.carry[p.Act] != nil && p.Payload != nil, refuse: may || p.Mine}
		if one.approve {
			if one.approve, err = d.Book.Settled(ctx, v.Session, p); err != nil {
				return nil, err
			}
			one.newcomer = !one.approve
		}
		all = append(all, one)
	}
	return all, nil
}

var errCarried = fault.New(fault.Refused, "fault.desk.carried")

func (d *Desk) decide(w http.ResponseWriter, r *http.Request, v *Visit) error {
	form, err := web.Form(w, r)
	if err != nil {
		return err
	}
	id := r.PathValue("id")
	switch form.Get("act") {
	case "approve":
		p, err := d.Book.Proposal(r.Context(), v.Session, id)
		switch {
		case err != nil:
			return err
		case d.carry[p.Act] == nil:
			return errCarried
		}
		e, err := d.Book.Approve(r.Context(), v.Session, id)
		if err != nil {
			return err
		}
		return d.decided(w, r, e, Root+"/proposals")
	case "refuse":
		if err := d.Book.Refuse(r.Context(), v.Session, id); err != nil {
			return err
		}
		return to(w, r, Root+"/proposals")
	}
	return errForm
}
