package news

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/seal"
)

// A file of sealed rows has a first line, a row in base64 on each further one, and a last line with their number, so that one that was cut is noticed.
const (
	fileMark = "outcry sealed news v1 "
	endMark  = "end "
	lineMost = 1 << 20 // a row takes about 4 KiB
)

// sealedFile writes such a file.
type sealedFile struct {
	out *bufio.Writer
	n   int
}

func newSealedFile(out io.Writer, caseSlug string) *sealedFile {
	f := &sealedFile{out: bufio.NewWriter(out)}
	f.out.WriteString(fileMark + caseSlug + "\n") // its errors come back from Flush
	return f
}

func (f *sealedFile) add(sealed []byte) error {
	f.n++
	_, err := f.out.WriteString(base64.StdEncoding.EncodeToString(sealed) + "\n")
	return err
}

func (f *sealedFile) end() error {
	f.out.WriteString(endMark + strconv.Itoa(f.n) + "\n")
	return f.out.Flush()
}

// ErrNotSealed says that a file is none of sealed rows.
var ErrNotSealed = errors.New("this is not a file that outcry news export wrote")

// List is what a file of sealed rows held.
type List struct {
	Case    string
	Rows    int   // rows of the file
	Closed  []int // lines, counted from 1, whose rows did not open
	Cut     bool  // the last line is missing or tells another number: rows are lost
	Entries []Entry
}

// Entry is one address.
type Entry struct {
	address string // shown by CSV alone
	lang    lang.Tag
	stops   []string
	rows    int
}

// Addresses is how many different ones opened; those that differ in capitals alone are one.
func (l *List) Addresses() int { return len(l.Entries) }

// Opened is how many rows did.
func (l *List) Opened() int { return l.Rows - len(l.Closed) }

// Open opens a file that Export wrote, with the organisers' key: on their own machine, without a database or a network. Rows that don't open are told, and
// don't keep the others from opening. The error is ErrNotSealed, or one of reading.
func Open(in io.Reader, key seal.Identity) (*List, error) {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, lineMost)
	if !lines.Scan() {
		return nil, errors.Join(scanned(lines.Err()), ErrNotSealed)
	}
	slug, ok := strings.CutPrefix(strings.TrimSuffix(lines.Text(), "\r"), fileMark)
	if !ok || slug == "" {
		return nil, ErrNotSealed
	}
	l := &List{Case: slug, Cut: true}
	at := map[string]int{} // address → index in Entries
	for n := 2; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if told, ok := strings.CutPrefix(text, endMark); ok {
			l.Cut = told != strconv.Itoa(l.Rows)
			continue
		}
		l.Rows++
		f, ok := opened(text, key)
		if !ok {
			l.Closed = append(l.Closed, n)
			continue
		}
		folded := strings.ToLower(f.Address)
		i, known := at[folded]
		if !known {
			i = len(l.Entries)
			at[folded] = i
			l.Entries = append(l.Entries, Entry{address: f.Address, lang: f.Lang})
		}
		e := &l.Entries[i]
		e.rows++
		e.stops = join(e.stops, f.Stop)
	}
	return l, scanned(lines.Err())
}

// scanned takes a line that is too long for what it is: the file is none of ours.
func scanned(err error) error {
	if errors.Is(err, bufio.ErrTooLong) {
		return ErrNotSealed
	}
	return err
}

func opened(text string, key seal.Identity) (f follower, ok bool) {
	box, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return f, false
	}
	plain, err := key.Open(box, 2*plainSize)
	if err != nil {
		return f, false
	}
	d := json.NewDecoder(bytes.NewReader(plain))
	if d.Decode(&f) != nil || f.Address == "" {
		return f, false
	}
	return f, true
}

// join adds a link to those of an address. Links of one site become one that ends them all, as far as a link may be long.
func join(stops []string, link string) []string {
	site, token, ok := cutLink(link)
	if !ok {
		return append(stops, link)
	}
	for i, have := range stops {
		other, tokens, ok := cutLink(have)
		if !ok || other != site {
			continue
		}
		list := strings.Split(tokens, separator)
		if slices.Contains(list, token) {
			return stops // the same row twice
		}
		if len(list) < tokensMost {
			stops[i] = have + separator + token
			return stops
		}
	}
	return append(stops, link)
}

func cutLink(link string) (site, tokens string, ok bool) {
	i := strings.LastIndex(link, pathPrefix)
	if i < 0 {
		return "", "", false
	}
	return link[:i], link[i+len(pathPrefix):], true
}

// CSV writes the list as a table that a spreadsheet opens: a line for each address, each cell in quotes, and no cell that a spreadsheet could take for a
// formula. It tells how many cells had a ' put before them for that.
func (l *List) CSV(out io.Writer) (marked int, err error) {
	w := bufio.NewWriter(out)
	w.WriteString("\"address\",\"language\",\"stop\"\n") // its errors come back from Flush
	for _, e := range l.Entries {
		for i, text := range []string{e.address, string(e.lang), strings.Join(e.stops, " ")} {
			s, mark := cell(text)
			if mark {
				marked++
			}
			fmt.Fprintf(w, "%s\"%s\"", []string{"", ","}[min(i, 1)], strings.ReplaceAll(s, `"`, `""`))
		}
		w.WriteString("\n")
	}
	return marked, w.Flush()
}

// cell is a text that a spreadsheet takes for a text: in one line, and with a ' before a sign that begins a formula, wide or narrow. What opened may have
// been sealed by anyone, for the public half of the key is public.
func cell(s string) (out string, marked bool) {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\t', r == '\n', r == '\r', r == '\v', r == '\f', r == 0x85, r == 0x2028, r == 0x2029:
			return ' '
		case r < ' ', r == 0x7f, r == 0xfeff, r == 0x200b:
			return -1
		}
		return r
	}, s)
	s = strings.TrimSpace(s)
	if s != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(s)[0]) {
		return "'" + s, true
	}
	return s, false
}
