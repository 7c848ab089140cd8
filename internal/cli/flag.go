package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"outcry/internal/app"
)

// place adds the flags that say which installation is meant.
func place(cmd *cobra.Command, c *app.Config) {
	f := cmd.Flags()
	f.StringVar(&c.Data, "data", "", "the installation's `FOLDER` (required)")
	f.StringVar(&c.SecretFile, "secret-file", "", "`FILE` of the unlock secret, outside the data folder (required)")
	f.StringVar(&c.Shares, "shares", "", "`FOLDER` of the letters' shares, outside the data folder; without, FILE.shares beside the secret file")
	f.StringVar(&c.Database, "database", "", "postgres://… `URL`; without, SQLite in the data folder")
}

// mailing adds the flags of what goes out by mail.
func mailing(cmd *cobra.Command, c *app.Config) {
	f := cmd.Flags()
	f.StringVar(&c.SMTP, "smtp", "", "mail server, a `URL` such as smtp://user:password@host:587")
	f.StringVar(&c.MailURL, "mail-url", "", "what mailed links begin with, a `URL`; without, the public one")
	f.StringVar(&c.From, "from", "", "sender `ADDRESS` of the mails; without, no-reply at the links' host")
}

// embedding adds the flag of the sites that may show a count.
func embedding(cmd *cobra.Command, c *app.Config) {
	cmd.Flags().StringSliceVar(&c.Embed, "embed", nil, "`ORIGINS` of sites that may show the count in a frame, such as https://ally.example; again for each, or with commas")
}

// monitoring adds the flag of where a monitor reads.
func monitoring(cmd *cobra.Command, c *app.Config) {
	cmd.Flags().StringVar(&c.Metrics, "metrics", "", "`ADDRESS` and port where a monitor reads how the machine does, such as 127.0.0.1:9464; without, nowhere")
}

// needs tells which required flags are empty; the environment counts.
func needs(pairs ...string) error {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			return usage("--%s is needed (or the variable %s)", pairs[i], variable(pairs[i]))
		}
	}
	return nil
}

// takes makes a command take as many words as its usage names.
func takes(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		path := cmd.CommandPath()
		if len(args) > 0 && cmd.HasAvailableSubCommands() && len(args) != len(names) {
			return usage("there is no command %s %s%s", path, args[0], meant(args[0], below(cmd)))
		}
		switch {
		case len(args) < len(names):
			return usage("%s is missing: write %s %s", names[len(args)], path, strings.Join(names, " "))
		case len(args) > len(names):
			return usage("%q is one word too many for %s", args[len(names)], path)
		}
		return nil
	}
}

// below are the names of a command's own commands.
func below(cmd *cobra.Command) (names []string) {
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() || c.Name() == "help" {
			names = append(append(names, c.Name()), c.Aliases...)
		}
	}
	return names
}

func wrongFlag(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var empty *pflag.ValueRequiredError
	var bad *pflag.InvalidValueError
	switch {
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() != "":
		return usage("there is no flag -%s", unknown.GetSpecifiedName())
	case errors.As(err, &unknown):
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, "--"+f.Name) })
		return usage("there is no flag --%s%s", unknown.GetSpecifiedName(), meant("--"+unknown.GetSpecifiedName(), names))
	case errors.As(err, &empty):
		return usage("--%s needs a value after it", empty.GetFlag().Name)
	case errors.As(err, &bad):
		return usage("--%s takes no value %q", bad.GetFlag().Name, bad.GetValue())
	}
	return usage("%w", err)
}

const prefix = "OUTCRY_"

// apart are variables of tests, not settings.
var apart = map[string]bool{"OUTCRY_REQUIRE": true, "OUTCRY_PROVE": true, "OUTCRY_WRITE": true, "OUTCRY_GALLERY": true}

// fromEnvironment fills flags that were not given from OUTCRY_… variables. One that is no setting of any command is an error: a slip in a
// name must not pass for the default.
func fromEnvironment(cmd *cobra.Command) error {
	known := map[string]bool{}
	var names []string
	var visit func(*cobra.Command)
	visit = func(c *cobra.Command) {
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			if name := variable(f.Name); !known[name] && f.Name != "help" {
				known[name], names = true, append(names, name)
			}
		})
		for _, sub := range c.Commands() {
			visit(sub)
		}
	}
	visit(cmd.Root())
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, prefix) || apart[name] {
			continue
		}
		if !known[name] {
			return usage("the variable %s is no setting of outcry%s", name, meant(name, names))
		}
		f := cmd.Flags().Lookup(strings.ToLower(strings.ReplaceAll(name[len(prefix):], "_", "-")))
		if f == nil || f.Changed {
			continue
		}
		if err := cmd.Flags().Set(f.Name, value); err != nil {
			return usage("the variable %s can't be %q: it sets --%s", name, value, f.Name)
		}
	}
	return nil
}

func variable(flag string) string {
	return prefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// meant is the question after a mistyped word: the nearest of those that there are, if one is near.
func meant(word string, list []string) string {
	best, at := 3, ""
	if len(word) < 5 {
		best = 2
	}
	for _, w := range list {
		if d := slips(word, w); d < best {
			best, at = d, w
		}
	}
	if at == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", at)
}

// slips counts the letters to put in, leave out, change or swap with their neighbour to get from a to b.
func slips(a, b string) int {
	var older, old []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		older, old, row = old, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range len(b) {
			change := old[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(old[j+1]+1, row[j]+1, change)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], older[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
