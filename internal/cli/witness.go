package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"outcry/internal/app"
)

func witnessCommand(s *streams) *cobra.Command {
	var c app.WitnessConfig
	var address string
	cmd := &cobra.Command{
		Use:   "witness",
		Short: "Watch the logs of others: co-sign what they sign, and recount it",
		Long: `For an ally of a campaign, on a machine of their own. It signs each checkpoint of
a log that grew out of the last one it signed, and refuses one that did not: so a
site that rewrites its log, or shows two, is found out. From time to time it reads
the whole log, counts anew and states the numbers under its own name.

It answers other programs as c2sp.org/tlog-witness says. What it keeps is a key, and
the last checkpoint of each log. It needs no installation of outcry, and learns
nothing of signers but what the public log holds.

Begin with outcry witness init. Put a proxy with TLS before it that keeps no logs.
A folder of state that is lost can't be made again under the same key: nobody
could know whether it signs another past of a log.`,
		Example: `  outcry witness init --key ally.key --state ./witness --name ally.example/witness
  outcry witness --key ally.key --state ./witness --log "letters.example.org/log+0123abcd+AQID… https://letters.example.org"`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := needs("key", c.KeyFile, "state", c.State); err != nil {
				return err
			}
			if len(c.Logs) == 0 {
				return usage("--log is needed: the key of a log, as its site prints it at /log/key")
			}
			if c.Every < time.Minute {
				return usage("--every %s is too often: a recount reads the whole log", c.Every)
			}
			var shared app.Config
			s.ready(&shared)
			c.Now, c.Log = shared.Now, shared.Log
			harden(c.Log)
			l, err := listen(address)
			if err != nil {
				return err
			}
			defer l.Close()
			return s.untilStopped(cmd.Context(), func(ctx context.Context) error {
				return app.ServeWitness(ctx, c, l, func(vkey string) {
					if !loopback(l.Addr().String()) {
						s.say("Others can reach %s without TLS: let it listen on 127.0.0.1, behind a proxy.", l.Addr())
					}
					s.say("The key is %s", vkey)
					s.say("Serving witness on http://%s", l.Addr())
				})
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.KeyFile, "key", "", "`FILE` of the witness's key (required)")
	f.StringVar(&c.State, "state", "", "`FOLDER` of what was signed last (required)")
	f.StringArrayVar(&c.Logs, "log", nil, "a log to watch: its `KEY` and, after a blank, the URL of its site, to recount it; again for each")
	f.DurationVar(&c.Every, "every", 6*time.Hour, "`TIME` between two recounts")
	f.StringVar(&address, "listen", "127.0.0.1:8085", "`ADDRESS` and port; port 0 is any that is free")
	cmd.AddCommand(witnessInitCommand(s))
	return cmd
}

func witnessInitCommand(s *streams) *cobra.Command {
	var key, state, name string
	var dry, asJSON bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make a witness's key and the folder of its state",
		Long: `Makes a key in a new file, readable by its owner only, and a folder for what will
be signed. It prints the public half of the key: give that line to those who run
the log, and print it where your own readers find it. The name stands in the key
and in every signature: your host and a word, such as ally.example/witness.`,
		Example: `  outcry witness init --key ally.key --state ./witness --name ally.example/witness
  outcry witness init --key ally.key --state ./witness --name ally.example/witness --dry-run`,
		Args: takes(),
		RunE: func(*cobra.Command, []string) error {
			if err := needs("key", key, "state", state, "name", name); err != nil {
				return err
			}
			vkey, err := app.BeginWitness(key, state, name, dry)
			if err != nil {
				return err
			}
			if asJSON {
				return s.json(struct {
					Key  string `json:"key"`
					Made bool   `json:"made"`
				}{vkey, !dry})
			}
			if dry {
				s.say("Would make the key %s and the folder %s. Nothing was made.", key, state)
				return nil
			}
			if _, err := s.out.Write([]byte(vkey + "\n")); err != nil {
				return err
			}
			s.say("Made the key %s and the folder %s.", key, state)
			s.say("Give the line above to those who run the log, and start: outcry witness --key %s --state %s --log KEY", key, state)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&key, "key", "", "`FILE` to make the key in, outside the folder (required)")
	f.StringVar(&state, "state", "", "`FOLDER` to make (required)")
	f.StringVar(&name, "name", "", "the witness's `NAME`, as in ally.example/witness (required)")
	f.BoolVarP(&dry, "dry-run", "n", false, "check, and make nothing")
	f.BoolVar(&asJSON, "json", false, "the public key as JSON")
	return cmd
}
