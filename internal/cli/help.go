package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// help says how a command is used, beginning with what can be copied. It is no template: text/template calls methods by their names, and
// a program in which anything does keeps every exported method of every library, which made this one a fifth larger.
func help(c *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s.", c.CommandPath(), c.Short)
	for _, part := range []string{c.Example, c.Long} {
		if part != "" {
			fmt.Fprintf(&b, "\n\n%s", part)
		}
	}
	fmt.Fprintf(&b, "\n\nUsage:\n  %s", c.UseLine())
	if c.HasAvailableSubCommands() {
		b.WriteString("\n\nCommands:")
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				fmt.Fprintf(&b, "\n  %-*s  %s", sub.NamePadding(), sub.Name(), sub.Short)
			}
		}
	}
	if c.HasAvailableLocalFlags() {
		fmt.Fprintf(&b, "\n\nFlags:\n%s", strings.TrimRight(c.LocalFlags().FlagUsages(), " \n"))
	}
	if c.HasAvailableInheritedFlags() {
		fmt.Fprintf(&b, "\n\nFlags of every command:\n%s", strings.TrimRight(c.InheritedFlags().FlagUsages(), " \n"))
	}
	return b.String() + "\n"
}

func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Say how a command is used",
		Example: `  outcry help campaign apply`,
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return usage("there is no command outcry %s%s", strings.Join(args, " "), meant(args[len(args)-1], below(about)))
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
		ValidArgsFunction: func(cmd *cobra.Command, args []string, begun string) (list []string, _ cobra.ShellCompDirective) {
			about, _, err := cmd.Root().Find(args)
			if err != nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			for _, c := range about.Commands() {
				if c.IsAvailableCommand() && strings.HasPrefix(c.Name(), begun) {
					list = append(list, c.Name()+"\t"+c.Short)
				}
			}
			return list, cobra.ShellCompDirectiveNoFileComp
		},
	}
}
