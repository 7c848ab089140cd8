package receipt

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// The algorithm byte of a cosigner's key: Ed25519 cosignatures of c2sp.org/tlog-cosignature.
const algCosignature = 4

// Witness is the public Ed25519 key of someone who co-signs what they have seen of a log, with its name. The zero Witness is none.
type Witness struct {
	text   string // the verifier key: name+hash+base64
	name   string
	public [ed25519.PublicKeySize]byte
}

// ParseWitness reads a witness's verifier key; white space around it is ignored. Only Ed25519 cosigners' keys are taken: a log's key is none.
func ParseWitness(text string) (Witness, error) {
	text = strings.TrimSpace(text)
	v, err := torchwood.NewCosignatureVerifier(text)
	if err != nil {
		return Witness{}, fmt.Errorf("no verifier key of a witness (name+hash+base64): %w", err)
	}
	raw, err := base64.StdEncoding.DecodeString(text[len(v.Name()+"+01234567+"):])
	if err != nil || len(raw) != 1+ed25519.PublicKeySize {
		return Witness{}, errors.New("no Ed25519 key of a witness")
	}
	w := newWitness(v.Name(), raw[1:])
	if w.text != text || strings.IndexFunc(w.name, unprintable) >= 0 {
		return Witness{}, errors.New("the witness's key is not in its canonical form")
	}
	return w, nil
}

// unprintable is what no name shown to people may hold.
func unprintable(r rune) bool { return !unicode.IsGraphic(r) || r == unicode.ReplacementChar }

func newWitness(name string, public []byte) Witness {
	alg := append([]byte{algCosignature}, public...)
	w := Witness{name: name, public: [ed25519.PublicKeySize]byte(public)}
	w.text = fmt.Sprintf("%s+%08x+%s", name, keyID(name, alg), base64.StdEncoding.EncodeToString(alg))
	return w
}

// keyID is how signature lines name a key.
func keyID(name string, alg []byte) uint32 {
	sum := sha256.Sum256(append([]byte(name+"\n"), alg...))
	return binary.BigEndian.Uint32(sum[:])
}

// Name is the witness's name.
func (w Witness) Name() string { return w.name }

// String is the verifier key, without a newline.
func (w Witness) String() string { return w.text }

// MarshalText is String.
func (w Witness) MarshalText() ([]byte, error) { return []byte(w.text), nil }

// UnmarshalText is ParseWitness.
func (w *Witness) UnmarshalText(text []byte) (err error) {
	*w, err = ParseWitness(string(text))
	return err
}

// RecountKey is the verifier key by which recounts are signed: the same public key under the name <witness>/recount.
func (w Witness) RecountKey() string {
	text, err := note.NewEd25519VerifierKey(recountName(w.name), w.public[:])
	if err != nil {
		panic("receipt: a Witness with a bad public key: " + err.Error()) // NewEd25519VerifierKey looks at the length only
	}
	return text
}

func recountName(witness string) string { return witness + "/recount" }

// WitnessKey is a witness's whole key. It stands in a file of its own and nowhere else.
type WitnessKey struct {
	Witness
	private ed25519.PrivateKey
}

// NewWitnessKey makes a key. The name should be a URL without scheme, such as ally.example/witness: it disambiguates, and readers see it.
func NewWitnessKey(name string) (WitnessKey, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return WitnessKey{}, err
	}
	if _, err := torchwood.NewCosignatureSigner(name, private); err != nil || len(name) > 200 || strings.IndexFunc(name, unprintable) >= 0 {
		return WitnessKey{}, fmt.Errorf("a witness can't be called %q: a name such as ally.example/witness, without blanks and plus signs", name)
	}
	return WitnessKey{newWitness(name, public), private}, nil
}

const witnessKeyHead = "PRIVATE+KEY+"

// Secret is the key as its file has it, one line with a newline: a signed note's private key, of a cosigner's algorithm.
func (k WitnessKey) Secret() []byte {
	name, id, _ := strings.Cut(k.text, "+")
	id, _, _ = strings.Cut(id, "+")
	return []byte(witnessKeyHead + name + "+" + id + "+" + base64.StdEncoding.EncodeToString(append([]byte{algCosignature}, k.private.Seed()...)) + "\n")
}

