package news

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"

	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/seal"
)

const (
	idSize    = 16
	tokenSize = 32      // as many as seal.Derive gives
	plainSize = 1 << 10 // of what is sealed; an address has at most 254 bytes
	slugMost  = 255
	rowMost   = 16 << 10 // of a ciphertext; age's own parts take under 3 KiB

	// tokensMost are the tokens that one link may hold: the list gives one link to an address that was left several times. A line of a mail's head has
	// room for as many.
	tokensMost = 16
	separator  = "."

	askingLeast = 16 // bytes
	stopPurpose = "news stop"
)

// pathPrefix is where the links are that end news.
const pathPrefix = "/news/"

// hash is what stands in a row for the token that ends it.
type hash [sha256.Size]byte

// follower is what is sealed. The names of its fields are a format: lists of years ago are opened by it.
type follower struct {
	Address string   `json:"address"`
	Lang    lang.Tag `json:"lang"`
	Stop    string   `json:"stop"` // the whole link
}

// padded is the follower as JSON, filled with blanks to plainSize.
func (f follower) padded() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(f); err != nil {
		return nil, err
	}
	line := bytes.TrimRight(b.Bytes(), "\n")
	if len(line) > plainSize-1 {
		return nil, errors.New("news: an address or a link is too long to be sealed")
	}
	return append(append(line, bytes.Repeat([]byte(" "), plainSize-1-len(line))...), '\n'), nil
}

// row is a follower as it is kept.
type row struct {
	id       [idSize]byte
	stop     hash
	caseSlug string
	sealed   []byte
}

// bytes is the row on its way from Seal to Add.
func (r row) bytes() []byte {
	b := append(make([]byte, 0, idSize+len(r.stop)+1+len(r.caseSlug)+len(r.sealed)), r.id[:]...)
	b = append(b, r.stop[:]...)
	b = append(b, byte(len(r.caseSlug)))
	b = append(b, r.caseSlug...)
	return append(b, r.sealed...)
}

func parseRow(b []byte) (r row, ok bool) {
	const head = idSize + sha256.Size + 1
	if len(b) <= head || len(b) <= head+int(b[head-1]) {
		return r, false
	}
	copy(r.id[:], b)
	copy(r.stop[:], b[idSize:])
	end := head + int(b[head-1])
	r.caseSlug, r.sealed = string(b[head:end]), b[end:]
	return r, r.caseSlug != "" && len(r.sealed) <= rowMost
}

// newRow seals an address. site is what mailed links begin with; the token follows from asking.
func newRow(to seal.Recipient, caseSlug, site, address string, tongue lang.Tag, asking []byte) (r row, stop string, err error) {
	if caseSlug == "" || len(caseSlug) > slugMost {
		return r, "", errors.New("news: a row needs a case")
	}
	if len(asking) < askingLeast {
		return r, "", errors.New("news: an asking that could be guessed")
	}
	rand.Read(r.id[:])
	text := base64.RawURLEncoding.EncodeToString(seal.Derive(asking, stopPurpose))
	stop = site + pathPrefix + text
	plain, err := follower{address, tongue, stop}.padded()
	if err != nil {
		return r, "", err
	}
	r.caseSlug, r.stop = caseSlug, hashOf(text)
	r.sealed, err = to.Seal(plain)
	return r, stop, err
}

// hashOf is the hash of a token as a link has it. One that is none has a hash too, which no row has: looking for it is the same work.
func hashOf(token string) hash {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != tokenSize {
		return sha256.Sum256([]byte("none\n" + token))
	}
	return sha256.Sum256(raw)
}

// hashes are those of a link's tokens; of too many, of none.
func hashes(tokens string) (list []hash) {
	for i, token := range strings.SplitN(tokens, separator, tokensMost+1) {
		if i == tokensMost {
			break
		}
		list = append(list, hashOf(token))
	}
	return list
}
