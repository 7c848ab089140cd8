package seizure

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var value = Address("7319")

func scanner(t testing.TB, canaries ...Canary) *Scanner {
	t.Helper()
	if len(canaries) == 0 {
		canaries = []Canary{{Name: "the address", Value: value}}
	}
	s, err := New(canaries...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// Each leak is found, by the encoding that it names; else a scan that finds nothing proves nothing.
func TestEachLeakIsFound(t *testing.T) {
	s := scanner(t, Canary{Name: "the address", Value: value, Also: []string{Folded(value)}}, Canary{Name: "another", Value: "nowhere-to-be-found"})
	if n := len(Leaks()); n < 13 {
		t.Errorf("there are %d leaks only", n)
	}
	for _, leak := range Leaks() {
		t.Run(leak.Name, func(t *testing.T) {
			dir := t.TempDir()
			end, err := leak.Plant(dir, value)
			if err != nil {
				t.Fatal(err)
			}
			if end != nil {
				defer end()
			}
			hits, err := s.Scan(dir)
			if err != nil {
				t.Fatal(err)
			}
			found := false
			for _, h := range hits {
				found = found || h.Encoding == leak.Encoding && h.Canary == "the address"
				if h.Canary != "the address" {
					t.Errorf("found what is not there: %s", h)
				}
			}
			if !found {
				t.Errorf("not found as %s; the hits are:\n%s", leak.Encoding, Report(hits))
			}
		})
	}
}

// Every encoding of every canary is found at its place, wherever a border of reading falls.
func TestEachEncodingIsFound(t *testing.T) {
	defer func(n int) { chunk = n }(chunk)
	chunk = 1
	s := scanner(t, Canary{Name: "a", Value: value}, Canary{Name: "b", Value: "+7 921 555-73-19"})
	per := map[int]int{}
	for _, p := range s.patterns {
		per[p.canary]++
		at := rand.IntN(40000)
		b := noise(50000)
		copy(b[at:], p.bytes)
		hits, err := s.ScanBytes("b", b)
		if err != nil {
			t.Fatal(err)
		}
		ok := false
		for _, h := range hits {
			ok = ok || h.Offset == int64(at) && h.Canary == s.canaries[p.canary].Name && h.Encoding == p.encoding && h.Times == 1
		}
		if !ok {
			t.Errorf("%s at %d is not found; the hits are:\n%s", p.encoding, at, Report(hits))
		}
	}
	for i, n := range per {
		if n < 60 {
			t.Errorf("canary %d is searched for in %d ways only", i, n)
		}
	}
}

func TestNothingIsFoundInCleanData(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "noise"), noise(4<<20))
	write(t, filepath.Join(dir, "text"), []byte(strings.Repeat("Agata and Zurawska signed at example, 7319 others too\r\n", 5000)))
	write(t, filepath.Join(dir, "packed.gz"), gz([]byte(strings.Repeat("agata.zurawska@example\n", 5000))))
	write(t, filepath.Join(dir, "empty"), nil)
	salted := sha256.Sum256([]byte("a salt" + value))
	write(t, filepath.Join(dir, "salted"), []byte(hex.EncodeToString(salted[:])))
	hits, err := scanner(t).Scan(dir)
	if err != nil || len(hits) > 0 {
		t.Errorf("%v\n%s", err, Report(hits))
	}
}

func TestFindsAreCounted(t *testing.T) {
	b := append(noise(2*chunk), []byte(value)...)
	copy(b[7:], value)
	copy(b[chunk:], value)
	hits, err := scanner(t).ScanBytes("b", b)
	if err != nil || len(hits) != 1 || hits[0] != (Hit{"b", 7, "the address", "plain", 3}) {
		t.Errorf("%v\n%s", err, Report(hits))
	}
}

func TestWrappedTextIsFoundAtItsPlace(t *testing.T) {
	s := scanner(t)
	for _, c := range []struct{ text, encoding string }{
		{"to " + value[:9] + "\r\n" + value[9:], "plain, line breaks taken out"},
		{"to " + value[:9] + "\n\n\n" + value[9:20] + "\r\n\t" + value[20:], "plain, line breaks taken out"},
		{"to " + value[:9] + `\r\n` + value[9:], "plain, written-out line breaks taken out"},
		{"to " + value[:9] + "=\n" + value[9:], "plain, soft line breaks taken out"},
		{"\n\nx" + value[:9] + "\r\n" + value[9:], "plain, line breaks taken out"},
	} {
		hits, _ := s.ScanBytes("b", []byte(c.text))
		if len(hits) != 1 || hits[0].Encoding != c.encoding || hits[0].Offset != 3 {
			t.Errorf("%q: want %s at 3, have:\n%s", c.text, c.encoding, Report(hits))
		}
	}
}

func TestTooLongIsAnError(t *testing.T) {
	s := scanner(t)
	s.Unpacked = 1 << 16
	if _, err := s.ScanBytes("b", gz(make([]byte, 1<<20))); err == nil {
		t.Error("a stream longer than the limit was passed over in silence")
	}
	if _, err := New(Canary{Name: "short", Value: "abc"}); err == nil {
		t.Error("a canary of three bytes was taken")
	}
	if _, err := s.Scan(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a folder that is not there was searched")
	}
}

// The process to search is this test binary again: it builds its secret from halves, so that it is not in the binary's own text.
func TestProcessMemory(t *testing.T) {
	if half := os.Getenv("SEIZURE_TEST_HALF"); half != "" {
		secret := []byte("held-in-memory-" + half)
		fmt.Println("ready")
		time.Sleep(time.Minute)
		fmt.Println(len(secret), string(secret))
		return
	}
	if _, err := os.Stat("/proc/self/mem"); err != nil {
		t.Skip("this system shows no process memory in /proc")
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^TestProcessMemory$")
	cmd.Env = append(os.Environ(), "SEIZURE_TEST_HALF=77315")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	if _, err := out.Read(make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	s := scanner(t, Canary{Name: "held", Value: strings.Join([]string{"held-in-memory", "77315"}, "-")}, Canary{Name: "absent", Value: strings.Repeat("never-there", 2)})
	hits, err := s.ScanProcess(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	held := false
	for _, h := range hits {
		held = held || h.Canary == "held" && h.Encoding == "plain"
		if h.Canary == "absent" {
			t.Errorf("found what is not there: %s", h)
		}
	}
	if !held {
		t.Errorf("not found; the hits are:\n%s", Report(hits))
	}
}

// 20 values in all encodings over data that is half noise and half text.
func BenchmarkScan(b *testing.B) {
	var canaries []Canary
	for i := range 20 {
		canaries = append(canaries, Canary{Name: fmt.Sprint(i), Value: fmt.Sprintf("signer.%d.%x@example.org", i, noise(4))})
	}
	s := scanner(b, canaries...)
	data := append(noise(4<<20), bytes.Repeat([]byte("2026-11-02 level=INFO msg=\"a signer at example.org did sign\" n=1\n"), 1<<16)...)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if hits, err := s.ScanBytes("b", data); err != nil || len(hits) > 0 {
			b.Fatal(err, hits)
		}
	}
}
