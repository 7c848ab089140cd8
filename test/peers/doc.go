// Package peers starts the real programs that the tests talk to: a PostgreSQL server of the test binary's own, and an SMTP server in the process.
//
// Nothing here is a mock. A peer that this machine lacks skips the test and says what is missing; with OUTCRY_REQUIRE=all in the environment, as in CI,
// it fails the test instead.
package peers

import (
	"os"
	"testing"
)

// Missing ends the test because the machine lacks something that it needs: a skip, or a failure where OUTCRY_REQUIRE=all says that everything must be there.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv("OUTCRY_REQUIRE") == "all" {
		t.Fatalf("OUTCRY_REQUIRE=all, but "+format, args...)
	}
	t.Skipf(format, args...)
}
