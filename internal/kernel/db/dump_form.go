package db

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
)

// The form of a dump: a first line, then records, each a letter, its length (uvarint) and its bytes:
//
//	H  JSON: schema version, engine, and what the caller wants to stand there
//	T  JSON: a table's name and columns; then its rows
//	R  rows: of each column 0 for NULL, 1 and a zigzag varint, 2 or 3 and a length and bytes (3 is text)
//	E  JSON: how many rows the table has
//	Z  JSON: how many rows there are, and the SHA-256 of all before this record
//
// Nothing in it is of one engine, so that what one wrote the other loads.
const (
	dumpMagic  = "outcry dump 1\n"
	recordMost = 16 << 20  // bytes of a record; a row is far shorter
	rowsFull   = 128 << 10 // bytes of rows after which a record is written
)

// ErrDump says that bytes are no whole dump.
var ErrDump = errors.New("db: not a whole dump")

func broken(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrDump, fmt.Sprintf(format, args...))
}

// dumpHead is what stands before the tables.
type dumpHead struct {
	Schema int64           `json:"schema"`
	Engine string          `json:"engine"`
	About  json.RawMessage `json:"about,omitempty"`
}

type dumpTable struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
}

type dumpEnd struct {
	Rows   int64  `json:"rows"`
	SHA256 string `json:"sha256,omitempty"`
}

type dumpWriter struct {
	out  io.Writer
	hash hash.Hash
	rows bytes.Buffer
	at   string // table that is being written
	n    int64  // its rows
	sum  Dumped
}

func newDumpWriter(out io.Writer, head dumpHead) (*dumpWriter, error) {
	w := &dumpWriter{hash: sha256.New(), sum: Dumped{Tables: map[string]int64{}}}
	w.out = io.MultiWriter(out, w.hash)
	if _, err := io.WriteString(w.out, dumpMagic); err != nil {
		return nil, err
	}
	return w, w.json('H', head)
}

func (w *dumpWriter) json(letter byte, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return w.record(letter, b)
}

func (w *dumpWriter) record(letter byte, b []byte) error {
	head := binary.AppendUvarint([]byte{letter}, uint64(len(b)))
	if _, err := w.out.Write(head); err != nil {
		return err
	}
	_, err := w.out.Write(b)
	return err
}

func (w *dumpWriter) table(name string, columns []string) error {
	w.at, w.n = name, 0
	return w.json('T', dumpTable{name, columns})
}

func (w *dumpWriter) row(values []any) error {
	b := w.rows.AvailableBuffer()
	for _, v := range values {
		switch v := v.(type) {
		case nil:
			b = append(b, 0)
		case int64:
			b = binary.AppendVarint(append(b, 1), v)
		case []byte:
			b = append(binary.AppendUvarint(append(b, 2), uint64(len(v))), v...)
		case string:
			b = append(binary.AppendUvarint(append(b, 3), uint64(len(v))), v...)
		default:
			return fmt.Errorf("db: a %T can't be dumped", v)
		}
	}
	w.rows.Write(b)
	w.n++
	w.sum.Rows++
	if w.rows.Len() < rowsFull {
		return nil
	}
	return w.flush()
}

func (w *dumpWriter) flush() error {
	if w.rows.Len() == 0 {
		return nil
	}
	if w.rows.Len() > recordMost {
		return fmt.Errorf("db: a row of %d bytes can't be dumped", w.rows.Len())
	}
	err := w.record('R', w.rows.Bytes())
	w.rows.Reset()
	return err
}

func (w *dumpWriter) endTable() error {
	if err := w.flush(); err != nil {
		return err
	}
	w.sum.Tables[w.at] = w.n
	return w.json('E', dumpEnd{Rows: w.n})
}

func (w *dumpWriter) end() error {
	return w.json('Z', dumpEnd{Rows: w.sum.Rows, SHA256: hex.EncodeToString(w.hash.Sum(nil))})
}

// DumpReader reads a dump: Table, then its Rows until io.EOF, and so on until Table gives io.EOF. Only then the whole is known to be as it was written.
type DumpReader struct {
	Schema int64           // version of the schema it was made at
	Engine string          // what it was made from
	About  json.RawMessage // what its maker said

	in      *bufio.Reader
	hash    hash.Hash
	rows    []byte // of the record at hand
	columns int
	n       int64 // rows of the table at hand
	sum     Dumped
	at      string
	inside  bool
	done    bool
}

// ReadDump reads a dump's beginning. All errors of a DumpReader are those of reading, or wrap ErrDump.
func ReadDump(in io.Reader) (*DumpReader, error) {
	r := &DumpReader{in: bufio.NewReaderSize(in, 64<<10), hash: sha256.New(), sum: Dumped{Tables: map[string]int64{}}}
	magic := make([]byte, len(dumpMagic))
	if _, err := io.ReadFull(r.in, magic); err != nil {
		return nil, cutShort(err)
	}
	if string(magic) != dumpMagic {
		return nil, broken("its first line is %q, and this program reads %q", magic, dumpMagic)
	}
	r.hash.Write(magic)
	letter, b, err := r.record()
	if err != nil {
		return nil, err
	}
	var head dumpHead
	if letter != 'H' || json.Unmarshal(b, &head) != nil {
		return nil, broken("it has no head")
	}
	r.Schema, r.Engine, r.About = head.Schema, head.Engine, head.About
	return r, nil
}

