package cli

import (
	"errors"
	"fmt"
	"sort"

	"github.com/spf13/cobra"

	"outcry/internal/app"
)

func backupCommand(s *streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backup COMMAND",
		Short: "Make encrypted backups, and show that they restore",
		Long: `A backup is one encrypted file, made while the server runs. It is the same for
SQLite and PostgreSQL: what one wrote can be restored into the other, which is
also the way to move from one to the other.

In it are the log, the letters, the signatures as far as they are on the disk,
shown names and the sealed addresses of those who want news. Not in it are the
unlock secret and the shares, the keys of the last days, waiting mails, used
links, and passwords that stand in outcry.yaml.`,
		Example: `  outcry key new backup.key > backup.to
  outcry backup create monday.backup --to backup.to --data ./data
  outcry backup verify monday.backup --key backup.key
  outcry backup drill --data ./data --secret-file ./secret`,
		Args: takes(),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(backupCreateCommand(s), backupVerifyCommand(s), backupRestoreCommand(s), backupDrillCommand(s))
	return cmd
}

// stages shows how far each stage of a restore has come, on a terminal.
func (s *streams) stages() func(stage app.RestoreStage, done, of int64) {
	bars := map[app.RestoreStage]func(done, of int){}
	return func(stage app.RestoreStage, done, of int64) {
		if bars[stage] == nil {
			bars[stage] = s.bar(string(stage))
		}
		bars[stage](int(done), max(int(of), 1))
	}
}

// onBackupError gives an error about a backup its exit code.
func onBackupError(err error) error {
	if errors.Is(err, app.ErrDamaged) || errors.Is(err, app.ErrBackupKey) {
		return failed(exitFailed, "%w", err)
	}
	return err
}

// size is a number of bytes as people read it.
func size(n int64) string {
	switch {
	case n >= 10<<20:
		return fmt.Sprintf("%d MiB", n>>20)
	case n >= 10<<10:
		return fmt.Sprintf("%d KiB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}

// tables lists how many rows each table has, for --verbose.
func (s *streams) tables(b app.Backup) {
	if !s.verbose {
		return
	}
	var names []string
	for name := range b.Tables {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		s.say("  %-20s %d", name, b.Tables[name])
	}
}

// fork says what it means to go on with an older log.
func (s *streams) fork(r app.RestoredBackup) {
	s.say("The copy's log has %s. If anybody saw a larger one (signers with their proofs, readers with outcry verify, witnesses), going on with the copy is a",
		plural(int(r.Entries), "entry", "entries"))
	s.say("fork, and they will see it. If the old disk can be read, use that one. If not: docs/operate/backup.md, and outcry log renew --dry-run.")
}
