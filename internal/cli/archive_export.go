package cli

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"outcry/internal/app"
	"outcry/internal/feature/archive"
	"outcry/internal/kernel/durable"
)

func archiveExportCommand(s *streams) *cobra.Command {
	var c app.Config
	var bare bool
	cmd := &cobra.Command{
		Use:   "export FILE",
		Short: "Write all campaigns to one file",
		Long: `Writes every campaign of this installation to a new tar file, readable by its
owner only (- is standard output); the server may run. The same campaigns are the
same bytes on the same day. docs/archive.md says what is in it.

No signer, no name, no key and no private link is in it. What only the team or the
coalition may see is in it, and marked so: give it to those alone. Copies of
sources are as their publishers made them and may name private persons;
--without-copies leaves them out.`,
		Example: `  outcry archive export campaigns.tar --data ./data --secret-file ./secret
  outcry archive export - --without-copies --data ./data --secret-file ./secret | ssh ally 'cat > campaigns.tar'`,
		Args: takes("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			c.Look = true
			return s.inside(cmd.Context(), &c, func(a *app.App) error {
				if args[0] == "-" {
					m, err := a.ExportArchive(cmd.Context(), s.out, !bare)
					if err == nil {
						s.sayArchive(m)
					}
					return err
				}
				m, err := exportTo(cmd, a, args[0], !bare)
				if err != nil {
					return err
				}
				s.say("Wrote %s.", args[0])
				s.sayArchive(m)
				return nil
			})
		},
	}
	place(cmd, &c)
	cmd.Flags().BoolVar(&bare, "without-copies", false, "leave the copies of sources out")
	return cmd
}

// exportTo writes an archive to a file that is not there yet, whole or not at all.
func exportTo(cmd *cobra.Command, a *app.App, path string, copies bool) (m archive.Manifest, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return m, failed(exitConflict, "%s is there already; name another file", path)
	}
	if err != nil {
		return m, err
	}
	out := bufio.NewWriterSize(f, 256<<10)
	m, err = a.ExportArchive(cmd.Context(), out, copies)
	if err == nil {
		err = out.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return m, errors.Join(err, os.Remove(path))
	}
	return m, durable.Sync(filepath.Dir(path))
}

func (s *streams) sayArchive(m archive.Manifest) {
	bytes := int64(0)
	for _, x := range m.Members {
		bytes += x.Bytes
	}
	s.say("%s of %s, %s. It is no backup: who signed is not in it.", counted(len(m.Members), "member"), m.Day, size(bytes))
}
