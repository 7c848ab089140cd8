package db

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"testing"
	"time"
)

// A dump comes from a file that lay anywhere. It is read to its end as what it says, which is written the same again, or it is refused as broken; and never is more handed over
// than it holds.
func FuzzReadDump(f *testing.F) {
	whole := func(t testing.TB, fn func(w *dumpWriter) error) []byte {
		t.Helper()
		var out bytes.Buffer
		w, err := newDumpWriter(&out, dumpHead{Schema: 3, Engine: "sqlite", About: json.RawMessage(`{"made":"2026-11-23"}`)})
		if err == nil {
			err = fn(w)
		}
		if err == nil {
			err = w.end()
		}
		if err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	rows := [][]any{{int64(-1), []byte{0, 255}, "анна"}, {nil, []byte{}, ""}, {int64(1) << 62, nil, "x"}}
	honest := whole(f, func(w *dumpWriter) error {
		err := w.table("thing", []string{"a", "b", "c"})
		for _, r := range rows {
			if err == nil {
				err = w.row(r)
			}
		}
		if err == nil {
			err = w.endTable()
		}
		return err
	})
	f.Add(honest, []byte{1, 2, 3, 1, 'x', 0}, 2)
	f.Add(honest[:len(honest)/2], []byte{2, 0xff, 0xff, 0xff, 0xff, 0x0f}, 1)
	f.Add(append(bytes.Clone(honest), 'Z'), []byte{1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}, 3)
	f.Add([]byte(dumpMagic+"H\x02{}T\x02{}"), []byte{9}, 0)
	f.Add([]byte(dumpMagic+"H\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), []byte{}, 1)
	read := func(t *testing.T, b []byte) (all [][]any, r *DumpReader, err error) {
		began := time.Now()
		if r, err = ReadDump(bytes.NewReader(b)); err != nil {
			return nil, nil, err
		}
		for {
			_, columns, err := r.Table()
			if err != nil {
				if took := time.Since(began); took > 5*time.Second {
					t.Fatalf("%d bytes take %v", len(b), took)
				}
				return all, r, err
			}
			for {
				row, err := r.Row()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					return all, r, err
				}
				if len(row) != len(columns) {
					t.Fatalf("a row of %d in a table of %d columns", len(row), len(columns))
				}
				all = append(all, row)
			}
		}
	}
	f.Fuzz(func(t *testing.T, raw, record []byte, columns int) {
		if _, _, err := read(t, raw); errors.Is(err, io.EOF) && !errors.Is(err, ErrDump) {
			if !bytes.HasPrefix(raw, []byte(dumpMagic)) {
				t.Fatalf("%q is taken for a dump", raw)
			}
		} else if !errors.Is(err, ErrDump) {
			t.Fatalf("%q is refused with %v", raw, err)
		}
		// The same record among rows of a dump that is whole otherwise.
		names := make([]string, 1+uint(columns)%8)
		for i := range names {
			names[i] = string(rune('a' + i))
		}
		framed := func(n int64) []byte {
			return whole(t, func(w *dumpWriter) error {
				err := w.table("thing", names)
				if err == nil {
					err = w.record('R', record)
				}
				w.sum.Rows += n
				return errors.Join(err, w.json('E', dumpEnd{Rows: n}))
			})
		}
		got, _, _ := read(t, framed(0)) // how many there are
		again, r, err := read(t, framed(int64(len(got))))
		if !errors.Is(err, io.EOF) || errors.Is(err, ErrDump) {
			if !errors.Is(err, ErrDump) {
				t.Fatalf("%x is refused with %v", record, err)
			}
			return
		}
		if r.Dumped().Rows != int64(len(got)) || !reflect.DeepEqual(got, again) {
			t.Fatalf("%x is read as %v and as %v", record, got, again)
		}
		back, _, err := read(t, whole(t, func(w *dumpWriter) error {
			err := w.table("thing", names)
			for _, row := range got {
				err = errors.Join(err, w.row(row))
			}
			return errors.Join(err, w.endTable())
		}))
		if !errors.Is(err, io.EOF) || errors.Is(err, ErrDump) || !reflect.DeepEqual(got, back) {
			t.Fatalf("%x is read as %v, and that is written as %v: %v", record, got, back, err)
		}
	})
}
