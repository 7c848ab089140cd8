package organiser

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"outcry/internal/kernel/seal"
)

// What is sealed of a day is lines of JSON, so that it can be read without this program too: a first line that says whose it is and what it follows, a line for each entry
// with all of its fields, and the day's mark. It is filled with blanks to one of few sizes.
const (
	sealedMark  = "outcry trail v1"
	sealedLeast = 16 << 10 // bytes of the smallest size; each is four times the one before
	sealedMost  = 16 << 20 // what is larger is none: entriesAtOnce entries take a tenth of it
)

// A file of sealed days has a first line, a line for each box with the number of its first entry, and a last line with how many there are.
const (
	sealedFileMark = "outcry sealed trail v1 "
	sealedEndMark  = "end "
	sealedLineMost = sealedMost*3/2 + 1<<20 // in base64, with what age adds for some hundred keys
)

// sealedDay is what a box holds: entries of one day, what the first follows, and the marks that stood at the desk for them.
type sealedDay struct {
	committee string
	day       string
	after     Cut // of whatever day; N is 0 before the first entry
	entries   []Entry
	cuts      []Cut
}

type (
	sealedHead struct {
		Trail     string    `json:"trail"`
		Committee string    `json:"committee"`
		Day       string    `json:"day"`
		After     sealedCut `json:"after"`
	}
	sealedCut struct {
		N    int64  `json:"n"`
		Day  string `json:"day,omitempty"`
		Hash string `json:"hash,omitempty"`
	}
	sealedEntry struct {
		N      int64     `json:"n"`
		Hour   time.Time `json:"hour"`
		Role   Role      `json:"role"`
		Act    Act       `json:"act"`
		Object string    `json:"object"`
		Salt   string    `json:"salt,omitempty"`
		Prev   string    `json:"prev"`
		Hash   string    `json:"hash"`
	}
	sealedLine struct { // a mark, or else an entry
		sealedEntry
		Mark *sealedCut `json:"mark"`
	}
)

func cutLine(c Cut) sealedCut {
	if c.N == 0 {
		return sealedCut{}
	}
	return sealedCut{c.N, c.Day, hex.EncodeToString(c.Hash[:])}
}

// padded is the day as it is sealed.
func (s sealedDay) padded() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	if err := e.Encode(sealedHead{sealedMark, s.committee, s.day, cutLine(s.after)}); err != nil {
		return nil, err
	}
	for _, n := range s.entries {
		line := sealedEntry{n.N, n.Hour.UTC(), n.Role, n.Act, n.Object, n.Salt, hex.EncodeToString(n.Prev[:]), hex.EncodeToString(n.Hash[:])}
		if err := e.Encode(line); err != nil {
			return nil, err
		}
	}
	for _, c := range s.cuts {
		if err := e.Encode(map[string]sealedCut{"mark": cutLine(c)}); err != nil {
			return nil, err
		}
	}
	size := sealedLeast
	for size < b.Len()+1 {
		size *= 4
	}
	b.Write(bytes.Repeat([]byte(" "), size-1-b.Len()))
	b.WriteByte('\n')
	return b.Bytes(), nil
}

var (
	idForm   = regexp.MustCompile(`^[0-9a-f]{16}$`)
	wordForm = regexp.MustCompile(`^[a-z_]{1,40}$`) // of a role or an act
	saltForm = regexp.MustCompile(`^([0-9a-f]{32})?$`)
)

