package journey

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"outcry/internal/app"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/mail"
	"outcry/receipt"
)

// postbox hands each mail's code to whoever waits for it.
type postbox struct {
	mu sync.Mutex
	by map[string]chan string
}

func (b *postbox) of(address string) chan string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.by[address] == nil {
		b.by[address] = make(chan string, 1)
	}
	return b.by[address]
}

func (b *postbox) Send(_ context.Context, m *mail.Message) error {
	b.of(m.To) <- codeForm.FindString(m.Text)
	return nil
}

func (b *postbox) Close() error { return nil }

// fill has many people sign a letter, by the program's own path inside this process: each asks, is mailed, and types the code. The server must not run.
func (s *site) fill(t testing.TB, slug string, n int, address func(int) string) (links []string) {
	t.Helper()
	ctx := t.Context()
	box := &postbox{by: map[string]chan string{}}
	const plenty = 1 << 30
	a, err := app.Open(ctx, app.Config{Data: s.data, SecretFile: s.secret(), Settings: app.Settings{Database: s.dsn}, Mail: box, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Budgets: &letter.Budgets{PerDay: plenty, DomainHour: plenty, LargeHour: plenty, LetterHour: plenty, TriesHour: plenty}})
	must(t, err)
	defer a.Close()
	must(t, a.Book.Start(ctx))
	links = make([]string, n)
	err = a.Run(ctx, func(ctx context.Context) error {
		work, errs := make(chan int), make(chan error, 1)
		var wg sync.WaitGroup
		one := func(i int) error {
			typed := address(i)
			w, err := a.Book.Begin(ctx, caseSlug, slug, 0, typed, "en")
			if err != nil {
				return err
			}
			c, err := a.Book.ConfirmCode(ctx, w.Token, <-box.of(typed))
			links[i] = c.Secret.Text()
			return err
		}
		for range min(512, n) {
			wg.Go(func() {
				for i := range work {
					if err := one(i); err != nil {
						select {
						case errs <- err:
						default:
						}
					}
				}
			})
		}
		for i := range n {
			work <- i
		}
		close(work)
		wg.Wait()
		select {
		case err := <-errs:
			return err
		default:
			return nil
		}
	})
	must(t, err)
	return links
}

// share is the file of a letter's share, beside the secret.
func (s *site) share(id string) string { return filepath.Join(s.secret()+".shares", id) }

// fork is another installation at the moment at which this one was stopped, with a secret folder of its own: what is closed there is not closed here.
func (s *site) fork(t testing.TB) *site {
	t.Helper()
	c := s.copyOf(t, s.twin(t))
	c.pg, c.keys = s.pg, t.TempDir()
	must(t, os.CopyFS(c.keys, os.DirFS(s.keys)))
	must(t, os.Chmod(c.secret(), 0o600))
	return c
}

// closes runs outcry letter close, and kills it when it has said so many lines, or after a while; 0 is never. It tells whether it came to its end.
func (s *site) closes(t testing.TB, lines int, after time.Duration) (done bool) {
	t.Helper()
	cmd := s.command("letter", "close", caseSlug+"/"+inBatches, "--yes")
	said, err := cmd.StderrPipe()
	must(t, err)
	var all bytes.Buffer
	leash(cmd)
	must(t, cmd.Start())
	if after > 0 {
		timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		defer timer.Stop()
	}
	buffer := make([]byte, 4096)
	for {
		n, err := said.Read(buffer)
		all.Write(buffer[:n])
		if lines > 0 && bytes.Count(all.Bytes(), []byte("\n")) >= lines {
			_ = cmd.Process.Kill()
		}
		if err != nil {
			break
		}
	}
	err = cmd.Wait()
	if err == nil {
		return true
	}
	if cmd.ProcessState.ExitCode() >= 0 {
		t.Fatalf("outcry letter close: %v\n%s", err, all.Bytes())
	}
	return false
}

// gathering is a site with two letters, that many have signed; one of them is going to be closed.
type gathering struct {
	*site
	ids    map[string]receipt.Letter // by slug
	signed []*signer                 // the letter that is closed
	other  []*signer                 // the other
	waits  *signer                   // has the code in the hand that signs
	silent *signer                   // wants no mail
	links  []string                  // of those who signed inside this process
}

