package app

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
	"outcry/internal/kernel/seal"
	"outcry/test/peers"
	"outcry/test/seizure"
)

const backupCase = `campaign: {slug: free-anna, languages: [en, ru], run_by: {en: Committee for Anna}, contact: committee@example.org}
person: {names: [{text: Anna Example, lang: en, script: Latn}]}
case:
  slug: anna
  publication: {level: public, consents: [{giver: family, scope: [name], channel: {en: by letter}, date: 2024-03-01}]}
  state: open
  title: {en: Release Anna Example}
  summary: {en: She was detained in February 2024.}
sources: [{id: paper, kind: independent_media, publisher: {en: A Paper}, published: 2024-03-01}]
events: [{id: arrest, when: 2024-02, kind: detention, nature: event, source: paper}]
letters:
  - {slug: release, state: open, version: 1, dated: 2024-03-02, addressee: {en: To the court}, demand: {en: Release Anna}, title: {en: Let Anna go home},
     body: {en: She did nothing.}, run_by: {en: Committee for Anna}, contact: committee@example.org}
`

// campaigner is an open installation with one open letter, its clock and its mailbox.
type campaigner struct {
	*App
	conf  Config // to open it again
	clock *lettertest.Clock
	post  *lettertest.Mailbox
	key   seal.Identity // that opens its backups
	to    []seal.Recipient
}

func campaigning(t *testing.T, d db.Config) *campaigner {
	t.Helper()
	ctx, dir := t.Context(), t.TempDir()
	s := &campaigner{clock: lettertest.NewClock(), post: &lettertest.Mailbox{}}
	s.conf = Config{Data: filepath.Join(dir, "data"), SecretFile: filepath.Join(dir, "secret"), Now: s.clock.Now, Mail: s.post}
	s.conf.URL, s.conf.Database, s.conf.Log = "https://letters.example.org", d.URL, nil
	s.conf.SMTP = "smtp://post:canary-of-smtp@mail.example.org:587"
	lettertest.Must(t, Init(ctx, s.conf))
	a, err := Open(ctx, s.conf)
	lettertest.Must(t, err)
	t.Cleanup(func() { a.Close() })
	s.App = a
	file, err := ReadCampaign([]byte(backupCase))
	lettertest.Must(t, err)
	lettertest.Must(t, a.Apply(ctx, file))
	s.sequence(t)
	lettertest.Must(t, a.Book.Start(ctx))
	_, err = a.site.Reload(ctx)
	lettertest.Must(t, err)
	id, to, err := seal.PassingIdentity()
	lettertest.Must(t, err)
	s.key, s.to = id, []seal.Recipient{to}
	return s
}

func (s *campaigner) sequence(t testing.TB) {
	t.Helper()
	for {
		n, err := s.Log.Sequence(t.Context())
		lettertest.Must(t, err)
		if n == 0 {
			return
		}
	}
}

// ask leaves an address's mail in the queue; mailed sends what waits there.
func (s *campaigner) ask(t testing.TB, who string) letter.Waiting {
	t.Helper()
	w, err := s.Book.Begin(t.Context(), "anna", "release", 0, who, "en")
	lettertest.Must(t, err)
	return w
}

func (s *campaigner) mailed(t testing.TB) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { s.Jobs.Run(ctx); close(ended) }()
	defer func() { stop(); <-ended }()
	for range 5000 {
		c, err := s.Jobs.Count(ctx)
		lettertest.Must(t, err)
		if c.Waiting == 0 {
			return
		}
		time.Sleep(2 * time.Millisecond)
	}
	t.Fatal("the mails were not sent")
}

func (s *campaigner) confirm(t testing.TB, w letter.Waiting, who string) letter.Counted {
	t.Helper()
	c, err := s.Book.ConfirmCode(t.Context(), w.Token, lettertest.Code(s.post.Last(who)))
	lettertest.Must(t, err)
	return c
}

func (s *campaigner) sign(t testing.TB, who ...string) {
	t.Helper()
	var waits []letter.Waiting
	for _, w := range who {
		waits = append(waits, s.ask(t, w))
	}
	s.mailed(t)
	for i, w := range who {
		s.confirm(t, waits[i], w)
	}
}

func mailboxes(prefix string, n int) (list []string) {
	for i := range n {
		list = append(list, fmt.Sprintf("%s%d@signers.example", prefix, i))
	}
	return list
}

// backup makes one and gives its path.
func (s *campaigner) backup(t testing.TB) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.backup")
	_, err := CreateBackup(t.Context(), s.conf, s.to, file, nil)
	lettertest.Must(t, err)
	return file
}

