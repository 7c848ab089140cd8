package app

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"outcry/internal/kernel/seal"
)

// A server that starts locked listens on a socket in its data folder, open to its own user and to root. Whoever brings the secret writes it there in one line
// and reads one line: a word, and after "refused" the reason. Two servers on one folder have a socket each.

const (
	socketPattern = "unlock-*.sock"
	socketMost    = 103 // bytes of a socket's path; every system takes as many
	lineMost      = 4 << 10
	talkMost      = 30 * time.Second // a slow database included

	saysUnlocked = "unlocked"
	saysAlready  = "already"
	saysRefused  = "refused "
)

// errSilent is of who came and said nothing: another server of this folder that starts, and looks whether somebody is here still.
var errSilent = errors.New("nothing was said")

// listenUnlock opens this server's socket, and removes those of servers that were killed.
func listenUnlock(data string) (*net.UnixListener, error) {
	dir, err := filepath.Abs(data)
	if err != nil {
		return nil, err
	}
	sweepSockets(dir)
	name := make([]byte, 4)
	rand.Read(name)
	path := filepath.Join(dir, strings.Replace(socketPattern, "*", hex.EncodeToString(name), 1))
	if len(path) > socketMost {
		return nil, refuse(ErrSetting, "the path of the data folder is too long for a socket in it (%s): name a shorter one, or give the secret in a file", path)
	}
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("the socket for the unlock secret: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil { // who came in before that is asked who he is all the same
		l.Close()
		return nil, fmt.Errorf("the socket for the unlock secret: %w", err)
	}
	return l, nil
}

// sweepSockets removes the sockets that nobody listens on.
func sweepSockets(dir string) {
	paths, _ := filepath.Glob(filepath.Join(dir, socketPattern))
	for _, path := range paths {
		c, err := net.Dial("unix", path)
		switch {
		case err == nil:
			c.Close()
		case errors.Is(err, syscall.ECONNREFUSED): // and not one that is busy, or another user's
			os.Remove(path)
		}
	}
}

// attend takes the secret at the socket until ctx ends.
func (a *App) attend(ctx context.Context, l *net.UnixListener) {
	end := context.AfterFunc(ctx, func() { l.Close() })
	defer end()
	defer l.Close()
	for {
		c, err := l.AcceptUnix()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of files, say
			select {
			case <-ctx.Done():
				return
			case <-time.After(time.Second):
			}
			continue
		}
		a.answer(ctx, c)
	}
}

func (a *App) answer(ctx context.Context, c *net.UnixConn) {
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(talkMost))
	err := mayUnlock(c)
	if err == nil {
		err = a.unlockFrom(ctx, c)
	}
	switch {
	case err == nil:
		a.Config.Log.Info("the unlock secret was given: letters can be signed, mails go out, the log grows")
		fmt.Fprintln(c, saysUnlocked)
	case errors.Is(err, errSilent):
	case errors.Is(err, ErrUnlocked):
		fmt.Fprintln(c, saysAlready)
	default:
		a.Config.Log.Warn("an unlock secret was refused")
		fmt.Fprintln(c, saysRefused+strings.ReplaceAll(err.Error(), "\n", " "))
	}
}

func (a *App) unlockFrom(ctx context.Context, c *net.UnixConn) error {
	line, err := bufio.NewReader(io.LimitReader(c, lineMost)).ReadBytes('\n')
	defer clear(line)
	if len(line) == 0 {
		return errSilent
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if !a.secret.Locked() {
		return ErrUnlocked
	}
	given, err := seal.ParseSecret(line)
	if err != nil {
		return err
	}
	return a.Unlock(ctx, given)
}

// GiveSecret brings the unlock secret, in one line, to each server that waits for one on a data folder, and tells how many took it. The error is ErrUnlocked
// where none waits and what runs there has it already, ErrAbsent where nothing runs.
func GiveSecret(ctx context.Context, data string, line []byte) (took int, err error) {
	if err := there(data); err != nil {
		return 0, err
	}
	dir, err := filepath.Abs(data)
	if err != nil {
		return 0, err
	}
	if _, err := seal.ParseSecret(line); err != nil { // it does not travel for nothing
		return 0, err
	}
	paths, err := filepath.Glob(filepath.Join(dir, socketPattern))
	if err != nil {
		return 0, err
	}
	heard := false
	for _, path := range paths {
		says, err := giveTo(ctx, path, line)
		switch {
		case errors.Is(err, errDeaf):
			continue
		case err != nil:
			return took, err
		}
		heard = true
		if reason, refused := strings.CutPrefix(says, saysRefused); refused {
			return took, errors.New(reason)
		}
		if says == saysUnlocked {
			took++
		}
	}
	if took > 0 {
		return took, nil
	}
	if heard {
		return 0, ErrUnlocked
	}
	if f, err := hold(data, true); err != nil {
		return 0, ErrUnlocked
	} else {
		f.Close()
	}
	return 0, refuse(ErrAbsent, "no server waits for its secret at %s; start one with: outcry serve --locked", data)
}

var errDeaf = errors.New("nobody listens there")

func giveTo(ctx context.Context, path string, line []byte) (says string, err error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		if errors.Is(err, os.ErrPermission) {
			return "", err
		}
		return "", errDeaf // of a server that was killed
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(talkMost))
	sent := append(bytes.TrimSpace(line), '\n')
	defer clear(sent)
	if _, err := c.Write(sent); err != nil {
		return "", err
	}
	answer, err := bufio.NewReader(io.LimitReader(c, lineMost)).ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("the server broke off: %w", err)
	}
	return strings.TrimSuffix(answer, "\n"), nil
}
