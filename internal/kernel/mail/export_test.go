package mail

// Recipient opens the address rule to the fuzz test.
func Recipient(s string) (string, bool) {
	bare, _, ok := address(s)
	return bare, ok
}

// Elsewhere makes s believe that its server is not on this machine.
func Elsewhere(s *SMTP) { s.relay.loopback = false }

// Words is what an operator reads of an error.
func Words(err error) string { return words(err).Error() }
