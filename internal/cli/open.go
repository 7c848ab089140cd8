package cli

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/kernel/seal"
)

const (
	linesMost = 20      // named before the rest is only counted
	marksMost = 1 << 20 // bytes of a file of marks
)

// opening is what outcry open was told.
type opening struct {
	file, out, marks string
	key              seal.Identity
	keyFile          string
}

func openCommand(s *streams) *cobra.Command {
	var o opening
	cmd := &cobra.Command{
		Use:     "open FILE",
		Aliases: []string{"unseal"},
		Short:   "Read sealed addresses or sealed days, on the organisers' own machine",
		Long: `Opens a file with the organisers' key and writes a table (- is standard input).
It needs no installation and no network. outcry unseal is the same.

A file that outcry news export wrote, or the desk under Followers: address,
language, and the link that ends the news for this address. Put that link into
each mail, and into its head as List-Unsubscribe with List-Unsubscribe-Post, so
that mail programs show a button. Rows of one address are one line, and its link
ends them all. Rows that do not open are named, and the others are written all
the same (exit code 4). Delete the table when the mails are sent.

A file of sealed days, which the desk gives under What was done: line, hour,
role, act, object, and the line's mark. Every line is held against the one
before and against the marks that were sealed with it, and the result is told:
whole, or the first line that does not follow (exit code 1). Lines that are
missing between others are named (exit code 4). Anybody can seal a whole record
of their own to a public key, so compare: --marks takes a text with marks of
days that were copied or written down earlier, 12 hex digits of each at least,
and tells which of them stand in what was opened; none is exit code 1.

The table opens in a spreadsheet: what could be a formula there has a ' before
it. It is readable by its owner only.`,
		Example: `  outcry open --key committee.key followers.sealed --out followers.csv
  outcry open --key committee.key followers.sealed | wc -l
  outcry open --key committee.key days.sealed --marks noted.txt --out days.csv`,
		Args: takes("FILE"),
		RunE: func(_ *cobra.Command, args []string) (err error) {
			o.file = args[0]
			if err := needs("key", o.keyFile); err != nil {
				return err
			}
			if o.out != "" {
				if _, err := os.Lstat(o.out); err == nil {
					return failed(exitConflict, "%s is there already; name another file", o.out)
				}
			}
			if o.key, err = seal.ReadIdentityFile(o.keyFile); err != nil {
				return err
			}
			in := s.in
			if o.file != "-" {
				f, err := os.Open(o.file)
				if err != nil {
					return err
				}
				defer f.Close()
				in = f
			}
			begun := bufio.NewReader(in)
			begin, _ := begun.Peek(40)
			if app.IsTrail(begin) {
				return s.openTrail(begun, o)
			}
			if o.marks != "" {
				return usage("--marks is for sealed days, and %s holds none", named(o.file))
			}
			return s.openNews(begun, o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.keyFile, "key", "", "`FILE` of the organisers' secret key (required)")
	f.StringVar(&o.out, "out", "", "`FILE` to write the table to; without, standard output")
	f.StringVar(&o.marks, "marks", "", "`FILE` with marks of days that were kept elsewhere")
	return cmd
}

// table writes what was opened to where it was wanted.
func (s *streams) table(o opening, write func(io.Writer) error) error {
	if o.out == "" || o.out == "-" {
		return write(s.out)
	}
	return writeOwn(o.out, write)
}

func (s *streams) openNews(in io.Reader, o opening) error {
	list, err := app.OpenNews(in, o.key)
	if err != nil {
		return fmt.Errorf("%s can't be opened: %w", named(o.file), err)
	}
	if list.Rows > 0 && list.Opened() == 0 {
		return failed(exitFailed, "none of the %s of %s opens with %s: it is the key of another campaign, or an earlier one; nothing was written",
			counted(list.Rows, "row"), named(o.file), o.keyFile)
	}
	marked := 0
	err = s.table(o, func(w io.Writer) (err error) {
		marked, err = list.CSV(w)
		return err
	})
	if err != nil {
		return err
	}
	s.say("Case %s: %s opened, %s.", list.Case, counted(list.Opened(), "row"), plural(list.Addresses(), "different address", "different addresses"))
	if marked > 0 {
		s.say("%s began with a sign that spreadsheets take for a formula and got a ' before it: take it off where the address is used.", counted(marked, "cell"))
	}
	if len(list.Closed) > 0 {
		return failed(exitPartly, "%s of %s did not open, altered or sealed to another key: %s", counted(len(list.Closed), "row"), named(o.file), lines(list.Closed))
	}
	if list.Cut {
		return failed(exitPartly, "%s is not whole: its end is missing or tells another number of rows; export it again", named(o.file))
	}
	return nil
}

// openTrail opens sealed days. What is written is all that opened, also if it does not follow: whoever looks for what was changed has to see it.
func (s *streams) openTrail(in io.Reader, o opening) error {
	marks, err := readMarks(o.marks)
	if err != nil {
		return err
	}
	t, err := app.OpenTrail(in, o.key)
	if err != nil {
		return fmt.Errorf("%s can't be opened: %w", named(o.file), err)
	}
	ends := t.Ends()
	if len(ends) == 0 {
		return failed(exitFailed, "nothing of %s opens with %s: it is another committee's key, or an earlier one; nothing was written", named(o.file), o.keyFile)
	}
	if err := s.table(o, t.CSV); err != nil {
		return err
	}
	s.say("Committee %s: %s opened, %s, from %s to %s.", t.Committee, counted(len(ends), "day"), counted(len(t.Entries), "line"), ends[0].Day, ends[len(ends)-1].Day)
	if t.Wrong != nil {
		return failed(exitFailed, "%w: somebody changed the record before it was sealed, or sealed another one", t.Wrong)
	}
	last := ends[len(ends)-1]
	s.say("Each line follows from the one before. The last mark is %x, of %s, up to line %d: compare it with one that was written down.", last.Hash, last.Day, last.N)
	if o.marks != "" {
		found, latest := 0, 0
		for _, mark := range marks {
			for i, end := range ends {
				if strings.HasPrefix(hex.EncodeToString(end.Hash[:]), mark) {
					found, latest = found+1, max(latest, i)
				}
			}
		}
		if found == 0 {
			return failed(exitFailed, "no mark of %s stands in what was opened: they are of other days, or this is another record", o.marks)
		}
		s.say("%d of the %s of %s stand there, the latest at line %d, of %s: up to there nothing was changed since it was noted.",
			found, counted(len(marks), "mark"), o.marks, ends[latest].N, ends[latest].Day)
	}
	var partly []error
	if len(t.Gaps) > 0 {
		var gaps []string
		for _, g := range t.Gaps {
			gaps = append(gaps, fmt.Sprintf("%d to %d", g.From, g.To))
		}
		partly = append(partly, failed(exitPartly, "lines of the record are missing between others, deleted while there was no key, sealed to another one, or taken out: %s", strings.Join(gaps, ", ")))
	}
	if len(t.Closed) > 0 {
		partly = append(partly, failed(exitPartly, "%s of %s did not open, altered or sealed to another key: %s of the file", counted(len(t.Closed), "day"), named(o.file), lines(t.Closed)))
	}
	if len(t.Damaged) > 0 {
		partly = append(partly, failed(exitPartly, "%s of %s opened and held nothing of this committee's record: %s of the file", counted(len(t.Damaged), "day"), named(o.file), lines(t.Damaged)))
	}
	if t.Cut {
		partly = append(partly, failed(exitPartly, "%s is not whole: its end is missing or tells another number of days; download it again", named(o.file)))
	}
	return errors.Join(partly...)
}

var markForm = regexp.MustCompile(`\b[0-9a-f]{12,64}\b`)

// readMarks are the hex numbers of a text, such as marks that were copied from the desk's page.
func readMarks(path string) ([]string, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, marksMost))
	if err != nil {
		return nil, err
	}
	marks := markForm.FindAllString(strings.ToLower(string(text)), -1)
	if len(marks) == 0 {
		return nil, failed(exitFailed, "%s holds no mark: each has 64 hex digits, of which 12 at least are needed", path)
	}
	return marks, nil
}

// lines names lines of a file.
func lines(list []int) string {
	var names []string
	for _, n := range list[:min(len(list), linesMost)] {
		names = append(names, strconv.Itoa(n))
	}
	said := "line " + strings.Join(names, ", ")
	if len(list) > 1 {
		said = "lines " + strings.Join(names, ", ")
	}
	if more := len(list) - linesMost; more > 0 {
		said += " and " + strconv.Itoa(more) + " more"
	}
	return said
}

// plural is a number with its noun, whose plural is not made by an s.
func plural(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + more
}
