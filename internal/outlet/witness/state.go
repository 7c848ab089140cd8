package witness

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"outcry/internal/kernel/durable"
	"outcry/receipt"
)

// ErrState says that a folder is not the state of this witness; errors.Is knows it.
var ErrState = errors.New("not the state of this witness")

const (
	// The mark holds the witness's verifier key and, a line each, the hashes of the logs that it has ever signed; locked while a witness runs on the folder.
	markName = "witness"
	seenName = "seen" // what recounts remember
)

// Begin makes the state of a new witness in a folder that is empty or not there yet. A witness that lost its state must not begin again under the
// same key: it could sign a second past of a log.
func Begin(folder string, w receipt.Witness) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	if len(entries) > 0 {
		return fmt.Errorf("%s is not empty: %w", folder, fs.ErrExist)
	}
	return durable.Replace(filepath.Join(folder, markName), []byte(w.String()+"\n"))
}

// lock opens the state of a witness and keeps others from it until the file is closed.
func lock(folder string, w receipt.Witness) (*os.File, error) {
	path := filepath.Join(folder, markName)
	have, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s holds no state; a witness that lost its own must begin again under another key", ErrState, folder)
	}
	if err != nil {
		return nil, err
	}
	if whose, _, _ := strings.Cut(string(have), "\n"); strings.TrimSpace(whose) != w.String() {
		return nil, fmt.Errorf("%w: %s belongs to %s", ErrState, folder, strings.TrimSpace(whose))
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s is in use: another witness runs on it", folder)
	}
	return f, nil
}

// signedBefore tells whether a log was ever signed on this state: its checkpoint must be there then.
func signedBefore(mark *os.File, hash string) (bool, error) {
	have, err := os.ReadFile(mark.Name())
	return slices.Contains(strings.Split(string(have), "\n"), hash), err
}

// remember notes that a log was signed, on the disk before it returns. The line begins with an end: the one before may have been cut off.
func remember(mark *os.File, hash string) error {
	_, err := mark.WriteString("\n" + hash + "\n")
	return errors.Join(err, mark.Sync())
}
