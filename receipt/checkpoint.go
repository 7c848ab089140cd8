package receipt

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Origin is what the log of a site calls itself, in its checkpoints and as its key's name: the public URL without scheme and
// trailing slash, and "/log". The host is in lower case, the scheme's own port is left out. An error says what a URL can't have.
func Origin(publicURL string) (string, error) {
	_, origin, err := splitURL(publicURL)
	return origin, err
}

// splitURL returns the public URL without a trailing slash, to which paths are appended, and the origin.
func splitURL(publicURL string) (base, origin string, err error) {
	u, err := url.Parse(publicURL)
	if err != nil {
		return "", "", fmt.Errorf("%q is no URL", publicURL)
	}
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "https":
		host = strings.TrimSuffix(host, ":443")
	case "http":
		host = strings.TrimSuffix(host, ":80")
	default:
		return "", "", fmt.Errorf("the URL %q does not begin with https:// or http://", publicURL)
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	switch {
	case strings.Contains(host, "%"):
		return "", "", fmt.Errorf("the host of %q has a zone, which means something on one machine only", publicURL)
	case u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "", "", fmt.Errorf("the public URL %q has to be a host and, if need be, a path", publicURL)
	case strings.IndexFunc(host, func(r rune) bool { return r > '~' }) >= 0:
		return "", "", fmt.Errorf("write the host of %q in its ASCII form, xn--…", publicURL)
	case strings.Contains(path+"/", "/../") || strings.Contains(path+"/", "/./") || strings.Contains(path, "//"):
		return "", "", fmt.Errorf("the path of the public URL %q is not in its shortest form", publicURL)
	case strings.Contains(host+path, "+"):
		return "", "", fmt.Errorf("the public URL %q can't hold a plus sign: key names can't", publicURL)
	}
	return u.Scheme + "://" + host + path, host + path + "/log", nil
}

// Key is a log's public Ed25519 key with its name, which is the log's origin. The zero Key is no key.
type Key struct {
	text   string // the verifier key of c2sp.org/signed-note: name+hash+base64
	origin string
	public [ed25519.PublicKeySize]byte
}

// NewKey names a public key by the origin of its log.
func NewKey(origin string, public ed25519.PublicKey) (Key, error) {
	text, err := note.NewEd25519VerifierKey(origin, public)
	if err != nil {
		return Key{}, err
	}
	return ParseKey(text)
}

// ParseKey reads a verifier key, as /log/key has it; white space around it is ignored. Only Ed25519 keys are taken.
func ParseKey(text string) (Key, error) {
	text = strings.TrimSpace(text)
	v, err := note.NewVerifier(text)
	if err != nil {
		return Key{}, fmt.Errorf("no verifier key (name+hash+base64): %w", err)
	}
	// NewVerifier has checked the form, the hash and the algorithm; it does not hand out the key itself, and lets pass several
	// spellings of one key.
	raw, err := base64.StdEncoding.DecodeString(text[len(v.Name()+"+01234567+"):])
	if err != nil || len(raw) != 1+ed25519.PublicKeySize {
		return Key{}, errors.New("no Ed25519 verifier key")
	}
	k := Key{text: text, origin: v.Name(), public: [ed25519.PublicKeySize]byte(raw[1:])}
	if canonical, err := note.NewEd25519VerifierKey(k.origin, k.public[:]); err != nil || canonical != text {
		return Key{}, errors.New("the verifier key is not in its canonical form")
	}
	return k, nil
}

// Origin is the name of the key and of the log.
func (k Key) Origin() string { return k.origin }

// String is the verifier key, without a newline.
func (k Key) String() string { return k.text }

// MarshalText is String.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.text), nil }

// UnmarshalText is ParseKey.
func (k *Key) UnmarshalText(text []byte) (err error) {
	*k, err = ParseKey(string(text))
	return err
}

// PromiseKey is the verifier key by which promises are signed: the same public key under the name origin/promise, so that a
// promise can never be taken for a checkpoint.
func (k Key) PromiseKey() string {
	text, err := note.NewEd25519VerifierKey(promiseName(k.origin), k.public[:])
	if err != nil {
		panic("receipt: a Key with a bad public key: " + err.Error()) // NewEd25519VerifierKey looks at the length only
	}
	return text
}

func promiseName(origin string) string { return origin + "/promise" }

func verifier(vkey string) note.Verifier {
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return noKey{} // of a zero Key
	}
	return v
}

// noKey verifies nothing.
type noKey struct{}

func (noKey) Name() string                { return "no-key.invalid" }
func (noKey) KeyHash() uint32             { return 0 }
func (noKey) Verify(msg, sig []byte) bool { return false }

// signer signs notes under a name; x/mod makes signers only of an encoded private key, and ours need not be encoded anywhere.
type signer struct {
	note.Verifier
	private ed25519.PrivateKey
}

func (s signer) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(s.private, msg), nil }

func sign(private ed25519.PrivateKey, name, text string) ([]byte, error) {
	if len(private) != ed25519.PrivateKeySize {
		return nil, fmt.Errorf("a private key of %d bytes", len(private))
	}
	vkey, err := note.NewEd25519VerifierKey(name, private.Public().(ed25519.PublicKey))
	if err != nil {
		return nil, err
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fmt.Errorf("key name %q: %w", name, err)
	}
	return note.Sign(&note.Note{Text: text}, signer{v, private})
}

