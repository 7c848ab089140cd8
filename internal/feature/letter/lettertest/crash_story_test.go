package lettertest_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/internal/core/casefile"
	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/feature/news"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/mail"
	"outcry/receipt"
)

// story is a letter's whole life as one process after another lives it: what happened is in a file that no kill can take back, so that whoever comes
// next knows what was told to whom, and goes on at the step that was cut short.
type story struct {
	t    testing.TB
	s    *lettertest.Site
	path string
	life []step
	past
}

// past is what the file says.
type past struct {
	Clock int64 // Unix microseconds
	Step  int   // the next to do, or under way
	Mails []posted
	Kept  map[string]string // tokens, links, names of removals
	Told  map[string]lettertest.Fate
	Will  map[string]lettertest.Fate // what a verb under way is to change
	Never map[string][]bool
	News  [2]int
	State []letter.State
	Ended int // commits of a process that lived it whole
}

type posted struct{ ID, To, Text string }

// note writes down what has just become so. The whole past is one line, so that the last line is all.
func (y *story) note(change func(p *past)) {
	y.t.Helper()
	change(&y.past)
	y.Clock = y.s.Clock.Now().UnixMicro()
	line, err := json.Marshal(y.past)
	lettertest.Must(y.t, err)
	f, err := os.OpenFile(y.path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	lettertest.Must(y.t, err)
	_, err = f.Write(append(line, '\n'))
	lettertest.Must(y.t, errors.Join(err, f.Close()))
}

// addresses of everybody; those of the burst come from mailboxes that soon vanish.
var addresses = map[string]string{
	"anna": "Anna.Orlova@quorum-example.org", "boris": "boris.akimov+q@example.net", "vera": "vera.lind@example.org", "gleb": "gleb.moroz@example.com",
	"dina": "dina.sokol@example.org", "zoya": "zoya.petrenko@example.org", "egor": "egor.belov@example.net", "lev": "lev.toolate@example.org",
	"one": "first.burst@10minutemail.com", "two": "second.burst@10minutemail.com", "three": "third.burst@10minutemail.com", "four": "fourth.burst@10minutemail.com",
	"follower": "quiet.follower@example.org",
}

// tell opens the process of whoever lives the story now.
func tell(t testing.TB, c db.Config, secret, path, recipient string) *story {
	t.Helper()
	y := &story{t: t, path: path, life: life(), past: past{Kept: map[string]string{}, Told: map[string]lettertest.Fate{}, Will: map[string]lettertest.Fate{}, Never: map[string][]bool{}}}
	lines, err := os.ReadFile(path)
	if err == nil {
		list := strings.Split(strings.TrimSpace(string(lines)), "\n")
		lettertest.Must(t, json.Unmarshal([]byte(list[len(list)-1]), &y.past))
	} else if !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	clock := lettertest.NewClock()
	if y.Clock != 0 {
		clock.Set(time.UnixMicro(y.Clock).UTC())
	}
	budgets := letter.Usual()
	budgets.ThrowBurst = 1
	followers := news.NewBook(news.Config{MailURL: lettertest.MailURL, Case: func(string) (*casefile.File, error) {
		return &casefile.File{Campaign: casefile.Campaign{NewsRecipient: recipient}}, nil
	}})
	y.s = lettertest.Reopen(t, c, secret, clock, letter.Config{Mail: postman{y}, Budgets: budgets, News: followers})
	return y
}

// postman writes down every mail that came.
type postman struct{ y *story }

func (p postman) Send(ctx context.Context, m *mail.Message) error {
	if err := p.y.s.Mailbox.Send(ctx, m); err != nil {
		return err
	}
	p.y.note(func(w *past) { w.Mails = append(w.Mails, posted{m.ID, m.To, m.Text}) })
	return nil
}

func (postman) Close() error { return nil }

// told is the past as the invariants want it.
func (y *story) told() lettertest.Told {
	told := lettertest.Told{People: map[string]lettertest.Person{}, News: y.News[:], State: y.State}
	for who, address := range addresses {
		typed, err := letter.ParseAddress(address)
		lettertest.Must(y.t, err)
		told.People[who] = lettertest.Person{Address: address, Unwanted: y.Never[who]}
		told.People[who+", folded"] = lettertest.Person{Address: letter.Fold(typed).Reveal()}
	}
	for _, fates := range []map[string]lettertest.Fate{y.Told, y.Will} {
		for who, f := range fates {
			p := told.People[who]
			p.Fates = append(p.Fates, f)
			told.People[who] = p
		}
	}
	for key, v := range y.Kept {
		if !strings.HasPrefix(key, "removal ") && !strings.HasPrefix(key, "stood ") {
			told.Private = append(told.Private, v[strings.LastIndexByte(v, '/')+1:]) // of an address, what is secret in it
		}
	}
	for _, f := range y.Told {
		raw, err := base64.RawURLEncoding.DecodeString(f.Link)
		lettertest.Must(y.t, err)
		told.Private = append(told.Private, f.Link, string(raw))
	}
	for _, m := range y.Mails {
		m := &mail.Message{Text: m.Text}
		told.Private = append(told.Private, lettertest.Token(m), lettertest.NeverToken(m), lettertest.Code(m), strings.ReplaceAll(lettertest.Code(m), "-", ""))
	}
	told.Private = slices.DeleteFunc(told.Private, func(v string) bool { return v == "" })
	return told
}

// step is one verb, which may be run again after a kill.
type step struct {
	name string
	do   func(y *story)
}

// begin does what the program does at its start, and then all the time.
func (y *story) begin() {
	y.t.Helper()
	ctx := y.t.Context()
	lettertest.Must(y.t, y.s.Book.Start(ctx))
	if y.Clock == 0 {
		return
	}
	y.s.Clock.Add(5 * time.Minute) // until leases end
	y.note(func(*past) {})
	lettertest.Must(y.t, y.s.Book.Finish(ctx))
	y.s.Post(y.t)
	y.s.Grow(y.t)
	y.note(func(*past) {})
}

// live goes through the story from where it stands.
func (y *story) live() {
	y.t.Helper()
	for i, step := range y.life {
		if i < y.Step {
			continue
		}
		step.do(y)
		if y.t.Failed() {
			y.t.Fatalf("in step %d, %s", i, step.name)
		}
		y.note(func(p *past) { p.Step, p.Will = i+1, map[string]lettertest.Fate{} })
	}
}

func (y *story) must(err error) {
	y.t.Helper()
	if err != nil {
		y.t.Fatalf("step %d, %s: %v", y.Step, y.life[y.Step].name, err)
	}
}

// letter is the story's.
func (y *story) letter() *letter.Letter {
	y.t.Helper()
	list, err := y.s.Book.All(y.t.Context(), lettertest.Case)
	y.must(err)
	y.s.Letter = list[0]
	return list[0]
}

// last is the newest mail that somebody got.
func (y *story) last(who string) *mail.Message {
	y.t.Helper()
	for _, m := range slices.Backward(y.Mails) {
		if m.To == addresses[who] {
			return &mail.Message{Text: m.Text}
		}
	}
	y.t.Fatalf("step %d: %s got no mail", y.Step, who)
	return nil
}

// will says what is about to change, before the verb that does it.
func (y *story) will(who string, change func(f *lettertest.Fate)) {
	f := y.Told[who]
	change(&f)
	y.note(func(p *past) { p.Will[who] = f })
}

// done says that it has.
func (y *story) done(who string, change func(f *lettertest.Fate)) {
	f := y.Told[who]
	change(&f)
	y.note(func(p *past) {
		p.Told[who] = f
		delete(p.Will, who)
	})
}

func (y *story) secret(who string) letter.Secret {
	y.t.Helper()
	s, ok := letter.ParseSecret(y.Told[who].Link)
	if !ok {
		y.t.Fatalf("step %d: %s has no link", y.Step, who)
	}
	return s
}

func pass(d time.Duration) step {
	return step{"time passes", func(y *story) { y.s.Clock.Add(d) }}
}

func apply(version int) step {
	return step{fmt.Sprintf("apply version %d", version), func(y *story) {
		f := lettertest.File()
		if version == 1 {
			y.states("", letter.Opening, letter.Open)
		} else {
			f.Version, f.Body = 2, casefile.Text{"en": "We who sign know him, and his mother, as botanists.", "ru": "Мы знаем его и его мать как ботаников."}
		}
		y.s.Letter = y.s.Apply(y.t, f)
		y.states(letter.Open)
	}}
}

func ask(who string) []step {
	return []step{pass(2 * time.Minute), {who + " asks", func(y *story) {
		w, err := y.s.Book.Begin(y.t.Context(), lettertest.Case, lettertest.Slug, 0, addresses[who], "en")
		y.must(err)
		y.note(func(p *past) { p.Kept["page "+who] = w.Token })
	}}, {who + " is mailed", func(y *story) { y.s.Post(y.t) }}}
}

func confirm(who string, byLink bool) step {
	return step{who + " confirms", func(y *story) {
		y.will(who, func(f *lettertest.Fate) {
			if f.Link = ""; f.Lock == "" {
				f.Stands = lettertest.Counted
			}
		})
		var c letter.Counted
		var err error
		if m := y.last(who); byLink {
			c, err = y.s.Book.ConfirmLink(y.t.Context(), lettertest.Token(m))
		} else {
			c, err = y.s.Book.ConfirmCode(y.t.Context(), y.Kept["page "+who], lettertest.Code(m))
		}
		y.must(err)
		m, err := y.s.Book.Mine(y.t.Context(), c.Secret)
		y.must(err)
		y.done(who, func(f *lettertest.Fate) {
			if f.Stands == "" || f.Stands == lettertest.Counted {
				f.Stands = lettertest.Counted
				if m.Held {
					f.Stands = lettertest.Held
				}
			}
			f.Lock, f.Link = m.Lock.String(), c.Secret.Text()
		})
	}}
}

func sign(who string, byLink bool) []step { return append(ask(who), confirm(who, byLink)) }

// forget begins a new signature of somebody whose last one ended.
func forget(who string) step {
	return step{who + " begins anew", func(y *story) {
		y.note(func(p *past) {
			if f, ok := p.Told[who]; ok {
				p.Told[who+", before"] = f
			}
			delete(p.Told, who)
		})
	}}
}

// grow lets everything get due and go into the log.
func grow() step {
	return step{"sequence", func(y *story) {
		y.s.Clock.Add(11 * time.Minute)
		y.note(func(*past) {})
		y.s.Grow(y.t)
	}}
}

func withdraw(who string) step {
	return step{who + " withdraws", func(y *story) {
		s := y.secret(who)
		m, err := y.s.Book.Mine(y.t.Context(), s)
		if fault.Is(err, fault.NotFound) && y.Will[who].Stands == lettertest.Left { // it was done: such a link ends with its signature
			y.done(who, func(f *lettertest.Fate) { *f = y.Will[who] })
			return
		}
		y.must(err)
		end := func(f *lettertest.Fate) {
			f.Kept = f.Stands == lettertest.Struck
			f.Name, f.Stands = "", lettertest.Withdrawn
			if !m.First {
				f.Stands = lettertest.Left
			}
		}
		y.will(who, end)
		_, err = y.s.Book.Withdraw(y.t.Context(), s)
		y.must(err)
		y.done(who, end)
	}}
}

func leave(who string) []step {
	return []step{pass(2 * time.Minute), {who + " asks to leave", func(y *story) {
		w, err := y.s.Book.BeginLeaving(y.t.Context(), lettertest.Case, lettertest.Slug, addresses[who], "en")
		y.must(err)
		y.note(func(p *past) { p.Kept["leaving "+who] = w.Token })
	}}, {who + " is mailed", func(y *story) { y.s.Post(y.t) }}, {who + " leaves", func(y *story) {
		end := func(f *lettertest.Fate) { f.Name, f.Stands = "", lettertest.Left }
		y.will(who, end)
		_, err := y.s.Book.Leave(y.t.Context(), y.Kept["leaving "+who], lettertest.Code(y.last(who)))
		y.must(err)
		y.done(who, end)
	}}}
}

// show shows a name, or hides it for an empty one.
func show(who, name string) step {
	return step{fmt.Sprintf("%s shows %q", who, name), func(y *story) {
		change := func(f *lettertest.Fate) { f.Name = name }
		y.will(who, change)
		var err error
		if name == "" {
			_, err = y.s.Book.Hide(y.t.Context(), y.secret(who))
		} else {
			_, err = y.s.Book.Show(y.t.Context(), y.secret(who), name, "Botanical Society")
		}
		y.must(err)
		y.done(who, change)
	}}
}

// never is "this was not me", or its undoing.
func never(who string, again bool) step {
	return step{fmt.Sprintf("%s: never, %v", who, !again), func(y *story) {
		y.note(func(p *past) { p.Never[who] = []bool{!again, again} })
		y.must(y.s.Book.Never(y.t.Context(), lettertest.NeverToken(y.last(who)), again))
		y.note(func(p *past) { p.Never[who] = []bool{!again} })
	}}
}

// unmailed asks for somebody who wants no mail: none comes, and the answer is the same.
func unmailed(who string) []step {
	n := 0
	count := func(y *story) (n int) {
		for _, m := range y.Mails {
			if m.To == addresses[who] {
				n++
			}
		}
		return n
	}
	steps := ask(who)
	return append([]step{{"count mails", func(y *story) { n = count(y) }}}, append(steps, step{"no mail", func(y *story) {
		if got := count(y); n > 0 && got != n {
			y.t.Errorf("%s wants no mail and got one", who)
		}
	}})...)
}

func follow(who string) []step {
	return []step{pass(2 * time.Minute), {who + " asks for news", func(y *story) {
		w, err := y.s.Book.BeginFollowing(y.t.Context(), y.secret(who), addresses["follower"], "en")
		y.must(err)
		y.note(func(p *past) { p.Kept["following"] = w.Token })
	}}, {"the follower is mailed", func(y *story) { y.s.Post(y.t) }}, {"the follower confirms", func(y *story) {
		y.note(func(p *past) { p.News = [2]int{0, 1} })
		f, err := y.s.Book.FollowNews(y.t.Context(), y.Kept["following"], lettertest.Code(y.last("follower")))
		y.must(err) // also where it was done and the answer got lost
		y.note(func(p *past) { p.News, p.Kept["stop"] = [2]int{1, 1}, f.Stop })
	}}}
}

// held are those who were told that they are.
func (y *story) held() (who []string) {
	for name, f := range y.Told {
		if f.Stands == lettertest.Held {
			who = append(who, name)
		}
	}
	return who
}

// remove takes out one, or for an empty name whoever is held.
func remove(key, only string) step {
	return step{"remove as " + key, func(y *story) {
		l, who, rule := y.letter(), y.held(), letter.Rule{Held: true}
		if only != "" {
			lock, err := unhex(y.Told[only].Lock)
			y.must(err)
			who, rule = []string{only}, letter.Rule{Lock: &lock}
		}
		end := func(f *lettertest.Fate) { f.Stands = lettertest.Struck }
		for _, name := range who {
			y.note(func(p *past) {
				if p.Told[name].Stands != lettertest.Struck {
					p.Kept["stood "+name] = string(p.Told[name].Stands)
				}
			})
			y.will(name, end)
		}
		r, err := y.s.Book.Remove(y.t.Context(), l.ID, rule, receipt.Duplicate, "signed more than once", "moderator", nil)
		if errors.Is(err, letter.ErrNoMatch) { // it was done, or the burst was forgotten with its process
			r, err = y.unknown(l.ID)
		}
		y.must(err)
		y.note(func(p *past) { p.Kept["removal "+key] = r.ID.String() })
		for _, name := range who {
			y.done(name, end)
		}
	}}
}

// unknown is the removal whose name was told to nobody; none if nothing was removed.
func (y *story) unknown(id receipt.Letter) (letter.Removal, error) {
	list, err := y.s.Book.Removals(y.t.Context(), id)
	for _, r := range list {
		if !slices.Contains(slices.Collect(maps.Values(y.Kept)), r.ID.String()) {
			return r, err
		}
	}
	return letter.Removal{}, err
}

func restore(key string, who ...string) step {
	return step{"restore " + key, func(y *story) {
		id, err := letter.ParseRemovalID(y.Kept["removal "+key])
		y.must(err)
		back := func(name string) func(f *lettertest.Fate) {
			return func(f *lettertest.Fate) {
				if f.Stands == lettertest.Struck {
					f.Stands = lettertest.Stands(y.Kept["stood "+name])
				}
			}
		}
		for _, name := range who {
			y.will(name, back(name))
		}
		_, _, err = y.s.Book.Restore(y.t.Context(), id)
		if errors.Is(err, letter.ErrNoRemoval) && id == (letter.RemovalID{}) {
			err = nil
		}
		y.must(err)
		for _, name := range who {
			y.done(name, back(name))
		}
	}}
}

func release() step {
	return step{"release", func(y *story) {
		free := func(f *lettertest.Fate) { f.Stands = lettertest.Counted }
		who := y.held()
		for _, name := range who {
			y.will(name, free)
		}
		_, waiting, err := y.s.Book.Release(y.t.Context(), y.letter().ID, letter.Rule{}, nil)
		if errors.Is(err, letter.ErrNoMatch) {
			err = nil
		}
		y.must(err)
		if waiting > 0 {
			y.t.Errorf("%d could not be released", waiting)
		}
		for _, name := range who {
			y.done(name, free)
		}
	}}
}

// turnedAway confirms in a letter that can't be signed.
func turnedAway(who, why string) step {
	return step{who + " is turned away", func(y *story) {
		_, err := y.s.Book.ConfirmCode(y.t.Context(), y.Kept["page "+who], lettertest.Code(y.last(who)))
		if f := fault.Of(err); f == nil || f.Key != why {
			y.t.Errorf("%s confirmed: %v, want %s", who, err, why)
		}
	}}
}

func closing() step {
	return step{"close", func(y *story) {
		var stages []letter.Stage
		y.states(letter.Open, letter.Closing, letter.Closed)
		c, err := y.s.Book.Close(y.t.Context(), y.letter().ID, func(p letter.Step) {
			if p.Of == 0 {
				stages = append(stages, p.Stage)
			}
		})
		y.must(err)
		all := []letter.Stage{letter.Stopped, letter.Drained, letter.Logged, letter.Destroyed, letter.Forgotten, letter.Certified}
		if len(stages) > 0 && !slices.Equal(stages, all) || c.Size == 0 {
			y.t.Errorf("closed with %v at %d", stages, c.Size)
		}
		err = y.s.Book.CatchUp(y.t.Context())
		y.must(err)
		y.states(letter.Closed)
	}}
}

func unhex(text string) (l receipt.Lock, err error) {
	return l, l.UnmarshalText([]byte(text))
}

// turn pauses and resumes.
func turn(name string, how func(*letter.Book, context.Context, receipt.Letter) error, to letter.State) step {
	return step{name, func(y *story) {
		y.states(letter.Open, letter.Paused)
		y.must(how(y.s.Book, y.t.Context(), y.letter().ID))
		y.states(to)
	}}
}

// states says in which the letter may be from now on.
func (y *story) states(list ...letter.State) {
	y.note(func(p *past) { p.State = list })
}

// life is every step of the letter, in one order.
func life() []step {
	return slices.Concat(
		[]step{apply(1)},
		sign("anna", false), sign("boris", true), sign("vera", false), sign("gleb", true), sign("dina", false),
		sign("anna", true), // counted already: her link rotates
		[]step{show("boris", "Boris Akimov"), show("boris", "Boris B. Akimov"), grow(), show("boris", "B. Akimov"), show("dina", "Dina Sokol"), grow(), show("boris", ""), grow(),
			show("boris", "Boris Akimov"), show("dina", ""), show("dina", "D. Sokol"), grow()},
		follow("boris"),
		[]step{withdraw("vera"), withdraw("anna")}, leave("gleb"), []step{grow(), forget("vera")}, sign("vera", true),
		ask("zoya"), []step{never("zoya", false), never("zoya", true), never("zoya", false)}, unmailed("zoya"),
		sign("one", false), sign("two", false), sign("three", true), sign("four", false), []step{grow()},
		[]step{remove("first", "two"), restore("first", "two"), remove("burst", ""), remove("shown", "boris"), grow(), withdraw("three"), restore("burst", "two", "three", "four"),
			restore("shown", "boris"), grow(),
			release(), grow()},
		ask("lev"), []step{turn("pause", (*letter.Book).Pause, letter.Paused), turnedAway("lev", "fault.letter.paused"), turn("resume", (*letter.Book).Resume, letter.Open), apply(2)},
		sign("egor", false), []step{show("egor", "Egor Belov"), remove("last", "one")},
		[]step{closing(), turnedAway("lev", "fault.letter.closed"), withdraw("vera"), show("boris", ""), grow(), withdraw("dina"), restore("last", "one"), grow()},
	)
}
