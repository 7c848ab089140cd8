package receipt

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"
)

// What these targets are given, anybody may write: a server that lies, a file from a mail. Each asks for more than that nothing breaks.

// still are pages that a site answers with, whatever its log is.
type still map[string][]byte

func (p still) RoundTrip(r *http.Request) (*http.Response, error) {
	body, ok := p[r.URL.Path]
	res := &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body)), Request: r}
	if !ok {
		res.StatusCode = http.StatusNotFound
	}
	return res, nil
}

// shown fails on what would do something to a terminal it is printed on.
func shown(t *testing.T, words string) {
	t.Helper()
	if strings.ContainsFunc(words, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
		t.Fatalf("control characters are told: %q", words)
	}
}

// What is signed as a checkpoint is read as the one spelling of its size and root; what is not signed is never read.
func FuzzOpenCheckpoint(f *testing.F) {
	key := mustKey(f, testVKey)
	l := offlineLog(3)
	note := string(l.checkpoint(3))
	text, sigs, _ := strings.Cut(note, "\n\n")
	f.Add(text+"\n", []byte(note))
	f.Add(text+"\nan extension\n", []byte(note+"— witness.example "+strings.Repeat("A", 96)+"\n"))
	f.Add(key.Origin()+"\n0\n"+tlog.Hash{}.String()+"\n", []byte(strings.ToUpper(note)))
	f.Add("other.example/log\n1\n"+tlog.Hash{}.String()+"\n", []byte("\n\n"+sigs))
	f.Add(key.Origin()+"\n01\n"+tlog.Hash{}.String()+"\n", []byte(text+"\n\n"+sigs+sigs))
	f.Fuzz(func(t *testing.T, text string, raw []byte) {
		if tree, err := OpenCheckpoint(raw, key); err != nil {
			faultOf(t, err)
		} else if tree != l.tree(3) {
			t.Fatalf("%q, which nobody signed, opens as %v", raw, tree)
		}
		signed, err := sign(testKey(0), key.Origin(), text)
		if err != nil {
			return // no note has this text
		}
		tree, err := OpenCheckpoint(signed, key)
		if err != nil {
			shown(t, faultOf(t, err).Message)
			return
		}
		again, err := SignCheckpoint(testKey(0), key.Origin(), tree)
		if err != nil || tree.N < 0 {
			t.Fatalf("%q opens as %v, which can't be signed: %v", text, tree, err)
		}
		if head, _, _ := strings.Cut(string(again), "\n\n"); !strings.HasPrefix(text, head+"\n") {
			t.Fatalf("%q opens as %q", text, head)
		}
		for _, open := range []func() error{
			func() error { _, err := OpenPromise(signed, key); return err }, func() error { _, err := OpenCertificate(signed, key); return err },
		} {
			if open() == nil {
				t.Fatalf("the checkpoint %q opens as something else", text)
			}
		}
	})
}

// What is signed as a promise is read in its one spelling.
func FuzzPromiseText(f *testing.F) {
	key := mustKey(f, testVKey)
	goldenText, _, _ := strings.Cut(goldenPromise, "\n\n")
	f.Add(goldenText + "\n")
	f.Add(promiseHead + "\n" + key.Origin() + "\n" + tlog.Hash{}.String() + "\n0000-01-01T00:00:00Z\n")
	f.Add(promiseHead + "\n" + key.Origin() + "\n" + tlog.Hash{}.String() + "\n2026-11-22T14:21:00+00:00\n")
	f.Fuzz(func(t *testing.T, text string) {
		signed, err := sign(testKey(0), promiseName(key.Origin()), text)
		if err != nil {
			return
		}
		p, err := OpenPromise(signed, key)
		if err != nil {
			faultOf(t, err)
			return
		}
		again, err := SignPromise(testKey(0), p)
		if err != nil || !bytes.Equal(again, signed) {
			t.Fatalf("%q opens as %+v, and is signed as %q, %v", text, p, again, err)
		}
	})
}

// One key has one spelling.
func FuzzParseKey(f *testing.F) {
	for _, s := range []string{testVKey, " " + testVKey + "\n", "letters.example/log+12c8b941+", "a+b+c", "PRIVATE+KEY+letters.example/log+12c8b941+AAAA", testVKey + "\n" + testVKey} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		k, err := ParseKey(text)
		if err != nil {
			return
		}
		if k.String() != strings.TrimSpace(text) || k.Origin() == "" || strings.ContainsFunc(k.Origin(), unicode.IsSpace) {
			t.Fatalf("%q is read as %q of %q", text, k, k.Origin())
		}
		if again, err := NewKey(k.Origin(), k.public[:]); err != nil || again != k {
			t.Fatalf("%q has another spelling: %q, %v", text, again, err)
		}
		for _, other := range []string{k.PromiseKey(), k.CertificateKey()} {
			if sub, err := ParseKey(other); err != nil || sub == k || !strings.HasPrefix(sub.Origin(), k.Origin()+"/") {
				t.Fatalf("%q has the key %q beside it: %v", text, other, err)
			}
		}
	})
}

