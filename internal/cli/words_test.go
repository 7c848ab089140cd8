package cli

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"outcry/internal/app"
	"outcry/internal/core/casefile"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/locales"
)

// dialled is what the network says when a connection could not be made.
func dialled(err error) error {
	return &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 5432}, Err: err}
}

func errno(n syscall.Errno) error { return os.NewSyscallError("connect", n) }

type slow struct{}

func (slow) Error() string   { return "i/o timeout" }
func (slow) Timeout() bool   { return true }
func (slow) Temporary() bool { return true }

func TestPlainly(t *testing.T) {
	get := func(err error) error { return &url.Error{Op: "Get", URL: "https://x.example/log/key", Err: err} }
	certificate := func(err error) error { return get(&tls.CertificateVerificationError{Err: err}) }
	for want, err := range map[string]error{
		"nothing new here": errors.New("nothing new here"),

		"PostgreSQL at h does not answer: nothing listens at 192.0.2.1:5432": fmt.Errorf("PostgreSQL at h does not answer: %w",
			errors.Join(fmt.Errorf("192.0.2.1:5432 (h): dial error: %w", dialled(errno(syscall.ECONNREFUSED))), dialled(errno(syscall.ECONNREFUSED)))),
		"PostgreSQL at h does not answer: there is no host called h": fmt.Errorf("PostgreSQL at h does not answer: %w",
			dialled(&net.DNSError{Err: "no such host", Name: "h", Server: "192.0.2.53:53", IsNotFound: true})),
		"a: 192.0.2.1:5432 gave no answer in time":                           fmt.Errorf("a: %w", dialled(slow{})),
		"192.0.2.1:5432 hung up":                                             dialled(errno(syscall.ECONNRESET)),
		"there is no way to 192.0.2.1:5432 from here":                        dialled(errno(syscall.EHOSTUNREACH)),
		"there is no socket 192.0.2.1:5432":                                  dialled(errno(syscall.ENOENT)),
		"another program listens there; stop it, or choose another port":     dialled(errno(syscall.EADDRINUSE)),
		"this user may not listen there (ports below 1024 are the system's)": dialled(errno(syscall.EACCES)),
		"this machine has no such address":                                   dialled(errno(syscall.EADDRNOTAVAIL)),
		"the name server gave no answer about h in time":                     &net.DNSError{Name: "h", IsTimeout: true},
		"the name h could not be looked up":                                  &net.DNSError{Name: "h", Err: "server misbehaving"},
		"b: nothing listens at 192.0.2.1:5432":                               fmt.Errorf("b: %w", get(dialled(errno(syscall.ECONNREFUSED)))),
		"its certificate is signed by nobody whom this machine trusts":       certificate(x509.UnknownAuthorityError{}),
		"its certificate is not for the name x.example":                      certificate(x509.HostnameError{Host: "x.example", Certificate: &x509.Certificate{}}),
		"its certificate has expired, or this machine's clock is wrong":      certificate(x509.CertificateInvalidError{Reason: x509.Expired}),
		"its certificate does not hold":                                      certificate(errors.New("x509: something else")),
		"what answers there speaks http, not https":                          get(http.ErrSchemeMismatch),
		"there was no answer in time":                                        get(context.DeadlineExceeded),
		"it hung up without a word":                                          get(io.EOF),
		"c: it broke off in the middle":                                      fmt.Errorf("c: %w", io.ErrUnexpectedEOF),
		"d: it was stopped":                                                  fmt.Errorf("d: %w", context.Canceled),
		"the secret file: s is not there":                                    fmt.Errorf("the secret file: %w", &fs.PathError{Op: "open", Path: "s", Err: syscall.ENOENT}),
		"s is a folder, not a file":                                          &fs.PathError{Op: "read", Path: "s", Err: syscall.EISDIR},
		"a part of s/t is a file, not a folder":                              &fs.PathError{Op: "open", Path: "s/t", Err: syscall.ENOTDIR},
		"this user may not touch s":                                          &fs.PathError{Op: "open", Path: "s", Err: syscall.EACCES},
		"s is there already":                                                 &fs.PathError{Op: "open", Path: "s", Err: syscall.EEXIST},
		"s: the disk is full":                                                &fs.PathError{Op: "write", Path: "s", Err: syscall.ENOSPC},
		"s: the disk can only be read":                                       &fs.PathError{Op: "write", Path: "s", Err: syscall.EROFS},
		"s: the system says: input/output error":                             &fs.PathError{Op: "write", Path: "s", Err: syscall.EIO},
		"s: file already closed":                                             &fs.PathError{Op: "write", Path: "s", Err: os.ErrClosed},
		"rename a b: this user may not do that":                              &os.LinkError{Op: "rename", Old: "a", New: "b", Err: syscall.EPERM},
	} {
		if have := plainly(err); have != want {
			t.Errorf("%v\nis said as %q,\nnot as     %q", err, have, want)
		}
	}
}

