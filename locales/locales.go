// Package locales holds the catalogues of the interface: one TOML file a language, named by its tag.
// A language is complete or absent: lang.Load refuses a file that lacks a key, a placeholder or a plural form of en.toml.
package locales

import "embed"

// FS holds en.toml and the other languages' files at its root.
//
//go:embed *.toml
var FS embed.FS
