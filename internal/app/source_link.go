package app

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"outcry/internal/core/casefile"
)

// Registry reads the list of designated organisations that the settings name; nil if they name none. A relative path begins at the data folder.
func (c Config) Registry() (*casefile.Registry, error) {
	if c.Designated == "" {
		return nil, nil
	}
	path := c.registryPath()
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the list of designated organisations: %w", err)
	}
	defer f.Close()
	r, err := casefile.ReadRegistry(f)
	var p casefile.Problems
	if errors.As(err, &p) {
		return nil, refuse(ErrSetting, "%s can't be read:\n  %v", path, p)
	}
	return r, err
}

func (c Config) registryPath() string {
	if filepath.IsAbs(c.Designated) || c.Data == "" {
		return c.Designated
	}
	return filepath.Join(c.Data, c.Designated)
}

// RegistryAge tells how long ago the list of designated organisations was last written, in days; the list itself tells up to which day it goes.
func (c Config) RegistryAge() (days int, err error) {
	info, err := os.Stat(c.registryPath())
	if err != nil {
		return 0, err
	}
	return int(c.Now().Sub(info.ModTime()) / (24 * time.Hour)), nil
}