// elsewhere is where a backup is restored to: a folder that is not there, and a database for PostgreSQL.
func (s *campaigner) elsewhere(t testing.TB, url string) Config {
	c := Config{Data: filepath.Join(t.TempDir(), "restored"), SecretFile: s.conf.SecretFile, Now: s.conf.Now}
	c.Database = url
	return c
}

// A backup restores into either engine, agrees with its log, and goes on: who signed can't be counted twice, and what waited is counted.
func TestBackupRestoresIntoEitherEngine(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		s := campaigning(t, d)
		s.sign(t, mailboxes("early", 5)...)
		s.clock.Add(11 * time.Minute)
		s.sequence(t)
		s.sign(t, "waits@signers.example")
		file := s.backup(t)
		for _, engine := range []db.Engine{db.SQLite, db.Postgres} {
			url := ""
			if engine == db.Postgres {
				url, _ = peers.Postgres(t)
			}
			c := s.elsewhere(t, url)
			r, err := RestoreBackup(t.Context(), c, file, s.key, nil)
			lettertest.Must(t, err)
			want := []RestoredLetter{{"anna/release", "open", 5, 1, true}}
			if !slices.Equal(r.Letters, want) || r.Entries != 6 || r.Tables["letter_signature"] != 6 {
				t.Fatalf("%+v %d entries, %v", r.Letters, r.Entries, r.Tables)
			}
			c.Mail = s.post
			a, err := Open(t.Context(), c)
			lettertest.Must(t, err)
			defer a.Close()
			lettertest.Must(t, a.Book.Start(t.Context()))
			_, err = a.site.Reload(t.Context())
			lettertest.Must(t, err)
			again := &campaigner{App: a, clock: s.clock, post: s.post}
			again.sign(t, "early0@signers.example", "new@signers.example")
			s.clock.Add(11 * time.Minute)
			again.sequence(t)
			err = a.Book.CatchUp(t.Context())
			lettertest.Must(t, err)
			if n := a.Book.Count(a.Book.Letters("")[0].ID).Counted; n != 7 {
				t.Errorf("%d are counted after six, one of them again, and a new one", n)
			}
			if a.SMTP != "" || !slices.Equal(r.Missing, []string{"smtp"}) || a.URL != s.URL {
				t.Errorf("the settings are %q and %q", a.SMTP, a.URL)
			}
		}
	})
}

// Signers confirm, and the log grows, while a backup is written: it holds the moment at which it began, restores, and passes the audit.
func TestBackupWhileSignersConfirm(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		s := campaigning(t, d)
		s.sign(t, mailboxes("before", 20)...)
		who := mailboxes("meanwhile", 40)
		waits := make([]letter.Waiting, len(who))
		for i, w := range who {
			waits[i] = s.ask(t, w)
		}
		s.mailed(t)
		next := 0
		file := filepath.Join(t.TempDir(), "a.backup")
		b, err := CreateBackup(t.Context(), s.conf, s.to, file, func(done, of int64) { // told at the beginning and at the end of each table
			for range 3 {
				if next < len(who) {
					s.confirm(t, waits[next], who[next])
					next++
				}
			}
			s.clock.Add(time.Minute)
			s.sequence(t)
		})
		lettertest.Must(t, err)
		if next != len(who) || b.Tables["letter_signature"] != 20 {
			t.Fatalf("%d of %d confirmed meanwhile, and %d signatures are kept", next, len(who), b.Tables["letter_signature"])
		}
		r, err := RestoreBackup(t.Context(), s.elsewhere(t, ""), file, s.key, nil)
		lettertest.Must(t, err)
		if n := r.Letters[0].Counted + int64(r.Letters[0].Waiting); n != 20 {
			t.Errorf("%d of 20 are in the copy", n)
		}
	})
}

// inside is a backup's content in the clear.
func (s *campaigner) inside(t testing.TB, file string) []byte {
	t.Helper()
	f, err := openBackup(file)
	lettertest.Must(t, err)
	defer f.close()
	plain, err := s.key.OpenFrom(io.NewSectionReader(f.f, backupLine, f.bytes))
	lettertest.Must(t, err)
	b, err := io.ReadAll(plain)
	lettertest.Must(t, err)
	return b
}

