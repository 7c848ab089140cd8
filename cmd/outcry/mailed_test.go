package main

import (
	"io"

	"github.com/rogpeppe/go-internal/testscript"
)

// mailed waits for a mail to an address; its text is stdout.
func (s *script) mailed(ts *testscript.TestScript, args []string) {
	if s.post == nil {
		ts.Fatalf("run mailbox first")
	}
	_, err := io.WriteString(ts.Stdout(), s.post.WaitTo(s.t, args[0], patience).Text)
	ts.Check(err)
}
