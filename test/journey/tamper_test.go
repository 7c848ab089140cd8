package journey

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"outcry/receipt"
)

// corpus is how many sign the letter of the tests that tamper: enough for a tile above the first level.
const corpus = 300

// gathered is a site with a crowd that has signed, six of which have withdrawn, and three who wait for the next batch of the other letter.
func gathered(t *testing.T, e engine) *site {
	t.Helper()
	s := open(t, e)
	people := s.crowd(corpus, func(i int) string { return fmt.Sprintf("person-%d@mail%d.example", i, i%3) })
	together(t, people[:6], (*signer).withdraw)
	s.grows(texts + corpus + 6)
	return s
}

// lie is something that a server does wrong, and what verify has to find.
type lie struct {
	name  string
	base  string // where it is told
	kind  receipt.FaultKind
	entry int64             // -1: it concerns none
	first receipt.FaultKind // found at first sight without --key; "" stands for kind
	state string            // an auditor's home that remembers; empty: first sight
}

const nothing = receipt.FaultKind("nothing")

// An honest server is content; each kind of lie is found, with its entry, by whoever has the log's key and by whoever has not.
func TestTamper(t *testing.T) {
	t.Parallel()
	s := gathered(t, engine{name: "SQLite"})
	p, real, base := fetch(t, s.base()), s.published(), s.base()
	size := p.tree.N
	home := of(t, real, atOnce)

	past := newAuditor(t) // saw the log as it is now
	past.content(base)
	now := newAuditor(t)
	if r := now.content(base, "--key", p.key); !r.Pinned || r.Size != size || r.PublishedSize != size {
		t.Fatalf("%+v", r)
	}

	bundle, last := "/log/tile/entries/000", fmt.Sprintf("/log/tile/entries/001.p/%d", size-256)
	offset := func(i int) int { // of the same, behind the texts
		at := 0
		for _, e := range p.entries[:i] {
			at += 2 + len(e)
		}
		return at + 2 + 60
	}
	count := fmt.Sprintf(`"counted":%d`, home.Counted)
	older, err := json.Marshal(firstOf(t, p, real, 200))
	must(t, err)
	honestlyOld := liar(t, base, at("/letters.json", func([]byte) []byte { return older }))
	stale := bytes.Replace(older, []byte(`"size":200`), fmt.Appendf(nil, `"size":%d`, size), 1)
	stale = bytes.Replace(stale, firstRoot(t, p, 200), firstRoot(t, p, int(size)), 1)

	seed := make([]byte, 32)
	rand.Read(seed)
	other, own := newForger(t, seed), s.insider(t)
	if own.key.String() != p.key {
		t.Fatal("the secret opens another key")
	}
	without := append(append([][]byte{}, p.entries[:17]...), p.entries[18:]...)
	rewritten := append(append([][]byte{}, without...), p.entries[17], twin(t, p.entries[20]))

	lies := []lie{
		{name: "an entry's byte", base: liar(t, base, at(bundle, flip(offset(17)))), kind: receipt.FaultEntry, entry: 17},
		{name: "a byte of an entry near the end", base: liar(t, base, at(last, flip(14*(2+107)+60))), kind: receipt.FaultEntry, entry: 270},
		{name: "a dropped entry", base: liar(t, base, at(bundle, entries(t, func(l [][]byte) [][]byte { return append(l[:17], l[18:]...) }))), kind: receipt.FaultEntry, entry: 17},
		{name: "swapped entries", base: liar(t, base, at(bundle, entries(t, func(l [][]byte) [][]byte { l[17], l[100] = l[100], l[17]; return l }))), kind: receipt.FaultEntry, entry: 17},
		{name: "an entry too many", base: liar(t, base, at(last, entries(t, func(l [][]byte) [][]byte { return append(l, l[3]) }))), kind: receipt.FaultMalformed, entry: size - 1},
		{name: "a truncated bundle", base: liar(t, base, at(bundle, func(b []byte) []byte { return b[:offset(200)] })), kind: receipt.FaultEntry, entry: 200},
		{name: "a bundle that ends early", base: liar(t, base, at(last, entries(t, func(l [][]byte) [][]byte { return l[:20] }))), kind: receipt.FaultEntry, entry: 276},
		{name: "a bundle that is gone", base: liar(t, base, at(last, gone)), kind: receipt.FaultMissing, entry: 256},
		{name: "a byte of a tile", base: liar(t, base, at("/log/tile/0/000", flip(17*32))), kind: receipt.FaultTile, entry: 17},
		{name: "a short tile", base: liar(t, base, at("/log/tile/0/001", func(b []byte) []byte { return b[:32] })), kind: receipt.FaultTile, entry: 256},
		{name: "an entry and its hash", base: liar(t, base, both(at(bundle, flip(offset(17))), at("/log/tile/0/000", func(b []byte) []byte {
			changed := bytes.Clone(p.entries[17])
			changed[60] ^= 1
			h := receipt.LeafHash(changed)
			return append(append(bytes.Clone(b[:17*32]), h[:]...), b[18*32:]...)
		}))), kind: receipt.FaultTile, entry: 0},
		{name: "a byte of an upper tile", base: liar(t, base, at("/log/tile/1/000", flip(5))), kind: receipt.FaultTile, entry: 0},
		{name: "an upper tile that is gone", base: liar(t, base, at("/log/tile/1/000", gone)), kind: receipt.FaultMissing, entry: 0},
		{name: "an inflated count", base: liar(t, base, at("/letters.json", instead(t, count, fmt.Sprintf(`"counted":%d`, home.Counted+1)))), kind: receipt.FaultCount, entry: -1},
		{name: "withdrawals kept quiet", base: liar(t, base, at("/letters.json", instead(t, `"withdrawn":6`, `"withdrawn":0`))), kind: receipt.FaultCount, entry: -1},
		{name: "another way of confirming", base: liar(t, base, at("/letters.json", instead(t, fmt.Sprintf(`"email":%d`, home.Counted), fmt.Sprintf(`"rehearsal":%d`, home.Counted)))),
			kind: receipt.FaultCount, entry: -1},
		{name: "a stale count under the newest size", base: liar(t, base, at("/letters.json", func([]byte) []byte { return stale })), kind: receipt.FaultCount, entry: -1},
		{name: "a count ahead of the log", base: liar(t, base, at("/letters.json", instead(t, fmt.Sprintf(`"size":%d`, size), fmt.Sprintf(`"size":%d`, size+5)))), kind: receipt.FaultCount, entry: -1},
		{name: "a count of another log", base: liar(t, base, at("/letters.json", instead(t, string(firstRoot(t, p, int(size))), string(firstRoot(t, p, 200))))), kind: receipt.FaultRoot, entry: -1},
		{name: "a count of another site", base: liar(t, base, at("/letters.json", instead(t, origin, "elsewhere.example/log"))), kind: receipt.FaultOrigin, entry: -1},
		{name: "a letter's text", base: liar(t, base, at("/letters/"+home.ID.String(), instead(t, "botanist", "martyr"))), kind: receipt.FaultText, entry: textEntry(t, p, home.ID)},
		{name: "a letter's text that is gone", base: liar(t, base, at("/letters/"+home.ID.String(), gone)), kind: receipt.FaultMissing, entry: textEntry(t, p, home.ID)},
		{name: "a checkpoint's size", base: liar(t, base, at("/log/checkpoint", instead(t, fmt.Sprintf("\n%d\n", size), fmt.Sprintf("\n%d\n", size-1)))), kind: receipt.FaultSignature, entry: -1},
		{name: "a checkpoint's root", base: liar(t, base, at("/log/checkpoint", flip(len(origin)+1+len(fmt.Sprint(size))+3))), kind: receipt.FaultSignature, entry: -1},
		{name: "another log's checkpoint", base: liar(t, base, at("/log/checkpoint", instead(t, origin+"\n", "elsewhere.example/log\n"))), kind: receipt.FaultOrigin, entry: -1},
		{name: "another key at the key's address", base: liar(t, base, at("/log/key", func([]byte) []byte { return []byte(other.key.String() + "\n") })), kind: nothing, first: receipt.FaultSignature, entry: -1},
		// A whole log under another key of the same name: who has the key sees it, who comes for the first time can't, who came before does.
		{name: "another key, first sight", base: other.serve(t, base, p.entries, real), kind: receipt.FaultSignature, first: nothing, entry: -1},
		{name: "another key, seen before", base: other.serve(t, base, p.entries, real), kind: receipt.FaultSignature, first: receipt.FaultKey, entry: -1, state: past.home},
		// An operator who signs whatever he likes.
		{name: "a signature twice, signed", base: own.serve(t, base, append(append([][]byte{}, p.entries...), p.entries[20]), real), kind: receipt.FaultRule, entry: size},
		{name: "a withdrawal without its key, signed", base: own.serve(t, base, append(append([][]byte{}, p.entries...), falseWithdrawal(t, p)), real), kind: receipt.FaultRule, entry: size},
		{name: "a signature before its letter, signed", base: own.serve(t, base, append([][]byte{p.entries[20]}, p.entries...), real), kind: receipt.FaultRule, entry: 0},
		{name: "a rewritten past, signed", base: own.serve(t, base, rewritten, real), kind: receipt.FaultFork, entry: -1, state: past.home},
		{name: "a past with one less, signed", base: own.serve(t, base, without, real), kind: receipt.FaultRollback, entry: -1, state: past.home},
		{name: "old numbers that are true", base: honestlyOld, kind: nothing, entry: -1},
	}
	found := map[receipt.FaultKind]int{}
	t.Run("lies", func(t *testing.T) {
		for _, l := range lies {
			found[l.kind]++
			t.Run(l.name, func(t *testing.T) {
				t.Parallel()
				first := l.first
				if first == "" {
					first = l.kind
				}
				var wg sync.WaitGroup
				wg.Go(func() { l.check(t, first) })
				wg.Go(func() { l.check(t, l.kind, "--key", p.key) })
				wg.Wait()
			})
		}
		for name, h := range map[string]http.HandlerFunc{
			"no log there": http.NotFound, "nothing but errors": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		} {
			t.Run("no finding: "+name, func(t *testing.T) {
				t.Parallel()
				server := httptest.NewServer(h)
				t.Cleanup(server.Close)
				if code, r := newAuditor(t).verify(server.URL, "--key", p.key); code != 75 || r.OK {
					t.Errorf("verify exits with %d: %+v", code, r)
				}
			})
		}
	})
	if len(found) < 11 {
		t.Errorf("only %d kinds of faults were tried: %v", len(found), found)
	}
	past.content(base)
}