// Neither the backup nor, to whoever has the key, its content holds an address, a code, a token, the secret of a private link, a key of the day, a waiting mail, a used
// token, the unlock secret, a share or a password.
func TestBackupHoldsNothingThatShouldDie(t *testing.T) {
	dbtest.EachConfig(t, func(t *testing.T, d db.Config) {
		s := campaigning(t, d)
		var canaries []seizure.Canary
		add := func(name, value string) { canaries = append(canaries, seizure.Canary{Name: name, Value: value}) }
		for i, who := range mailboxes("canary-of-a-signer-", 4) {
			w := s.ask(t, who)
			s.mailed(t)
			add("the address", who)
			add("the page's token", w.Token)
			add("the mailed token", lettertest.Token(s.post.Last(who)))
			add("the code", lettertest.Code(s.post.Last(who)))
			if i < 3 {
				c := s.confirm(t, w, who)
				add("the private link", c.Secret.Text())
			}
		}
		s.ask(t, "canary-in-the-queue@signers.example")
		add("an address in the queue", "canary-in-the-queue@signers.example")
		add("the password of the mail server", "canary-of-smtp")
		for name, query := range map[string]string{"a key of the day": `SELECT wrapped FROM day_key`, "a waiting mail": `SELECT payload FROM job`, "a used token": `SELECT token_hash FROM letter_used`} {
			n := 0
			lettertest.Must(t, s.DB.View(t.Context(), func(tx *db.Tx) error {
				return tx.Each(query, nil, func(scan func(...any) error) error {
					var b []byte
					err := scan(&b)
					add(name, string(b))
					n++
					return err
				})
			}))
			if n == 0 {
				t.Fatalf("%s was not planted", name)
			}
		}
		for _, path := range append([]string{s.conf.SecretFile}, sharesOf(t, s.conf.SecretFile)...) {
			b, err := os.ReadFile(path)
			lettertest.Must(t, err)
			_, secret, spoken := bytes.Cut(bytes.TrimSpace(b), []byte("outcry-unlock-1 "))
			if !spoken {
				secret = b // a share: bytes alone
			}
			add("the content of "+filepath.Base(path), string(secret))
		}
		scanner, err := seizure.New(canaries...)
		lettertest.Must(t, err)
		file := s.backup(t)
		hits, err := scanner.Scan(file)
		lettertest.Must(t, err)
		text := s.inside(t, file)
		more, err := scanner.ScanBytes("the content", text)
		lettertest.Must(t, err)
		if hits = append(hits, more...); len(hits) > 0 {
			t.Error(seizure.Report(hits))
		}
		// The search sees: what is kept is found, and so would be an address.
		for _, kept := range []string{"committee@example.org", "letter_signature", "letters.example.org/log"} {
			if !bytes.Contains(text, []byte(kept)) {
				t.Errorf("%q is not in the content", kept)
			}
		}
		if hits, err := scanner.ScanBytes("a leak", append(text, "canary-in-the-queue@signers.example"...)); err != nil || len(hits) == 0 {
			t.Errorf("a planted leak was not found: %v", err)
		}
	})
}

func sharesOf(t *testing.T, secret string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(secret + ".shares")
	lettertest.Must(t, err)
	for _, e := range entries {
		list = append(list, filepath.Join(secret+".shares", e.Name()))
	}
	if len(list) == 0 {
		t.Fatal("there is no share")
	}
	return list
}

// What waits for the log keeps neither its time nor its order: rows come by their random reference, and are due at once after restoring.
func TestBackupForgetsWhenLeavesCame(t *testing.T) {
	s := campaigning(t, db.Config{File: "x"})
	for _, who := range mailboxes("slow", 8) {
		s.sign(t, who)
		s.clock.Add(7 * time.Second)
	}
	file := s.backup(t)
	r, err := db.ReadDump(bytes.NewReader(s.inside(t, file)))
	lettertest.Must(t, err)
	var last []byte
	for {
		name, columns, err := r.Table()
		lettertest.Must(t, err)
		if name != "log_queue" {
			continue
		}
		if slices.Contains(columns, "not_before") {
			t.Error("the time is kept")
		}
		n := 0
		for row, err := r.Row(); err == nil; row, err = r.Row() {
			ref := row[0].([]byte)
			if bytes.Compare(last, ref) >= 0 {
				t.Error("rows are not in the order of their random keys")
			}
			last = ref
			n++
		}
		if n != 8 {
			t.Fatalf("%d leaves wait", n)
		}
		break
	}
	c := s.elsewhere(t, "")
	_, err = RestoreBackup(t.Context(), c, file, s.key, nil)
	lettertest.Must(t, err)
	a, err := Open(t.Context(), c)
	lettertest.Must(t, err)
	defer a.Close()
	if n, err := a.Log.Sequence(t.Context()); err != nil || n != 8 {
		t.Errorf("%d leave at once: %v", n, err)
	}
}

