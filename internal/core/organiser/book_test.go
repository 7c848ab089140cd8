package organiser

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/seal"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// refused holds that an error is a refusal with a key.
func refused(t testing.TB, what string, err error, key string) {
	t.Helper()
	if f := fault.Of(err); f == nil || f.Key != key {
		t.Errorf("%s: %v, want %s", what, err, key)
	}
}

// house is a Book in March 2026, whose clock a test moves.
type house struct {
	*Book
	t    testing.TB
	now  time.Time
	keys map[string]Secret // authenticators by pseudonym
	held map[string]Token  // what a browser holds, by pseudonym
}

func open(t testing.TB, d *db.DB) *house {
	t.Helper()
	u, err := seal.NewSecretFile(filepath.Join(t.TempDir(), "secret"))
	must(t, err)
	h := &house{t: t, now: someTime, keys: map[string]Secret{}, held: map[string]Token{}}
	h.Book = NewBook(Config{DB: d, Unlock: u, Now: func() time.Time { return h.now }, Hardness: seal.Hardness{KiB: 8, Passes: 1}})
	return h
}

const password = "four words or five"

// code is what an authenticator shows now.
func (h *house) code(name string) seal.Private[string] {
	h.t.Helper()
	c, err := totp.GenerateCode(h.keys[name].Reveal(), h.now)
	must(h.t, err)
	return seal.Hide(c)
}

// joins has somebody join a committee by an invitation of the server's owner, and returns what they are told.
func (h *house) joins(committee, name string, r Role) Joined {
	h.t.Helper()
	t, _, err := h.InviteByServer(h.t.Context(), committee, r, true)
	must(h.t, err)
	return h.join(t, name)
}

func (h *house) join(t Token, name string) Joined {
	h.t.Helper()
	h.keys[name] = NewSecret()
	j, err := h.Join(h.t.Context(), t, h.applicant(name))
	must(h.t, err)
	h.now = h.now.Add(freshTime + time.Minute) // joining is a proof, too: not any more
	h.held[name] = j.Token
	return j
}

func (h *house) applicant(name string) Applicant {
	return Applicant{Name: seal.Hide(name), Place: Abroad, Password: seal.Hide(password), Secret: h.keys[name], Code: h.code(name), Device: Computer, Lang: "en"}
}

func (h *house) at(t Token) Session {
	h.t.Helper()
	s, err := h.Session(h.t.Context(), t)
	must(h.t, err)
	return s
}

// fresh is somebody's session, which has just proven who it is.
func (h *house) fresh(name string) Session {
	h.t.Helper()
	h.now = h.now.Add(time.Minute)
	renewed, err := h.Prove(h.t.Context(), h.at(h.held[name]), seal.Hide(password), h.code(name))
	must(h.t, err)
	h.held[name] = renewed
	return h.at(renewed)
}

func (h *house) claim(committee, name string) Claim {
	return Claim{Committee: committee, Name: seal.Hide(name), Password: seal.Hide(password), Code: h.code(name)}
}

// did are the acts of a committee's trail, which must be whole.
func (h *house) did(s Session) (acts []string) {
	h.t.Helper()
	entries, _, err := h.Trail(h.t.Context(), s)
	must(h.t, err)
	for _, e := range entries {
		acts = append(acts, string(e.Role)+" "+string(e.Act)+" "+e.Object)
	}
	return acts
}

