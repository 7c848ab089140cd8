package cli

import (
	"context"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/feature/letter"
)

// turned is the JSON of letter pause and letter resume.
type turned struct {
	Letter string       `json:"letter"`
	DryRun bool         `json:"dry_run"`
	Before letter.State `json:"before"`
	State  letter.State `json:"state"` // afterwards, or what it would be
}

func letterPauseCommand(s *streams) *cobra.Command {
	cmd := s.turnCommand(letter.Open, letter.Paused, "paused: it can be read and not signed, until outcry letter resume", (*app.App).PauseLetter)
	cmd.Use, cmd.Short = "pause CASE/LETTER", "Keep a letter from being signed for a while"
	cmd.Long = `The letter stays readable, its count stays, and who has signed may withdraw.
Nobody can sign it until outcry letter resume: nothing is destroyed, so an
address that has signed is still counted once.`
	cmd.Example = `  outcry letter pause anna/release --data ./data --secret-file ./secret`
	return cmd
}

func letterResumeCommand(s *streams) *cobra.Command {
	cmd := s.turnCommand(letter.Paused, letter.Open, "open: it can be signed", (*app.App).ResumeLetter)
	cmd.Use, cmd.Short = "resume CASE/LETTER", "Let a paused letter be signed again"
	cmd.Long = `Undoes outcry letter pause. A closed letter can't be opened again: a new one with
its own count can follow it.`
	cmd.Example = `  outcry letter resume anna/release --data ./data --secret-file ./secret`
	return cmd
}

// turnCommand takes a letter from one state to the other and back; what is so already is done.
func (s *streams) turnCommand(from, to letter.State, now string, turn func(*app.App, context.Context, *letter.Letter) error) *cobra.Command {
	var c app.Config
	var asJSON bool
	cmd := &cobra.Command{
		Args: takes("CASE/LETTER"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.atLetter(cmd.Context(), &c, args[0], func(a *app.App, l *letter.Letter) error {
				switch {
				case l.State != from && l.State != to:
					return letter.WrongState{State: l.State}
				case l.State == to:
					s.say("%s was already %s.", address(l), now)
				case c.Look:
					s.say("%s would be %s; nothing was changed (--dry-run).", address(l), now)
				default:
					if err := turn(a, cmd.Context(), l); err != nil {
						return err
					}
					s.say("%s is %s.", address(l), now)
				}
				if asJSON {
					return s.json(turned{address(l), c.Look, l.State, to})
				}
				return nil
			})
		},
	}
	onLetter(cmd, &c, &asJSON)
	return cmd
}