// No key of the catalogue is ever shown, whichever fault comes out of a command.
func TestNoKeyIsShown(t *testing.T) {
	words, err := lang.Load(locales.FS)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, key := range append(words.Keys(), "fault.of.a.later.version") {
		if !strings.HasPrefix(key, "fault.") {
			continue
		}
		n++
		said := worded(fmt.Errorf("letter: %w", fault.New(fault.Refused, key, "Time", "12:00", "Most", 100, "Least", 12, "Field", "Title", "Letters", "x", "Sizes", "a4", "Language", "en", "Tag", "de", "Code", "U+202E", "Have", "en").Because(errors.New("disk I/O error"))), false)
		if strings.Contains(said, key) || strings.Contains(said, "disk I/O") || strings.Contains(said, "{{") || len(said) < 10 {
			t.Errorf("%s is said as %q", key, said)
		}
	}
	for kind := fault.Internal; kind <= fault.Method; kind++ {
		err := fmt.Errorf("letter: %w", fault.New(kind, "fault.busy").Because(errors.New("disk I/O error")))
		if said := worded(err, false); strings.Contains(said, "fault.") || strings.Contains(said, "disk") {
			t.Errorf("%s is said as %q", kind, said)
		}
		if said := worded(err, true); !strings.Contains(said, "disk I/O error") {
			t.Errorf("%s is said as %q, and why is not said", kind, said)
		}
	}
	if n < 20 {
		t.Errorf("only %d keys begin with fault.", n)
	}
	if said := worded(fault.New(fault.Busy, "fault.busy"), false); !strings.HasPrefix(said, "the database is busy") {
		t.Errorf("a busy database is said as %q", said)
	}
	if said := worded(casefile.Problems{{Line: 3, Column: 4, Path: "case.slug", Say: "missing"}}, false); said != "3:4: case.slug: missing" {
		t.Errorf("a campaign file's problem is said as %q", said)
	}
}

func TestExitCode(t *testing.T) {
	stopped, stop := context.WithCancel(context.Background())
	stop()
	missing := &fs.PathError{Op: "open", Path: "s", Err: syscall.ENOENT}
	for _, c := range []struct {
		err  error
		want int
	}{
		{errors.New("a"), exitFailed},
		{casefile.Problems{{Say: "b"}}, exitFailed},
		{usage("c"), exitUsage},
		{fmt.Errorf("d: %w", failed(exitConflict, "d")), exitConflict},
		{fault.New(fault.Busy, "fault.busy"), exitTryLater},
		{fault.New(fault.NotFound, "fault.not_found"), exitNotFound},
		{fault.New(fault.Locked, "fault.locked"), exitConflict},
		{fmt.Errorf("e: %w", missing), exitNotFound},
		{dialled(errno(syscall.ENOENT)), exitTryLater}, // a socket that is not there is a server that is not
		{dialled(errno(syscall.ECONNREFUSED)), exitTryLater},
		{context.Canceled, exitFailed}, // not by us
		{app.ErrSetting, exitUsage},
		{app.ErrAbsent, exitNotFound},
		{app.ErrInWay, exitConflict},
	} {
		if have := exitCode(context.Background(), c.err); have != c.want {
			t.Errorf("%v exits with %d, not %d", c.err, have, c.want)
		}
	}
	if have := exitCode(stopped, fmt.Errorf("f: %w", context.Canceled)); have != exitInterrupted {
		t.Errorf("interrupted work exits with %d", have)
	}
	if have := exitCode(stopped, errors.New("g")); have != exitFailed {
		t.Errorf("work that failed before it was interrupted exits with %d", have)
	}
}

func TestMeant(t *testing.T) {
	list := []string{"serve", "verify", "recount", "init", "--data", "--database"}
	for word, want := range map[string]string{
		"sevre": "serve", "serv": "serve", "verfy": "verify", "recuont": "recount", "intit": "init", "inti": "init", "--dat": "--data", "--databse": "--database",
		"frobnicate": "", "": "", "x": "", "i": "",
	} {
		have := meant(word, list)
		if want != "" {
			want = "; did you mean " + want + "?"
		}
		if have != want {
			t.Errorf("%q: %q, not %q", word, have, want)
		}
	}
}

// A server that is stopped has not failed; what fails while it is stopped has.
func TestUntilStopped(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		stop      bool
		err, want error
		said      string
	}{
		{false, nil, nil, ""}, {false, broken, broken, ""}, {false, context.Canceled, context.Canceled, ""},
		{true, nil, nil, "Stopped.\n"}, {true, fmt.Errorf("a: %w", context.Canceled), nil, "Stopped.\n"}, {true, broken, broken, ""},
		{true, context.DeadlineExceeded, nil, "Stopped; some requests took too long and were cut off.\n"},
	} {
		ctx, stop := context.WithCancel(context.Background())
		var words strings.Builder
		s := &streams{err: &words}
		have := s.untilStopped(ctx, func(context.Context) error {
			if c.stop {
				stop()
			}
			return c.err
		})
		stop()
		if !errors.Is(have, c.want) || (c.want == nil) != (have == nil) || words.String() != c.said {
			t.Errorf("%+v: %v, %q", c, have, words.String())
		}
	}
}

func TestWrittenWholeOrNotAtAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	if err := writeNew(path, []byte("text")); err != nil {
		t.Fatal(err)
	}
	if err := writeNew(path, []byte("other")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("%v", err)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "text" {
		t.Errorf("%q, %v", b, err)
	}
	if _, err := os.Stat("/dev/full"); err == nil {
		link := filepath.Join(t.TempDir(), "full")
		_ = os.Symlink("/dev/full", link) // O_EXCL does not follow it, as it must not
		if err := writeNew(link, []byte("text")); !errors.Is(err, fs.ErrExist) {
			t.Errorf("a link was followed: %v", err)
		}
	}
}
