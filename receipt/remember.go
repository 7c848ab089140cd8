package receipt

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// memory is what is kept of a log between two recounts: a file of JSON for each origin. The signed note is kept whole, for if the
// log ever shows another past, the two notes together prove it.
type memory struct {
	Origin     string `json:"origin"`
	Key        Key    `json:"key"`
	Checkpoint string `json:"checkpoint"`

	tree tlog.Tree
}

func memoryPath(dir, origin string) string {
	sum := sha256.Sum256([]byte(origin))
	return filepath.Join(dir, hex.EncodeToString(sum[:16])+".json")
}

// recall reads what is remembered of an origin: nil at first sight. What can't be read is the reader's trouble, not the log's, and
// is no *Fault; it is never taken for a first sight.
func recall(dir, origin string) (*memory, error) {
	path := memoryPath(dir, origin)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	m := &memory{}
	if err := json.Unmarshal(data, m); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if m.Origin != origin {
		return nil, fmt.Errorf("%s is about %q, not %q", path, m.Origin, origin)
	}
	if m.tree, err = OpenCheckpoint([]byte(m.Checkpoint), m.Key); err != nil {
		return nil, fmt.Errorf("%s: %v", path, err)
	}
	return m, nil
}

// remember replaces the file at once or not at all: a half-written one would look like a fault or, worse, a first sight.
func remember(dir string, m *memory) error {
	data, err := json.MarshalIndent(m, "", "\t")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(dir, ".checkpoint-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // after the renaming there is nothing under that name
	_, err = temp.Write(append(data, '\n'))
	err = errors.Join(err, temp.Sync(), temp.Close())
	if err != nil {
		return err
	}
	return os.Rename(temp.Name(), memoryPath(dir, m.Origin))
}

// RememberedKey finds the key that was remembered in dir for the log that a proof, a promise or a certificate says it is of. Until
// it has been checked with that key, the file may say anything.
func RememberedKey(dir string, file []byte) (Key, error) {
	text := string(file)
	head, rest, _ := strings.Cut(text, "\n")
	if head == promiseHead || head == certificateHead {
		text = rest
	} else if _, checkpoint, ok := strings.Cut(text, "\n\n"); ok {
		text = checkpoint
	}
	origin, _, _ := strings.Cut(text, "\n")
	m, err := recall(dir, origin)
	if err != nil {
		return Key{}, err
	}
	if m == nil {
		return Key{}, errors.New("no log of that name was recounted here before")
	}
	return m.Key, nil
}
