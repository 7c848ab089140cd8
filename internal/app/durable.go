package app

import (
	"errors"
	"os"
	"path/filepath"
)

// replaceFile writes a file whole or not at all, readable by us alone, and returns when the disk has it, name and all: a power cut a moment later
// leaves neither an empty file nor none. The folder's own name is made durable too, as far as this account may.
func replaceFile(path string, data []byte) error {
	dir := filepath.Dir(path)
	temp, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name()) // after the renaming there is nothing under that name
	_, err = temp.Write(data)
	if err = errors.Join(err, temp.Sync(), temp.Close()); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	if err := syncFolder(dir); err != nil {
		return err
	}
	if err := syncFolder(filepath.Dir(dir)); err != nil && !errors.Is(err, os.ErrPermission) {
		return err
	}
	return nil
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
