package cli

import (
	"bytes"
	"testing"
	"time"

	"outcry/internal/app"
)

// steps has the check of a million entries and half as many signatures take so long, each a hundredth at a time.
func steps(s *streams, entries, signatures time.Duration) {
	now := time.Unix(1_800_000_000, 0)
	told := s.checking(func() time.Time { return now })
	for i := range int64(101) {
		told(app.CheckedEntries, i*10_000, 1_000_000)
		now = now.Add(entries / 100)
	}
	for i := range int64(101) {
		told(app.CheckedSignatures, i*5_000, 500_000)
		now = now.Add(signatures / 100)
	}
}

// A start that waits for a long check says so, in a line now and then; one that takes no second says nothing, and neither does one that is to be quiet.
func TestALongCheckIsTold(t *testing.T) {
	const before = "Checking before anything is shown: "
	for _, c := range []struct {
		entries, signatures time.Duration
		quiet               bool
		want                string
	}{
		{0, 0, false, ""},
		{500 * time.Millisecond, 400 * time.Millisecond, false, ""},
		{500 * time.Millisecond, 5 * time.Second, false, before + "50000 of 500000 signatures.\nLog and signatures were checked, in 5.5s.\n"},
		{25 * time.Second, 10 * time.Second, false, before + "40000 of 1000000 entries.\n" + before + "440000 of 1000000 entries.\n" + before + "840000 of 1000000 entries.\n" +
			before + "290000 of 500000 signatures.\nLog and signatures were checked, in 35.3s.\n"},
		{25 * time.Second, 10 * time.Second, true, ""},
	} {
		var said bytes.Buffer
		steps(&streams{err: &said, quiet: c.quiet}, c.entries, c.signatures)
		if said.String() != c.want {
			t.Errorf("%v and %v, quiet %t: it says\n%s\nwant\n%s", c.entries, c.signatures, c.quiet, said.String(), c.want)
		}
	}
}

// A log without entries or without signatures is no long check, and neither is what is checked once more an hour later.
func TestAnEmptyLogIsNoLongCheck(t *testing.T) {
	var said bytes.Buffer
	now := time.Unix(1_800_000_000, 0)
	told := (&streams{err: &said}).checking(func() time.Time { return now })
	for range 2 {
		told(app.CheckedEntries, 0, 0)
		told(app.CheckedSignatures, 0, 0)
		now = now.Add(time.Hour)
	}
	told(app.CheckedEntries, 0, 5)
	told(app.CheckedEntries, 5, 5)
	told(app.CheckedSignatures, 0, 4)
	told(app.CheckedSignatures, 4, 4)
	if said.Len() > 0 {
		t.Errorf("it says %q", said.String())
	}
}
