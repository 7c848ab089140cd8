// Package demo holds the demonstration's campaign file: one real campaign, replayed as one article told it.
package demo

import _ "embed"

// File is the campaign file, with its letters, as an organiser would write it.
//
//go:embed kagarlitsky-2023.yaml
var File []byte
