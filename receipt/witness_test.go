package receipt

import (
	"bytes"
	"crypto/ed25519"
	"strings"
	"testing"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var sunday = time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)

// testWitness is a witness with a key of its own for each name.
func testWitness(t testing.TB, name string) WitnessKey {
	t.Helper()
	k, err := NewWitnessKey(name)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func cosigned(t testing.TB, signed []byte, keys ...WitnessKey) []byte {
	t.Helper()
	text := string(signed[:bytes.LastIndex(signed, []byte("\n\n"))+1])
	for _, k := range keys {
		line, err := k.Cosign(text, sunday)
		if err != nil {
			t.Fatal(err)
		}
		signed = append(bytes.Clone(signed), line...)
	}
	return signed
}

func policyOf(t testing.TB, quorum int, keys ...WitnessKey) Policy {
	t.Helper()
	var list []Witness
	for _, k := range keys {
		list = append(list, k.Witness)
	}
	p, err := NewPolicy(quorum, list...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Torchwood, which shares no code with ours for this, is the judge of the key, of the signature and of the time in it.
func TestCosignatureIsTheStandards(t *testing.T) {
	l := (&testLog{private: testKey(0), origin: "a.example/log"}).fill(300)
	w := testWitness(t, "ally.example/w1")
	v, err := torchwood.NewCosignatureVerifier(w.String())
	if err != nil || v.Name() != "ally.example/w1" || v.String() != w.String() {
		t.Fatal(v, err)
	}
	n, err := note.Open(cosigned(t, l.checkpoint(300), w), note.VerifierList(v))
	if err != nil || len(n.Sigs) != 1 {
		t.Fatal(n, err)
	}
	if at, err := torchwood.CosignatureTimestamp(n.Sigs[0]); err != nil || at != sunday.Unix() {
		t.Error(at, err)
	}
	theirs, err := torchwood.NewCosignatureSigner("other.example", testKey(7))
	if err != nil {
		t.Fatal(err)
	}
	other, err := ParseWitness(theirs.Verifier().String() + "\n")
	if err != nil {
		t.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: n.Text}, theirs)
	if err != nil {
		t.Fatal(err)
	}
	with, ok := AddCosignatures(l.checkpoint(300), l.key(), other, signed[len(n.Text)+1:])
	if _, by, err := policyAny(t, other).OpenCheckpoint(with, l.key()); !ok || err != nil || len(by) != 1 {
		t.Error(ok, by, err)
	}
}

func policyAny(t testing.TB, w ...Witness) Policy {
	t.Helper()
	p, err := NewPolicy(1, w...)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWitnessKeyIsReadAsWritten(t *testing.T) {
	k := testWitness(t, "ally.example/w1")
	back, err := ParseWitnessKey(k.Secret())
	if err != nil || back.Witness != k.Witness || !back.private.Equal(k.private) {
		t.Fatal(back, err)
	}
	for _, broken := range []string{
		"", "PRIVATE+KEY+", strings.Replace(string(k.Secret()), "ally", "anny", 1), string(k.Secret())[1:], k.String(), string(k.Secret()) + "x",
		"PRIVATE+KEY+ally.example/w1+00000000+BAAA",
	} {
		if _, err := ParseWitnessKey([]byte(broken)); err == nil || strings.Contains(err.Error(), "PRIVATE") {
			t.Errorf("%q: %v", broken, err)
		}
	}
	for _, name := range []string{"", "a b", "a+b", "a\nb", "a\x00b", strings.Repeat("a", 300)} {
		if _, err := NewWitnessKey(name); err == nil {
			t.Errorf("a witness is called %q", name)
		}
	}
	log, err := NewKey("a.example/log", testKey(0).Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ParseWitness(log.String()); err == nil {
		t.Error("a log's key passes for a witness's")
	}
	if _, err := ParseKey(k.String()); err == nil {
		t.Error("a witness's key passes for a log's")
	}
}

func TestPolicy(t *testing.T) {
	l := (&testLog{private: testKey(0), origin: "a.example/log"}).fill(300)
	liar := &testLog{private: testKey(1), origin: "a.example/log"}
	liar.entries, liar.stored = l.entries, l.stored
	a, b, c, stranger := testWitness(t, "a.example/w"), testWitness(t, "b.example/w"), testWitness(t, "c.example/w"), testWitness(t, "a.example/w")
	ours := l.checkpoint(300)
	twoOfThree := policyOf(t, 2, a, b, c)
	swapped := bytes.Replace(cosigned(t, ours, a, b), []byte("— b.example/w "), []byte("— c.example/w "), 1)
	forged := cosigned(t, ours, a, b)
	if at := len(forged) - 8; forged[at] == 'A' { // another letter of base 64
		forged[at] = 'B'
	} else {
		forged[at] = 'A'
	}
	for name, test := range map[string]struct {
		signed []byte
		policy Policy
		by     int
		fault  FaultKind
	}{
		"nobody is asked":                   {ours, Policy{}, 0, ""},
		"two of three":                      {cosigned(t, ours, a, c), twoOfThree, 2, ""},
		"all, and a stranger":               {cosigned(t, ours, stranger, c, b, a), twoOfThree, 3, ""},
		"one of three":                      {cosigned(t, ours, b), twoOfThree, 1, FaultQuorum},
		"none":                              {ours, twoOfThree, 0, FaultQuorum},
		"one twice":                         {cosigned(t, ours, a, a), twoOfThree, 1, FaultQuorum},
		"one, and one of the same name":     {cosigned(t, ours, b, stranger), twoOfThree, 1, FaultQuorum},
		"another's signature under a name":  {swapped, twoOfThree, 1, FaultQuorum},
		"a signature that is none":          {forged, twoOfThree, 0, FaultSignature},
		"not signed by the log":             {cosigned(t, liar.checkpoint(300), a, b, c), twoOfThree, 0, FaultSignature},
		"of another size than the text now": {append(cosigned(t, ours, a), cosigned(t, l.checkpoint(299), b)[len(l.checkpoint(299)):]...), twoOfThree, 0, FaultSignature},
	} {
		t.Run(name, func(t *testing.T) {
			tree, by, err := test.policy.OpenCheckpoint(test.signed, l.key())
			switch {
			case test.fault == "" && (err != nil || len(by) != test.by || tree.N != 300):
				t.Error(tree, by, err)
			case test.fault != "" && (faultOf(t, err).Kind != test.fault || len(by) != test.by):
				t.Errorf("%v, %d signed, want %s, %d", err, len(by), test.fault, test.by)
			}
			for _, s := range by {
				if !s.At.Equal(sunday) || s.Name != s.Witness.Name() {
					t.Error(s)
				}
			}
		})
	}
	if _, err := NewPolicy(1, a.Witness, a.Witness); err == nil {
		t.Error("a witness counts twice")
	}
	if _, err := NewPolicy(1, a.Witness, stranger.Witness); err == nil {
		t.Error("two of one name can't be told apart")
	}
	for _, quorum := range []int{-1, 0, 3} {
		if _, err := NewPolicy(quorum, a.Witness, b.Witness); err == nil {
			t.Errorf("a quorum of %d of two", quorum)
		}
	}
}

func TestProofCarriesCosignatures(t *testing.T) {
	l := (&testLog{private: testKey(0), origin: "a.example/log"}).fill(300)
	a, b := testWitness(t, "a.example/w"), testWitness(t, "b.example/w")
	p, err := tlog.ProveRecord(300, 7, l)
	if err != nil {
		t.Fatal(err)
	}
	proof := FormatProof(l.entries[7], 7, p, cosigned(t, l.checkpoint(300), a))
	if _, err := VerifyProof(proof, l.key()); err != nil {
		t.Error(err) // who knows no witness
	}
	if got, by, err := policyOf(t, 1, a, b).VerifyProof(proof, l.key()); err != nil || got.Index != 7 || len(by) != 1 || by[0].Name != "a.example/w" {
		t.Error(got, by, err)
	}
	if got, by, err := policyOf(t, 2, a, b).VerifyProof(proof, l.key()); faultOf(t, err).Kind != FaultQuorum || got.Index != 7 || len(by) != 1 {
		t.Error(got, by, err)
	}
	// And as a stock reader has it.
	v, err := note.NewVerifier(l.key().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := torchwood.VerifyProof(policyOf(t, 1, a, b).torch(v), LeafHash(l.entries[7]), proof); err != nil {
		t.Error(err)
	}
	if err := torchwood.VerifyProof(policyOf(t, 2, a, b).torch(v), LeafHash(l.entries[7]), proof); err == nil {
		t.Error("torchwood takes a proof below quorum")
	}
}

func TestRecountedIsReadAsSigned(t *testing.T) {
	w, other := testWitness(t, "a.example/w"), testWitness(t, "b.example/w")
	said := Recounted{Origin: "a.example/log", Size: 300, Root: tlog.Hash{1}, On: "2026-11-22", Letters: []RecountedCount{{letterA, 5, 1, 0}, {letterB, 0, 0, 2}}}
	signed, err := w.SignRecount(said)
	if err != nil {
		t.Fatal(err)
	}
	back, err := OpenRecount(signed, w.Witness)
	if err != nil || back.text() != said.text() || back.Letters[1].Removed != 2 {
		t.Fatal(back, err)
	}
	if _, err := OpenRecount(signed, other.Witness); faultOf(t, err).Kind != FaultSignature {
		t.Error(err)
	}
	if _, err := OpenRecount(signed, Witness{}); err == nil {
		t.Error("no witness signed it")
	}
	// A cosignature is no recount, and a recount none: another name, another algorithm, another text.
	if n, err := note.Open(signed, note.VerifierList(w.verifier())); err == nil {
		t.Error("a recount passes for a cosignature", n)
	}
	for name, broken := range map[string]Recounted{
		"no day":      {Origin: "a.example/log", Size: 1, On: "2026-13-01"},
		"no origin":   {Size: 1, On: "2026-11-22"},
		"two lines":   {Origin: "a\nb", Size: 1, On: "2026-11-22"},
		"below zero":  {Origin: "a.example/log", Size: -1, On: "2026-11-22"},
		"a letter 2x": {Origin: "a.example/log", Size: 1, On: "2026-11-22", Letters: []RecountedCount{{Letter: letterA}, {Letter: letterA}}},
	} {
		if _, err := w.SignRecount(broken); err == nil {
			t.Errorf("%s can be signed", name)
		}
	}
}

func FuzzRecounted(f *testing.F) {
	f.Add("outcry recount v1\na.example/log\nlog 300 AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\non 2026-11-22\nletter 0000000000000000000000000000000a counted 5 withdrawn 1 removed 0\n")
	f.Add("outcry recount v1\na\nlog 0 AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\non 2026-11-22\n")
	f.Fuzz(func(t *testing.T, text string) {
		if r, ok := parseRecount(text); ok && (r.text() != text || r.Size < 0 || r.Origin == "") {
			t.Errorf("%q is read as %+v", text, r)
		}
	})
}

func FuzzCosigned(f *testing.F) {
	l := (&testLog{private: testKey(0), origin: "a.example/log"}).fill(3)
	w := testWitness(f, "a.example/w")
	f.Add(cosigned(f, l.checkpoint(3), w))
	f.Add(l.checkpoint(3))
	p := policyOf(f, 1, w)
	f.Fuzz(func(t *testing.T, signed []byte) {
		tree, by, err := p.OpenCheckpoint(signed, l.key())
		if err == nil && (len(by) != 1 || tree != l.tree(3)) {
			t.Errorf("%q is taken", signed)
		}
	})
}

// A log that was forked after a witness had seen it is found out by what the witness saw, and where it went off is told as nearly as is known.
func TestRecountAgainstWitnesses(t *testing.T) {
	w := testWitness(t, "ally.example/w")
	stated := func(l *testLog, size int64) Seen {
		r := NewRecounted(l.origin, l.tree(size), l.published(size).Letters, sunday)
		signed, err := w.SignRecount(r)
		if err != nil {
			t.Fatal(err)
		}
		back, err := OpenRecount(signed, w.Witness)
		if err != nil {
			t.Fatal(err)
		}
		return SeenBy(w.Witness, back)
	}
	for name, test := range map[string]struct {
		now   func(s *testSite) *testLog // what the site shows now
		kind  FaultKind
		words []string
	}{
		"the same, grown":             {func(s *testSite) *testLog { return s.newLog().fill(900) }, "", nil},
		"yesterday's backup restored": {func(s *testSite) *testLog { return s.newLog().fill(400) }, FaultRollback, []string{"has 400 entries", "ally.example/w saw 600"}},
		"the same, with 900 new entries": {func(s *testSite) *testLog {
			l := s.newLog().fill(400)
			for i := range 900 {
				l.add(signEntry(letterA, 1, Email, 5000+i))
			}
			return l
		}, FaultFork, []string{"the first 600 entries are not those that ally.example/w saw", "the first 300 are as ally.example/w saw them"}},
		"an entry dropped and the tree rebuilt": {func(s *testSite) *testLog {
			old := s.newLog().fill(600)
			l := s.newLog().add(old.entries[:598]...).add(old.entries[599:]...)
			return l.add(signEntry(letterA, 1, Email, 7000), signEntry(letterA, 1, Email, 7001))
		}, FaultFork, []string{"the first 600 entries", "the first 300 are"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, 600)
			seen := []Seen{stated(s.log, 300), stated(s.log, 600)}
			s.show(test.now(s))
			o := s.options()
			o.Against = seen
			report, err := Recount(t.Context(), o)
			if test.kind == "" {
				if err != nil || !report.OK {
					t.Error(err)
				}
				return
			}
			f := faultOf(t, err)
			if f.Kind != test.kind {
				t.Error(f)
			}
			for _, words := range test.words {
				if !strings.Contains(f.Message, words) {
					t.Errorf("%q lacks %q", f.Message, words)
				}
			}
		})
	}
	t.Run("another number", func(t *testing.T) {
		s := newSite(t, 600)
		lie := stated(s.log, 600)
		lie.Recounted.Letters[0].Counted++
		o := s.options()
		o.Against = []Seen{lie}
		if _, err := Recount(t.Context(), o); faultOf(t, err).Kind != FaultCount || !strings.Contains(err.Error(), "ally.example/w counted") {
			t.Error(err)
		}
	})
}

func TestRecountByPolicy(t *testing.T) {
	a, b := testWitness(t, "a.example/w"), testWitness(t, "b.example/w")
	type show struct{ checkpoint, newest []byte }
	serve := func(s *testSite, what func(l *testLog) show) {
		w := what(s.log)
		s.lies(func(path string, body []byte, code int) ([]byte, int) {
			switch {
			case path == "/log/checkpoint":
				return w.checkpoint, 200
			case path == "/log/newest" && w.newest != nil:
				return w.newest, 200
			}
			return body, code
		})
	}
	for name, test := range map[string]struct {
		quorum int
		what   func(l *testLog) show
		kind   FaultKind
		size   int64
	}{
		"both":                 {2, func(l *testLog) show { return show{cosigned(t, l.checkpoint(600), a, b), nil} }, "", 600},
		"one of two":           {2, func(l *testLog) show { return show{cosigned(t, l.checkpoint(600), a), nil} }, FaultQuorum, 0},
		"the tail has none":    {2, func(l *testLog) show { return show{cosigned(t, l.checkpoint(500), a, b), l.checkpoint(600)} }, "", 500},
		"the tail isn't there": {2, func(l *testLog) show { return show{cosigned(t, l.checkpoint(500), a, b), nil} }, FaultCount, 0},
		"the tail is another's": {2, func(l *testLog) show {
			fork := &testLog{private: l.private, origin: l.origin}
			fork.fill(499).add(signEntry(letterA, 1, Email, 9999))
			return show{cosigned(t, fork.checkpoint(500), a, b), l.checkpoint(600)}
		}, FaultFork, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, 600)
			serve(s, test.what)
			o := s.options()
			o.Policy = policyOf(t, test.quorum, a, b)
			report, err := Recount(t.Context(), o)
			switch {
			case test.kind != "":
				if f := faultOf(t, err); f.Kind != test.kind {
					t.Error(f)
				}
			case err != nil || report.WitnessedSize != test.size || report.Size != 600 || len(report.Cosignatures) != 2:
				t.Error(report, err)
			}
		})
	}
}