// SignCheckpoint signs the size and root of a log (c2sp.org/tlog-checkpoint).
func SignCheckpoint(private ed25519.PrivateKey, origin string, tree tlog.Tree) ([]byte, error) {
	return sign(private, origin, torchwood.Checkpoint{Origin: origin, Tree: tree}.String())
}

// maxCheckpoint bounds a checkpoint: room for sixteen post-quantum cosignatures.
const maxCheckpoint = 128 << 10

// OpenCheckpoint checks that a checkpoint is the log's whose key is given. Other signatures, as of witnesses, may be there and
// are not looked at. An error is a *[Fault] of kind [FaultMalformed], [FaultSignature] or [FaultOrigin].
func OpenCheckpoint(signed []byte, key Key) (tlog.Tree, error) {
	if len(signed) > maxCheckpoint {
		return tlog.Tree{}, faultf(FaultMalformed, "the checkpoint is longer than %d bytes", maxCheckpoint)
	}
	text, fault := openNote(signed, verifier(key.text), "checkpoint")
	if fault != nil && fault.Kind == FaultMalformed {
		return tlog.Tree{}, fault
	}
	// Who asks the wrong site learns that first, though nothing of it is signed by a key we know.
	if name, _, _ := strings.Cut(text, "\n"); name != key.origin {
		return tlog.Tree{}, faultf(FaultOrigin, "the checkpoint is of %q, not of %q", name, key.origin)
	}
	if fault != nil {
		return tlog.Tree{}, fault
	}
	c, err := torchwood.ParseCheckpoint(text)
	if err != nil || c.String() != text { // one state of a log has one spelling
		return tlog.Tree{}, faultf(FaultMalformed, "the checkpoint is signed, but is none")
	}
	return c.Tree, nil
}

// openNote returns the text of a note signed by v. With a fault of kind [FaultSignature] the text is there too, unproven.
func openNote(signed []byte, v note.Verifier, what string) (string, *Fault) {
	n, err := note.Open(signed, note.VerifierList(v))
	if err == nil {
		return n.Text, nil
	}
	var unverified *note.UnverifiedNoteError
	if errors.As(err, &unverified) {
		return unverified.Note.Text, faultf(FaultSignature, "the %s has no signature by the key %s+%08x", what, v.Name(), v.KeyHash())
	}
	var invalid *note.InvalidSignatureError
	if errors.As(err, &invalid) {
		text := signed[:strings.LastIndex(string(signed), "\n\n")+1]
		return string(text), faultf(FaultSignature, "the signature of the %s by the key %s+%08x is false", what, v.Name(), v.KeyHash())
	}
	return "", faultf(FaultMalformed, "the %s is no signed note", what)
}

// Promise says that a leaf will be in the log, at the latest at a time. It is what a signer holds until the next batch: with it
// anyone can show that the log's key broke its word.
type Promise struct {
	Origin string
	Leaf   tlog.Hash // LeafHash of the entry
	Latest time.Time // UTC, whole minutes
}

const (
	promiseHead = "outcry promise v1"
	promiseTime = "2006-01-02T15:04:00Z" // RFC 3339
	maxPromise  = 4 << 10
)

func (p Promise) text() string {
	return promiseHead + "\n" + p.Origin + "\n" + p.Leaf.String() + "\n" + p.Latest.UTC().Format(promiseTime) + "\n"
}

// SignPromise signs a promise with the log's private key, under the name of [Key.PromiseKey]. The time is rounded up to a whole
// minute, never down: no more is promised than was meant.
func SignPromise(private ed25519.PrivateKey, p Promise) ([]byte, error) {
	p.Latest = p.Latest.UTC().Add(time.Minute - 1).Truncate(time.Minute)
	if y := p.Latest.Year(); y < 1 || y > 9999 {
		return nil, fmt.Errorf("a promise for the year %d", y)
	}
	return sign(private, promiseName(p.Origin), p.text())
}

// OpenPromise checks a promise against the log's key. An error is a *[Fault] of kind [FaultMalformed], [FaultSignature] or
// [FaultOrigin]. That the time has passed and the leaf is not in the log is the caller's to find.
func OpenPromise(signed []byte, key Key) (Promise, error) {
	if len(signed) > maxPromise {
		return Promise{}, faultf(FaultMalformed, "the promise is longer than %d bytes", maxPromise)
	}
	v := note.Verifier(noKey{})
	if key != (Key{}) {
		v = verifier(key.PromiseKey())
	}
	text, fault := openNote(signed, v, "promise")
	if fault != nil {
		return Promise{}, fault
	}
	malformed := faultf(FaultMalformed, "the promise is signed, but is none")
	lines := strings.Split(text, "\n")
	if len(lines) != 5 {
		return Promise{}, malformed
	}
	leaf, err := tlog.ParseHash(lines[2])
	if err != nil {
		return Promise{}, malformed
	}
	latest, err := time.Parse(promiseTime, lines[3])
	if err != nil || latest.Year() < 1 {
		return Promise{}, malformed
	}
	p := Promise{Origin: lines[1], Leaf: leaf, Latest: latest}
	if p.text() != text {
		return Promise{}, malformed
	}
	if p.Origin != key.origin {
		return Promise{}, faultf(FaultOrigin, "the promise is of %q, not of %q", p.Origin, key.origin)
	}
	return p, nil
}
