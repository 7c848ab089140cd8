package seal

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"filippo.io/age"

	"outcry/internal/kernel/durable"
)

// What only the organisers may read is sealed to a key whose secret half never was on a server. The format is age's (age-encryption.org/v1), so that
// its own tools open it, too.

// Recipient is the public half of such a key.
type Recipient struct {
	text string
	to   age.Recipient
}

const (
	hybridMark = "age1pq1" // ML-KEM-768 and X25519: holds against a quantum computer
	plainMark  = "age1"    // X25519
	secretMark = "AGE-SECRET-KEY"
)

// ParseRecipient reads a recipient, age1pq1… or age1…. Keys of SSH and of plugins are refused: what opens them is no file that can be kept in two places.
// The errors are sentences for whoever wrote the text, and don't repeat it.
func ParseRecipient(text string) (r Recipient, err error) {
	switch {
	case strings.Contains(strings.ToUpper(text), secretMark):
		return r, errors.New("this is the secret half of a key, which must never be here: take it out, make another key with outcry key new, and forget this one")
	case strings.HasPrefix(text, "ssh-"), strings.HasPrefix(text, "ecdsa-"):
		return r, errors.New("an SSH key can't be used here; make a key with outcry key new")
	case strings.HasPrefix(text, plainMark) && strings.ContainsAny(text, " \t\r\n"):
		err = errors.New("seal: more than a key")
	case strings.HasPrefix(text, hybridMark):
		var to *age.HybridRecipient
		if to, err = age.ParseHybridRecipient(text); err == nil {
			r = Recipient{to.String(), to}
		}
	case strings.HasPrefix(text, plainMark) && strings.LastIndexByte(text, '1') == len(plainMark)-1:
		var to *age.X25519Recipient
		if to, err = age.ParseX25519Recipient(text); err == nil {
			r = Recipient{to.String(), to}
		}
	case strings.HasPrefix(text, plainMark):
		return r, errors.New("a key of this kind, of a plugin perhaps, can't be used here; make one with outcry key new")
	default:
		return r, errors.New("this is not the public half of a key; copy the whole line that outcry key new prints: it begins with age1pq1")
	}
	if err != nil || r.text != text {
		return Recipient{}, errors.New("this key is damaged; copy the whole line again that outcry key new printed")
	}
	return r, nil
}

// String is the recipient as a campaign file has it.
func (r Recipient) String() string { return r.text }

// Lasting tells whether the recipient holds against a quantum computer. What is sealed to such ones is sealed to no others.
func (r Recipient) Lasting() bool { return strings.HasPrefix(r.text, hybridMark) }

// Fingerprint is the SHA-256 of the recipient's text: what pages and the log show of it.
func (r Recipient) Fingerprint() [32]byte { return sha256.Sum256([]byte(r.text)) }

// Seal seals bytes to the recipient; nothing here opens them again. It does no I/O.
func (r Recipient) Seal(plain []byte) ([]byte, error) {
	if r.to == nil {
		return nil, errors.New("seal: no recipient")
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, r.to)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(plain); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Identity is the secret half of one key, or those of several, such as the new one and the one before. It prints as nothing.
type Identity struct{ keys func() []age.Identity } // a function, as in Private: fmt would follow a slice

func (Identity) String() string             { return mute }
func (Identity) GoString() string           { return mute }
func (Identity) Format(f fmt.State, _ rune) { fmt.Fprint(f, mute) }

// NewIdentityFile makes a key that holds against a quantum computer, writes its secret half to path, which must not exist yet, readable by its owner only,
// and returns the public half. made stands in the file.
func NewIdentityFile(path string, made time.Time) (Recipient, error) {
	key, err := age.GenerateHybridIdentity()
	if err != nil {
		return Recipient{}, err
	}
	to := key.Recipient()
	text := fmt.Sprintf(`# The secret half of a key: whoever has this file can read what is sealed to it. Not for a server.
# Keep two copies in two places. Without it nobody can read the list, and nobody can mend that.
# created: %s
# public key: %s
%s
`, made.UTC().Format("2006-01-02"), to, key)
	if err := durable.New(path, []byte(text)); err != nil {
		return Recipient{}, err
	}
	return Recipient{to.String(), to}, nil
}

// identityMost is the size in bytes beyond which no file of a key is read.
const identityMost = 64 << 10

// ReadIdentityFile reads a file of one or more secret keys, as NewIdentityFile and age-keygen write it. It refuses one that others on this machine may
// read. Its errors quote nothing of the file.
func ReadIdentityFile(path string) (id Identity, err error) {
	f, err := os.Open(path)
	if err != nil {
		return id, fmt.Errorf("the key file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return id, fmt.Errorf("the key file: %w", err)
	}
	if info.IsDir() {
		return id, fmt.Errorf("the key file: %s is a folder", path)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return id, fmt.Errorf("the key file %s can be read by others on this machine: run chmod 600 %s", path, path)
	}
	keys, err := age.ParseIdentities(io.LimitReader(f, identityMost))
	if err != nil || len(keys) == 0 {
		return id, fmt.Errorf("%s does not hold a key: one of its lines begins with %s, as outcry key new writes it", path, secretMark)
	}
	return Identity{func() []age.Identity { return keys }}, nil
}

// Open opens what was sealed to one of the keys, at most that many bytes of it; ErrOpen if it was altered, cut, or sealed to another.
func (i Identity) Open(box []byte, most int64) ([]byte, error) {
	if i.keys == nil {
		return nil, ErrOpen
	}
	r, err := age.Decrypt(bytes.NewReader(box), i.keys()...)
	if err != nil {
		return nil, ErrOpen
	}
	plain, err := io.ReadAll(io.LimitReader(r, most+1))
	if err != nil || int64(len(plain)) > most {
		return nil, ErrOpen
	}
	return plain, nil
}