// gather has people sign, some by mail and page, the others inside this process, and some the other letter as well; then it stops the server.
func gather(t *testing.T, e engine, byMail, filled, both int, address func(int) string) *gathering {
	t.Helper()
	g := &gathering{site: open(t, e), ids: map[string]receipt.Letter{}}
	for _, slug := range []string{inBatches, atOnce} {
		g.ids[slug] = of(t, g.grows(texts), slug).ID
	}
	r := g.reader()
	for i := range byMail {
		g.signed = append(g.signed, &signer{reader: r, address: address(i), letter: inBatches})
	}
	for i := range both {
		g.other = append(g.other, &signer{reader: r, address: address(i), mails: 1}) // the same people sign both
	}
	g.waits = &signer{reader: r, address: "waits@elsewhere.example", letter: inBatches}
	g.silent = &signer{reader: r, address: "silent@elsewhere.example", letter: inBatches}
	together(t, g.signed, (*signer).sign)
	together(t, g.other, (*signer).sign)
	must(t, errors.Join(g.waits.ask(), g.waits.open(), g.silent.ask(), g.silent.open(), g.silent.never(false)))
	if code := g.server.stop(); code != 0 {
		t.Fatalf("the server ends with %d:\n%s", code, g.said())
	}
	if filled > 0 {
		began := time.Now()
		g.links = g.fill(t, inBatches, filled, func(i int) string { return address(byMail + i) })
		t.Logf("%s: %d signed inside this process in %v", g.name, filled, time.Since(began).Round(time.Millisecond))
	}
	return g
}

func (g *gathering) letter(slug string) []byte { id := g.ids[slug]; return id[:] }

// marks are what tells the signers of a letter apart: tags, used tokens, suppressed addresses.
func (s *site) marks(t testing.TB, id []byte) (n [3]int64) {
	t.Helper()
	for i, query := range []string{"SELECT count(*) FROM letter_signature WHERE letter = $1 AND tag IS NOT NULL", "SELECT count(*) FROM letter_used WHERE letter = $1",
		"SELECT count(*) FROM letter_suppressed WHERE letter = $1"} {
		n[i] = s.number(t, query, id)
	}
	return n
}

func someone(i int) string { return fmt.Sprintf("someone-%d@town%d.example", i, i%50) }

// A letter is closed by the program itself, which is killed at each of its stages and at any moment, and goes on each time; what is left to do, a server
// does. Then its number is certified, nothing tells its signers apart, and the other letter is as it was.
func TestClosing(t *testing.T) {
	t.Parallel()
	each(t, false, func(t *testing.T, e engine) {
		byMail, filled, moments := 30, 170, 6
		if prove {
			byMail, filled, moments = 50, 99_950, 12
		}
		g := gather(t, e, byMail, filled, 12, someone)
		total := int64(byMail + filled)
		if n := g.marks(t, g.letter(inBatches)); n[0] != total || n[1] != total || n[2] != 1 {
			t.Fatalf("before, %v marks of %d signers", n, total)
		}
		others := g.marks(t, g.letter(atOnce))
		waiting := g.number(t, "SELECT count(*) FROM log_queue")

		smooth := g.fork(t)
		began := time.Now()
		if !smooth.closes(t, 0, 0) {
			t.Fatal("it was not killed, and did not come to its end")
		}
		took := time.Since(began)
		t.Logf("%s: closing a letter of %d, of which %d waited for the log, took %v", g.name, total, waiting, took.Round(time.Millisecond))
		smooth.closed(t, g, total)

		seed := uint64(time.Now().UnixNano())
		t.Logf("seed %d", seed)
		dice := rand.New(rand.NewPCG(seed, 2))
		killed := 0
		rough := g.fork(t)
		within := int64(took)
		if prove { // else most of it is the start of the process
			within = within * 2 / int64(moments)
		}
		for range moments {
			if rough.closes(t, 0, time.Duration(dice.Int64N(within))+time.Millisecond) {
				break
			}
			killed++
		}
		if rough.number(t, "SELECT count(*) FROM letter WHERE state IN ('closing', 'closed')") == 0 {
			rough.closes(t, 1, 0) // a server goes on with what was begun
		}
		staged := g.fork(t)
		for stage := 1; stage <= 6; stage++ {
			if !staged.closes(t, stage, 0) {
				killed++
			}
		}
		for range 20 { // a machine that hurries is through before it is killed
			if killed >= 4 {
				break
			}
			if !g.fork(t).closes(t, 0, time.Duration(dice.Int64N(int64(took)))+time.Millisecond) {
				killed++
			}
		}
		if killed < 4 {
			t.Errorf("it was killed %d times: this shows nothing", killed)
		}
		if !staged.closes(t, 0, 0) {
			t.Error("it does not come to its end after it was killed at each stage")
		}
		staged.closed(t, g, total)

		// A server goes on where the command was killed, and is killed in turn.
		for range 2 {
			if p, err := rough.boot(); err == nil {
				time.Sleep(time.Duration(dice.Int64N(int64(min(took, 2*time.Second)))))
				p.kill()
			}
		}
		rough.start()
		rough.closed(t, g, total)
		rough.lives(t, g, total, others)
		t.Logf("%s: killed %d times", g.name, killed)
	})
}

