package cli

import (
	"fmt"
	"net"

	"github.com/spf13/cobra"

	"outcry/internal/app"
)

func serveCommand(s *streams) *cobra.Command {
	var c app.Config
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Serve the site",
		Long: `Serves the site until it is stopped (SIGINT, SIGTERM). It does not start on rows that disagree with its log.

Put a proxy with TLS before it that keeps no logs and passes Host on.`,
		Example: `  outcry serve --data ./data --secret-file ./secret --listen 127.0.0.1:8080 --smtp smtp://127.0.0.1:25`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := needs("data", c.Data, "secret-file", c.SecretFile); err != nil {
				return err
			}
			s.ready(&c)
			harden(c.Log)
			l, err := listen(c.Listen)
			if err != nil {
				return err
			}
			defer l.Close()
			c.Listen = l.Addr().String()
			a, err := app.Open(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer a.Close()
			if a.SMTP == "" {
				s.say("No mail server is set, so letters can be read but not signed: give --smtp.")
			}
			s.say("Serving %s on http://%s", a.URL, c.Listen)
			return a.Serve(cmd.Context(), l)
		},
	}
	place(cmd, &c)
	f := cmd.Flags()
	f.StringVar(&c.Listen, "listen", "127.0.0.1:8080", "address and port")
	f.StringVar(&c.URL, "url", "", "public URL of the site; http:// and the address, if none is set")
	f.StringVar(&c.MailURL, "mail-url", "", "what mailed links begin with, where that is another host")
	f.StringVar(&c.SMTP, "smtp", "", "smtp://[user:password@]host[:port]")
	f.StringVar(&c.From, "from", "", "sender of the mails")
	return cmd
}

func listen(address string) (net.Listener, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("--listen %s: %w", address, err)
	}
	return l, nil
}
