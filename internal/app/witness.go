package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"outcry/internal/feature/letter"
	"outcry/internal/kernel/translog"
	"outcry/receipt"
)

// WitnessSetting is a witness as outcry.yaml names it.
type WitnessSetting struct {
	Name    string `yaml:"name"`    // as readers see it; the key's name if empty
	Key     string `yaml:"vkey"`    // its verifier key, as its operator gave it to us
	URL     string `yaml:"url"`     // /add-checkpoint stands under it
	Recount string `yaml:"recount"` // where its statement of our log stands; where outcry witness puts it if empty
}

// shown is the witness's name for readers.
func (w WitnessSetting) shown() string {
	if w.Name != "" {
		return w.Name
	}
	name, _, _ := strings.Cut(w.Key, "+")
	return name
}

// policy is what the settings say about witnesses.
func (s *Settings) policy() (receipt.Policy, error) {
	var list []receipt.Witness
	for _, w := range s.Witnesses {
		one, err := receipt.ParseWitness(w.Key)
		if err != nil {
			return receipt.Policy{}, fmt.Errorf("the vkey of %q: %w", w.shown(), err)
		}
		for _, at := range []string{w.URL, w.Recount} {
			if u, err := url.Parse(at); err != nil || (at != "" || at == w.URL) && (u.Scheme != "https" && u.Scheme != "http" || u.Host == "") {
				return receipt.Policy{}, fmt.Errorf("%q has the address %q; write one such as https://witness.example", w.shown(), at)
			}
		}
		list = append(list, one)
	}
	p, err := receipt.NewPolicy(s.Quorum, list...)
	if err != nil {
		err = fmt.Errorf("%w: say with quorum how many of them have to sign", err)
	}
	return p, err
}

const (
	witnessPace  = 10 * time.Second // between two times that witnesses are asked: at most six a minute
	witnessIdle  = time.Hour        // and how often, while the log does not grow
	recountPace  = 15 * time.Minute // between two looks at a witness's statement
	provisional  = 10 * time.Minute // without enough witnesses, and the page says so
	backoffSteps = 5                // of a witness that does not answer: 20 s, 40 s … 320 s
)

// allies are the witnesses of this installation, and what they said.
type allies struct {
	log    *translog.Log
	key    receipt.Key
	list   []*ally
	client *http.Client
	now    func() time.Time
	logger *slog.Logger

	standing sync.Mutex // while witnesses are asked for the first time
	stood    bool       // they were, and know the log

	mu      sync.Mutex
	behind  time.Time // since when the newest state lacks witnesses; zero: it doesn't
	lacking int64     // the size that lacked them then
	said    []statement
	notes   map[string]string // the statements behind said, by name
	fetched time.Time
	warned  map[string]string // the last trouble told of each, so that it is told once
}

// newAllies is nil where there are no witnesses.
func newAllies(c Config, l *translog.Log) (*allies, error) {
	p, err := c.policy()
	if err != nil || len(c.Witnesses) == 0 {
		return nil, err
	}
	key, err := receipt.ParseKey(l.Key())
	if err != nil {
		return nil, err
	}
	w := &allies{log: l, key: key, now: c.Now, logger: c.Log, client: unled(), notes: map[string]string{}, warned: map[string]string{}}
	for i, one := range p.Witnesses() {
		set := c.Witnesses[i]
		y := &ally{witness: one, name: set.shown(), url: strings.TrimRight(set.URL, "/"), recount: set.Recount}
		if y.recount == "" {
			y.recount = y.url + "/" + receipt.OriginHash(key.Origin()) + "/recount"
		}
		w.list = append(w.list, y)
	}
	l.SetPolicy(p)
	return w, nil
}

