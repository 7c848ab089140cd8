package news

import (
	"bytes"
	"encoding/csv"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// Anybody can seal to the organisers' key. Whatever is in their file, the list is made, is a table of three columns, and runs nothing in a spreadsheet.
func FuzzOpenList(f *testing.F) {
	to, id := key(f)
	for _, plain := range []string{one(f, "anna@example.org", "ru", link(1)), `{"address":"=cmd|'/c calc'!A1","lang":"en","stop":"x"}`, `{"address":"a\u0000\n\"b","lang":"@","stop":"＝1"}`, `{"address":1}`, "", "{}", "null",
		`{"address":"a@b.example","stop":"https://x/news/a.b.c"} trailing`, `{"address":"\u202e","lang":"+1"}`} {
		f.Add([]byte(plain), []byte("end 1\n"))
	}
	f.Add([]byte("{"), []byte("\r\nend 2\r\nend 1\nmore\n\xff\n"))
	f.Fuzz(func(t *testing.T, plain, tail []byte) {
		if len(plain) > 8*plainSize {
			return
		}
		began := time.Now()
		file := sealedList(t, to, string(plain), one(t, "boris@example.org", "en", link(2)))
		file = append(file[:bytes.LastIndex(file, []byte(endMark))], tail...)
		l, err := Open(bytes.NewReader(file), id)
		if err != nil {
			if !errors.Is(err, ErrNotSealed) || len(tail) <= lineMost {
				t.Fatal(err)
			}
			return
		}
		if l.Rows < 2 || l.Opened() < 1 || l.Addresses() > l.Opened() || len(l.Closed) > l.Rows {
			t.Fatalf("%d rows, %d opened, %d addresses", l.Rows, l.Opened(), l.Addresses())
		}
		if !l.Cut && !bytes.Contains(tail, []byte(strings.TrimSpace(endMark))) {
			t.Fatal("a file without an end is taken for whole")
		}
		var table bytes.Buffer
		if _, err := l.CSV(&table); err != nil {
			t.Fatal(err)
		}
		r := csv.NewReader(&table)
		r.FieldsPerRecord = 3
		rows, err := r.ReadAll()
		if err != nil || len(rows) != l.Addresses()+1 {
			t.Fatalf("%d rows of a table for %d addresses: %v", len(rows), l.Addresses(), err)
		}
		for _, row := range rows {
			for _, c := range row {
				harmless(t, c)
			}
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Fatalf("%v for %d bytes", took, len(file))
		}
	})
}

// harmless asks that a spreadsheet takes a cell for a text.
func harmless(t *testing.T, c string) {
	t.Helper()
	if strings.ContainsAny(c, "\t\n\r\v\f\x00\u0085\u2028\u2029\ufeff\u200b") {
		t.Fatalf("the cell %q", c)
	}
	if first, _ := utf8.DecodeRuneInString(strings.TrimSpace(c)); strings.ContainsRune("=+-@＝＋－＠", first) && first != utf8.RuneError {
		t.Fatalf("the cell %q", c)
	}
}

// A cell says what it said, but for what nobody can see; and is quoted once.
func FuzzCell(f *testing.F) {
	for _, s := range []string{"=1+1", "\t=1", " -2", "＠x", "'=1", "\ufeff=1", "\u200b@x", "a\u2028b", "", "\u00a0=1", "\u3000+1", "\x00=", "\u202e=1", "\u00ad=1", "\ue000=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, marked := cell(s)
		harmless(t, c)
		if again, _ := cell(c); again != c {
			t.Fatalf("%q becomes %q, and that %q", s, c, again)
		}
		if first, _ := utf8.DecodeRuneInString(strings.TrimPrefix(c, "'")); marked && (c[0] != '\'' || !strings.ContainsRune("=+-@＝＋－＠", first)) {
			t.Fatalf("%q becomes %q and is said to be marked", s, c)
		}
	})
}

// FuzzStopLink are the links that end news, and rows on their way into the table: tokens as many as there may be, and each row as it was.
func FuzzStopLink(f *testing.F) {
	f.Add(link(1), link(2), []byte("0123456789abcdef0123456789abcdef0123456789abcdef\x04anna and a ciphertext"))
	f.Add("https://x/news/", "https://x/news/.", bytes.Repeat([]byte{255}, 300))
	f.Add("/news/a.b", "x", []byte{})
	f.Fuzz(func(t *testing.T, have, link string, b []byte) {
		_, tokens, _ := cutLink(link)
		list := hashes(tokens)
		if len(list) == 0 || len(list) > tokensMost || len(list) > 1+strings.Count(tokens, separator) {
			t.Fatalf("%q holds %d tokens", tokens, len(list))
		}
		joined := join([]string{have}, link)
		if len(joined) > 2 || len(joined) == 2 && joined[1] != link || !strings.HasPrefix(joined[0], have) {
			t.Fatalf("%q and %q are joined to %q", have, link, joined)
		}
		if r, ok := parseRow(b); ok && !bytes.Equal(r.bytes(), b) {
			t.Fatalf("%x is read as what is written otherwise", b)
		}
	})
}
