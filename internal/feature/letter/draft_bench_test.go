package letter

import (
	"strconv"
	"testing"

	"outcry/internal/core/casefile/casetest"
)

// What a desk's page does with a draft each time: read it, ask its rules, write it.
func BenchmarkDraft(b *testing.B) {
	for _, n := range []int{60, 400} { // more such events are more than a document may hold
		c := &Campaign{File: *casetest.Files(1, n)[0]}
		doc := WriteDraft(c)
		if _, err := ReadDraft(doc); err != nil {
			b.Fatal(err)
		}
		for name, f := range map[string]func(){
			"read":  func() { _, _ = ReadDraft(doc) },
			"check": func() { c.Check() },
			"write": func() { WriteDraft(c) },
		} {
			b.Run(name+"/"+strconv.Itoa(n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					f()
				}
			})
		}
	}
}
