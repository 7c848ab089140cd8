package journey

import (
	"bytes"
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// seizer is somebody who has every file, the unlock secret, and a list of addresses to try; and who knows this program.
type seizer struct {
	u      []byte // the secret
	letter string // id, as hex
	days   map[uint32][]byte
	files  map[string][]byte

	heads []uint64 // first eight bytes of whatever in the files could be random, in their order; made when it is needed
	sift  sieve    // the same, roughly
}

// seizes takes everything: the folders of the installation, the secret's folder and what is beside it, and the database server's folder.
func (s *site) seizes(t testing.TB, letter string) *seizer {
	t.Helper()
	z := &seizer{letter: letter, days: map[uint32][]byte{}, files: map[string][]byte{}}
	dirs := []string{s.data, s.home, s.temp, s.logs, s.keys}
	if s.pg != nil {
		dirs = append(dirs, s.pg.DataDir)
		d := s.rows(t)
		_, err := d.Exec("CHECKPOINT") // what is in its memory only is on the disk too
		must(t, err)
		must(t, d.Close())
	}
	for _, dir := range dirs {
		must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			z.files[path], err = os.ReadFile(path)
			return err
		}))
	}
	fields := strings.Fields(string(z.files[s.secret()]))
	var err error
	z.u, err = base64.StdEncoding.DecodeString(fields[len(fields)-1])
	must(t, err)
	d := s.rows(t)
	defer d.Close()
	rows, err := d.Query("SELECT day, wrapped FROM day_key")
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var day int64
		var wrapped []byte
		must(t, rows.Scan(&day, &wrapped))
		key, err := gcm(z.derived("wrap", z.u)).Open(nil, nil, wrapped, fmt.Appendf(nil, "day key %d", day))
		must(t, err) // the secret opens it: the attack knows the program
		z.days[uint32(day)] = key
	}
	must(t, rows.Err())
	if len(z.days) == 0 {
		t.Fatal("there is no key of a day")
	}
	return z
}

// only is the same seizer with these files.
func (z *seizer) only(files map[string][]byte) *seizer {
	return &seizer{u: z.u, letter: z.letter, days: z.days, files: files}
}

func (z *seizer) size() (n int) {
	for _, b := range z.files {
		n += len(b)
	}
	return n
}

// derived is a key as the program makes those that need no salt.
func (z *seizer) derived(purpose string, from []byte) []byte {
	key, err := hkdf.Key(sha256.New, from, nil, "outcry "+purpose, 32)
	if err != nil {
		panic(err) // only for lengths we don't ask for
	}
	return key
}

func gcm(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	a, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err)
	}
	return a
}

// windows calls fn with the 32 bytes at each place that could be random: where no byte occurs six times, as it does in one of a million keys.
func windows(b []byte, fn func(w []byte)) {
	var seen [256]byte
	often := 0
	for i, x := range b {
		if seen[x]++; seen[x] == 6 {
			often++
		}
		if i >= 32 {
			out := b[i-32]
			if seen[out]--; seen[out] == 5 {
				often--
			}
		}
		if i >= 31 && often == 0 {
			fn(b[i-31 : i+1])
		}
	}
}

// sieve tells quickly whether a word may be in a set.
type sieve []uint64

func newSieve() sieve { return make(sieve, 1<<26/64) }
func (s sieve) at(x uint64) (word, bit uint64) {
	h := x * 0x9e3779b97f4a7c15 >> 38
	return h / 64, 1 << (h % 64)
}
func (s sieve) add(x uint64) { w, b := s.at(x); s[w] |= b }
func (s sieve) may(x uint64) bool {
	w, b := s.at(x)
	return s[w]&b != 0
}

// spread runs do over the files, a piece a time, on all processors; pieces overlap by 31 bytes.
func spread(files map[string][]byte, do func(b []byte)) {
	work := make(chan []byte, 64)
	var wg sync.WaitGroup
	for range runtime.NumCPU() {
		wg.Go(func() {
			for b := range work {
				do(b)
			}
		})
	}
	const size = 1 << 18
	for _, b := range files {
		for at := 0; at < len(b); at += size {
			work <- b[at:min(len(b), at+size+31)]
		}
	}
	close(work)
	wg.Wait()
}

func (z *seizer) sort() {
	if z.sift != nil {
		return
	}
	z.sift = newSieve()
	var mu sync.Mutex
	spread(z.files, func(b []byte) {
		var mine []uint64
		windows(b, func(w []byte) { mine = append(mine, binary.LittleEndian.Uint64(w)) })
		mu.Lock()
		defer mu.Unlock()
		z.heads = append(z.heads, mine...)
	})
	slices.Sort(z.heads)
	for _, h := range z.heads {
		z.sift.add(h)
	}
}

