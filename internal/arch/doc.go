// Package arch holds the house rules as tests: which package may import which, where SQL, ciphers, the clock and words for people may stand, how long a file
// may grow. docs/architecture.md gives the reasons. Each rule is a function over a tree of files, and is shown to catch a planted fault.
package arch
