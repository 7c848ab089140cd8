// Package durable writes small files that must survive a power cut: a key, a setting, the last thing that was signed.
//
// A function returns when the disk has the file, content and name, and a file is there whole or as it was before. What is written is readable by this
// account alone. None of them keeps two processes apart; who needs that holds a lock.
package durable

import (
	"errors"
	"os"
	"path/filepath"
)

const own = 0o600

// New writes a file that is not there yet; the error wraps fs.ErrExist where one is, be it a link that leads nowhere. The folder must be there.
func New(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, own)
	if err != nil {
		return err
	}
	if err := fill(f, data); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return Sync(filepath.Dir(path))
}

// Replace writes a file, in the place of one that may be there. The folder must be there, and may just have been made: its own name is made to last too, as
// far as this account may look at where it lies.
func Replace(path string, data []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".new-*") // readable by us alone
	if err != nil {
		return err
	}
	if err := fill(f, data); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := Sync(dir); err != nil {
		return err
	}
	if err := Sync(filepath.Dir(dir)); err != nil && !errors.Is(err, os.ErrPermission) {
		return err
	}
	return nil
}

// Move gives a file another name in the same file system; a file that had that name is gone.
func Move(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return Sync(filepath.Dir(to))
}

// Sync returns when the disk has the names in a folder as they are now.
func Sync(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func fill(f *os.File, data []byte) error {
	_, err := f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