// parse reads what padded made. Whoever has the public half of a key can seal anything to it: what could be none of ours is refused.
func (s *sealedDay) parse(plain []byte) error {
	wrong := func(what string) error { return fmt.Errorf("%w: %s", ErrSealed, what) }
	d := json.NewDecoder(bytes.NewReader(plain))
	d.DisallowUnknownFields()
	var head sealedHead
	if err := d.Decode(&head); err != nil || head.Trail != sealedMark {
		return wrong("its first line says that it is something else")
	}
	after, ok := head.After.cut()
	if _, err := time.Parse(time.DateOnly, head.Day); err != nil || !ok || !idForm.MatchString(head.Committee) {
		return wrong("its first line is damaged")
	}
	*s = sealedDay{committee: head.Committee, day: head.Day, after: after}
	for {
		var line sealedLine
		err := d.Decode(&line)
		if err == io.EOF {
			break
		}
		if err != nil || line.Mark != nil && line.N != 0 {
			return wrong("one of its lines is damaged")
		}
		if line.Mark != nil {
			c, ok := line.Mark.cut()
			if _, err := time.Parse(time.DateOnly, c.Day); err != nil || !ok {
				return wrong("a mark is damaged")
			}
			s.cuts = append(s.cuts, c)
			continue
		}
		e, ok := line.entry()
		if !ok {
			return wrong("one of its entries is damaged")
		}
		s.entries = append(s.entries, e)
	}
	if len(s.entries) == 0 {
		return wrong("it has no entries")
	}
	return nil
}

func (c sealedCut) cut() (Cut, bool) {
	hash, ok := hashOf(c.Hash)
	return Cut{c.Day, c.N, hash}, c.N == 0 && c.Hash == "" || c.N > 0 && ok
}

func (l sealedEntry) entry() (Entry, bool) {
	prev, ok1 := hashOf(l.Prev)
	hash, ok2 := hashOf(l.Hash)
	return Entry{l.N, l.Hour.UTC(), l.Role, l.Act, l.Object, l.Salt, prev, hash},
		ok1 && ok2 && l.N > 0 && wordForm.MatchString(string(l.Role)) && wordForm.MatchString(string(l.Act)) && objectForm.MatchString(l.Object) &&
			saltForm.MatchString(l.Salt)
}

func hashOf(text string) (h [32]byte, ok bool) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(h) {
		return h, false
	}
	return [32]byte(b), true
}

// sealedFile writes a file of boxes.
type sealedFile struct {
	out *bufio.Writer
	n   int
}

func newSealedFile(out io.Writer, committee string) *sealedFile {
	f := &sealedFile{out: bufio.NewWriter(out)}
	f.out.WriteString(sealedFileMark + committee + "\n") // its errors come back from Flush
	return f
}

func (f *sealedFile) add(first int64, box []byte) error {
	f.n++
	_, err := f.out.WriteString(strconv.FormatInt(first, 10) + " " + base64.StdEncoding.EncodeToString(box) + "\n")
	return err
}

func (f *sealedFile) end() error {
	f.out.WriteString(sealedEndMark + strconv.Itoa(f.n) + "\n")
	return f.out.Flush()
}

// ErrSealed says that something is no sealed day of a trail, or no file of such.
var ErrSealed = errors.New("this is not a file of sealed days that the desk gave")

// IsSealed tells by its first bytes whether a file is one of sealed days.
func IsSealed(begin []byte) bool { return strings.HasPrefix(string(begin), sealedFileMark) }

// Opened is what a file of sealed days held.
type Opened struct {
	Committee string // the random id that its hashes are bound to
	Boxes     int    // lines of the file; a day that keys of both sorts open has two
	Closed    []int  // lines, counted from 1, that did not open and whose days no other line held
	Damaged   []int  // lines that opened and held no day of this committee
	Cut       bool   // the last line is missing or tells another number
	Entries   []Entry
	Gaps      []Gap

	// Wrong wraps ErrTrail and names the first entry that does not follow; nil: each follows from the one before, but over gaps, and no mark speaks against one.
	Wrong error
}

// Gap is a run of entries that are not there, between others that are: they were deleted while the committee had no key, are sealed to another one, or were taken out.
type Gap struct{ From, To int64 }

// Ends are the marks of the days as they follow from the entries, the latest last: what a mark that somebody kept is held against.
func (o *Opened) Ends() (list []Cut) {
	for i, e := range o.Entries {
		if i+1 == len(o.Entries) || o.Entries[i+1].day() != e.day() {
			list = append(list, Cut{e.day(), e.N, e.Hash})
		}
	}
	return list
}

