package letter_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
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

// forms are all shapes in which a value could stand on a disk.
func forms(value string) (list [][]byte) {
	sum := sha256.Sum256([]byte(value))
	for _, v := range []string{value, strings.ToLower(value), strings.ToUpper(value), string(sum[:])} {
		h := hex.EncodeToString([]byte(v))
		list = append(list, []byte(v), []byte(h), []byte(strings.ToUpper(h)))
		for shift := range 3 { // wherever it begins in what was encoded
			padded := strings.Repeat("\x00", shift) + v
			for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				b := enc.EncodeToString([]byte(padded))
				list = append(list, []byte(b[(shift*8+5)/6:len(b)-1])) // without the characters that hang on the neighbours
			}
		}
	}
	return list
}

// found names the first form of a value in some bytes.
func found(in []byte, value string) string {
	for _, f := range forms(value) {
		if bytes.Contains(in, f) {
			return fmt.Sprintf("%q as %q", value, f)
		}
	}
	return ""
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
		var values []string
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
			values = append(values, a, letter.Fold(pages[a].Address).Reveal(), strings.SplitN(a, "+", 2)[0], strings.SplitN(a, "@", 2)[1], pages[a].Token)
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
		search := func(when string, all []byte) {
			if found(all, lettertest.Contact) == "" || found(all, "An open letter for Pavel Orlov") == "" {
				t.Fatalf("%s: what is public is not found, so nothing would be", when)
			}
			for _, v := range values {
				if what := found(all, v); what != "" {
					t.Errorf("%s: %s", when, what)
				}
			}
		}
		search("in the tables", rows)
		search("in the files", bytesUnder(t, folder))
		s.GrowAll(t)
		s.DB.Close()
		search("in the files, closed", bytesUnder(t, folder))
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
	const v = "Anna.Orlova@example.org"
	sum := sha256.Sum256([]byte(v))
	for _, hidden := range []string{v, "xx" + v + "yy", strings.ToLower(v), hex.EncodeToString([]byte(v)), strings.ToUpper(hex.EncodeToString([]byte(v))), string(sum[:]), hex.EncodeToString(sum[:]),
		base64.StdEncoding.EncodeToString([]byte(v)), base64.StdEncoding.EncodeToString([]byte("1" + v + "2")), base64.URLEncoding.EncodeToString([]byte("\xff\xfe" + v + "\xff\xff")),
		base64.RawURLEncoding.EncodeToString([]byte("abc" + v)), base64.StdEncoding.EncodeToString(sum[:])} {
		if found([]byte("before "+hidden+" after"), v) == "" {
			t.Errorf("%q is not found", hidden)
		}
	}
	if found([]byte("nothing of hers: boris@example.org"), v) != "" {
		t.Error("found where it is not")
	}
}
