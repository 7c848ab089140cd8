package casefile

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Date is a day, a month or a year: a part that nobody told is zero. The zero Date is no date.
type Date struct{ Year, Month, Day int }

// ParseDate reads "2023", "2023-12" or "2023-12-11".
func ParseDate(s string) (Date, error) {
	bad := fmt.Errorf("%q is not a date; write 2023-07-25, or 2023-07 or 2023 when the rest is not known", s)
	parts := strings.Split(s, "-")
	if len(parts) > 3 {
		return Date{}, bad
	}
	var n [3]int
	for i, p := range parts {
		if len(p) != 2+2*btoi(i == 0) || strings.Trim(p, "0123456789") != "" {
			return Date{}, bad
		}
		n[i], _ = strconv.Atoi(p)
	}
	d := Date{n[0], n[1], n[2]}
	if d.Year < 1800 || d.Year > 2200 || (len(parts) > 1 && (d.Month < 1 || d.Month > 12)) {
		return Date{}, bad
	}
	if len(parts) == 3 && (d.Day < 1 || d.Day > days(d.Year, d.Month)) {
		return Date{}, fmt.Errorf("%q is not a day of the calendar", s)
	}
	return d, nil
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func days(year, month int) int {
	return time.Date(year, time.Month(month)+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// String is the date as a file and the datetime attribute write it; the zero Date is empty.
func (d Date) String() string {
	switch {
	case d.Year == 0:
		return ""
	case d.Month == 0:
		return fmt.Sprintf("%04d", d.Year)
	case d.Day == 0:
		return fmt.Sprintf("%04d-%02d", d.Year, d.Month)
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day)
}

// Whole tells whether the day itself is known.
func (d Date) Whole() bool { return d.Day != 0 }

// First is the earliest day that d may mean.
func (d Date) First() Date {
	if d.Year == 0 {
		return Date{}
	}
	return Date{d.Year, max(d.Month, 1), max(d.Day, 1)}
}

// Last is the latest day that d may mean.
func (d Date) Last() Date {
	if d.Year == 0 {
		return Date{}
	}
	l := d
	if l.Month == 0 {
		l.Month = 12
	}
	if l.Day == 0 {
		l.Day = days(l.Year, l.Month)
	}
	return l
}

// Compare orders dates by their parts: negative when d is earlier than e.
func (d Date) Compare(e Date) int {
	switch {
	case d.Year != e.Year:
		return d.Year - e.Year
	case d.Month != e.Month:
		return d.Month - e.Month
	}
	return d.Day - e.Day
}

// time is the start of a whole day, for counting days.
func (d Date) time() time.Time {
	return time.Date(d.Year, time.Month(d.Month), d.Day, 0, 0, 0, 0, time.UTC)
}

func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

func (d *Date) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDate(string(b))
	return err
}

// How a Span's date is meant.
type How uint8

const (
	Exactly How = iota // on From, or from From to To
	Unknown            // no date is known, which is said
	After              // some time after From; the day is not known
	Before             // some time before From
	About              // an estimate
)

var hows = map[How]string{Unknown: "unknown", After: "unknown_after ", Before: "unknown_before ", About: "about "}

// Span is what is known of a time. The zero Span is "the file does not say"; Unknown is "it is not known".
type Span struct {
	From, To Date // To only for a range
	How      How
}

// ParseSpan reads a date, "2023-07/2023-12-12", "unknown", "unknown_after 2023-07-25", "unknown_before …" or "about 2023-07".
func ParseSpan(s string) (Span, error) {
	if s == hows[Unknown] {
		return Span{How: Unknown}, nil
	}
	for _, how := range [...]How{After, Before, About} {
		if rest, ok := strings.CutPrefix(s, hows[how]); ok {
			d, err := ParseDate(strings.TrimSpace(rest))
			if err != nil {
				return Span{}, err
			}
			return Span{From: d, How: how}, nil
		}
	}
	from, to, ranged := strings.Cut(s, "/")
	a, err := ParseDate(from)
	if err != nil || !ranged {
		return Span{From: a}, err
	}
	b, err := ParseDate(to)
	if err != nil {
		return Span{}, err
	}
	if b.Last().Compare(a.Last()) <= 0 {
		return Span{}, errors.New("the range ends before it begins; write the earlier date first")
	}
	return Span{From: a, To: b}, nil
}

func (s Span) String() string {
	switch {
	case s.How != Exactly:
		return hows[s.How] + s.From.String()
	case s.To != Date{}:
		return s.From.String() + "/" + s.To.String()
	}
	return s.From.String()
}

// Known tells whether a date or a range is given, be it an estimate.
func (s Span) Known() bool { return s.From != Date{} && (s.How == Exactly || s.How == About) }

// End is the last date it names: a range's end, or the date itself.
func (s Span) End() Date {
	if s.To != (Date{}) {
		return s.To
	}
	return s.From
}

func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

func (s *Span) UnmarshalText(b []byte) (err error) {
	*s, err = ParseSpan(string(b))
	return err
}

// Partial is a time as a source tells it. In a file it is the date alone, or a mapping when there is more to say.
type Partial struct {
	Date      Span `yaml:"date"`
	Part      Part `yaml:"part"`       // of the day
	AsPrinted Text `yaml:"as_printed"` // as the source prints it, where that says more than the date
	Inferred  bool `yaml:"inferred"`   // the year is ours: the source prints the day without one
}

// On is a Partial of one whole day.
func On(year, month, day int) Partial { return Partial{Date: Span{From: Date{year, month, day}}} }

func (p Partial) String() string { return p.Date.String() }

// IsZero tells whether the file says nothing of the time, not even that it is unknown.
func (p Partial) IsZero() bool {
	return p.Date == Span{} && p.Part == "" && len(p.AsPrinted) == 0 && !p.Inferred
}

// UnmarshalText reads the short form, the date alone.
func (p *Partial) UnmarshalText(b []byte) error { return p.Date.UnmarshalText(b) }

// short is the one scalar that says all there is, if there is one.
func (p Partial) short() (string, bool) {
	return p.Date.String(), p.Part == "" && len(p.AsPrinted) == 0 && !p.Inferred
}