// OpenSealed opens a file that WriteSealed wrote with a committee's key, on the organisers' own machine, and holds its entries against each other and against the marks that
// were sealed with them. The error is ErrSealed, or one of reading. What does not open, does not follow or is missing is told, and the rest is there.
//
// It proves what was sealed, not who sealed it: anybody can seal a whole trail of their own to a public key. A mark that was written down elsewhere tells.
func OpenSealed(in io.Reader, key seal.Identity) (*Opened, error) {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, sealedLineMost)
	if !lines.Scan() {
		return nil, errors.Join(sealedScan(lines.Err()), ErrSealed)
	}
	id, ok := strings.CutPrefix(strings.TrimSuffix(lines.Text(), "\r"), sealedFileMark)
	if !ok || !idForm.MatchString(id) {
		return nil, ErrSealed
	}
	o := &Opened{Committee: id, Cut: true}
	days, closed := map[int64]sealedDay{}, map[int]int64{}
	for at := 2; lines.Scan(); at++ {
		text := strings.TrimSpace(lines.Text())
		if told, ok := strings.CutPrefix(text, sealedEndMark); ok {
			o.Cut = told != strconv.Itoa(o.Boxes)
			continue
		}
		o.Boxes++
		number, body, _ := strings.Cut(text, " ")
		first, err := strconv.ParseInt(number, 10, 64)
		box, bad := base64.StdEncoding.DecodeString(body)
		plain, shut := key.Open(box, sealedMost)
		if err != nil || bad != nil || shut != nil {
			closed[at] = first
			continue
		}
		var s sealedDay
		if err := s.parse(plain); err != nil || s.committee != id || s.entries[0].N != first {
			o.Damaged = append(o.Damaged, at)
			continue
		}
		days[first] = s
	}
	for at, first := range closed {
		if _, there := days[first]; !there {
			o.Closed = append(o.Closed, at)
		}
	}
	slices.Sort(o.Closed)
	o.verify(days)
	return o, sealedScan(lines.Err())
}

// sealedScan takes a line that is too long for what it is: the file is none of ours.
func sealedScan(err error) error {
	if errors.Is(err, bufio.ErrTooLong) {
		return ErrSealed
	}
	return err
}

// verify holds each run of days that follow each other against itself.
func (o *Opened) verify(days map[int64]sealedDay) {
	var firsts []int64
	for first := range days {
		firsts = append(firsts, first)
	}
	slices.Sort(firsts)
	var run []Entry
	var cuts []Cut
	end := func() {
		if err := Verify(o.Committee, run, cuts); o.Wrong == nil {
			o.Wrong = err
		}
	}
	for i, first := range firsts {
		s := days[first]
		for _, e := range s.entries {
			if e.day() != s.day && o.Wrong == nil {
				o.Wrong = fmt.Errorf("%w: entry %d is of another day", ErrTrail, e.N)
			}
		}
		if i == 0 || first > o.Entries[len(o.Entries)-1].N+1 {
			if i > 0 {
				end()
				o.Gaps = append(o.Gaps, Gap{o.Entries[len(o.Entries)-1].N + 1, first - 1})
			}
			run, cuts = nil, nil
			if s.after.N > 0 {
				cuts = []Cut{{N: s.after.N, Hash: s.after.Hash}}
			}
		}
		run, cuts, o.Entries = append(run, s.entries...), append(cuts, s.cuts...), append(o.Entries, s.entries...)
	}
	end()
}

// CSV writes the entries as a table that a spreadsheet opens, each cell in quotes, and none that it could take for a formula: such a one has a ' before it.
func (o *Opened) CSV(out io.Writer) error {
	w := bufio.NewWriter(out)
	w.WriteString("\"line\",\"hour\",\"role\",\"act\",\"object\",\"mark\"\n") // its errors come back from Flush
	for _, e := range o.Entries {
		object := e.Object
		if strings.HasPrefix(object, "-") {
			object = "'" + object
		}
		fmt.Fprintf(w, "\"%d\",%q,%q,%q,%q,\"%x\"\n", e.N, e.Hour.Format("2006-01-02 15:04Z"), e.Role, e.Act, object, e.Hash)
	}
	return w.Flush()
}
