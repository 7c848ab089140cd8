package db

import (
	"bytes"
	"io"
	"testing"
)

const benchRows = 20_000

// benchDump is a dump of a table with a value of each kind in its rows.
func benchDump(t testing.TB) []byte {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var text bytes.Buffer
	w, err := newDumpWriter(&text, dumpHead{Schema: 3, Engine: "SQLite"})
	must(err)
	must(w.table("thing", []string{"id", "n", "words", "data"}))
	for i := range benchRows {
		must(w.row([]any{[]byte{byte(i >> 16), byte(i >> 8), byte(i)}, int64(i), "thirty-two characters of a text.", nil}))
	}
	must(w.endTable())
	must(w.end())
	return text.Bytes()
}

// readRows reads a dump of one table, and must find all its rows.
func readRows(t testing.TB, text []byte) {
	t.Helper()
	r, err := ReadDump(bytes.NewReader(text))
	if err == nil {
		_, _, err = r.Table()
	}
	n := 0
	for ; err == nil; n++ {
		_, err = r.Row()
	}
	if err != io.EOF || n-1 != benchRows {
		t.Fatalf("%d rows: %v", n-1, err)
	}
}

// A restore and a drill read each row of an installation: nothing is made for a value but the value.
func TestReadingARowMakesLittle(t *testing.T) {
	text := benchDump(t)
	if n := testing.AllocsPerRun(1, func() { readRows(t, text) }) / benchRows; n > 8 {
		t.Errorf("%.1f things are made to read a row of four values", n)
	}
}

func BenchmarkReadDump(b *testing.B) {
	text := benchDump(b)
	b.ReportAllocs()
	for b.Loop() {
		readRows(b, text)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchRows, "ns/row")
}
