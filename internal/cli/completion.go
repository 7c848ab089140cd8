package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

var shells = []string{"bash", "zsh", "fish", "powershell"}

func completionCommand(s *streams) *cobra.Command {
	return &cobra.Command{
		Use:   "completion SHELL",
		Short: "Write a script that completes commands in your shell",
		Long:  `Writes the script for bash, zsh, fish or powershell to stdout.`,
		Example: `  source <(outcry completion bash)
  outcry completion zsh > "${fpath[1]}/_outcry"
  outcry completion fish > ~/.config/fish/completions/outcry.fish
  outcry completion powershell | Out-String | Invoke-Expression`,
		ValidArgs: shells,
		Args:      takes("SHELL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(s.out, true)
			case "zsh":
				return root.GenZshCompletion(s.out)
			case "fish":
				return root.GenFishCompletion(s.out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(s.out)
			}
			return usage("no script is made for the shell %q; there are %s", args[0], strings.Join(slices.Sorted(slices.Values(shells)), ", "))
		},
	}
}