// ParseWitnessKey reads what Secret wrote. Its errors quote nothing.
func ParseWitnessKey(secret []byte) (WitnessKey, error) {
	broken := errors.New("this is no key of a witness")
	rest, ok := strings.CutPrefix(strings.TrimSpace(string(secret)), witnessKeyHead)
	parts := strings.SplitN(rest, "+", 3)
	if !ok || len(parts) != 3 {
		return WitnessKey{}, broken
	}
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(raw) != 1+ed25519.SeedSize || raw[0] != algCosignature {
		return WitnessKey{}, broken
	}
	private := ed25519.NewKeyFromSeed(raw[1:])
	k := WitnessKey{newWitness(parts[0], private.Public().(ed25519.PublicKey)), private}
	if string(k.Secret()) != strings.TrimSpace(string(secret))+"\n" {
		return WitnessKey{}, broken
	}
	return k, nil
}

// Cosign makes the signature line that a witness adds to a checkpoint (c2sp.org/tlog-cosignature, Ed25519). Text is the checkpoint without its
// signatures, which the caller has verified and found consistent with all it has seen; at is the time of signing.
func (k WitnessKey) Cosign(text string, at time.Time) ([]byte, error) {
	c, err := torchwood.ParseCheckpoint(text)
	if err != nil || c.String() != text || at.Unix() < 0 {
		return nil, errors.New("no checkpoint to cosign")
	}
	message := fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at.Unix(), text)
	raw := binary.BigEndian.AppendUint32(nil, keyID(k.name, append([]byte{algCosignature}, k.public[:]...)))
	raw = binary.BigEndian.AppendUint64(raw, uint64(at.Unix()))
	raw = append(raw, ed25519.Sign(k.private, message)...)
	return []byte("— " + k.name + " " + base64.StdEncoding.EncodeToString(raw) + "\n"), nil
}

// Cosignature says that a witness had seen, at a time, nothing of the log that disagrees with a checkpoint.
type Cosignature struct {
	Witness Witness   `json:"-"`
	Name    string    `json:"name"` // of the witness
	At      time.Time `json:"-"`    // by the witness's clock, whole seconds
}

// Policy is whose cosignatures a reader wants to see before they believe a checkpoint: Quorum of the witnesses. The zero Policy asks for none.
// Keep it apart from the site it is about: who asks the site for its witnesses asks the one who is checked.
type Policy struct {
	witnesses []Witness
	quorum    int
}

// NewPolicy makes a policy. An error is about what can't be: a witness twice, or a quorum that is none of them or more than there are.
func NewPolicy(quorum int, witnesses ...Witness) (Policy, error) {
	for i, w := range witnesses {
		same := func(o Witness) bool { return o.name == w.name || o.public == w.public }
		if w == (Witness{}) || slices.ContainsFunc(witnesses[:i], same) {
			return Policy{}, fmt.Errorf("the witness %s stands twice: each has a name and a key of its own", w.name)
		}
	}
	if quorum < 0 || quorum > len(witnesses) || quorum == 0 && len(witnesses) > 0 {
		return Policy{}, fmt.Errorf("a quorum of %d among %d witnesses", quorum, len(witnesses))
	}
	return Policy{slices.Clone(witnesses), quorum}, nil
}

// Quorum is how many witnesses have to have signed; 0: nobody is asked.
func (p Policy) Quorum() int { return p.quorum }

// Witnesses are those whose signatures count.
func (p Policy) Witnesses() []Witness { return slices.Clone(p.witnesses) }

// torch is the policy as torchwood judges it: the log's own signature under its own name, and the threshold.
func (p Policy) torch(log note.Verifier) torchwood.Policy {
	all := []torchwood.Policy{torchwood.ThresholdPolicy(2, torchwood.OriginPolicy(log.Name()), torchwood.SingleVerifierPolicy(log))}
	var some []torchwood.Policy
	for _, w := range p.witnesses {
		some = append(some, torchwood.SingleVerifierPolicy(w.verifier()))
	}
	return torchwood.ThresholdPolicy(2, append(all, torchwood.ThresholdPolicy(p.quorum, some...))...)
}