// check has the lie looked at; a fresh auditor looks, if none remembers.
func (l lie) check(t *testing.T, kind receipt.FaultKind, flags ...string) {
	t.Helper()
	a := newAuditor(t)
	if l.state != "" {
		must(t, os.CopyFS(a.home, os.DirFS(l.state)))
	}
	code, r := a.verify(l.base, flags...)
	if kind == nothing {
		if code != 0 || !r.OK {
			t.Errorf("verify %v exits with %d: %v", flags, code, r.Fault)
		}
		return
	}
	if code != 1 || r.OK || r.Fault == nil || r.Fault.Kind != kind {
		t.Errorf("verify %v exits with %d and names %+v, want %s", flags, code, r.Fault, kind)
		return
	}
	entry := int64(-1)
	if r.Fault.Entry != nil {
		entry = *r.Fault.Entry
	}
	if entry != l.entry {
		t.Errorf("verify %v names entry %d, want %d: %s", flags, entry, l.entry, r.Fault.Message)
	}
	if r.Fault.Message == "" || strings.Contains(r.Fault.Message, "\n") {
		t.Errorf("it says %q", r.Fault.Message)
	}
}

// firstOf are the numbers of the first n entries, as they were published then.
func firstOf(t testing.TB, p public, real receipt.Published, n int) receipt.Published {
	t.Helper()
	var tally receipt.Tally
	for _, e := range p.entries[:n] {
		must(t, tally.Add(e))
	}
	return tally.Publish(origin, rootOf(t, p.entries[:n]), func(id receipt.Letter) (string, string) {
		for _, c := range real.Letters {
			if c.ID == id {
				return c.Case, c.Slug
			}
		}
		return "", ""
	})
}