func TestJoin(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		link, i, err := h.InviteByServer(ctx, Home, Lead, false)
		must(t, err)
		if i.Role != Lead || i.Committee.Name != Home || !i.Until.Equal(someTime.Add(72*time.Hour).Truncate(time.Hour)) {
			t.Errorf("%+v", i)
		}
		h.keys["Rowan"] = NewSecret()
		for what, c := range map[string]struct {
			change func(a *Applicant)
			key    string
		}{
			"no name":           {func(a *Applicant) { a.Name = seal.Hide(" ") }, "fault.desk.input_name"},
			"a name of 41":      {func(a *Applicant) { a.Name = seal.Hide(strings.Repeat("я", 41)) }, "fault.desk.input_name"},
			"a name that turns": {func(a *Applicant) { a.Name = seal.Hide("row\u202ean") }, "fault.desk.input_name"},
			"a name of dots":    {func(a *Applicant) { a.Name = seal.Hide("...") }, "fault.desk.input_name"},
			"nowhere":           {func(a *Applicant) { a.Place = "moon" }, "fault.desk.input_place"},
			"a short password":  {func(a *Applicant) { a.Password = seal.Hide("eleven char") }, "fault.desk.input_password"},
			"the name as password": {func(a *Applicant) {
				a.Name, a.Password = seal.Hide("Rowan of the hill"), seal.Hide("rowan of the hill")
			}, "fault.desk.input_password"},
			"a megabyte":   {func(a *Applicant) { a.Password = seal.Hide(strings.Repeat("x", 1<<20)) }, "fault.desk.input_password"},
			"a wrong code": {func(a *Applicant) { a.Code = seal.Hide("000000") }, "fault.desk.input_code"},
			"an old code":  {func(a *Applicant) { a.Code = codeAt(t, a.Secret, h.now.Add(-2*time.Minute)) }, "fault.desk.input_code"},
		} {
			a := h.applicant("Rowan")
			c.change(&a)
			_, err := h.Join(ctx, link, a)
			refused(t, what, err, c.key)
		}
		j := h.join(link, "Rowan")
		s := h.at(j.Token)
		if s.Role != Lead || s.Place != Abroad || s.Committee.Name != Home || s.Fresh || len(j.Codes) != 10 {
			t.Errorf("%+v", s)
		}
		h.now = h.now.Add(-2 * time.Minute)
		if s := h.at(j.Token); !s.Fresh {
			t.Error("password and code were just set, and are asked for again")
		}
		h.now = h.now.Add(2 * time.Minute)
		_, err = h.Join(ctx, link, h.applicant("Rowan"))
		refused(t, "a link used twice", err, "fault.desk.invitation")
		_, err = h.Invited(ctx, newToken())
		refused(t, "no link", err, "fault.desk.invitation")

		// The same pseudonym, however it is written, is one person's in a committee, and anybody's in another.
		link, _, err = h.InviteByServer(ctx, Home, Editor, false)
		must(t, err)
		a := h.applicant("Rowan")
		a.Name = seal.Hide(" ROWAN ")
		_, err = h.Join(ctx, link, a)
		refused(t, "a name twice", err, "fault.desk.taken")
		if other := h.joins("allies", "Rowan", Lead); h.at(other.Token).Committee.ID == s.Committee.ID {
			t.Error("one committee")
		}
		h.now = h.now.Add(73 * time.Hour)
		_, err = h.Invited(ctx, link)
		refused(t, "a link after 72 hours", err, "fault.desk.invitation")
		_, _, err = h.InviteByServer(ctx, "alies", Lead, false)
		refused(t, "a committee mistyped", err, "fault.desk.committee")
		_, _, err = h.InviteByServer(ctx, Home, "owner", true)
		refused(t, "no role", err, "fault.desk.input_role")
	})
}

func codeAt(t testing.TB, s Secret, at time.Time) seal.Private[string] {
	c, err := totp.GenerateCode(s.Reveal(), at)
	must(t, err)
	return seal.Hide(c)
}

// One press of several on the same link makes one person, on both engines.
func TestOneLinkOnePerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := open(t, d)
		link, _, err := h.InviteByServer(t.Context(), Home, Lead, false)
		must(t, err)
		var wg sync.WaitGroup
		var mu sync.Mutex
		joined := 0
		for n := range 8 {
			name := fmt.Sprint("Rowan ", n)
			h.keys[name] = NewSecret()
			a := h.applicant(name)
			wg.Go(func() {
				if _, err := h.Join(context.Background(), link, a); err == nil {
					mu.Lock()
					joined++
					mu.Unlock()
				} else if fault.Of(err) != errInvitation {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if joined != 1 {
			t.Errorf("%d joined by one link", joined)
		}
	})
}

func TestSignIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		j := h.joins(Home, "Rowan", Lead)
		h.joins("allies", "Ash", Lead)
		wrong := func(what string, c Claim) {
			t.Helper()
			tok, err := h.SignIn(ctx, c, Token{}, Computer, "en")
			refused(t, what, err, "fault.desk.wrong")
			if tok.Text() != "" {
				t.Errorf("%s: a token", what)
			}
		}
		good := func(what string, c Claim) Token {
			t.Helper()
			tok, err := h.SignIn(ctx, c, Token{}, Phone, "ru")
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			return tok
		}
		c := h.claim("", "Rowan")
		c.Password = seal.Hide("four words or six")
		wrong("another password", c)
		c = h.claim("", "Rowan")
		c.Code = seal.Hide("")
		wrong("no code", c)
		wrong("somebody of another committee", h.claim("", "Ash"))
		wrong("no such committee", h.claim("nowhere", "Rowan"))

		c = h.claim("", "Rowan")
		c.Name = seal.Hide("rowan ") // as it is typed on a telephone
		s := h.at(good("a code", c))
		if s.Device != Phone || s.Lang != "ru" || s.Fresh {
			t.Errorf("%+v", s)
		}
		wrong("the same code again", c)
		h.now = h.now.Add(30 * time.Second)
		old := h.claim("", "Rowan")
		h.now = h.now.Add(30 * time.Second)
		good("the next code", h.claim("", "Rowan"))
		wrong("an older code, not used, within its time", old)

		c = h.claim("", "Rowan")
		c.Code = seal.Hide(strings.ToUpper(strings.ReplaceAll(j.Codes[3].Reveal(), "-", " ")))
		good("a recovery code", c)
		wrong("a recovery code again", c)
		ways, err := h.Ways(ctx, s)
		must(t, err)
		if ways.Recoveries != 9 {
			t.Errorf("%d codes are left", ways.Recoveries)
		}
		c.Committee, c.Name, c.Code = "allies", seal.Hide("Ash"), j.Codes[4]
		wrong("another's recovery code", c)
	})
}

