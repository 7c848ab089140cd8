package cli

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/kernel/seal"
)

// linesMost is how many lines are named before the rest is only counted.
const linesMost = 20

func openCommand(s *streams) *cobra.Command {
	var key, out string
	cmd := &cobra.Command{
		Use:     "open FILE",
		Aliases: []string{"unseal"},
		Short:   "Read sealed addresses, on the organisers' own machine",
		Long: `Opens a file that outcry news export wrote (- is standard input) with the
organisers' key, and writes a table: address, language, and the link that ends
the news for this address. Put that link into each mail, and into its head as
List-Unsubscribe with List-Unsubscribe-Post, so that mail programs show a button.
It needs no installation and no network. outcry unseal is the same.

Rows of one address are one line, and its link ends them all. The table opens in
a spreadsheet: what could be a formula there has a ' before it. Rows that do not
open are named, and the others are written all the same (exit code 4). The file
is readable by its owner only; delete it when the mails are sent.`,
		Example: `  outcry open --key committee.key followers.sealed --out followers.csv
  outcry open --key committee.key followers.sealed | wc -l`,
		Args: takes("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := needs("key", key); err != nil {
				return err
			}
			if out != "" {
				if _, err := os.Lstat(out); err == nil {
					return failed(exitConflict, "%s is there already; name another file", out)
				}
			}
			id, err := seal.ReadIdentityFile(key)
			if err != nil {
				return err
			}
			in := s.in
			if args[0] != "-" {
				f, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer f.Close()
				in = f
			}
			list, err := app.OpenNews(in, id)
			if err != nil {
				return fmt.Errorf("%s can't be opened: %w", named(args[0]), err)
			}
			if list.Rows > 0 && list.Opened() == 0 {
				return failed(exitFailed, "none of the %s of %s opens with %s: it is the key of another campaign, or an earlier one; nothing was written",
					counted(list.Rows, "row"), named(args[0]), key)
			}
			marked := 0
			write := func(w io.Writer) (err error) {
				marked, err = list.CSV(w)
				return err
			}
			if out == "" || out == "-" {
				err = write(s.out)
			} else {
				err = writeOwn(out, write)
			}
			if err != nil {
				return err
			}
			s.say("Case %s: %s opened, %s.", list.Case, counted(list.Opened(), "row"), plural(list.Addresses(), "different address", "different addresses"))
			if marked > 0 {
				s.say("%s began with a sign that spreadsheets take for a formula and got a ' before it: take it off where the address is used.", counted(marked, "cell"))
			}
			if len(list.Closed) > 0 {
				return failed(exitPartly, "%s of %s did not open, altered or sealed to another key: %s", counted(len(list.Closed), "row"), named(args[0]), lines(list.Closed))
			}
			if list.Cut {
				return failed(exitPartly, "%s is not whole: its end is missing or tells another number of rows; export it again", named(args[0]))
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&key, "key", "", "`FILE` of the organisers' secret key (required)")
	f.StringVar(&out, "out", "", "`FILE` to write the table to; without, standard output")
	return cmd
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