// An origin leads to the site it came of, and to no other name.
func FuzzOrigin(f *testing.F) {
	for _, s := range []string{"https://letters.example", "http://127.0.0.1:8080/", "https://[2001:db8::1]:8443", "https://committee.example/Letters//", "https://committee.example/a%20b",
		"https://x/%2f..", "https://x:0443", "https://[::1%25eth0]/", "https://x/a;b", "HTTPS://X.EXAMPLE"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, url string) {
		origin, err := Origin(url)
		if err != nil {
			return
		}
		name, ok := strings.CutSuffix(origin, "/log")
		if !ok || name == "" || strings.ContainsFunc(origin, func(r rune) bool { return r <= ' ' || r > '~' || r == '+' }) {
			t.Fatalf("%q has the origin %q", url, origin)
		}
		scheme := "https://"
		if strings.HasPrefix(strings.ToLower(url), "http:") {
			scheme = "http://"
		}
		if again, err := Origin(scheme + name); err != nil || again != origin {
			t.Fatalf("%q has the origin %q, which leads to %q: %v", url, origin, again, err)
		}
		if _, err := NewKey(origin, make([]byte, 32)); err != nil {
			t.Fatalf("%q has the origin %q, which no key can have: %v", url, origin, err)
		}
	})
}

// FuzzNames are the names of bytes and the hex of hashes: each is read back exactly as it is written, and a refused one changes nothing.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"email", "held", "not theirs", "not-theirs", "asked by mailbox", "7", "007", "256", "-1", "+1", "paper", strings.Repeat("0a", 16), strings.Repeat("0A", 32), strings.Repeat("ff", 32)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, what := range []interface {
			UnmarshalText([]byte) error
			MarshalText() ([]byte, error)
		}{new(Assurance), new(Reason), new(ReportKind), new(Campaign), new(Letter), new(Manifest), new(Lock), new(Line), new(Fingerprint)} {
			before, _ := what.MarshalText()
			err := what.UnmarshalText(text)
			after, _ := what.MarshalText()
			if want := map[bool][]byte{true: text, false: before}[err == nil]; !bytes.Equal(after, want) {
				t.Fatalf("%T takes %q for %q: %v", what, text, after, err)
			}
		}
		if r, err := ParseReason(string(text)); err == nil && (!slices.Contains(CommitteeReasons(), r) || strings.ReplaceAll(string(text), "-", " ") != r.String()) {
			t.Fatalf("%q is taken for the reason %s", text, r)
		}
	})
}

// What is remembered is what was remembered, whatever became of the file; and a file from elsewhere finds no key but its own log's.
func FuzzRemembered(f *testing.F) {
	key := mustKey(f, testVKey)
	l := offlineLog(20)
	good, err := json.Marshal(memory{Origin: key.Origin(), Key: key, Checkpoint: string(l.checkpoint(20))})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, l.proof(3, 20))
	f.Add(bytes.Replace(good, []byte("20"), []byte("21"), 1), []byte(goldenPromise))
	f.Add([]byte(`{"origin":"letters.example/log","key":"","checkpoint":""}`), []byte("outcry certificate v1\nletters.example/log\n"))
	f.Add([]byte("{}"), []byte("../../x\n\n"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, kept, file []byte) {
		if err := os.WriteFile(memoryPath(dir, key.Origin()), kept, 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := recall(dir, key.Origin())
		if err != nil {
			if errors.As(err, new(*Fault)) {
				t.Fatalf("a file of our own is the log's fault: %v", err)
			}
		} else if m == nil {
			t.Fatal("what can't be read is taken for a first sight")
		} else if m.Origin != key.Origin() || m.Key == key && m.tree != l.tree(20) {
			t.Fatalf("%q is recalled as %+v", kept, m)
		}
		if k, err := RememberedKey(dir, file); err == nil && (m == nil || k != m.Key) {
			t.Fatalf("%q finds the key %s", file, k)
		}
	})
}

