package seizure

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/quotedprintable"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf16"

	_ "modernc.org/sqlite" // the driver "sqlite", for what it leaves in its log of writes
)

// Leak is a way to leave an address on a disk. A scan that does not find each of [Leaks] proves nothing by finding nothing else.
type Leak struct {
	Name     string
	Encoding string // by which it is found
	// Plant leaves the address in the folder, and returns how to end what must stay open until the search is over; nil if nothing must.
	Plant func(dir, address string) (end func() error, err error)
}

// Address is a made-up one with letters that encodings differ about. mark tells one from another; letters and digits.
func Address(mark string) string { return "Agata.Żurawska-" + mark + "@пример.example" }

// Folded is the other form in which one leak leaves the address.
func Folded(address string) string { return "folded-" + strings.ToLower(address) }

// wrote plants one file.
func wrote(name string, of func(address string) []byte) func(dir, address string) (func() error, error) {
	return func(dir, address string) (func() error, error) {
		return nil, os.WriteFile(filepath.Join(dir, name), of(address), 0o600)
	}
}

// Leaks are those that a search must find before what it does not find means anything.
func Leaks() []Leak {
	return []Leak{
		{"plain in a file", "plain", wrote("log", func(a string) []byte { return []byte("level=INFO to=" + a + "\n") })},
		{"in SQLite's WAL after the row was deleted", "plain", func(dir, a string) (func() error, error) {
			d, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "a.db")+"?_pragma=journal_mode(WAL)&_pragma=secure_delete(ON)")
			if err != nil {
				return nil, err
			}
			for _, q := range []string{"CREATE TABLE a (x TEXT)", "INSERT INTO a VALUES ('" + a + "')", "DELETE FROM a"} {
				if _, err := d.Exec(q); err != nil {
					return nil, errors.Join(err, d.Close())
				}
			}
			return d.Close, nil
		}},
		{"in gzip, inside a larger file", "plain", wrote("blob", func(a string) []byte {
			return append(append(noise(5000), gz([]byte(strings.Repeat("to="+a+" ", 50)))...), noise(5000)...)
		})},
		{"base64 after one byte", "base64", wrote("token", func(a string) []byte {
			return []byte(base64.StdEncoding.EncodeToString([]byte("\x01" + a + "\x02")))
		})},
		{"base64 after two bytes, wrapped as mail does", "base64, line breaks taken out", wrote("mail", func(a string) []byte {
			text := base64.StdEncoding.EncodeToString([]byte("\x01\x01" + a + "\x02"))
			return []byte(text[:20] + "\r\n" + text[20:])
		})},
		{"UTF-16", "UTF-16LE", wrote("utf16", func(a string) (b []byte) {
			for _, u := range utf16.Encode([]rune(a)) {
				b = append(b, byte(u), byte(u>>8))
			}
			return b
		})},
		{"hex", "hex, upper-case", wrote("hex", func(a string) []byte { return []byte(strings.ToUpper(hex.EncodeToString([]byte(a)))) })},
		{"quoted-printable over lines", "quoted-printable, soft line breaks taken out", wrote("qp", func(a string) []byte {
			var b bytes.Buffer
			w := quotedprintable.NewWriter(&b)
			_, _ = io.WriteString(w, strings.Repeat("x", 60)+a)
			_ = w.Close()
			return b.Bytes()
		})},
		{"JSON escaped", "JSON", wrote("json", func(a string) []byte {
			var b strings.Builder
			for _, r := range a {
				if r < 0x80 {
					b.WriteRune(r)
				} else {
					fmt.Fprintf(&b, `\u%04x`, r)
				}
			}
			return []byte(`{"to":"` + b.String() + `"}`)
		})},
		{"over the border of what is read at once", "plain", wrote("image", func(a string) []byte {
			b := noise(3 * chunk)
			copy(b[chunk-len(a)/2:], a)
			return b
		})},
		{"unsalted hash, in hex", "SHA-256 (another form)", wrote("hash", func(a string) []byte {
			return fmt.Appendf(nil, "%x", sha256.Sum256([]byte(Folded(a))))
		})},
		{"in a file's name", "plain (lower case)", func(dir, a string) (func() error, error) {
			return nil, os.WriteFile(filepath.Join(dir, "cache-"+strings.ToLower(a)+".tmp"), nil, 0o600)
		}},
		{"in a zip", "plain", wrote("backup", func(a string) []byte {
			var b bytes.Buffer
			z := zip.NewWriter(&b)
			if w, err := z.Create("inner.txt"); err == nil {
				_, _ = io.WriteString(w, strings.Repeat("the same line\n", 20)+a)
			}
			_ = z.Close()
			return append(noise(100), b.Bytes()...)
		})},
		{"in zlib inside gzip", "plain", wrote("nested", func(a string) []byte {
			var b bytes.Buffer
			w := zlib.NewWriter(&b)
			_, _ = io.WriteString(w, strings.Repeat("the same line\n", 20)+a)
			_ = w.Close()
			return gz(append([]byte("head"), b.Bytes()...))
		})},
		{"percent-encoded", "URL query", wrote("access", func(a string) []byte { return []byte("GET /mine?to=" + url.QueryEscape(a)) })},
	}
}

// noise is bytes that hold nothing, the same at each run.
func noise(n int) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(b)
	return b
}

func gz(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}
