package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"outcry/internal/app"
)

func initCommand(s *streams) *cobra.Command {
	var c app.Config
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make a data folder and an unlock secret",
		Long: `Makes the data folder and, beside it, never inside, the file of the unlock
secret. Nothing that is there already is touched. Whoever has the folder
without the secret can read no address and sign no checkpoint: keep a copy of
the secret where the server is not, and none with the backups.

The log is named after the public URL, for life. Without --url the first start
of the server names it. All that is said here is kept in outcry.yaml in the
data folder, and can be changed there.

With --url it prints one address: by it the first organiser joins, once the
server runs. It works once, for 72 hours; outcry organiser invite makes another.`,
		Example: `  outcry init --data ./data --secret-file ./secret --url https://letters.example.org
  outcry init --data ./data --secret-file ./secret --database postgres://outcry@db.example.org/outcry`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := needs("data", c.Data, "secret-file", c.SecretFile); err != nil {
				return err
			}
			s.ready(&c)
			if err := app.Init(cmd.Context(), c); err != nil {
				return err
			}
			s.say("Made the data folder %s and the secret %s.", c.Data, c.SecretFile)
			s.say("Keep a copy of the secret and of %s.shares away from this server: without them its letters can't be signed any more.", c.SecretFile)
			s.say("Next: outcry serve --data %s --secret-file %s --smtp smtp://127.0.0.1:25", c.Data, c.SecretFile)
			s.say("Whoever has a campaign as a file takes it in before: outcry campaign apply FILE --data %s --secret-file %s", c.Data, c.SecretFile)
			return s.first(cmd.Context(), c)
		},
	}
	place(cmd, &c)
	mailing(cmd, &c)
	f := cmd.Flags()
	f.StringVar(&c.URL, "url", "", "public `URL` of the site, such as https://letters.example.org")
	embedding(cmd, &c)
	monitoring(cmd, &c)
	f.StringVar((*string)(&c.Language), "language", "", "`TAG` of the language for readers whose own the site does not speak")
	return cmd
}

// first prints the link of the first organiser, where the site has an address already.
func (s *streams) first(ctx context.Context, c app.Config) error {
	address, err := app.FirstOrganiser(ctx, c)
	if err != nil {
		return err
	}
	if address == "" {
		s.say("The first organiser's link: outcry organiser invite --data %s --secret-file %s, once the server has its address.", c.Data, c.SecretFile)
		return nil
	}
	s.say("By this link the first organiser joins, once the server runs. It is shown once, works once, and for 72 hours:")
	fmt.Fprintln(s.out, address)
	return nil
}