// closed holds that nothing is left of what told signers apart.
func (s *site) closed(t *testing.T, g *gathering, total int64) {
	t.Helper()
	id := g.letter(inBatches)
	certified := func() int64 { return s.number(t, "SELECT count(*) FROM letter_certificate WHERE letter = $1", id) }
	for deadline := time.Now().Add(4 * patience); certified() == 0 && time.Now().Before(deadline); {
		time.Sleep(20 * time.Millisecond)
	}
	if certified() != 1 {
		t.Fatalf("there is no certificate; the server said:\n%s", s.said())
	}
	if n := s.marks(t, id); n != [3]int64{} {
		t.Errorf("%v marks are left", n)
	}
	if n := s.number(t, "SELECT count(*) FROM letter_signature WHERE letter = $1", id); n != total {
		t.Errorf("%d signatures of %d are left", n, total)
	}
	if _, err := os.Stat(s.share(g.ids[inBatches].String())); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the share is there: %v", err)
	}
	if _, err := os.Stat(s.share(g.ids[atOnce].String())); err != nil {
		t.Errorf("the other letter's share: %v", err)
	}
	if state, waiting := s.listing(inBatches); state != letter.Closed || waiting != 0 {
		t.Errorf("the letter is %s, and %d of its signatures wait", state, waiting)
	}
}

