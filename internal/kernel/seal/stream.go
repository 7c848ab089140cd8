package seal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"filippo.io/age"
)

// ErrOtherKey says that something was sealed to other keys than those at hand.
var ErrOtherKey = errors.New("seal: sealed to another key")

// SealTo gives a writer that seals to every recipient what is written to it, as it comes: the whole is never in memory, and nothing of it is written open.
// Close ends it; what was not ended does not open.
func SealTo(out io.Writer, recipients ...Recipient) (io.WriteCloser, error) {
	var to []age.Recipient
	for _, r := range recipients {
		if r.to == nil {
			return nil, errors.New("seal: no recipient")
		}
		if r.Lasting() != recipients[0].Lasting() {
			return nil, errors.New("keys that hold against a quantum computer (age1pq1…) and others can't be mixed; make new ones with outcry key new")
		}
		to = append(to, r.to)
	}
	if len(to) == 0 {
		return nil, errors.New("seal: no recipient")
	}
	return age.Encrypt(out, to...)
}

// OpenFrom gives a reader of what SealTo sealed, as it comes. The error is ErrOtherKey if it was sealed to none of the keys, and reading ends with ErrOpen
// where it was altered or cut. What was read before that is as it was written.
func (i Identity) OpenFrom(in io.Reader) (io.Reader, error) {
	if i.keys == nil {
		return nil, ErrOtherKey
	}
	source := &told{in: in}
	r, err := age.Decrypt(source, i.keys()...)
	var none *age.NoIdentityMatchError
	switch {
	case source.err != nil:
		return nil, source.err
	case errors.As(err, &none):
		return nil, ErrOtherKey
	case err != nil:
		return nil, ErrOpen
	}
	return &opening{source, r}, nil
}

// told remembers what reading itself failed of, apart from what does not open.
type told struct {
	in  io.Reader
	err error
}

func (t *told) Read(p []byte) (int, error) {
	n, err := t.in.Read(p)
	if err != nil && err != io.EOF {
		t.err = err
	}
	return n, err
}

type opening struct {
	source *told
	plain  io.Reader
}

func (o *opening) Read(p []byte) (int, error) {
	n, err := o.plain.Read(p)
	switch {
	case err == nil || err == io.EOF:
		return n, err
	case o.source.err != nil:
		return n, o.source.err
	}
	return n, ErrOpen
}

// PassingIdentity is a key that is nowhere but in this process, and its recipient.
func PassingIdentity() (Identity, Recipient, error) {
	key, err := age.GenerateHybridIdentity()
	if err != nil {
		return Identity{}, Recipient{}, err
	}
	to := key.Recipient()
	return Identity{func() []age.Identity { return []age.Identity{key} }}, Recipient{to.String(), to}, nil
}

// recipientsMost is the size in bytes beyond which no file of recipients is read.
const recipientsMost = 64 << 10

// ReadRecipientFile reads the public halves of keys: a line each, as outcry key new prints it, or the bare age1pq1…; lines that begin with # are passed
// over. The error is a sentence; none is an error.
func ReadRecipientFile(path string) (list []Recipient, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the file of the key's public half: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, recipientsMost))
	if err != nil {
		return nil, fmt.Errorf("the file of the key's public half: %w", err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		// A campaign file's line, too: news_recipient: "age1pq1…"
		if name, value, ok := strings.Cut(line, ":"); ok && !strings.ContainsAny(name, " \t") {
			line = strings.Trim(strings.TrimSpace(value), `"'`)
		}
		r, err := ParseRecipient(line)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
		list = append(list, r)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s names no key: outcry key new prints the line that belongs into it", path)
	}
	return list, nil
}
