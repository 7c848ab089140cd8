package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// built says which program this is.
type built struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Go       string `json:"go"`
	System   string `json:"system"`
}

func build() built {
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
	return b
}

func (b built) String() string {
	parts := []string{"outcry", b.Version, b.Revision, b.Go, b.System}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " ")
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
			if asJSON {
				return s.json(build())
			}
			_, err := fmt.Fprintln(s.out, build())
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "the same as JSON")
	return cmd
}