func cutShort(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return broken("it ends too early")
	}
	return err
}

// record reads the next one. The last is not hashed: it tells the hash.
func (r *DumpReader) record() (letter byte, b []byte, err error) {
	if letter, err = r.in.ReadByte(); err != nil {
		return 0, nil, cutShort(err)
	}
	n, err := binary.ReadUvarint(r.in)
	if err != nil {
		if err != io.EOF && err != io.ErrUnexpectedEOF {
			return 0, nil, broken("a length is none")
		}
		return 0, nil, cutShort(err)
	}
	if n > recordMost {
		return 0, nil, broken("a record of %d bytes", n)
	}
	var body bytes.Buffer // grows with what really comes
	if _, err := io.CopyN(&body, r.in, int64(n)); err != nil {
		return 0, nil, cutShort(err)
	}
	b = body.Bytes()
	if letter != 'Z' {
		r.hash.Write(binary.AppendUvarint([]byte{letter}, n))
		r.hash.Write(b)
	}
	return letter, b, nil
}

// Table goes to the next table and gives its name and columns. What is left of the one before is passed over. After the last one the error is io.EOF.
func (r *DumpReader) Table() (name string, columns []string, err error) {
	for r.inside {
		if _, err := r.Row(); err != nil && err != io.EOF {
			return "", nil, err
		}
	}
	if r.done {
		return "", nil, io.EOF
	}
	letter, b, err := r.record()
	if err != nil {
		return "", nil, err
	}
	switch letter {
	case 'T':
		var t dumpTable
		if json.Unmarshal(b, &t) != nil || t.Name == "" || len(t.Columns) == 0 {
			return "", nil, broken("a table has no name, or no columns")
		}
		if _, twice := r.sum.Tables[t.Name]; twice {
			return "", nil, broken("table %s comes twice", t.Name)
		}
		r.at, r.columns, r.n, r.inside = t.Name, len(t.Columns), 0, true
		r.sum.Tables[t.Name] = 0
		return t.Name, t.Columns, nil
	case 'Z':
		end := dumpEnd{Rows: r.sum.Rows, SHA256: hex.EncodeToString(r.hash.Sum(nil))}
		if want, err := json.Marshal(end); err != nil || !bytes.Equal(b, want) { // to the byte: nothing else guards this record
			return "", nil, broken("it has %d rows and the hash %s, and its end says otherwise", end.Rows, end.SHA256)
		}
		if _, err := r.in.ReadByte(); err != io.EOF {
			if err != nil {
				return "", nil, err
			}
			return "", nil, broken("something follows its end")
		}
		r.done = true
		return "", nil, io.EOF
	}
	return "", nil, broken("a record of the kind %q stands where a table should", letter)
}

// Row gives the next row of the table: of each column nil, an int64, bytes or a string. After the last one the error is io.EOF. The bytes are the
// caller's to keep.
func (r *DumpReader) Row() ([]any, error) {
	if !r.inside {
		return nil, io.EOF
	}
	for len(r.rows) == 0 {
		letter, b, err := r.record()
		if err != nil {
			return nil, err
		}
		switch letter {
		case 'R':
			r.rows = b
		case 'E':
			var e dumpEnd
			if json.Unmarshal(b, &e) != nil || e.Rows != r.n {
				return nil, broken("table %s says %d rows and has %d", r.at, e.Rows, r.n)
			}
			r.inside, r.sum.Tables[r.at] = false, r.n
			return nil, io.EOF
		default:
			return nil, broken("a record of the kind %q stands among the rows of %s", letter, r.at)
		}
	}
	row := make([]any, r.columns)
	for i := range row {
		var err error
		if row[i], err = r.value(); err != nil {
			return nil, err
		}
	}
	r.n++
	r.sum.Rows++
	return row, nil
}

func (r *DumpReader) value() (any, error) {
	if len(r.rows) == 0 {
		return nil, r.unread()
	}
	mark := r.rows[0]
	r.rows = r.rows[1:]
	switch mark {
	case 0:
		return nil, nil
	case 1:
		v, n := binary.Varint(r.rows)
		if n <= 0 {
			return nil, r.unread()
		}
		r.rows = r.rows[n:]
		return v, nil
	case 2, 3:
		size, n := binary.Uvarint(r.rows)
		if n <= 0 || size > uint64(len(r.rows)-n) {
			return nil, r.unread()
		}
		b := r.rows[n : n+int(size) : n+int(size)]
		r.rows = r.rows[n+int(size):]
		if mark == 3 {
			return string(b), nil
		}
		return b, nil
	}
	return nil, r.unread()
}

// unread is worded for the one value that needs it: there are millions.
func (r *DumpReader) unread() error { return broken("a row of %s can't be read", r.at) }

// Dumped tells how much was read so far.
func (r *DumpReader) Dumped() Dumped { return r.sum }
