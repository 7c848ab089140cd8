package journey

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// trial is HMAC-SHA256 of one short message under many keys of 32 bytes, without the cost of an object for each.
type trial struct {
	inner, outer []byte // the key's place, 64 bytes, then what is hashed behind it
}

func newTrial(folded string) *trial {
	message := binary.BigEndian.AppendUint32(nil, uint32(len(folded)))
	return &trial{append(make([]byte, 64), append(message, folded...)...), make([]byte, 64+32)}
}

func (x *trial) under(key []byte) [32]byte {
	for i := range 64 {
		var k byte
		if i < len(key) {
			k = key[i]
		}
		x.inner[i], x.outer[i] = k^0x36, k^0x5c
	}
	sum := sha256.Sum256(x.inner)
	copy(x.outer[64:], sum[:])
	return sha256.Sum256(x.outer)
}

// attack is somebody who has the disk, and a list of addresses: each 32 bytes of what is on the disk are tried as the key under which
// addresses stand in the tables. It returns those it finds there.
func attack(files map[string][]byte, tags map[[32]byte]bool, list []string) (found []string) {
	type piece struct{ b []byte }
	work := make(chan piece, 64)
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range runtime.NumCPU() {
		wg.Go(func() {
			trials := make([]*trial, len(list))
			for i, a := range list {
				trials[i] = newTrial(a)
			}
			for p := range work {
				for at := 0; at+32 <= len(p.b); at++ {
					for i, x := range trials {
						if tags[x.under(p.b[at:at+32])] {
							mu.Lock()
							found = append(found, list[i])
							mu.Unlock()
						}
					}
				}
			}
		})
	}
	const size = 1 << 16
	for _, b := range files {
		for at := 0; at < len(b); at += size {
			work <- piece{b[at:min(len(b), at+size+31)]}
		}
	}
	close(work)
	wg.Wait()
	return found
}

// seized is the disk as the attacker has it: the data folder and, of a PostgreSQL server, the files of our tables.
func (s *site) seized(t testing.TB) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	must(t, filepath.WalkDir(s.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		files[path], err = os.ReadFile(path)
		return err
	}))
	if s.pg == nil {
		return files
	}
	d := s.rows(t)
	defer d.Close()
	rows, err := d.Query("SELECT pg_relation_filepath(oid) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')")
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var path string
		must(t, rows.Scan(&path))
		path = filepath.Join(s.pg.DataDir, path)
		files[path], err = os.ReadFile(path)
		must(t, err)
	}
	must(t, rows.Err())
	if prove {
		segments, err := filepath.Glob(filepath.Join(s.pg.DataDir, "pg_wal", "0*"))
		must(t, err)
		for _, path := range segments {
			files[path], err = os.ReadFile(path)
			must(t, err)
		}
	}
	return files
}

// pepperKey makes the key of a letter's tags as the program does, of what is not on the disk: the secret and the share beside it.
func (s *site) pepperKey(t testing.TB, letter string) []byte {
	t.Helper()
	text, err := os.ReadFile(s.secret())
	must(t, err)
	fields := strings.Fields(string(text))
	u, err := base64.StdEncoding.DecodeString(fields[len(fields)-1])
	must(t, err)
	share, err := os.ReadFile(filepath.Join(s.secret()+".shares", letter))
	must(t, err)
	key, err := hkdf.Key(sha256.New, u, share, "outcry pepper "+letter, 32)
	must(t, err)
	return key
}

// tags are those in the tables.
func (s *site) tags(t testing.TB) map[[32]byte]bool {
	t.Helper()
	d := s.rows(t)
	defer d.Close()
	rows, err := d.Query("SELECT tag FROM letter_signature WHERE tag IS NOT NULL")
	must(t, err)
	defer rows.Close()
	tags := map[[32]byte]bool{}
	for rows.Next() {
		var tag []byte
		must(t, rows.Scan(&tag))
		tags[[32]byte(tag)] = true
	}
	must(t, rows.Err())
	return tags
}

// keyLike is what in the rows and of the files could be taken for a key: each value that is as long, each part of a wrapped one, the hash of each file.
func (s *site) keyLike(t testing.TB, files map[string][]byte) map[string][]byte {
	t.Helper()
	keys := map[string][]byte{}
	for path, b := range files {
		sum := sha256.Sum256(b)
		keys[path] = sum[:]
	}
	d := s.rows(t)
	defer d.Close()
	for _, column := range []string{"day_key wrapped", "log_key wrapped", "log_state root", "log_entry ref", "log_queue ref", "letter_signature lock", "letter_signature tag",
		"letter_signature link_hash", "letter_used token_hash", "letter_text sha", "letter_name salt", "letter id", "letter campaign", "news sealed"} {
		table, name, _ := strings.Cut(column, " ")
		rows, err := d.Query("SELECT " + name + " FROM " + table + " WHERE " + name + " IS NOT NULL")
		must(t, err)
		for n := 0; rows.Next(); n++ {
			var b []byte
			must(t, rows.Scan(&b))
			if len(b) < 32 {
				b = append(b, make([]byte, 32-len(b))...)
			}
			if !strings.HasSuffix(name, "wrapped") { // else all its parts are tried
				b = b[:32]
			}
			keys[fmt.Sprint(column, n)] = b
		}
		must(t, rows.Err())
		must(t, rows.Close())
	}
	return keys
}