// firstRoot is the root of the first n entries as /letters.json writes it.
func firstRoot(t testing.TB, p public, n int) []byte {
	t.Helper()
	return []byte(rootOf(t, p.entries[:n]).String())
}

// textEntry is where a letter's text stands in the log.
func textEntry(t testing.TB, p public, id receipt.Letter) int64 {
	t.Helper()
	for i, data := range p.entries {
		if e, err := receipt.Parse(data); err == nil {
			if text, ok := e.(receipt.Text); ok && text.Letter == id {
				return int64(i)
			}
		}
	}
	t.Fatal("the letter has no text in the log")
	return 0
}

// twin is a signature like another, with a lock of its own.
func twin(t testing.TB, entry []byte) []byte {
	t.Helper()
	e, err := receipt.Parse(entry)
	must(t, err)
	sign, ok := e.(receipt.Sign)
	if !ok {
		t.Fatalf("the entry is a %s", e.Type())
	}
	rand.Read(sign.Lock[:])
	return receipt.Marshal(sign)
}

// falseWithdrawal takes a signature back without the secret of its private link.
func falseWithdrawal(t testing.TB, p public) []byte {
	t.Helper()
	for i, data := range p.entries {
		e, err := receipt.Parse(data)
		must(t, err)
		if sign, ok := e.(receipt.Sign); ok && i > 100 {
			return receipt.AppendIndex(receipt.Withdraw{Campaign: sign.Campaign, Preimage: receipt.Preimage{1, 2, 3}}.WithoutIndex(), int64(i))
		}
	}
	t.Fatal("nobody has signed")
	return nil
}
