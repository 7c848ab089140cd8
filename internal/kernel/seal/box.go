package seal

import "crypto/rand"

// Box is a random key that outlives days and letters: for rows that must be read again for as long as the installation is there, and by nobody who has only the
// disk. It is kept wrapped by the unlock secret, whose change wraps it anew and leaves the rows as they are.
type Box struct{ key []byte }

func (Box) String() string { return mute }

// NewBox makes one.
func NewBox() Box {
	key := make([]byte, 32)
	rand.Read(key)
	return Box{key}
}

// WrapBox is what is kept of a box, for one purpose. Only for who has seen that k is not locked.
func (k *Unlock) WrapBox(purpose string, b Box) []byte { return k.Wrap(purpose, b.key) }

// UnwrapBox opens what WrapBox made, or returns ErrOpen; ErrLocked without a secret.
func (k *Unlock) UnwrapBox(purpose string, wrapped []byte) (Box, error) {
	key, err := k.Unwrap(purpose, wrapped)
	return Box{key}, err
}

// Seal seals bytes for one purpose, which names the row and the column: what is put into another one does not open there.
func (b Box) Seal(purpose string, plain []byte) []byte {
	return sealed(aead(derive(b.key, nil, "box")), purpose, plain)
}

// Open opens what Seal made, or returns ErrOpen.
func (b Box) Open(purpose string, box []byte) ([]byte, error) {
	return opened(aead(derive(b.key, nil, "box")), purpose, box)
}

// Mark stands for a private text in a column that is searched: HMAC-SHA256 under a key of the box's own.
func (b Box) Mark(purpose string, text Private[string]) []byte {
	return mac(derive(b.key, nil, "box mark"), []byte(purpose), []byte(text.Reveal()))
}
