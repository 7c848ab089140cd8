//go:build !linux

package cli

import "log/slog"

func harden(log *slog.Logger) {
	log.Warn("on this system the program can't turn core dumps off by itself; turn them off for its user")
}
