package cli

import (
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// bar shows how far work has come, how fast it goes and when it will be done: on a terminal, and nothing elsewhere.
func (s *streams) bar(words string) func(done, of int) {
	f := s.screen()
	if f == nil {
		return func(int, int) {}
	}
	var b *progressbar.ProgressBar
	return func(done, of int) {
		if b == nil {
			b = progressbar.NewOptions(of, progressbar.OptionSetWriter(f), progressbar.OptionSetDescription(words), progressbar.OptionShowCount(),
				progressbar.OptionShowIts(), progressbar.OptionSetPredictTime(true), progressbar.OptionThrottle(100*time.Millisecond),
				progressbar.OptionEnableColorCodes(false), progressbar.OptionClearOnFinish())
		}
		_ = b.Set(done)
	}
}

// screen is the terminal that is told things; nil where there is none.
func (s *streams) screen() *os.File {
	f, ok := s.err.(*os.File)
	if !ok || s.quiet || !term.IsTerminal(int(f.Fd())) {
		return nil
	}
	return f
}

// program is how this very program was called, for words that can be typed back.
func program() string {
	if strings.Contains(os.Args[0], "go-build") {
		return "go run ./cmd/outcry"
	}
	return os.Args[0]
}