// Of presses with one code at the same time, on however many nodes, one opens a session: each has found the code to be right before any of them takes it.
func TestOneCodeOneSession(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		j := h.joins(Home, "Rowan", Lead)
		box, err := h.key(ctx)
		must(t, err)
		claims := []Claim{h.claim("", "Rowan"), h.claim("", "Rowan")}
		claims[1].Code = j.Codes[0]
		for _, c := range claims {
			var right []proof
			for range 3 {
				mark := marked(box, c.Name)
				f, err := h.check(ctx, true, func(tx *db.Tx) (person, bool, error) { return selectMarked(tx, Home, mark) }, mark, c)
				must(t, err)
				right = append(right, f)
			}
			for n, f := range right {
				_, err := h.enter(ctx, f.ID, Token{}, Computer, "en", f.way(), f.spend)
				if n == 0 {
					must(t, err)
					continue
				}
				refused(t, "the same code again", err, "fault.desk.wrong")
			}
		}
	})
}

func TestSessions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		first := h.joins(Home, "Rowan", Lead).Token
		nobody := func(what string, tok Token) {
			t.Helper()
			if _, err := h.Session(ctx, tok); !IsNobody(err) {
				t.Errorf("%s: %v", what, err)
			}
		}
		nobody("no token", Token{})
		nobody("any token", newToken())
		second, err := h.SignIn(ctx, h.claim("", "Rowan"), first, Computer, "en")
		must(t, err)
		nobody("what the browser had before", first)

		// A fresh proof is a new token; it is fresh for five minutes.
		h.now = h.now.Add(time.Minute)
		third, err := h.Prove(ctx, h.at(second), seal.Hide(password), h.code("Rowan"))
		must(t, err)
		nobody("the token before the proof", second)
		if !h.at(third).Fresh {
			t.Error("not fresh")
		}
		h.now = h.now.Add(5 * time.Minute)
		if h.at(third).Fresh {
			t.Error("fresh after five minutes")
		}

		// Idle for twelve hours it ends, and after a week in any case.
		h.now = h.now.Add(11 * time.Hour)
		h.at(third)
		h.now = h.now.Add(12 * time.Hour)
		nobody("an idle session", third)
		fourth, err := h.SignIn(ctx, h.claim("", "Rowan"), Token{}, Computer, "en")
		must(t, err)
		for range 16 {
			h.now = h.now.Add(10 * time.Hour)
			h.at(fourth)
		}
		h.now = h.now.Add(8 * time.Hour)
		nobody("a session of a week", fourth)

		// One's own are listed and ended; another's are not there.
		fifth, err := h.SignIn(ctx, h.claim("", "Rowan"), Token{}, Phone, "en")
		must(t, err)
		h.now = h.now.Add(time.Minute)
		sixth, err := h.SignIn(ctx, h.claim("", "Rowan"), Token{}, Computer, "en")
		must(t, err)
		ash := h.at(h.joins(Home, "Ash", Lead).Token)
		refused(t, "another's session", h.Revoke(ctx, ash, h.at(fifth).ID), "fault.not_found")
		list, err := h.Sessions(ctx, h.at(sixth))
		must(t, err)
		if len(list) != 2 || list[0].Mine == list[1].Mine {
			t.Errorf("%+v", list)
		}
		must(t, h.Revoke(ctx, h.at(sixth), h.at(fifth).ID))
		nobody("a session that was ended", fifth)
		must(t, h.SignOut(ctx, h.at(sixth)))
		nobody("a session that signed out", sixth)

		// What has ended is swept away.
		h.now = h.now.Add(12 * time.Hour)
		must(t, h.Sweep(ctx))
		must(t, d.View(ctx, func(tx *db.Tx) error {
			rows, err := selectSittings(tx, ash.Organiser.ID)
			if len(rows) > 0 {
				t.Error("an ended session is kept")
			}
			return err
		}))
	})
}