// byShare tries each 32 bytes of some files as the letter's share: with the secret it makes the pepper, and looks for the tags of the addresses, as
// bytes, in all files. It returns those it finds, and how many windows it tried.
func (z *seizer) byShare(t testing.TB, from map[string][]byte, folded []string) (found []string, tried int) {
	t.Helper()
	z.sort()
	var mu sync.Mutex
	spread(from, func(b []byte) {
		info := append([]byte("outcry pepper "+z.letter), 1)
		extract := &trial{append(make([]byte, 64), z.u...), make([]byte, 96)}
		expand := &trial{append(make([]byte, 64), info...), make([]byte, 96)}
		tags := make([]*trial, len(folded))
		for i, a := range folded {
			tags[i] = newTrial(a)
		}
		n := 0
		windows(b, func(w []byte) {
			n++
			prk := extract.under(w)
			pepper := expand.under(prk[:])
			for i, x := range tags {
				tag := x.under(pepper[:])
				head := binary.LittleEndian.Uint64(tag[:])
				if !z.sift.may(head) {
					continue
				}
				if _, ok := slices.BinarySearch(z.heads, head); ok && z.holds(tag[:]) {
					mu.Lock()
					found = append(found, folded[i])
					mu.Unlock()
				}
			}
		})
		mu.Lock()
		tried += n
		mu.Unlock()
	})
	slices.Sort(found)
	return slices.Compact(found), tried
}

func (z *seizer) holds(b []byte) bool {
	for _, file := range z.files {
		if bytes.Contains(file, b) {
			return true
		}
	}
	return false
}

// purposes are those for which the program derives keys of what the seizer has.
func (z *seizer) purposes() (keys [][]byte) {
	keys = [][]byte{z.u}
	for _, purpose := range []string{"wrap", "pepper", "pepper " + z.letter, "pepper box", "withdraw", "audit"} {
		keys = append(keys, z.derived(purpose, z.u))
	}
	for _, day := range z.days {
		keys = append(keys, day, z.derived("day box", day), z.derived("day code", day))
	}
	return keys
}

// byHash looks for what anybody could make of each address: a plain hash, or one under any key that follows from the secret; as bytes, hex and base64.
func (z *seizer) byHash(addresses []string) (found []string) {
	type pattern struct {
		head, tail uint64
		address    int
	}
	keys := z.purposes()
	var patterns []pattern
	sift := newSieve()
	for i, a := range addresses {
		framed := append(binary.BigEndian.AppendUint32(nil, uint32(len(a))), a...)
		plain := sha256.Sum256([]byte(a))
		sums := [][]byte{plain[:]}
		for _, key := range keys {
			sums = append(sums, newHMAC(key, a), newHMAC(key, string(framed)))
		}
		for _, sum := range sums {
			for _, text := range [][]byte{sum, []byte(hex.EncodeToString(sum)), []byte(base64.StdEncoding.EncodeToString(sum))} {
				p := pattern{binary.LittleEndian.Uint64(text), binary.LittleEndian.Uint64(text[8:]), i}
				patterns = append(patterns, p)
				sift.add(p.head)
			}
		}
	}
	slices.SortFunc(patterns, func(a, b pattern) int { return cmp.Or(cmp.Compare(a.head, b.head), cmp.Compare(a.tail, b.tail)) })
	var mu sync.Mutex
	spread(z.files, func(b []byte) {
		for i := 0; i+16 <= len(b); i++ {
			head := binary.LittleEndian.Uint64(b[i:])
			if !sift.may(head) {
				continue
			}
			tail := binary.LittleEndian.Uint64(b[i+8:])
			at, ok := slices.BinarySearchFunc(patterns, pattern{head: head, tail: tail}, func(a, b pattern) int { return cmp.Or(cmp.Compare(a.head, b.head), cmp.Compare(a.tail, b.tail)) })
			if ok {
				mu.Lock()
				found = append(found, addresses[patterns[at].address])
				mu.Unlock()
			}
		}
	})
	slices.Sort(found)
	return slices.Compact(found)
}

// newHMAC is HMAC-SHA256 of a text.
func newHMAC(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// mailSealed is how long a queued mail is behind its day: a nonce, the letter's id, a box under the letter's pepper, and the mark of AES-GCM
// (internal/feature/letter/jobs.go).
const mailSealed = 12 + 16 + 12 + 385 + 16 + 16

// byDay opens whatever is left of queued mails: sealed under the key of a day, which the secret opens as long as the day's row is there, and inside
// that under the pepper of their letter, which it opens as long as the share is there. It returns the addresses found, and how many opened first.
func (z *seizer) byDay(t testing.TB, addresses []string) (found []string, opened int) {
	t.Helper()
	var inner cipher.AEAD
	for path, share := range z.files {
		if filepath.Base(path) == z.letter && len(share) == 32 {
			pepper, err := hkdf.Key(sha256.New, z.u, share, "outcry pepper "+z.letter, 32)
			must(t, err)
			inner = gcm(z.derived("pepper box", pepper))
		}
	}
	for day, key := range z.days {
		box := gcm(z.derived("day box", key))
		mark := binary.BigEndian.AppendUint32(nil, day)
		for _, b := range z.files {
			for at := 0; ; {
				n := bytes.Index(b[at:], mark)
				if n < 0 {
					break
				}
				at += n + 1
				if at+3+mailSealed > len(b) {
					break
				}
				plain, err := box.Open(nil, nil, b[at+3:at+3+mailSealed], []byte("queued mail"))
				if err != nil {
					continue
				}
				opened++
				if inner != nil {
					if more, err := inner.Open(nil, nil, plain[16:], []byte("queued mail")); err == nil {
						plain = append(plain, more...)
					}
				}
				for _, a := range addresses {
					if bytes.Contains(plain, []byte(a)) {
						found = append(found, a)
					}
				}
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found), opened
}

// rate tells how fast something went.
func rate(n int, began time.Time) string {
	took := time.Since(began)
	return fmt.Sprintf("%d in %v, %.0f a second", n, took.Round(time.Millisecond), float64(n)/took.Seconds())
}