// lives holds that the closed letter can be read, recounted and withdrawn from, and nothing else, and that the other one is as it was.
func (s *site) lives(t *testing.T, g *gathering, total int64, others [3]int64) {
	t.Helper()
	id, words, a, r := g.ids[inBatches], english(t), newAuditor(t), s.reader()
	size := s.grows(s.number(t, "SELECT size FROM log_state")).Size
	path := "/letters/" + id.String() + "/certificate.txt"
	note := r.read(path).body
	key, err := receipt.ParseKey(strings.TrimSpace(string(body(t, s.base()+"/log/key"))))
	must(t, err)
	c, err := receipt.OpenCertificate([]byte(note), key)
	must(t, err)
	if home := of(t, s.published(), inBatches); c.Counted != total || home.Counted != total || c.Letter != id || home.Closed != c.Entry || c.Size > size {
		t.Errorf("the certificate says %+v, the site counts %d and names entry %d, %d have signed", c, home.Counted, home.Closed, total)
	}
	says := func(want string) {
		t.Helper()
		code, out, errs := a.run("verify", s.base(), "--key", key.String())
		if code != 0 || !strings.Contains(out, want) || !strings.Contains(out, fmt.Sprintf("by entry %d; its certificate of %s holds, with %d counted at %d entries", c.Entry, c.On, total, c.Size)) {
			t.Errorf("verify exits with %d and does not say %q:\n%s%s", code, want, out, errs)
		}
	}
	says(fmt.Sprintf("letter   %s/%s: %d counted, 0 withdrawn", caseSlug, inBatches, total))

	for _, p := range slices.Concat(g.signed, g.other, []*signer{g.waits, g.silent}) {
		p.reader = r
	}
	if at := r.read(g.waits.paper()); !at.says(words.T("letter.closed")) || strings.Contains(at.body, `name="email"`) {
		t.Errorf("the letter's page says %s", at.text())
	}
	refused := func(what string, key string, at page, err error) {
		t.Helper()
		if err != nil || at.status < 400 || at.status >= 500 || !at.says(words.T(key)) {
			t.Errorf("%s: answers %d, %v: %s", what, at.status, err, at.text())
		}
	}
	form := func(pairs ...string) map[string][]string {
		v := map[string][]string{"lang": {"en"}, "case": {caseSlug}, "letter": {inBatches}, "version": {"1"}}
		for i := 0; i+1 < len(pairs); i += 2 {
			v[pairs[i]] = []string{pairs[i+1]}
		}
		return v
	}
	at, err := r.post("/sign", form("email", "late@elsewhere.example"))
	refused("asking", "fault.letter.closed", at, err)
	f, err := g.waits.waiting.form("page", "code")
	must(t, err)
	at, err = r.post("/confirm", f.with("code", g.waits.code))
	refused("the code of before", "fault.letter.closed", at, err)
	_, link, _ := strings.Cut(g.waits.link, "&t=")
	at, err = r.post("/confirm", form("link", link, "sign", "yes"))
	refused("the link of before", "fault.letter.closed", at, err)
	at, err = r.post("/withdraw", form("email", g.signed[0].address))
	refused("leaving by the mailbox", "fault.letter.closed", at, err)
	if at := r.read(g.waits.paper() + "/withdraw"); !at.says(words.T("leave.closed")) || strings.Contains(at.body, `name="email"`) {
		t.Errorf("where one withdraws by the mailbox, it says %s", at.text())
	}
	m, err := g.mail.wait(g.silent.address, 1, nil)
	must(t, err)
	_, token, _ := strings.Cut(neverForm.FindString(m.Text), "&t=")
	at, err = r.post("/not-me", form("t", token, "step", "never"))
	refused("not me", "fault.token.link_expired", at, err)
	if n := s.marks(t, id[:]); n != [3]int64{} {
		t.Errorf("%v marks came after closing", n)
	}

	must(t, g.signed[0].withdraw())
	gone := int64(1)
	if len(g.links) > 0 {
		must(t, (&signer{reader: r, secret: g.links[len(g.links)/2]}).withdraw())
		gone++
	}
	eventually(t, "the withdrawals do not come into the log", func() bool {
		s.hurry(t) // the ten minutes of a batch
		return of(t, s.published(), inBatches).Counted == total-gone
	})
	if r.read(path).body != note {
		t.Error("the certificate has changed")
	}
	says(fmt.Sprintf("letter   %s/%s: %d counted, %d withdrawn", caseSlug, inBatches, total-gone, gone))

	// The other letter.
	if n := s.marks(t, g.letter(atOnce)); n != others {
		t.Errorf("the other letter has %v marks, and had %v", n, others)
	}
	home := of(t, s.published(), atOnce).Counted
	again := &signer{reader: r, address: g.other[0].address, mails: len(s.mail.to(g.other[0].address))}
	must(t, again.sign())
	old, err := g.other[0].mine()
	must(t, err)
	if old.status != http.StatusNotFound {
		t.Errorf("after signing again the old link answers %d", old.status)
	}
	must(t, (&signer{reader: r, address: "new@elsewhere.example"}).sign())
	must(t, g.other[1].withdraw())
	eventually(t, "the other letter does not count one more and one less", func() bool {
		c := of(t, s.published(), atOnce)
		return c.Counted == home && c.Withdrawn == 1
	})
	a.content(s.base())
}

// hurry lets what waits for the log wait no more.
func (s *site) hurry(t testing.TB) {
	t.Helper()
	d := s.rows(t)
	defer d.Close()
	_, err := d.Exec("UPDATE log_queue SET not_before = 1")
	must(t, err)
}
