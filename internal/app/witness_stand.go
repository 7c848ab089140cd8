package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"outcry/internal/kernel/durable"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/witness"
	"outcry/receipt"
)

// WitnessConfig is what an ally's witness is run with. It has nothing to do with an installation of ours: other machine, other data, other key.
type WitnessConfig struct {
	KeyFile string
	State   string   // folder
	Logs    []string // each a log's verifier key and, after a blank, the URL of its site to recount from
	Every   time.Duration
	Now     func() time.Time
	Log     *slog.Logger
}

// BeginWitness makes a key in a new file and a state in a new folder, and returns the key's public half. With look it makes nothing and returns
// no key.
func BeginWitness(keyFile, state, name string, look bool) (vkey string, err error) {
	k, err := receipt.NewWitnessKey(name)
	if err != nil {
		return "", refuse(ErrSetting, "--name: %v", err)
	}
	if inside(state, keyFile) {
		return "", refuse(ErrSetting, "the key file must not lie in the folder of the state: name a path outside %s", state)
	}
	if _, err := os.Lstat(keyFile); err == nil {
		return "", refuse(ErrInWay, "%s is there already; name another file", keyFile)
	}
	if _, err := os.Stat(filepath.Dir(keyFile)); err != nil {
		return "", fmt.Errorf("the folder of the key file: %w", err)
	}
	if entries, err := os.ReadDir(state); err == nil && len(entries) > 0 {
		return "", refuse(ErrInWay, "%s is not empty; name a new folder: a witness begins with nothing seen", state)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	if look {
		return "", nil
	}
	if err := durable.New(keyFile, k.Secret()); err != nil {
		return "", fmt.Errorf("the key file: %w", err)
	}
	return k.String(), witness.Begin(state, k.Witness)
}

// inside tells whether a path lies in a folder.
func inside(folder, path string) bool {
	f, err1 := filepath.Abs(folder)
	p, err2 := filepath.Abs(path)
	rel, err3 := filepath.Rel(f, p)
	return errors.Join(err1, err2, err3) == nil && rel != ".." && !hasParent(rel)
}

// ServeWitness answers on a listener until ctx ends. started is told the witness's public key when it is ready.
func ServeWitness(ctx context.Context, c WitnessConfig, l net.Listener, started func(vkey string)) error {
	w, err := openWitness(c)
	if err != nil {
		return err
	}
	defer w.Close()
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() { w.Run(ctx) })
	started(w.Key.String())
	return web.Serve(ctx, bounded(l), w.Handler(), c.Log, nil) // what is signed has to reach the disk, however many are connected
}

func openWitness(c WitnessConfig) (*witness.Witness, error) {
	secret, err := os.ReadFile(c.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("the key file: %w", err)
	}
	if info, err := os.Stat(c.KeyFile); err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, refuse(ErrSetting, "others can read %s: chmod 600 it, or make another key", c.KeyFile)
	}
	k, err := receipt.ParseWitnessKey(secret)
	if err != nil {
		return nil, refuse(ErrSetting, "%s: %v; outcry witness init makes one", c.KeyFile, err)
	}
	var logs []witness.Log
	for _, text := range c.Logs {
		l, err := watchedLog(text)
		if err != nil {
			return nil, refuse(ErrSetting, "--log: %v", err)
		}
		logs = append(logs, l)
	}
	w, err := witness.Open(witness.Config{Key: k, State: c.State, Logs: logs, Every: c.Every, Now: c.Now, Log: c.Log})
	if errors.Is(err, witness.ErrState) {
		return nil, refuse(ErrInWay, "%v", err)
	}
	return w, err
}

// watchedLog reads a log as a flag has it.
func watchedLog(text string) (l witness.Log, err error) {
	words := strings.Fields(text)
	if len(words) < 1 || len(words) > 2 {
		return l, fmt.Errorf("%q is not a log's key, as the site prints it at /log/key, and, after a blank, the site's URL", text)
	}
	if l.Key, err = receipt.ParseKey(words[0]); err != nil {
		return l, err
	}
	if len(words) == 1 {
		return l, nil
	}
	if u, err := url.Parse(words[1]); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return l, fmt.Errorf("%q is no URL of a site", words[1])
	}
	l.Site = strings.TrimRight(words[1], "/")
	return l, nil
}