// Numbers of a site are shown as they are, and what differs from the log's in any of them is found.
func FuzzLetters(f *testing.F) {
	l := offlineLog(300)
	honest, err := json.Marshal(l.published(300))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(honest)
	f.Add(bytes.Replace(honest, []byte(`"counted":`), []byte(`"counted":1`), 1))
	f.Add(bytes.Replace(honest, []byte(`"by_version":{`), []byte(`"by_version":{"3":0,`), 1))
	f.Add([]byte(`{"origin":"letters.example/log","letters":[{},{}]}`))
	f.Add([]byte(`{"size":1e3}`))
	var tally Tally
	for _, e := range l.entries {
		if err := tally.Add(e); err != nil {
			f.Fatal(err)
		}
	}
	counts := tally.Letters()
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &recount{site: &site{client: &http.Client{Transport: still{"/letters.json": data}}, base: "https://letters.example", pause: sleep}, report: Report{Origin: l.origin}}
		if err := r.numbers(t.Context()); err != nil {
			shown(t, faultOf(t, err).Message)
			return
		}
		for _, c := range r.published.Letters {
			shown(t, c.Case+c.Slug)
			if strings.Contains(c.Case+c.Slug, "\n") {
				t.Fatalf("a name has lines: %q", c.Case+c.Slug)
			}
		}
		if err := compare(counts, r.published); err != nil {
			shown(t, faultOf(t, err).Message)
			return
		}
		for i := range r.published.Letters {
			if at := slices.IndexFunc(counts, func(c Count) bool { return c.ID == r.published.Letters[i].ID }); at < 0 || counts[at].Counted != r.published.Letters[i].Counted {
				t.Fatalf("taken for the log's own: %+v", r.published.Letters[i])
			}
		}
	})
}

// FuzzRecount is a site of which one file is anything at all: what it says is found to hold only if it is what the log says.
func FuzzRecount(f *testing.F) {
	l := offlineLog(259).add(closeEntry(letterA))
	l.texts = map[string][]byte{certificateA: signed(f, l, certificateFor(l, letterA, l.size()))}
	paths := []string{"/log/checkpoint", "/letters.json", certificateA}
	for _, text := range []struct {
		id      Letter
		version uint16
	}{{letterA, 1}, {letterA, 2}, {letterB, 1}} {
		path := fmt.Sprintf("/letters/%s/%d.txt", text.id, text.version)
		l.texts[path], paths = manifestOf(text.id, text.version), append(paths, path)
	}
	paths = append(paths, "/log/tile/0/000", "/log/tile/0/001.p/4",
		"/log/tile/1/000.p/1", "/log/tile/entries/000", "/log/tile/entries/001.p/4")
	pages, honest := still{}, &testSite{log: l, size: l.size(), publishedSize: l.size()}
	for i, path := range paths {
		body, code := honest.answer(path)
		if code != http.StatusOK {
			f.Fatalf("%s: %d", path, code)
		}
		pages[path] = body
		f.Add(byte(i), body)
		f.Add(byte(i), body[:len(body)/2])
		f.Add(byte(i), append(bytes.Clone(body), body...))
	}
	recounted := func(t testing.TB, p still) (*Report, error) {
		return Recount(t.Context(), Options{URL: "https://letters.example", Key: l.key(), Client: &http.Client{Transport: p},
			pause: func(context.Context, time.Duration) error { return nil }})
	}
	want, err := recounted(f, pages)
	if err != nil || len(want.Certificates) != 1 {
		f.Fatalf("the honest site: %+v, %v", want, err)
	}
	f.Fuzz(func(t *testing.T, which byte, body []byte) {
		path := paths[int(which)%len(paths)]
		lies := maps.Clone(pages)
		lies[path] = body
		began := time.Now()
		got, err := recounted(t, lies)
		if took := time.Since(began); took > 5*time.Second {
			t.Fatalf("%s of %d bytes holds a reader up for %v", path, len(body), took)
		}
		if err != nil {
			fault := faultOf(t, err)
			shown(t, fault.Message)
			if fault.Kind == FaultUnavailable || fault.Entry != nil && (*fault.Entry < 0 || *fault.Entry >= l.size()) {
				t.Fatalf("%s: %s names %v", path, fault.Kind, fault)
			}
			return
		}
		if path != "/letters.json" && path != "/log/checkpoint" && !bytes.Equal(body, pages[path]) { // those two may be spelled otherwise
			t.Fatalf("%s holds though it was changed: %q", path, body)
		}
		for _, r := range []*Report{want, got} {
			r.Letters = slices.Clone(r.Letters)
			for i := range r.Letters {
				r.Letters[i].Case, r.Letters[i].Slug = "", "" // the log does not hold them
			}
			r.PublishedSize = 0 // older numbers that are true may stand there
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(Key{})); diff != "" {
			t.Fatalf("%s holds, and says otherwise:\n%s", path, diff)
		}
	})
}