// unled is a client that goes nowhere but where it is told to: a witness could lead it to a server behind our wall.
func unled() *http.Client {
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// ask has some witnesses sign a state, all at once, and keeps what meets the policy. proven is translog.ErrAnother if one showed that this
// is another log than its key signed; claimed are those who only say so.
func (w *allies) ask(ctx context.Context, h translog.Head, whom []*ally) (claimed []error, proven error) {
	found := make([]error, len(whom))
	var wg sync.WaitGroup
	for i, y := range whom {
		wg.Go(func() {
			_, err := y.sign(ctx, w.client, w.log, w.key, h)
			y.mu.Lock()
			y.asked = w.now()
			if y.failures++; err == nil {
				y.failures = 0
			}
			y.mu.Unlock()
			if ctx.Err() == nil {
				w.tell(y, err)
			}
			found[i] = err
		})
	}
	wg.Wait()
	for _, err := range found {
		var c *claim
		switch {
		case errors.Is(err, translog.ErrAnother):
			proven = cmp.Or(proven, err) // one is enough
		case errors.As(err, &c):
			claimed = append(claimed, err)
		}
	}
	note := h.Note
	for _, y := range w.list {
		y.mu.Lock()
		if y.signed != nil && y.at == h.Size {
			note, _ = receipt.AddCosignatures(note, w.key, y.witness, y.signed[strings.LastIndex(string(y.signed), "\n\n")+2:])
		}
		y.mu.Unlock()
	}
	if _, err := w.log.KeepCosigned(ctx, note); err != nil && ctx.Err() == nil {
		w.logger.Error("what witnesses signed could not be kept", slog.Any("error", err))
	}
	return claimed, proven
}

// tell writes a witness's trouble to the log, once, and when it is over.
func (w *allies) tell(y *ally, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	words, c := "", (*claim)(nil)
	switch {
	case errors.As(err, &c):
		words = "claim" // of other numbers each time
	case errors.Is(err, translog.ErrAnother):
		words = "proof"
	case err != nil:
		words = err.Error()
	}
	if words == w.warned[y.name] {
		return
	}
	w.warned[y.name] = words
	switch {
	case words == "proof": // the log has said so
	case c != nil:
		w.logger.Error("a witness says that it has seen another log under our key, and does not show it; the site goes on without it", slog.Any("error", err))
	case err != nil:
		w.logger.Warn("a witness could not be asked; the site goes on", slog.String("witness", y.name), slog.Any("error", err))
	default:
		w.logger.Info("a witness signs again", slog.String("witness", y.name))
	}
}

// due are the witnesses to ask about a state now.
func (w *allies) due(h translog.Head) (list []*ally) {
	now := w.now()
	for _, y := range w.list {
		y.mu.Lock()
		wait := time.Duration(0)
		switch {
		case y.failures > 0:
			wait = witnessPace << min(y.failures, backoffSteps)
		case y.signed != nil && y.at == h.Size:
			wait = witnessIdle
		}
		if y.asked.IsZero() || now.Sub(y.asked) >= wait || now.Before(y.asked) {
			list = append(list, y)
		}
		y.mu.Unlock()
	}
	return list
}

// round is one turn of the loop; changed tells whether pages have something else to say.
func (w *allies) round(ctx context.Context) (changed bool, err error) {
	late, said := w.word()
	if err := w.log.LoadCosigned(ctx); err != nil {
		return false, err
	}
	h, err := w.log.Head(ctx)
	if err != nil {
		return false, err
	}
	if whom := w.due(h); len(whom) > 0 {
		mine, err := w.log.AskWitnesses(ctx, witnessPace-time.Second/2)
		if err != nil {
			return false, err
		}
		if mine {
			w.ask(ctx, h, whom) // what they found was told, and what they showed is kept
		}
	}
	if err := w.log.Stopped(ctx); err != nil && !errors.Is(err, translog.ErrAnother) { // by a proof that another node was shown
		return false, err
	}
	w.mu.Lock()
	switch c, ok := w.log.Cosigned(); {
	case ok && c.Size >= h.Size:
		w.behind = time.Time{}
	case w.behind.IsZero() || ok && c.Size >= w.lacking: // where another node asks, a growing log is always a little further than what was signed
		w.behind, w.lacking = w.now(), h.Size
	}
	stale := w.fetched.IsZero() || w.now().Sub(w.fetched) >= recountPace
	if stale {
		w.fetched = w.now()
	}
	w.mu.Unlock()
	if stale {
		if err := w.statements(ctx); err != nil {
			return false, err
		}
	}
	lateNow, saidNow := w.word()
	return late != lateNow || !slices.EqualFunc(said, saidNow, statement.same), nil
}

// statement is what a witness said of the whole log, and the log bore out.
type statement struct {
	who string // for readers
	receipt.Recounted
}

// same compares what the log leaves open: the rest is the log's own.
func (s statement) same(o statement) bool { return s.who == o.who && s.On == o.On && s.Size == o.Size }

// word is whether readers should know that witnesses have not signed for a while, and what was recounted.
func (w *allies) word() (late bool, said []statement) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.behind.IsZero() && w.now().Sub(w.behind) >= provisional, slices.Clone(w.said)
}

