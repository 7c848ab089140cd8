package wish

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"

	"outcry/internal/core/casefile"
	"outcry/internal/kernel/seal"
)

// pathPrefix is where the links are. Nothing of a case stands in their address.
const pathPrefix = "/wish/"

const (
	tokenSize = 32 // bytes
	idSize    = 8  // bytes of the hash that a command names a link by
)

// Token is the secret of a link: 32 random bytes that are told once and not kept.
type Token struct{ b seal.Private[[]byte] }

func newToken() Token {
	b := make([]byte, tokenSize)
	rand.Read(b)
	return Token{seal.Hide(b)}
}

// ParseToken reads it from an address.
func ParseToken(text string) (Token, bool) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return Token{seal.Hide(b)}, err == nil && len(b) == tokenSize && base64.RawURLEncoding.EncodeToString(b) == text
}

// Text is how it stands in an address.
func (t Token) Text() string { return base64.RawURLEncoding.EncodeToString(t.b.Reveal()) }

// hash is what is kept of it. It can't be turned back, nor tried out: there are 2^256 tokens.
func (t Token) hash() []byte {
	sum := sha256.Sum256(append([]byte("outcry wish\n"), t.b.Reveal()...))
	return sum[:]
}

// path is the link's address on this site.
func (t Token) path() string { return pathPrefix + t.Text() }

// Link is what is kept of a private link.
type Link struct {
	ID    string         // names it to the organisers; opens nothing
	Case  string         // slug
	As    casefile.Giver // in which capacity it speaks
	Made  casefile.Date  // the day
	Until casefile.Date  // the last day on which it opens; zero for no end
}

// Ended tells whether it opens no more.
func (l Link) Ended(today casefile.Date) bool {
	return l.Until != (casefile.Date{}) && today.Compare(l.Until) > 0
}

func idOf(hash []byte) string { return hex.EncodeToString(hash[:idSize]) }