// A password or an authenticator that is changed ends every session but the one that changed it, under a new token; the old ones open nothing.
func TestWays(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		j := h.joins(Home, "Rowan", Lead)
		other, err := h.SignIn(ctx, h.claim("", "Rowan"), Token{}, Phone, "en")
		must(t, err)
		_, err = h.SetPassword(ctx, h.at(j.Token), seal.Hide("another password"))
		refused(t, "without a fresh proof", err, "fault.desk.prove")
		_, err = h.Recode(ctx, h.at(j.Token))
		refused(t, "without a fresh proof", err, "fault.desk.prove")
		_, err = h.SetSecret(ctx, h.at(j.Token), h.keys["Rowan"], h.code("Rowan"))
		refused(t, "without a fresh proof", err, "fault.desk.prove")

		s := h.fresh("Rowan")
		next, err := h.SetPassword(ctx, s, seal.Hide("another password"))
		must(t, err)
		for _, tok := range []Token{j.Token, other} {
			if _, err := h.Session(ctx, tok); !IsNobody(err) {
				t.Errorf("a session outlived the password: %v", err)
			}
		}
		refused(t, "a session that was ended with it", h.SignOut(ctx, s), "fault.desk.nobody")
		h.now = h.now.Add(time.Minute)
		_, err = h.SignIn(ctx, h.claim("", "Rowan"), Token{}, Phone, "en")
		refused(t, "the old password", err, "fault.desk.wrong")

		was := h.keys["Rowan"]
		h.keys["new"] = NewSecret()
		_, err = h.SetSecret(ctx, h.at(next), h.keys["new"], h.code("Rowan"))
		refused(t, "the old one's code", err, "fault.desk.input_code")
		last, err := h.SetSecret(ctx, h.at(next), h.keys["new"], h.code("new"))
		must(t, err)
		codes, err := h.Recode(ctx, h.at(last))
		must(t, err)
		h.now = h.now.Add(time.Minute)
		for _, c := range []struct {
			what string
			code seal.Private[string]
			good bool
		}{{"the old authenticator", codeAt(t, was, h.now), false}, {"an old recovery code", j.Codes[0], false}, {"the new authenticator", h.code("new"), true}, {"a new recovery code", codes[0], true}} {
			_, err := h.SignIn(ctx, Claim{Name: seal.Hide("Rowan"), Password: seal.Hide("another password"), Code: c.code}, Token{}, Phone, "en")
			if (err == nil) != c.good {
				t.Errorf("%s: %v", c.what, err)
			}
		}
	})
}

// Ten wrong tries an hour at one pseudonym, and nothing opens it for the rest of the hour; the answer is the same as before, and as for one that is not there.
func TestGuessing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		j := h.joins(Home, "Rowan", Lead)
		h.joins(Home, "Ash", Editor)
		h.now = h.now.Truncate(time.Hour).Add(61 * time.Minute)
		try := func(c Claim) error {
			_, err := h.SignIn(ctx, c, Token{}, Computer, "en")
			return err
		}
		bad := func(name string) Claim {
			return Claim{Name: seal.Hide(name), Password: seal.Hide("a wrong password"), Code: seal.Hide("123456")}
		}
		for _, name := range []string{"Rowan", "Nobody"} {
			for range 10 {
				refused(t, name, try(bad(name)), "fault.desk.wrong")
			}
		}
		refused(t, "the right one, too late", try(h.claim("", "Rowan")), "fault.desk.wrong")
		refused(t, "by a recovery code", try(Claim{Name: seal.Hide("Rowan"), Password: seal.Hide(password), Code: j.Codes[0]}), "fault.desk.wrong")
		must(t, try(h.claim("", "Ash")))
		// A session that is open is no way round it: there the same bound holds for its own person.
		s := h.at(j.Token)
		for range 10 {
			_, err := h.Prove(ctx, s, seal.Hide("a wrong password"), seal.Hide("123456"))
			refused(t, "a proof", err, "fault.desk.wrong")
		}
		h.now = h.now.Add(time.Minute)
		_, err := h.Prove(ctx, s, seal.Hide(password), h.code("Rowan"))
		refused(t, "a proof, too late", err, "fault.desk.wrong")
		// All names together are bounded too, and then it is said to everybody alike.
		for n := range triesOfAll {
			try(bad(fmt.Sprint("name ", n)))
		}
		refused(t, "anybody", try(bad("Nobody")), "fault.desk.guesses")
		refused(t, "anybody", try(h.claim("", "Ash")), "fault.desk.guesses")
		h.now = h.now.Add(time.Hour)
		must(t, try(h.claim("", "Rowan")))
	})
}

