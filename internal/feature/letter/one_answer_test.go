package letter_test

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
)

// Whoever types an address must not learn from the answer what it is to a letter: not by a byte, not by a header, not by the time it takes, nor, with the
// disk in hand, by the rows. Here each is measured over many requests of every kind, in an order that is drawn, against the handler behind the shield.

// times is how many requests of each kind are sent.
func times() int {
	if os.Getenv("OUTCRY_PROVE") != "" {
		return 1000
	}
	return 60
}

// alpha is how improbable a difference must be before it is called one, among all that are compared at once.
const alpha = 0.001

// rankTest is the two-sided Mann–Whitney U test with its normal approximation, corrected for ties and for continuity: how probable it is that two samples
// of one distribution lie at least so far apart.
func rankTest(a, b []float64) (p float64) {
	type value struct {
		v     float64
		first bool
	}
	all := make([]value, 0, len(a)+len(b))
	for _, v := range a {
		all = append(all, value{v, true})
	}
	for _, v := range b {
		all = append(all, value{v, false})
	}
	slices.SortFunc(all, func(x, y value) int {
		return int(math.Copysign(1, x.v-y.v)) * map[bool]int{true: 0, false: 1}[x.v == y.v]
	})
	ranks, ties := 0.0, 0.0
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j].v == all[i].v {
			j++
		}
		for _, v := range all[i:j] {
			if v.first {
				ranks += float64(i+j+1) / 2
			}
		}
		n := float64(j - i)
		ties += n*n*n - n
		i = j
	}
	n, m := float64(len(a)), float64(len(b))
	u := ranks - n*(n+1)/2
	spread := math.Sqrt(n * m / 12 * (n + m + 1 - ties/((n+m)*(n+m-1))))
	if spread == 0 {
		return 1
	}
	z := math.Max(0, math.Abs(u-n*m/2)-0.5) / spread
	return math.Erfc(z / math.Sqrt2)
}

// The test knows what is in textbooks, and finds differences and no others.
func TestRankTest(t *testing.T) {
	for _, c := range []struct {
		a, b []float64
		p    float64
	}{
		{[]float64{1, 2, 3, 4, 5}, []float64{6, 7, 8, 9, 10}, 0.0121857803},                   // U 0
		{[]float64{19, 22, 16, 29, 24}, []float64{20, 11, 17, 12}, 0.1113468773},              // U 17
		{[]float64{1, 1, 2, 2, 3}, []float64{1, 2, 3, 3, 3, 3}, 0.2039703340},                 // ties
		{[]float64{5, 5, 5}, []float64{5, 5}, 1},                                              // nothing but ties
		{[]float64{8, 7, 6, 2, 5, 8, 7, 3}, []float64{9, 8, 7, 8, 10, 9, 6}, 0.0345573980},    // ties, unequal sizes
		{[]float64{math.Inf(-1), 0, math.Inf(1)}, []float64{math.Inf(-1), 0, math.Inf(1)}, 1}, // of one distribution
	} {
		if got := rankTest(c.a, c.b); math.Abs(got-c.p) > 1e-7 {
			t.Errorf("%v, %v: %.10f, want %.10f", c.a, c.b, got, c.p)
		}
		if there, back := rankTest(c.a, c.b), rankTest(c.b, c.a); math.Abs(there-back) > 1e-12 {
			t.Errorf("%v, %v: %g one way, %g the other", c.a, c.b, there, back)
		}
	}
	chance := rand.New(rand.NewPCG(1, 2))
	wrong := 0
	for range 2000 {
		var a, b [100]float64
		for i := range a {
			a[i], b[i] = chance.ExpFloat64(), chance.ExpFloat64()
		}
		if rankTest(a[:], b[:]) < 0.05 {
			wrong++
		}
	}
	if wrong < 60 || wrong > 145 {
		t.Errorf("of 2000 pairs of one distribution %d differ at 5 %%", wrong)
	}
}

// kind is what an address is to a letter, and the form that asks about it.
type kind struct {
	name  string
	form  func(i int) url.Values
	mails int // for each request
	slow  bool
}

// answer is what one request got.
type answer struct {
	took  time.Duration
	alike string // status, headers and body, without what must differ
	page  string // the token in it, if there is one
}

// asker sends forms of many kinds and keeps what came back.
type asker struct {
	t     testing.TB
	h     http.Handler
	path  string
	delay time.Duration // planted into what is slow
	after func()        // each request
	sent  map[string]int
}

