package site

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"

	"outcry/internal/kernel/fault"
)

// A dress rehearsal of a server that runs (outcry rehearse --url) goes to hosts that let it in, and to no other. The rehearsal prints a token; the organisers put it
// into their settings; the server answers with a hash of it, so that who only asks can't bring others here with it.
const (
	RehearsalPath = "/.well-known/outcry-rehearsal"
	RehearsalMark = "outcry-rehearsal-" // how each token begins
)

// RehearsalToken tells whether s looks as a token does: the mark, and 26 letters and digits, 128 random bits.
func RehearsalToken(s string) bool {
	rest, ok := strings.CutPrefix(s, RehearsalMark)
	return ok && len(rest) == 26 && strings.Trim(rest, "abcdefghijklmnopqrstuvwxyz234567") == ""
}

// RehearsalAnswer is what a server with that token answers: one line, the same for all who ask.
func RehearsalAnswer(token string) string {
	sum := sha256.Sum256([]byte("outcry rehearsal v1\n" + token + "\n"))
	return hex.EncodeToString(sum[:]) + "\n"
}

// rehearsal says whether a rehearsal has been let in.
func (s *Site) rehearsal(w http.ResponseWriter, _ *http.Request) error {
	if s.Rehearsal == "" {
		return fault.New(fault.NotFound, "fault.not_found")
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store") // taken back is taken back
	_, err := io.WriteString(w, RehearsalAnswer(s.Rehearsal))
	return err
}
