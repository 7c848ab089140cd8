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
	"os"
	"path/filepath"
	"strings"
)

// ErrOpen says that sealed bytes do not open: altered, for another purpose, or under another secret.
var ErrOpen = errors.New("seal: does not open")

const secretHeader = "outcry-unlock-1 "

// Unlock is the unlock secret U in memory, and the folder of pepper shares beside it.
type Unlock struct {
	u      []byte // 32 bytes
	shares string // folder; made when the first letter opens
}

// NewSecretFile makes an unlock secret and writes it to path, which must not exist yet, readable by its owner only.
func NewSecretFile(path string) (*Unlock, error) {
	u := make([]byte, 32)
	rand.Read(u)
	text := secretHeader + base64.StdEncoding.EncodeToString(u) + "\n"
	if err := writeNew(path, []byte(text)); err != nil {
		return nil, err
	}
	return unlock(u, path), nil
}

// ReadSecretFile reads the unlock secret. It refuses a file that others on this machine may read.
func ReadSecretFile(path string) (*Unlock, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("the secret file: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the secret file %s can be read by others on this machine: run chmod 600 %s", path, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the secret file: %w", err)
	}
	rest, ok := strings.CutPrefix(strings.TrimSpace(string(text)), secretHeader)
	u, err := base64.StdEncoding.DecodeString(rest)
	if !ok || err != nil || len(u) != 32 {
		return nil, fmt.Errorf("%s does not hold an unlock secret: it is one line that begins with %q, as outcry init writes it", path, strings.TrimSpace(secretHeader))
	}
	return unlock(u, path), nil
}

func unlock(u []byte, path string) *Unlock { return &Unlock{u: u, shares: path + ".shares"} }

// writeNew writes a file that did not exist and syncs it and its folder, so that it survives a power cut.
func writeNew(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		os.Remove(path)
		return err
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// derive makes 32 bytes for one purpose from a key and a salt.
func derive(key, salt []byte, purpose string) []byte {
	out, err := hkdf.Key(sha256.New, key, salt, "outcry "+purpose, 32)
	if err != nil {
		panic(err) // only for lengths we don't ask for
	}
	return out
}

// Derive makes 32 bytes for one purpose from a secret of 32 random bytes; a private link's parts are made so.
func Derive(secret []byte, purpose string) []byte { return derive(secret, nil, purpose) }

// Wrap seals a key under U for one purpose.
func (k *Unlock) Wrap(purpose string, key []byte) []byte {
	return sealed(aead(derive(k.u, nil, "wrap")), purpose, key)
}

// Unwrap opens what Wrap made, or returns ErrOpen.
func (k *Unlock) Unwrap(purpose string, wrapped []byte) ([]byte, error) {
	return opened(aead(derive(k.u, nil, "wrap")), purpose, wrapped)
}

// Pepper is the key under which one letter's signers are told apart. It exists while the letter's share does.
type Pepper struct{ key []byte }

func (Pepper) String() string { return mute }

// NewPepper makes a letter's share file, on the disk before it returns, and its pepper. A share that is already there is kept.
func (k *Unlock) NewPepper(letter string) (Pepper, error) {
	if err := os.MkdirAll(k.shares, 0o700); err != nil {
		return Pepper{}, fmt.Errorf("the folder of shares beside the secret file: %w", err)
	}
	if err := syncFolder(filepath.Dir(k.shares)); err != nil {
		return Pepper{}, err
	}
	share := make([]byte, 32)
	rand.Read(share)
	err := writeNew(k.share(letter), share)
	if err != nil && !errors.Is(err, os.ErrExist) {
		return Pepper{}, fmt.Errorf("the letter's share file: %w", err)
	}
	return k.Pepper(letter)
}

// Pepper reads a letter's share and makes its pepper; os.ErrNotExist if the share is gone.
func (k *Unlock) Pepper(letter string) (Pepper, error) {
	share, err := os.ReadFile(k.share(letter))
	if err != nil {
		return Pepper{}, fmt.Errorf("the letter's share file: %w", err)
	}
	if len(share) != 32 {
		return Pepper{}, fmt.Errorf("the letter's share file %s is damaged: %d bytes instead of 32; restore it from where the secret file is kept twice", k.share(letter), len(share))
	}
	return Pepper{derive(k.u, share, "pepper "+letter)}, nil
}

// DropPepper destroys a letter's share, and with it its pepper, for good: the file is gone from the disk before it returns. One that is gone
// already is no error. The file is not overwritten first: on the disks of today that reaches other cells than it was written to.
func (k *Unlock) DropPepper(letter string) error {
	if err := os.Remove(k.share(letter)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("the letter's share file: %w", err)
	}
	// Also when it was gone before: whoever removed it may have been stopped before this.
	if err := syncFolder(k.shares); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("the folder of shares beside the secret file: %w", err)
	}
	return nil
}

func (k *Unlock) share(letter string) string { return filepath.Join(k.shares, letter) }

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
