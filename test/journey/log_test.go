package journey

import (
	"fmt"
	"os"
	"testing"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"

	"outcry/receipt"
)

// An independent client of such logs reads ours from the running server, and checks our proofs; so does the program, without a network.
func TestLogIsReadByAnotherClient(t *testing.T) {
	t.Parallel()
	each(t, false, func(t *testing.T, e engine) {
		s := open(t, e)
		people := s.crowd(20, func(i int) string { return fmt.Sprintf("reader-%d@example.org", i) })
		s.grows(texts + 20)
		must(t, people[3].withdraw())
		s.grows(texts + 21)

		p := fetch(t, s.base())
		v, err := note.NewVerifier(p.key)
		must(t, err)
		n, err := note.Open(p.note, note.VerifierList(v))
		must(t, err)
		if len(n.Sigs) != 1 || n.Sigs[0].Name != origin || v.Name() != origin {
			t.Errorf("the checkpoint is signed by %v", n.Sigs)
		}
		signs, withdrawn := p.parsed(t)
		if len(signs) != 20 || len(withdrawn) != 1 {
			t.Errorf("%d signatures and %d withdrawals, want 20 and 1", len(signs), len(withdrawn))
		}
		a := newAuditor(t)
		for _, who := range people[:3] {
			lock, err := who.lock()
			must(t, err)
			proof := []byte(who.read("/r/" + lock + ".txt").body)
			at := signs[lock]
			if len(at) != 1 {
				t.Fatalf("the lock stands %d times in the log", len(at))
			}
			must(t, torchwood.VerifyProof(policy(t, p.key), receipt.LeafHash(p.entries[at[0]]), proof))
			extra, err := torchwood.ProofExtraData(proof)
			must(t, err)
			if string(extra) != string(p.entries[at[0]]) {
				t.Error("the proof's extra data is not the entry")
			}
			if torchwood.VerifyProof(policy(t, p.key), receipt.LeafHash(p.entries[0]), proof) == nil {
				t.Error("the proof proves another entry too")
			}
			path := inside(t.TempDir(), "proof.txt")
			must(t, os.WriteFile(path, proof, 0o600))
			if code, r := a.proof(path, p.key); code != 0 || r["kind"] != "proof" || r["index"] != float64(at[0]) {
				t.Errorf("the program checks the proof with %d: %v", code, r)
			}
			proof[len(proof)/2] ^= 1
			must(t, os.WriteFile(path, proof, 0o600))
			if code, _ := a.proof(path, p.key); code != 1 {
				t.Errorf("the program checks a broken proof with %d", code)
			}
		}
		if r := a.content(s.base(), "--key", p.key); r.Size != p.tree.N || r.Root != p.tree.Hash || r.Letters[0].Counted+r.Letters[1].Counted != 19 {
			t.Errorf("verify says size %d, %v", r.Size, r.Letters)
		}
	})
}
