package translog

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"outcry/internal/kernel/db"
	"outcry/internal/kernel/db/dbtest"
)

// A check tells how far it has come: from none to all of the entries, now and then.
func TestCheckTellsHowFarItIs(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l := open(t, d, time.Now)
		var told []string
		l.checked = func(done, of int64) { told = append(told, fmt.Sprintf("%d/%d", done, of)) }
		check(t, l)
		if want := []string{"0/0"}; !slices.Equal(told, want) {
			t.Errorf("of none it tells %v, want %v", told, want)
		}
		const many = 16*width + 100
		leaves := make([]Leaf, many)
		for i := range leaves {
			leaves[i] = Leaf{Ref: ref(i), Data: []byte("entry")}
		}
		queue(t, l, leaves...)
		for sequence(t, l) > 0 {
		}
		told = nil
		check(t, l)
		if want := []string{"0/4196", "4096/4196", "4196/4196"}; !slices.Equal(told, want) {
			t.Errorf("it tells %v, want %v", told, want)
		}
	})
}
