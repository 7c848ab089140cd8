package cli

import (
	"os"
	"strings"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"outcry/internal/app"
)

func demoCommand(s *streams) *cobra.Command {
	var c app.Config
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Try it: a real campaign replayed, with made-up signers and a mailbox in memory",
		Long: `Replays one real campaign as an article of December 2023 told it, with 1,846 made-up signers, marked so on every page. Sign the letter with any address, read the
mail at /demo/mail, be counted, recount. Nothing is sent anywhere, and nothing but a folder of its own is written: a temporary one, gone afterwards, unless
--data names one.`,
		Example: `  outcry demo
  outcry demo --listen 127.0.0.1:8081 --data ./demo-data`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s.ready(&c)
			l, err := listen(c.Listen)
			if err != nil {
				return err
			}
			defer l.Close()
			if !loopback(l.Addr().String()) {
				return usage("the demonstration listens on this machine only, such as 127.0.0.1:8080")
			}
			if c.Data == "" {
				if c.Data, err = os.MkdirTemp("", "outcry-demo-"); err != nil {
					return err
				}
				defer os.RemoveAll(c.Data)
			}
			c.URL = "http://" + l.Addr().String()
			bar := s.bar("making up signers")
			a, err := app.Demo(cmd.Context(), c, func(done, of int) { bar(done, of) })
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
			return a.Serve(cmd.Context(), l)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Listen, "listen", "127.0.0.1:8080", "address and port, on this machine")
	f.StringVar(&c.Data, "data", "", "keep the demonstration in this folder, to start it again")
	return cmd
}

// bar shows progress on a terminal, and nothing elsewhere.
func (s *streams) bar(words string) func(done, of int) {
	f, ok := s.err.(*os.File)
	if !ok || s.quiet || !terminal(f) {
		return func(int, int) {}
	}
	var b *progressbar.ProgressBar
	return func(done, of int) {
		if b == nil {
			b = progressbar.NewOptions(of, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(words), progressbar.OptionShowCount(),
				progressbar.OptionClearOnFinish(), progressbar.OptionEnableColorCodes(false), progressbar.OptionSetPredictTime(true))
		}
		_ = b.Set(done)
	}
}

// program is how this very program was called, for words that can be typed back.
func program() string {
	if strings.Contains(os.Args[0], "go-build") {
		return "go run ./cmd/outcry"
	}
	return os.Args[0]
}