// Word is what a letter's page says of the witnesses. Who recounted the log before the letter was in it has said nothing of it.
func (w *allies) Word(id receipt.Letter) (word letter.Witnessed) {
	if w == nil {
		return word
	}
	var said []statement
	word.Provisional, said = w.word()
	for _, s := range said {
		for _, c := range s.Letters {
			if c.Letter == id {
				word.Recounters = append(word.Recounters, letter.Recounter{Name: s.who, On: s.On, Counted: c.Counted, Size: s.Size})
			}
		}
	}
	return word
}

// statements reads what the witnesses say that they recounted. One that the log does not bear out is told in the log of the server, and not shown.
func (w *allies) statements(ctx context.Context) error {
	kept, err := w.log.Recounts(ctx)
	if err != nil {
		return err
	}
	stored := map[string]string{}
	for _, k := range kept {
		stored[k.Name] = string(k.Note)
	}
	var said []statement
	for _, y := range w.list {
		name := y.witness.Name()
		status, _, note, err := ask(ctx, w.client, http.MethodGet, y.recount, nil)
		r, before := (*receipt.Recounted)(nil), w.borne(ctx, y, stored[name])
		if err == nil && status == http.StatusOK {
			r = w.borne(ctx, y, string(note))
		}
		if r == nil || before != nil && r.Size < before.Size { // an older one does not take a newer one's place
			r, note = before, []byte(stored[name])
		}
		if r == nil {
			continue
		}
		if stored[name] != string(note) {
			if err := w.log.KeepRecount(ctx, name, r.Size, note); err != nil {
				return err
			}
		}
		said = append(said, statement{y.name, *r})
	}
	w.mu.Lock()
	w.said = said
	w.mu.Unlock()
	return nil
}

// borne opens a statement that the log bears out, to the last number; nil is none. What was found of one is remembered.
func (w *allies) borne(ctx context.Context, y *ally, note string) *receipt.Recounted {
	if note == "" {
		return nil
	}
	r, err := receipt.OpenRecount([]byte(note), y.witness)
	if err == nil && r.Origin != w.key.Origin() {
		err = fmt.Errorf("it is of %q", r.Origin)
	}
	if latest := w.now().Add(24 * time.Hour).UTC().Format(time.DateOnly); err == nil && r.On > latest { // clocks differ, by less than a day
		err = fmt.Errorf("it is of a day to come, %s", r.On)
	}
	w.mu.Lock()
	known := w.notes[y.name] == note
	w.mu.Unlock()
	if err == nil && !known {
		err = w.recounted(ctx, y.name, r)
	}
	if err != nil {
		if ctx.Err() == nil {
			w.logger.Error("a witness's recount does not hold", slog.String("witness", y.name), slog.Any("error", err))
		}
		return nil
	}
	w.mu.Lock()
	w.notes[y.name] = note
	w.mu.Unlock()
	return &r
}

// recounted counts the entries of a statement's size anew, which is done once for each.
func (w *allies) recounted(ctx context.Context, who string, r receipt.Recounted) error {
	h, err := w.log.Head(ctx)
	if err != nil {
		return err
	}
	if r.Size > h.Size {
		return fmt.Errorf("it is of %d entries, and there are %d", r.Size, h.Size)
	}
	var t receipt.Tally
	var bad error
	err = w.log.Entries(ctx, 0, r.Size, func(_ int64, data []byte) error {
		if bad == nil {
			bad = t.Add(data)
		}
		return nil
	})
	if err = errors.Join(err, bad); err != nil {
		return err
	}
	var root tlog.Hash
	if root, err = w.log.RootAt(ctx, r.Size); err != nil {
		return err
	}
	return r.Against(who, root, t.Letters())
}

// witness asks the witnesses until ctx ends.
func (a *App) witness(ctx context.Context) {
	if a.allies == nil {
		return
	}
	tick := time.NewTicker(witnessPace)
	defer tick.Stop()
	for {
		changed, err := a.allies.round(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			a.Config.Log.Error("witnesses could not be asked", slog.Any("error", err))
		case changed:
			a.pages.Moved()
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
