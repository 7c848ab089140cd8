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

// designated is a list of designated organisations as a running server has read it.
type designated struct {
	list *casefile.Registry
	size int64
	at   time.Time // when its file was written
}

// designations is the list to whose organisations no page links, as it is now; nil if there is none.
func (a *App) designations() *casefile.Registry {
	if d := a.listed.Load(); d != nil {
		return d.list
	}
	return nil
}

// relist reads the list again if its file was written since, and has every page made anew. Its first fault keeps a server from starting: pages without the list would
// link to where a link is a crime. Later ones are told once, and the older list holds.
func (a *App) relist() error {
	if a.Designated == "" {
		return nil
	}
	have, now := a.listed.Load(), &designated{}
	info, err := os.Stat(a.registryPath())
	if err == nil {
		now.size, now.at = info.Size(), info.ModTime()
	}
	if have != nil && have.size == now.size && have.at.Equal(now.at) {
		return nil
	}
	if err == nil {
		now.list, err = a.Registry()
	}
	if err != nil {
		if have != nil {
			now.list = have.list
			a.listed.Store(now)
		}
		return err
	}
	a.listed.Store(now)
	a.site.Afresh()
	return nil
}