// People of a committee change and end each other by their roles; the last lead stays; another committee's people are not there.
func TestPeople(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h, ctx := open(t, d), t.Context()
		lead := h.joins(Home, "Rowan", Lead)
		editor := h.joins(Home, "Ash", Editor)
		h.joins("allies", "Birch", Lead)
		ash := h.at(editor.Token)

		refused(t, "without a fresh proof", h.End(ctx, h.at(lead.Token), ash.Organiser.ID), "fault.desk.prove")
		rowan := h.fresh("Rowan")
		ash = h.fresh("Ash")
		birch := h.fresh("Birch")
		refused(t, "an editor", h.Change(ctx, ash, rowan.Organiser.ID, Reader, Inside), "fault.desk.role")
		refused(t, "an editor", h.End(ctx, ash, rowan.Organiser.ID), "fault.desk.role")
		_, _, err := h.Invite(ctx, ash, Lead)
		refused(t, "an editor", err, "fault.desk.role")
		for what, err := range map[string]error{"change": h.Change(ctx, birch, ash.Organiser.ID, Reader, Inside), "end": h.End(ctx, birch, ash.Organiser.ID), "sign out": h.SignOutAll(ctx, birch, ash.Organiser.ID)} {
			refused(t, "another committee: "+what, err, "fault.not_found")
		}
		refused(t, "the last lead", h.Change(ctx, rowan, rowan.Organiser.ID, Editor, Inside), "fault.desk.last_lead")
		refused(t, "the last lead", h.End(ctx, rowan, rowan.Organiser.ID), "fault.desk.last_lead")
		refused(t, "no role", h.Change(ctx, rowan, ash.Organiser.ID, "owner", Inside), "fault.desk.input_role")

		// A role that is taken is gone at once, in a session that is open and fresh too.
		must(t, h.Change(ctx, rowan, ash.Organiser.ID, Lead, Inside))
		_, i, err := h.Invite(ctx, ash, Reader)
		must(t, err)
		must(t, h.Change(ctx, rowan, ash.Organiser.ID, Reader, Inside))
		_, _, err = h.Invite(ctx, ash, Lead)
		refused(t, "a role that was taken", err, "fault.desk.role")
		refused(t, "another committee's invitation", h.TakeBack(ctx, birch, i.ID), "fault.not_found")
		must(t, h.TakeBack(ctx, rowan, i.ID))

		desk, err := h.People(ctx, rowan)
		must(t, err)
		if len(desk.People) != 2 || desk.People[0].Name.Reveal() != "Rowan" || desk.People[1].Name.Reveal() != "Ash" || desk.People[1].Role != Reader || desk.People[1].Place != Inside || len(desk.Invitations) != 0 {
			t.Errorf("%+v", desk)
		}
		must(t, h.SignOutAll(ctx, rowan, ash.Organiser.ID))
		if _, err := h.Session(ctx, editor.Token); !IsNobody(err) {
			t.Errorf("signed out everywhere: %v", err)
		}
		must(t, h.End(ctx, rowan, ash.Organiser.ID))
		h.now = h.now.Add(time.Minute)
		_, err = h.SignIn(ctx, h.claim("", "Ash"), Token{}, Computer, "en")
		refused(t, "who was ended", err, "fault.desk.wrong")
		must(t, d.View(ctx, func(tx *db.Tx) error {
			n := 0
			_, err := tx.One(countRecoverySQL, ash.Organiser.ID).Scan(&n)
			if n > 0 {
				t.Error("recovery codes are kept of who was ended")
			}
			return err
		}))
		list, err := h.Committees(ctx)
		must(t, err)
		if len(list) != 2 || list[1].Name != Home || list[1].Roles[Lead] != 1 || list[1].Roles[Reader] != 0 {
			t.Errorf("%+v", list)
		}
	})
}
