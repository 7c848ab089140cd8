package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/feature/letter"
	"outcry/receipt"
)

// closedDone is the JSON of letter close.
type closedDone struct {
	Letter      string               `json:"letter"`
	DryRun      bool                 `json:"dry_run"`
	State       letter.State         `json:"state"`
	Certificate *receipt.Certificate `json:"certificate,omitempty"`
}

func letterCloseCommand(s *streams) *cobra.Command {
	var c app.Config
	var asJSON, yes bool
	cmd := &cobra.Command{
		Use:   "close CASE/LETTER",
		Short: "End a letter for good, and destroy what tells its signers apart",
		Long: `Nobody can sign the letter any more. What waits goes into the log at once, the
log says that the letter is closed, and then what could tell a signer's address
again is destroyed: the letter's secret share beside the secret file, the marks
by which double signatures were seen, used links and the list of addresses that
want no mail. The count is signed in a certificate. Private links still withdraw.

There is no way back. A new letter may follow (succeeds: in the campaign file);
it has its own count, and who signs both is counted in both.

It may be stopped and run again: it goes on where it was, and so does a running
server. Copies that you made of the share file, in backups, are yours to destroy.`,
		Example: `  outcry letter close anna/release --dry-run --data ./data --secret-file ./secret
  outcry letter close anna/release --yes --data ./data --secret-file ./secret`,
		Args: takes("CASE/LETTER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.atLetter(cmd.Context(), &c, args[0], func(a *app.App, l *letter.Letter) error {
				if l.State == letter.Draft || l.State == letter.Opening {
					return letter.WrongState{State: l.State}
				}
				done := closedDone{Letter: address(l), DryRun: c.Look, State: l.State}
				if c.Look {
					if l.State == letter.Closed {
						s.say("%s is closed already.", address(l))
					} else {
						held, err := a.Book.Matching(cmd.Context(), l.ID, letter.Rule{Held: true})
						if err != nil {
							return err
						}
						for _, line := range lastWords(l, held) {
							s.say("%s", line)
						}
						s.say("%s would be closed; nothing was changed (--dry-run).", address(l))
					}
				} else {
					if l.State.Alive() {
						held, err := a.Book.Matching(cmd.Context(), l.ID, letter.Rule{Held: true})
						if err != nil {
							return err
						}
						if err := s.sure(cmd.Context(), yes, lastWords(l, held)...); err != nil {
							return err
						}
					}
					certificate, err := a.CloseLetter(cmd.Context(), l, s.closing())
					if err != nil {
						return err
					}
					done.State, done.Certificate = letter.Closed, &certificate
					s.say("%s is closed: %d counted. The certificate names entry %d of the log.", address(l), certificate.Counted, certificate.Entry)
					s.say("Destroy the share file %s in your backups too, where you keep copies of it.", certificate.Letter)
				}
				if asJSON {
					return s.json(done)
				}
				return nil
			})
		},
	}
	onLetter(cmd, &c, &asJSON)
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "go on without being asked")
	return cmd
}

// lastWords are what is read before a letter is closed.
func lastWords(l *letter.Letter, held int) []string {
	words := []string{
		fmt.Sprintf("Closing %s is for good: nobody can sign it any more, and it can't be opened again.", address(l)),
		"Destroyed are the letter's secret share, the marks by which a second signature of one address is seen, used links, and the list of addresses that want no mail.",
		"Who signed can still withdraw by the private link. A new letter has its own count.",
	}
	if held > 0 {
		words = append(words, fmt.Sprintf("%s in a line apart, and the certificate counts them too: release or remove them first.", counted(held, "held signature")))
	}
	return words
}

// closing tells each stage that is done, and on a terminal how far the long ones are.
func (s *streams) closing() func(letter.Step) {
	bars := map[letter.Stage]func(done, of int){}
	words := map[letter.Stage]string{letter.Stopped: "into the log", letter.Destroyed: "forgetting"}
	said := map[letter.Stage]string{
		letter.Stopped:   "Nobody can sign it any more.",
		letter.Drained:   "No signature waits for the log.",
		letter.Logged:    "The log says that it is closed.",
		letter.Destroyed: "The letter's secret share is destroyed.",
		letter.Forgotten: "What told its signers apart is gone.",
		letter.Certified: "The certificate is signed.",
	}
	return func(step letter.Step) {
		if step.Of == 0 {
			s.say("%s", said[step.Stage])
			return
		}
		if bars[step.Stage] == nil {
			bars[step.Stage] = s.bar(words[step.Stage])
		}
		bars[step.Stage](step.Done, step.Of)
	}
}
