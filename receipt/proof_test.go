package receipt

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"
)

func offlineLog(n int) *testLog {
	return (&testLog{private: testKey(0), origin: "letters.example/log"}).fill(n)
}

// asTorchwood checks a proof by torchwood alone, under the policy any reader of C2SP formats would state.
func asTorchwood(key Key, entry, proof []byte) error {
	v := verifier(key.String())
	return torchwood.VerifyProof(torchwood.ThresholdPolicy(2, torchwood.OriginPolicy(key.Origin()), torchwood.SingleVerifierPolicy(v)), tlog.RecordHash(entry), proof)
}

func TestProof(t *testing.T) {
	l := offlineLog(300)
	key := mustKey(t, testVKey)
	for _, size := range []int64{1, 2, 3, 255, 256, 257, 300} {
		for _, index := range []int64{0, size / 2, size - 1} {
			data := l.proof(index, size)
			p, err := VerifyProof(data, key)
			if err != nil {
				t.Fatalf("entry %d of %d: %v", index, size, err)
			}
			if p.Index != index || p.Tree != l.tree(size) || !bytes.Equal(p.Entry, l.entries[index]) {
				t.Errorf("entry %d of %d: %+v", index, size, p)
			}
			if err := asTorchwood(key, p.Entry, data); err != nil {
				t.Errorf("entry %d of %d: torchwood: %v", index, size, err)
			}
		}
	}
	head := "c2sp.org/tlog-proof@v1\nextra " + base64.StdEncoding.EncodeToString(l.entries[5]) + "\nindex 5\n"
	if data := string(l.proof(5, 300)); !strings.HasPrefix(data, head) || !strings.HasSuffix(data, "\n\n"+string(l.checkpoint(300))) {
		t.Errorf("%s", data)
	}
}

func TestProofRefuses(t *testing.T) {
	l := offlineLog(300)
	key := mustKey(t, testVKey)
	good := string(l.proof(5, 300))
	lines := strings.SplitAfter(good, "\n")
	without := func(i int) string { return strings.Join(append(append([]string{}, lines[:i]...), lines[i+1:]...), "") }
	swapped := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("the proof has no %q", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	hashes, err := tlog.ProveRecord(300, 5, l)
	if err != nil {
		t.Fatal(err)
	}
	liar := &testLog{private: testKey(1), origin: l.origin}
	other := &testLog{private: testKey(0), origin: "other.example/log"}
	for name, tt := range map[string]struct {
		data string
		kind FaultKind
	}{
		"nothing":              {"", FaultMalformed},
		"no entry":             {without(1), FaultMalformed},
		"no index":             {without(2), FaultMalformed},
		"no checkpoint":        {good[:strings.Index(good, "\n\n")+2], FaultMalformed},
		"a hash less":          {without(4), FaultEntry},
		"a hash twice":         {swapped(lines[3], lines[3]+lines[3]), FaultEntry},
		"hashes swapped":       {swapped(lines[3]+lines[4], lines[4]+lines[3]), FaultEntry},
		"another index":        {swapped("index 5", "index 6"), FaultEntry},
		"an index of no entry": {swapped("index 5", "index 300"), FaultEntry},
		"an index padded":      {swapped("index 5", "index 05"), FaultMalformed},
		"an index below zero":  {swapped("index 5", "index -5"), FaultMalformed},
		"a carriage return":    {swapped("\nindex 5", "\r\nindex 5"), FaultMalformed},
		"another entry":        {string(FormatProof(l.entries[6], 5, hashes, l.checkpoint(300))), FaultEntry},
		"another root":         {string(FormatProof(l.entries[5], 5, hashes, l.checkpoint(299))), FaultEntry},
		"another key":          {string(FormatProof(l.entries[5], 5, hashes, liar.fill(300).checkpoint(300))), FaultSignature},
		"another log":          {string(FormatProof(l.entries[5], 5, hashes, other.fill(300).checkpoint(300))), FaultOrigin},
		"a changed checkpoint": {swapped("\n300\n", "\n301\n"), FaultSignature},
		"far too many hashes":  {string(FormatProof(l.entries[5], 5, make(tlog.RecordProof, 99), l.checkpoint(300))), FaultMalformed},
		"too long":             {good + strings.Repeat("x", maxProof), FaultMalformed},
	} {
		if p, err := VerifyProof([]byte(tt.data), key); err == nil {
			t.Errorf("%s: verified as entry %d", name, p.Index)
		} else if f := faultOf(t, err); f.Kind != tt.kind {
			t.Errorf("%s: %s: %s, want %s", name, f.Kind, f, tt.kind)
		}
	}
}

// Every single flipped bit in a proof is noticed.
func TestProofFlips(t *testing.T) {
	l := offlineLog(40)
	key := mustKey(t, testVKey)
	good := l.proof(17, 40)
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 1
		if _, err := VerifyProof(bad, key); err == nil {
			t.Fatalf("byte %d of the proof can be changed:\n%s", i, bad)
		}
	}
}

func FuzzVerifyProof(f *testing.F) {
	l := offlineLog(300)
	key := mustKey(f, testVKey)
	for _, size := range []int64{1, 2, 299, 300} {
		f.Add(l.proof(size-1, size))
	}
	f.Add([]byte("c2sp.org/tlog-proof@v1\nextra \nindex 0\n\n"))
	f.Add(fmt.Appendf(nil, "c2sp.org/tlog-proof@v1\nextra \nindex 0\n%s\n\n%s", tlog.Hash{}, l.checkpoint(2)))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := VerifyProof(data, key)
		if err != nil {
			faultOf(t, err)
			return
		}
		if err := asTorchwood(key, p.Entry, data); err != nil {
			t.Fatalf("torchwood refuses what we take: %v", err)
		}
		if p.Index >= l.size() || !bytes.Equal(p.Entry, l.entries[p.Index]) {
			t.Fatalf("a proof of entry %d, which never was", p.Index)
		}
	})
}
