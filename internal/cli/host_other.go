//go:build !linux

package cli

import (
	"errors"
	"log/slog"
)

func harden(log *slog.Logger) {
	log.Warn("on this system the program can't turn core dumps and swap off by itself; turn them off for its user")
}

func pinnable() error {
	return errors.New("on this system the program does not lock its memory")
}

func swaps() []string { return nil }

func encrypted(uint64) bool { return false }

func inMemory(string) bool { return false }
