package app

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// mayUnlock asks the kernel whose process speaks at the socket: it must be our own user's, or root's.
func mayUnlock(c *net.UnixConn) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var who *unix.Ucred
	var failed error
	if err := raw.Control(func(fd uintptr) { who, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); err != nil {
		return err
	}
	if failed != nil {
		return fmt.Errorf("who speaks at the socket is not known: %w", failed)
	}
	if who.Uid != 0 && int(who.Uid) != os.Geteuid() {
		return errors.New("only the server's own user, or root, may bring the secret")
	}
	return nil
}
