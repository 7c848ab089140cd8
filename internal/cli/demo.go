package cli

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"outcry/internal/app"
)

func demoCommand(s *streams) *cobra.Command {
	var c app.Config
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Try it: a real campaign replayed, with made-up signers and a mailbox in memory",
		Long: `Replays one real campaign as an article of December 2023 told it, with 1,846
made-up signers, marked so on every page. Sign the letter with any address,
read the mail at /demo/mail, be counted, recount. Nothing is sent anywhere, and
nothing is written but a folder of the demo's own: a temporary one, gone
afterwards, unless --data names one. Ctrl-C ends it.`,
		Example: `  outcry demo
  outcry demo --listen 127.0.0.1:8081 --data ./demo-data`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s.ready(&c)
			if !loopback(c.Listen) {
				return usage("the demonstration listens on this machine only, such as on 127.0.0.1:8080, and not on %s", c.Listen)
			}
			l, err := listen(c.Listen)
			if err != nil {
				return err
			}
			defer l.Close()
			if c.Data == "" {
				if c.Data, err = os.MkdirTemp("", "outcry-demo-"); err != nil {
					return err
				}
				defer os.RemoveAll(c.Data)
			}
			c.URL = "http://" + l.Addr().String()
			return s.untilStopped(cmd.Context(), func(ctx context.Context) error {
				a, err := app.Demo(ctx, c, s.bar("making up signers"))
				if err != nil {
					return err
				}
				defer a.Close()
				s.say("")
				s.say("The demonstration is running. Everything in it is marked as made up; nothing is sent anywhere.")
				s.say("  The letter    %s", a.Address())
				s.say("  The mailbox   %s/demo/mail", a.URL)
				s.say("  Recount it    %s verify %s", program(), a.URL)
				s.say("Ctrl-C ends it.")
				return a.Serve(ctx, l)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Listen, "listen", "127.0.0.1:8080", "`ADDRESS` and port, on this machine; port 0 is any that is free")
	f.StringVar(&c.Data, "data", "", "keep the demonstration in this `FOLDER`, to start it again")
	return cmd
}