// send sends one form. What must differ is masked: tokens, the address, the private link; their lengths stay.
func (a *asker) send(k kind, form url.Values) answer {
	r := httptest.NewRequest("POST", a.path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	begin := time.Now()
	a.h.ServeHTTP(w, r)
	if k.slow {
		for end := time.Now().Add(a.delay); time.Now().Before(end); {
		}
	}
	took := time.Since(begin)
	var b strings.Builder
	fmt.Fprintln(&b, w.Code)
	for _, name := range slices.Sorted(maps.Keys(w.Header())) {
		fmt.Fprintln(&b, name, w.Header()[name])
	}
	body, page := w.Body.String(), ""
	if m := pageForm.FindStringSubmatch(body); m != nil {
		page = m[1]
		body = strings.ReplaceAll(body, page, fmt.Sprint("TOKEN of ", len(page)))
	}
	if email := form.Get("email"); email != "" {
		body = strings.ReplaceAll(body, email, fmt.Sprint("ADDRESS of ", len(email)))
	}
	b.WriteString(privateLink.ReplaceAllString(body, "/mine/SECRET"))
	return answer{took, b.String(), page}
}

// run sends n forms of each kind, the next ones, in an order that is drawn.
func (a *asker) run(kinds []kind, n int) (got [][]answer) {
	a.t.Helper()
	order := []int{}
	for k := range kinds {
		order = append(order, slices.Repeat([]int{k}, n)...)
	}
	rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	got = make([][]answer, len(kinds))
	runtime.GC()
	for _, k := range order {
		got[k] = append(got[k], a.send(kinds[k], kinds[k].form(a.sent[kinds[k].name])))
		a.sent[kinds[k].name]++
		if a.after != nil {
			a.after()
		}
	}
	return got
}

func (a *asker) fatal(format string, args ...any) {
	a.t.Helper()
	a.t.Fatalf(a.path+": "+format, args...)
}

func durations(list []answer) (took []float64) {
	for _, a := range list {
		took = append(took, float64(a.took))
	}
	return took
}

// quantile of a list.
func quantile(list []float64, q float64) time.Duration {
	s := slices.Sorted(slices.Values(list))
	return time.Duration(s[int(q*float64(len(s)-1))])
}

// compare sends the forms of all kinds, the first of which is what the others are held against: all answers must be one, and their times must not differ.
// What a busy machine does to them is forgiven once. Among them are some like the first that are made slower: they must be found, or nothing would be.
func (a *asker) compare(kinds []kind, slower kind, n int) {
	a.t.Helper()
	first := a.run(kinds[:1], warm)[0]
	slower.slow = true
	kinds = append(slices.Clone(kinds), slower)
	limit := alpha / float64(len(kinds)-1)
	look := func(kinds []kind, planted time.Duration) (tells []string, found bool) {
		a.t.Helper()
		// On a busy machine chance does more than what is planted, to us as to whoever measures from outside.
		a.delay = planted * max(300*time.Microsecond, quantile(durations(first), 0.75)-quantile(durations(first), 0.25))
		got := a.run(kinds, n)
		first = got[0]
		for k, list := range got {
			for i, answer := range list {
				if answer.alike != first[0].alike {
					a.fatal("%s %d is not answered as %s: %s", kinds[k].name, i, kinds[0].name, cmp.Diff(first[0].alike, answer.alike))
				}
			}
			if k == 0 {
				continue
			}
			p := rankTest(durations(first), durations(list))
			said := fmt.Sprintf("%s: medians %v and %v, p = %.2g", kinds[k].name, quantile(durations(first), 0.5), quantile(durations(list), 0.5), p)
			if a.t.Log(said); kinds[k].slow {
				found = p < limit
			} else if p < limit {
				tells = append(tells, said)
			}
		}
		return tells, found
	}
	tells, found := look(kinds, 1)
	if len(tells) > 0 {
		a.t.Log("once more")
		if tells, found = look(kinds, 1); len(tells) > 0 {
			a.fatal("the time of an answer tells: %s", strings.Join(tells, "\n"))
		}
	}
	if !found {
		if _, found = look([]kind{kinds[0], slower}, 4); !found {
			a.fatal("%v more are not found, so nothing would be", a.delay)
		}
	}
}

// person makes addresses, all equally long, each of a domain of its own so that no budget but the address's own binds.
func person(kind string, i int) string {
	return fmt.Sprintf("%.4s%05d@d%.4s%05d.example", kind, i, kind, i)
}

// warm is how many requests come before those that are measured.
const warm = 20

// everyone are the first n addresses of a kind.
func everyone(kind string, n int) (list []string) {
	for i := range n {
		list = append(list, person(kind, i))
	}
	return list
}

// known makes addresses what they are to the letter: counted, withdrawn by either way, wanting no mail.
func known(t testing.TB, s *lettertest.Site, n int, who ...string) {
	t.Helper()
	ctx := t.Context()
	pages := map[string]letter.Waiting{}
	for _, kind := range who {
		for _, address := range everyone(kind, n) {
			pages[address] = s.Ask(t, address)
		}
	}
	s.Post(t)
	for _, m := range s.Mailbox.All() {
		if strings.HasPrefix(m.To, "mute") {
			lettertest.Must(t, s.Book.Never(ctx, lettertest.NeverToken(m), false))
			continue
		}
		c, err := s.Book.ConfirmCode(ctx, pages[m.To].Token, lettertest.Code(m))
		lettertest.Must(t, err)
		if strings.HasPrefix(m.To, "gone") {
			_, err := s.Book.Withdraw(ctx, c.Secret)
			lettertest.Must(t, err)
		}
	}
	s.Clock.Add(11 * time.Minute)
	if !slices.Contains(who, "left") {
		return
	}
	codes := leavingAll(t, s, everyone("left", n))
	for _, address := range everyone("left", n) {
		_, err := s.Book.Leave(ctx, codes[address].page, codes[address].code)
		lettertest.Must(t, err)
	}
	s.GrowAll(t)
}

type pageAndCode struct{ page, code string }

// leavingAll asks for codes to leave, and reads them all.
func leavingAll(t testing.TB, s *lettertest.Site, addresses []string) map[string]pageAndCode {
	t.Helper()
	list := map[string]pageAndCode{}
	for _, address := range addresses {
		w, err := s.Book.BeginLeaving(t.Context(), lettertest.Case, lettertest.Slug, address, "en")
		lettertest.Must(t, err)
		list[address] = pageAndCode{page: w.Token}
	}
	s.Post(t)
	for _, m := range s.Mailbox.All() {
		if c, ok := list[m.To]; ok && lettertest.Link(m) == "" {
			list[m.To] = pageAndCode{c.page, lettertest.Code(m)}
		}
	}
	return list
}

// form is what the letter's pages send.
func form(pairs ...string) url.Values {
	v := url.Values{"lang": {"en"}, "case": {lettertest.Case}, "letter": {lettertest.Slug}}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

// counter counts what a request leaves, in all tables.
func counter(t testing.TB, s *lettertest.Site) func() int64 {
	names := map[string]bool{}
	for _, row := range tables(t, s) {
		name, _, _ := strings.Cut(row, " ")
		names[name] = true
	}
	for _, name := range []string{"job", "letter_used", "letter_suppressed", "log_queue", "letter_signature"} {
		names[name] = true
	}
	query := "SELECT 0"
	for name := range names {
		if !strings.HasPrefix(name, "goose") && !strings.HasPrefix(name, "sqlite") {
			query += " + (SELECT count(*) FROM " + name + ")"
		}
	}
	return func() int64 { return number(t, s, query) }
}

// TestOneAnswerToAsking: whoever asks to sign, or to leave. Once more with the queue at work meanwhile, as it is on a site.
func TestOneAnswerToAsking(t *testing.T) {
	for _, c := range []struct {
		name, way string
		busy      bool
	}{{"to sign", "/sign", false}, {"to sign, while mails go out", "/sign", true}, {"to leave", "/withdraw", false}} {
		t.Run(c.name, func(t *testing.T) {
			each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
				n := times()
				known(t, s, 2*n, "sign", "gone", "left", "mute")
				email := func(kind string, more ...string) func(int) url.Values {
					return func(i int) url.Values { return form(append(more, "email", person(kind, i))...) }
				}
				kinds := []kind{
					{"new", email("newc"), 1, false},
					{"counted", email("sign"), 1, false},
					{"withdrawn", email("gone"), 1, false},
					{"left by the mailbox a moment ago", email("left"), 0, false},
					{"asked a moment ago", email("soon"), 0, false},
					{"wanting no mail", email("mute"), 0, false},
				}
				if c.way == "/sign" {
					kinds = append(kinds, kind{"a machine", email("auto", "website", "https://pills.example"), 0, false})
				}
				slower := kind{name: "new, made slower", form: email("newd"), mails: 1}
				s.Clock.Add(time.Hour)
				for _, who := range []string{"soon", "left"} { // this spends their budget of the next minutes
					for _, address := range everyone(who, 2*n) {
						s.Ask(t, address)
					}
				}
				s.Post(t)
				before := len(s.Mailbox.All())

				a := &asker{t: t, h: served(t, s, nil), path: c.way, sent: map[string]int{}}
				if c.busy {
					ctx, stop := context.WithCancel(t.Context())
					ended := make(chan struct{})
					go func() {
						s.Jobs.Run(ctx)
						close(ended)
					}()
					a.compare(kinds, slower, n)
					stop()
					<-ended
				} else {
					// Nothing is sent meanwhile, so that each request's rows can be counted.
					count := counter(t, s)
					rows := count()
					a.after = func() {
						now := count()
						if now != rows+1 {
							a.fatal("a request has left %d rows", now-rows)
						}
						rows = now
					}
					a.compare(kinds, slower, n)
					list := waitingJobs(t, s)
					for _, j := range list {
						if diff := cmp.Diff(list[0], j); diff != "" {
							t.Fatal("the rows of two requests differ: ", diff)
						}
					}
				}
				s.Post(t)
				got, want := map[string]int{}, map[string]int{}
				for _, m := range s.Mailbox.All()[before:] {
					got[m.To[:4]]++
				}
				for _, k := range append(kinds, slower) {
					if k.mails > 0 {
						want[k.form(0).Get("email")[:4]] = a.sent[k.name]
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("the mailboxes got other mails: %s", diff)
				}
			})
		})
	}
}

// TestOneAnswerToLeaving: whoever types the code, whether or not there was something to withdraw.
func TestOneAnswerToLeaving(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		n := max(30, times()/5) // each takes its time
		known(t, s, 2*n, "sign", "gone")
		s.Clock.Add(time.Hour)
		codes := map[string]map[string]pageAndCode{}
		for _, who := range []string{"newc", "newd", "sign", "gone"} {
			codes[who] = leavingAll(t, s, everyone(who, 3*n+warm))
		}
		code := func(kind string) func(int) url.Values {
			return func(i int) url.Values {
				c := codes[kind][person(kind, i)]
				return form("page", c.page, "code", c.code)
			}
		}
		a := &asker{t: t, h: served(t, s, nil), path: "/withdraw", sent: map[string]int{}}
		a.compare([]kind{{name: "never signed", form: code("newc")}, {name: "signed", form: code("sign")}, {name: "withdrawn", form: code("gone")}}, kind{name: "never signed, made slower", form: code("newd")}, n)
		if left := number(t, s, "SELECT count(*) FROM letter_signature WHERE state = 'removed'"); left < int64(n) {
			t.Fatalf("%d have left", left)
		}
	})
}

