package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"outcry/internal/kernel/durable"
	"outcry/internal/kernel/fault"
)

// ErrOpen says that sealed bytes do not open: altered, for another purpose, or under another secret.
var ErrOpen = errors.New("seal: does not open")

// ErrLocked says that the unlock secret has not been given yet.
var ErrLocked = fault.New(fault.Locked, "fault.waits")

// SecretMark is in every secret's line, and in nothing else.
const SecretMark = "outcry-unlock-"

const (
	secretHeader = SecretMark + "1 "
	// A secret that took the place of another one: the peppers are older than it, so a share is a pepper wrapped under it (rotate.go).
	laterHeader = SecretMark + "2 "
)

// secretMost is the size in bytes beyond which nothing is read as a secret.
const secretMost = 4 << 10

// Unlock is the unlock secret U in memory, and the folder of the letters' shares. While it is locked there is no U yet: what needs it fails with
// [ErrLocked]. Safe for any goroutine.
type Unlock struct {
	u      atomic.Pointer[unlocked]
	shares string // folder; made when the first letter opens
}

type unlocked struct {
	key   []byte // 32 bytes
	later bool   // it took the place of another one
}

// NewSecretFile makes an unlock secret and writes it to path, which must not exist yet, readable by its owner only. The shares lie in path.shares; see
// [Unlock.KeepShares].
func NewSecretFile(path string) (*Unlock, error) { return newSecretFile(path, false) }

func newSecretFile(path string, later bool) (*Unlock, error) {
	u := make([]byte, 32)
	rand.Read(u)
	header := secretHeader
	if later {
		header = laterHeader
	}
	text := header + base64.StdEncoding.EncodeToString(u) + "\n"
	if err := durable.New(path, []byte(text)); err != nil {
		return nil, err
	}
	return open(unlocked{u, later}, path+".shares"), nil
}

// ReadSecretFile reads the unlock secret. It refuses a file that others on this machine may read.
func ReadSecretFile(path string) (*Unlock, error) { return readSecretFile(path, 0o077) }

// ReadCredential reads the unlock secret as systemd hands it over: a file whose group bits are the mask of a list that names our user alone.
func ReadCredential(path string) (*Unlock, error) { return readSecretFile(path, 0o007) }

func readSecretFile(path string, others os.FileMode) (*Unlock, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the secret file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("the secret file: %w", err)
	}
	if info.Mode().Perm()&others != 0 {
		return nil, fmt.Errorf("the secret file %s can be read by others on this machine: run chmod 600 %s", path, path)
	}
	text, err := io.ReadAll(io.LimitReader(f, secretMost))
	if err != nil {
		return nil, fmt.Errorf("the secret file: %w", err)
	}
	defer clear(text)
	u, err := ParseSecret(text)
	if err != nil {
		return nil, fmt.Errorf("%s does not hold an unlock secret: it is one line that begins with %q, as outcry init writes it", path, strings.TrimSpace(secretHeader))
	}
	u.shares = path + ".shares"
	return u, nil
}

// ParseSecret reads the one line that a secret is. The error quotes nothing of it.
func ParseSecret(line []byte) (*Unlock, error) {
	line = bytes.TrimSpace(line)
	for _, header := range []string{secretHeader, laterHeader} {
		rest, ok := bytes.CutPrefix(line, []byte(header))
		if !ok {
			continue
		}
		u := make([]byte, base64.StdEncoding.DecodedLen(len(rest)))
		if n, err := base64.StdEncoding.Decode(u, rest); err == nil && n == 32 {
			return open(unlocked{u[:n], header == laterHeader}, ""), nil
		}
	}
	return nil, fmt.Errorf("this is no unlock secret: it is one whole line that begins with %q, as outcry init writes it", strings.TrimSpace(secretHeader))
}

// NewLocked is an installation's secret before it has been given, with the folder of its shares.
func NewLocked(shares string) *Unlock { return &Unlock{shares: shares} }

func open(u unlocked, shares string) *Unlock {
	k := &Unlock{shares: shares}
	k.u.Store(&u)
	return k
}

// KeepShares names the folder of shares where it is not beside the secret file; before anyone uses k.
func (k *Unlock) KeepShares(dir string) { k.shares = dir }

// Locked tells whether the secret is yet to be given.
func (k *Unlock) Locked() bool { return k.u.Load() == nil }

// Take unlocks k with another's secret. The folder of shares stays its own.
func (k *Unlock) Take(from *Unlock) { k.u.Store(from.u.Load()) }

// Lock forgets the secret.
func (k *Unlock) Lock() { k.u.Store(nil) }

// derive makes 32 bytes for one purpose from a key and a salt.
func derive(key, salt []byte, purpose string) []byte {
	out, err := hkdf.Key(sha256.New, key, salt, "outcry "+purpose, 32)
	if err != nil {
		panic(err) // only for lengths we don't ask for
	}
	return out
}

// Derive makes 32 bytes for one purpose from a secret of 16 random bytes or more; a private link's parts are made so.
func Derive(secret []byte, purpose string) []byte { return derive(secret, nil, purpose) }

// Wrap seals a key under U for one purpose. Only for who has seen that k is not locked.
func (k *Unlock) Wrap(purpose string, key []byte) []byte {
	return sealed(aead(derive(k.u.Load().key, nil, "wrap")), purpose, key)
}

// Unwrap opens what Wrap made, or returns ErrOpen; ErrLocked without a secret.
func (k *Unlock) Unwrap(purpose string, wrapped []byte) ([]byte, error) {
	u := k.u.Load()
	if u == nil {
		return nil, ErrLocked
	}
	return opened(aead(derive(u.key, nil, "wrap")), purpose, wrapped)
}

func aead(key []byte) cipher.AEAD {
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

func sealed(a cipher.AEAD, purpose string, plain []byte) []byte {
	return a.Seal(nil, nil, plain, []byte(purpose))
}

func opened(a cipher.AEAD, purpose string, box []byte) ([]byte, error) {
	if len(box) < a.Overhead() {
		return nil, ErrOpen
	}
	plain, err := a.Open(nil, nil, box, []byte(purpose))
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// Padded fills b with zeros to size n behind its length, so that what is sealed tells nothing by its size. b is at most n-2 bytes long.
func Padded(b []byte, n int) []byte {
	if len(b) > n-2 {
		panic("seal: more bytes than the padding allows")
	}
	out := make([]byte, n)
	out[0], out[1] = byte(len(b)>>8), byte(len(b))
	copy(out[2:], b)
	return out
}

// Unpadded undoes Padded.
func Unpadded(b []byte) ([]byte, error) {
	if len(b) < 2 {
		return nil, ErrOpen
	}
	n := int(b[0])<<8 | int(b[1])
	if n > len(b)-2 || len(bytes.Trim(b[2+n:], "\x00")) > 0 {
		return nil, ErrOpen
	}
	return b[2 : 2+n], nil
}
