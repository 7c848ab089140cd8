package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// built says what program this is.
type built struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Go       string `json:"go"`
	System   string `json:"system"`
}

func versionCommand(s *streams) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Say which version this is",
		Example: `  outcry version
  outcry version --json`,
		Args: takes(),
		RunE: func(*cobra.Command, []string) error {
			b := built{Version: "development", Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
			if info, ok := debug.ReadBuildInfo(); ok {
				if v := info.Main.Version; v != "" && v != "(devel)" {
					b.Version = v
				}
				for _, setting := range info.Settings {
					if setting.Key == "vcs.revision" {
						b.Revision = setting.Value
					}
				}
			}
			if asJSON {
				return s.json(b)
			}
			revision := ""
			if b.Revision != "" {
				revision = " " + b.Revision
			}
			_, err := fmt.Fprintf(s.out, "outcry %s%s %s %s\n", b.Version, revision, b.Go, b.System)
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "the same as JSON")
	return cmd
}