// TestOneAnswerToConfirming: the page after confirming is one, whether the address is counted now, was before, has withdrawn, or used this code already;
// and while a burst is on it is one for all of the domain.
func TestOneAnswerToConfirming(t *testing.T) {
	few := generous()
	few.Burst = 2
	each(t, lettertest.Options{Budgets: few}, func(t *testing.T, s *lettertest.Site) {
		a := &asker{t: t, h: served(t, s, nil), path: "/confirm"}
		confirm := func(address string) (answer, url.Values) {
			w, m := s.Mailed(t, address)
			f := form("page", w.Token, "code", lettertest.Code(m))
			return a.send(kind{}, f), f
		}
		one := func(what string, list map[string]answer) string {
			t.Helper()
			first := list["fresh"].alike
			for name, got := range list {
				if got.alike != first {
					t.Errorf("%s: %s is not answered as fresh: %s", what, name, cmp.Diff(first, got.alike))
				}
			}
			return first
		}
		fresh, form := confirm("anna@quiet.example")
		repeated, _ := confirm("anna@quiet.example")
		usual := map[string]answer{"fresh": fresh, "repeated": repeated, "replayed": a.send(kind{}, form)}
		left(t, s, "anna@quiet.example")
		usual["replayed after leaving"] = a.send(kind{}, form)
		usual["again after leaving"], _ = confirm("anna@quiet.example")
		_, m := s.Mailed(t, "vera@silent.example")
		lettertest.Must(t, s.Book.Never(t.Context(), lettertest.NeverToken(m), false))
		w := s.Ask(t, "vera@silent.example")
		usual["wanting no more mail"] = a.send(kind{}, map[string][]string{"lang": {"en"}, "case": {lettertest.Case}, "letter": {lettertest.Slug}, "page": {w.Token}, "code": {lettertest.Code(m)}})
		quiet := one("quiet", usual)

		first, _ := confirm("p1@office.example")
		_, early := confirm("p2@office.example")
		if first.alike != quiet {
			t.Error("the first of a domain is told by its page")
		}
		fresh, form = confirm("p3@office.example")
		repeated, _ = confirm("p3@office.example")
		before, _ := confirm("p1@office.example")
		burst := one("in a burst", map[string]answer{"fresh": fresh, "repeated": repeated, "replayed": a.send(kind{}, form), "counted before the burst": before, "replayed from before": a.send(kind{}, early)})
		if !strings.Contains(burst, s.Words.Printer("en").T("held.title")) || burst == quiet {
			t.Error("a held signer is not told")
		}
	})
}
