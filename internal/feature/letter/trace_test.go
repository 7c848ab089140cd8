package letter_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"outcry/internal/feature/letter"
	"outcry/internal/feature/letter/lettertest"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/jobs"
	"outcry/internal/kernel/mail"
	"outcry/internal/kernel/seal"
	"outcry/test/peers"
)

// search looks for many values at once, each in all the shapes in which it could stand on a disk.
type search struct {
	begins [1 << 16]bool // first two bytes of some form
	forms  map[[8]byte][]string
	of     map[string]string // the value of a form
}

// newSearch looks for values, and for the hashes of addresses too: a hash of an address is an address to whoever has a list of them.
func newSearch(addresses, values []string) *search {
	s := &search{forms: map[[8]byte][]string{}, of: map[string]string{}}
	for _, v := range addresses {
		for _, spelt := range []string{v, strings.ToLower(v), strings.ToUpper(v)} {
			s.add(v, spelt)
			sum := sha256.Sum256([]byte(spelt))
			s.add(v, string(sum[:]))
		}
	}
	for _, v := range values {
		s.add(v, v)
	}
	return s
}

func (s *search) add(value, spelt string) {
	h := hex.EncodeToString([]byte(spelt))
	list := []string{spelt, h, strings.ToUpper(h)}
	for shift := range 3 { // wherever it begins in what was encoded
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			b := enc.EncodeToString([]byte(strings.Repeat("\x00", shift) + spelt))
			list = append(list, b[(shift*8+5)/6:len(b)-1]) // without the characters that hang on the neighbours
		}
	}
	for _, f := range list {
		key := [8]byte([]byte(f))
		s.begins[binary.BigEndian.Uint16(key[:])] = true
		s.forms[key], s.of[f] = append(s.forms[key], f), value
	}
}

// in finds the values in some bytes, and says in which form.
func (s *search) in(all []byte) (found map[string]string) {
	found = map[string]string{}
	for i := range max(0, len(all)-7) {
		if !s.begins[binary.BigEndian.Uint16(all[i:])] {
			continue
		}
		for _, f := range s.forms[[8]byte(all[i:])] {
			if bytes.HasPrefix(all[i:], []byte(f)) {
				found[s.of[f]] = f
			}
		}
	}
	return found
}

// bytesUnder reads every file of a folder.
func bytesUnder(t *testing.T, dir string) (all []byte) {
	t.Helper()
	lettertest.Must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // a server's own files come and go
		}
		b, err := os.ReadFile(path)
		if err == nil || os.IsNotExist(err) {
			all = append(append(all, b...), '\n')
			err = nil
		}
		return err
	}))
	return all
}

// Twenty asked, half of them confirmed, some of their mails could not be sent for now and some not at all: no address, no code, no secret is on the disk.
func TestNothingReadable(t *testing.T) {
	run := func(t *testing.T, c db.Config, folder string) {
		var addresses, values []string
		box := &lettertest.Mailbox{Fail: func(m *mail.Message) error {
			switch {
			case strings.Contains(m.To, "later"):
				return &mail.Refused{Temporary: true, Code: 451, Step: mail.StepRecipient}
			case strings.Contains(m.To, "never"):
				return &mail.Refused{Code: 550, Step: mail.StepRecipient}
			}
			return nil
		}}
		s := lettertest.Open(t, c, lettertest.Options{Transport: box})
		pages := map[string]letter.Waiting{}
		for i := range 20 {
			kind := [...]string{"Signer", "Signer", "later", "Asker", "never"}[i%5]
			a := fmt.Sprintf("%s.Kuz%dmina+q@quorum%d-example.org", kind, i, i)
			pages[a] = s.Ask(t, a)
			name, _, _ := strings.Cut(a, "+")
			addresses = append(addresses, a, letter.Fold(pages[a].Address).Reveal(), name, letter.Domain(pages[a].Address))
			values = append(values, pages[a].Token)
		}
		s.PostUntil(t, func(c jobs.Count) bool { return c.Waiting == 4 && c.Dead == 4 && len(box.All()) == 12 })
		for i, m := range box.All() {
			values = append(values, lettertest.Token(m), lettertest.Code(m), strings.ReplaceAll(lettertest.Code(m), "-", ""))
			if strings.HasPrefix(m.To, "Signer") {
				c, err := s.Book.ConfirmCode(t.Context(), pages[m.To].Token, lettertest.Code(m))
				lettertest.Must(t, err)
				raw, err := base64.RawURLEncoding.DecodeString(c.Secret.Text())
				lettertest.Must(t, err)
				values = append(values, c.Secret.Text(), string(raw), string(seal.Derive(raw, "withdraw")), string(seal.Derive(raw, "audit")))
				if i%3 == 0 {
					c, err = s.Book.ConfirmLink(t.Context(), lettertest.Token(m))
					lettertest.Must(t, err)
					values = append(values, c.Secret.Text())
				}
			}
		}
		if n := number(t, s, "SELECT count(*) FROM letter_signature"); n != 8 {
			t.Fatalf("%d signatures", n)
		}
		rows := []byte(strings.Join(tables(t, s), "\n"))
		hidden, public := newSearch(addresses, values), newSearch([]string{lettertest.Contact, "An open letter for Pavel Orlov"}, nil)
		look := func(where string, all []byte) {
			if len(public.in(all)) != 2 {
				t.Fatalf("%s: what is public is not found, so nothing would be", where)
			}
			for v, form := range hidden.in(all) {
				t.Errorf("%s: %q as %q", where, v, form)
			}
		}
		look("in the tables", rows)
		look("in the files", bytesUnder(t, folder))
		s.GrowAll(t)
		s.DB.Close()
		look("in the files, closed", bytesUnder(t, folder))
	}
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		run(t, db.Config{File: filepath.Join(dir, "outcry.db")}, dir)
	})
	t.Run("postgres", func(t *testing.T) {
		dsn, dir := peers.Postgres(t) // its log and its write-ahead log as well
		run(t, db.Config{URL: dsn}, dir)
	})
}

// What the search looks for, it finds in each disguise.
func TestSearchFinds(t *testing.T) {
	const v, secret = "Anna.Orlova@example.org", "7K2M9PQX"
	sum := sha256.Sum256([]byte(v))
	for _, hidden := range []string{v, "xx" + v + "yy", strings.ToLower(v), hex.EncodeToString([]byte(v)), strings.ToUpper(hex.EncodeToString([]byte(v))), string(sum[:]), hex.EncodeToString(sum[:]),
		base64.StdEncoding.EncodeToString([]byte(v)), base64.StdEncoding.EncodeToString([]byte("1" + v + "2")), base64.URLEncoding.EncodeToString([]byte("\xff\xfe" + v + "\xff\xff")),
		base64.RawURLEncoding.EncodeToString([]byte("abc" + v)), base64.StdEncoding.EncodeToString(sum[:])} {
		found := newSearch([]string{"boris@example.org", v}, []string{secret}).in([]byte("before " + hidden + secret + " after"))
		if len(found) != 2 || found[v] == "" || found[secret] != secret {
			t.Errorf("%q: found %q", hidden, found)
		}
	}
	if found := newSearch([]string{v}, nil).in([]byte("nothing of hers: boris@example.org, Anna.Orlov")); len(found) != 0 {
		t.Errorf("found where it is not: %q", found)
	}
}
