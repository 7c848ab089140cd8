package letter_test

import (
	"fmt"
	"slices"
	"testing"

	"outcry/internal/feature/letter/lettertest"
)

// A start tells how many signatures it has held against the log: before the first and after the last, and those that wait for the log are among them.
func TestStartTellsHowFarItIs(t *testing.T) {
	each(t, lettertest.Options{}, func(t *testing.T, s *lettertest.Site) {
		var told []string
		s.Book.Checked = func(done, of int64) { told = append(told, fmt.Sprintf("%d/%d", done, of)) }
		lettertest.Must(t, s.Book.Start(t.Context()))
		s.Sign(t, "anna@example.org")
		s.GrowAll(t)
		s.Sign(t, "boris@example.org")
		lettertest.Must(t, s.Book.Start(t.Context()))
		if want := []string{"0/0", "0/2", "2/2"}; !slices.Equal(told, want) {
			t.Errorf("it tells %v, want %v", told, want)
		}
	})
}
