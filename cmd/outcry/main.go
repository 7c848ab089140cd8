// Outcry runs a public campaign for a prisoner's freedom on a committee's own server. See README.md.
package main

import (
	"os"

	"outcry/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