// Every table and column of the migrations is decided about, on both engines, and one more would be noticed.
func TestEveryTableIsDecidedAbout(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		lettertest.Must(t, d.CheckPlan(ctx, backupTables))
		for _, planted := range []string{`CREATE TABLE fresh (id BIGINT PRIMARY KEY)`, `ALTER TABLE letter ADD COLUMN fresh BIGINT`} {
			lettertest.Must(t, d.Update(ctx, func(tx *db.Tx) error { _, err := tx.Exec(planted); return err }))
			if err := d.CheckPlan(ctx, backupTables); err == nil || !strings.Contains(err.Error(), "fresh") {
				t.Errorf("after %s: %v", planted, err)
			}
			lettertest.Must(t, d.Update(ctx, func(tx *db.Tx) error {
				_, err := tx.Exec(strings.Replace(strings.Replace(planted, "CREATE TABLE fresh (id BIGINT PRIMARY KEY)", "DROP TABLE fresh", 1), "ADD COLUMN fresh BIGINT", "DROP COLUMN fresh", 1))
				return err
			}))
		}
	})
	for _, x := range backupTables {
		if x.Why == "" {
			t.Errorf("%s: nobody says why", x.Name)
		}
		for _, k := range x.Key {
			if !slices.Contains(x.Keep, k) {
				t.Errorf("%s is ordered by %s, which is not kept", x.Name, k)
			}
		}
	}
}

// Every setting is decided about: kept, kept without its password, or left out.
func TestEverySettingIsDecidedAbout(t *testing.T) {
	decided := map[string]string{
		"URL": "kept", "MailURL": "kept", "From": "kept", "Language": "kept", "Embed": "kept", "Metrics": "kept", "Witnesses": "kept", "Quorum": "kept",
		"SMTP": "bare", "Database": "bare", "Shares": "gone", "Rehearsal": "gone", "Designated": "gone",
	}
	shape := reflect.TypeFor[Settings]()
	for i := range shape.NumField() {
		if decided[shape.Field(i).Name] == "" {
			t.Errorf("nobody decided whether a backup keeps the setting %s", shape.Field(i).Name)
		}
	}
	s := Settings{URL: "https://kept.example", SMTP: "smtp://kept-user:canary1@mail.example", Shares: "/canary2", Rehearsal: "canary3", Designated: "/canary7.csv",
		Database: "postgres://kept-role:canary4@db.example/x?sslmode=verify-full&password=canary5&sslpassword=canary6"}
	s.Quorum, s.Embed = 2, []string{"https://ally.example"}
	s.Witnesses = []WitnessSetting{{}, {}}
	witness := reflect.ValueOf(&s.Witnesses[0]).Elem()
	for i := range witness.NumField() {
		if witness.Field(i).Kind() == reflect.String {
			witness.Field(i).SetString("kept-witness")
		}
	}
	text, missing, err := withoutPasswords(s)
	if err != nil || !slices.Equal(missing, []string{"smtp", "database"}) {
		t.Errorf("%q %v", missing, err)
	}
	for _, kept := range []string{"kept.example", "kept-user@", "kept-role@", "verify-full"} {
		if !strings.Contains(text, kept) {
			t.Errorf("%q is not in:\n%s", kept, text)
		}
	}
	if strings.Contains(text, "canary") {
		t.Errorf("a password is in:\n%s", text)
	}
	// What comes back is all that was kept.
	back, err := settingsOf(aboutBackup{Settings: text})
	lettertest.Must(t, err)
	folder := t.TempDir()
	lettertest.Must(t, writeAll(folder, back))
	written, err := os.ReadFile(filepath.Join(folder, settingsName))
	lettertest.Must(t, err)
	if again, err := settingsOf(aboutBackup{Settings: string(written)}); err != nil || !reflect.DeepEqual(again, back) || len(again.Witnesses) != 2 || again.Quorum != 2 ||
		!strings.Contains(string(written), "kept-witness") || !slices.Equal(again.Embed, s.Embed) {
		t.Errorf("%v\n%s", err, written)
	}
	if text, missing, err := withoutPasswords(Settings{SMTP: "smtp://a b:canary@x", Database: "postgres:///outcry?host=/run/postgresql"}); err != nil ||
		strings.Contains(text, "canary") || !strings.Contains(text, "/run/postgresql") || !slices.Equal(missing, []string{"smtp"}) {
		t.Errorf("%q %q %v", text, missing, err)
	}
}
