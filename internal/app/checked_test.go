package app

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// Who starts a server is told how far the check of log and rows has come.
func TestAStartTellsHowFarItsCheckIs(t *testing.T) {
	dir, told := t.TempDir(), []string(nil)
	c := Config{Data: filepath.Join(dir, "data"), SecretFile: filepath.Join(dir, "secret"), Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	c.URL = "https://letters.example.org"
	ctx := context.Background()
	if err := Init(ctx, c); err != nil {
		t.Fatal(err)
	}
	c.Checked = func(what Checked, done, of int64) { told = append(told, fmt.Sprintf("%s %d/%d", what, done, of)) }
	a, err := Open(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if _, err := a.Handler(ctx); err != nil {
		t.Fatal(err)
	}
	if want := []string{"entries 0/0", "signatures 0/0"}; !slices.Equal(told, want) {
		t.Errorf("of an empty log it is told %v, want %v", told, want)
	}
}
