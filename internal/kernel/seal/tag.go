package seal

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
)

// Tag is what stands for an address in one letter's table: HMAC-SHA256 of the folded address under the letter's pepper.
// Without the pepper it says nothing; it is never published.
type Tag [32]byte

func (Tag) String() string { return mute }

// Tag makes the tag of a folded address.
func (p Pepper) Tag(folded Private[string]) (t Tag) {
	copy(t[:], mac(p.key, []byte(folded.Reveal())))
	return t
}

// PassingPepper is a pepper of this process alone, for what is never written: budgets, and codes of what no letter's pepper is there for.
func PassingPepper() Pepper {
	key := make([]byte, 32)
	rand.Read(key)
	return pepperOf(key)
}

// Seal seals bytes for one purpose, for as long as the letter's pepper can be made: closing makes them unreadable wherever a copy lies.
func (p Pepper) Seal(purpose string, plain []byte) []byte {
	return sealed(p.box, purpose, plain)
}

// Open opens what Seal made, or returns ErrOpen.
func (p Pepper) Open(purpose string, box []byte) ([]byte, error) {
	return opened(p.box, purpose, box)
}

// BoxSize is by how much Seal's result is longer than what it was given, in bytes.
const BoxSize = 12 + 16

func mac(key []byte, parts ...[]byte) []byte {
	h := hmac.New(sha256.New, key)
	for _, p := range parts {
		// the length before each part keeps ("a","bc") apart from ("ab","c")
		h.Write([]byte{byte(len(p) >> 24), byte(len(p) >> 16), byte(len(p) >> 8), byte(len(p))})
		h.Write(p)
	}
	return h.Sum(nil)
}

// Commit is HMAC-SHA256(salt, parts): it binds to the parts and shows nothing of them to whoever lacks the salt.
func Commit(salt []byte, parts ...[]byte) (c [32]byte) {
	copy(c[:], mac(salt, parts...))
	return c
}

// Same compares without telling by its time where two strings differ.
func Same(a, b []byte) bool { return hmac.Equal(a, b) }