func (w Witness) verifier() note.Verifier {
	v, err := torchwood.NewCosignatureVerifier(w.text)
	if err != nil {
		return noKey{} // of a zero Witness
	}
	return v
}

// OpenCheckpoint checks that a checkpoint is the log's whose key is given, and which witnesses of the policy signed it. With an error of kind
// [FaultQuorum] tree and cosignatures are there: the log signed, and too few witnesses did. Others are those of [OpenCheckpoint], and
// [FaultSignature] for a cosignature that a witness of the policy did not make.
func (p Policy) OpenCheckpoint(signed []byte, key Key) (tlog.Tree, []Cosignature, error) {
	tree, err := OpenCheckpoint(signed, key)
	if err != nil || len(p.witnesses) == 0 {
		return tree, nil, err
	}
	verifiers := []note.Verifier{verifier(key.text)}
	for _, w := range p.witnesses {
		verifiers = append(verifiers, w.verifier())
	}
	n, err := note.Open(signed, note.VerifierList(verifiers...))
	if err != nil {
		return tree, nil, faultf(FaultSignature, "a signature of the checkpoint is not by the witness that it names: %v", err)
	}
	var by []Cosignature
	for _, w := range p.witnesses { // in the order of the policy
		v := w.verifier()
		at := slices.IndexFunc(n.Sigs, func(s note.Signature) bool { return s.Name == v.Name() && s.Hash == v.KeyHash() })
		if at < 0 {
			continue
		}
		seconds, err := torchwood.CosignatureTimestamp(n.Sigs[at])
		if err != nil {
			return tree, nil, faultf(FaultSignature, "the cosignature of %s has no time", w.name)
		}
		by = append(by, Cosignature{w, w.name, time.Unix(seconds, 0).UTC()})
	}
	if _, _, err := torchwood.VerifyCheckpoint(signed, p.torch(verifiers[0])); err != nil {
		return tree, by, faultf(FaultQuorum, "%d of the %d witnesses named have signed for the log's %d entries, and %d have to", len(by), len(p.witnesses), tree.N, p.quorum)
	}
	return tree, by, nil
}

// VerifyProof checks a proof as [VerifyProof] does, and its checkpoint by the policy. With an error of kind [FaultQuorum] proof and cosignatures
// are there: the log's key bears it out, and too few witnesses do.
func (p Policy) VerifyProof(data []byte, key Key) (Proof, []Cosignature, error) {
	proof, err := VerifyProof(data, key)
	if err != nil {
		return Proof{}, nil, err
	}
	_, _, checkpoint, _ := splitProof(data)
	_, by, err := p.OpenCheckpoint(checkpoint, key)
	return proof, by, err
}

// AddCosignatures appends to a checkpoint what a witness answered, if the log and that witness signed it; other lines are left out. ok tells
// whether the witness did.
func AddCosignatures(signed []byte, key Key, w Witness, lines []byte) (with []byte, ok bool) {
	policy, err := NewPolicy(1, w)
	if err != nil || len(lines) > maxCheckpoint {
		return signed, false
	}
	for line := range strings.Lines(string(lines)) {
		if !strings.HasPrefix(line, "— "+w.name+" ") || !strings.HasSuffix(line, "\n") {
			continue
		}
		both := append(slices.Clone(signed), line...)
		if _, _, err := policy.OpenCheckpoint(both, key); err == nil {
			return both, true
		}
	}
	return signed, false
}

// OriginHash names a log in the paths of a witness: the SHA-256 of its origin, in hex.
func OriginHash(origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return hex.EncodeToString(sum[:])
}

// BareCheckpoint is a checkpoint with the log's signature alone, its text, which is what a witness signs, and what it says. Errors are those of
// [OpenCheckpoint].
func BareCheckpoint(signed []byte, key Key) (bare []byte, text string, tree tlog.Tree, err error) {
	if tree, err = OpenCheckpoint(signed, key); err != nil {
		return nil, "", tree, err
	}
	n, err := note.Open(signed, note.VerifierList(verifier(key.text)))
	if err != nil {
		return nil, "", tree, err
	}
	return []byte(n.Text + "\n— " + n.Sigs[0].Name + " " + n.Sigs[0].Base64 + "\n"), n.Text, tree, nil
}
