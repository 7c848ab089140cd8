// Package web is what every page needs and net/http does not give: handlers that return an error and one place that answers it,
// forms read safely, the headers of a site that keeps nothing of its readers, and rendered pages kept in memory.
//
// Nothing here or above it writes an address, a referrer or a query to a log.
package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/url"
	"time"

	"outcry/internal/kernel/fault"
)

// Handler answers a request or says why not.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Mux registers handlers that return an error. Fail, set once by the site, words every failure for a person.
type Mux struct {
	*http.ServeMux
	Fail func(w http.ResponseWriter, r *http.Request, f *fault.Error)
	Log  *slog.Logger
	// Gate, if set, is asked before each handler; what it returns is answered instead. It may read the form.
	Gate func(w http.ResponseWriter, r *http.Request) error

	door    door
	streams map[string]bool // patterns of Stream
	vital   map[string]bool // patterns of Vital
	long    map[string]bool // patterns of Long
	roomy   map[string]bool // patterns of Roomy
}

// Handle registers a handler under a pattern of http.ServeMux.
func (m *Mux) Handle(pattern string, h Handler) {
	m.ServeMux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		err := error(nil)
		if m.Gate != nil {
			err = m.Gate(w, r)
		}
		if err == nil {
			err = h(w, r)
		}
		if err != nil {
			m.fail(w, r, err)
		}
	})
}

// fail answers with a fault's status and words. An unknown error is ours: it is logged by its route, and says nothing outside.
func (m *Mux) fail(w http.ResponseWriter, r *http.Request, err error) {
	route := r.Pattern
	r = whole(r)
	if errors.Is(err, context.Canceled) || r.Context().Err() != nil {
		return // nobody reads the answer
	}
	f := fault.Of(err)
	switch {
	case f == nil && errors.Is(err, context.DeadlineExceeded): // its time was over: it came while too much was in hand, or waited for what did not come
		f = full.Because(err)
	case f == nil:
		f = fault.New(fault.Internal, "fault.internal").Because(err)
	}
	switch f.Kind {
	case fault.Internal:
		m.Log.Error("a request failed", slog.String("route", route), slog.Any("error", err))
	case fault.Busy:
		m.door.quiet.busy(m.Log, route, err)
	}
	m.Fail(w, r, f)
}

// Status is the HTTP status of a kind of failure.
func Status(k fault.Kind) int {
	switch k {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Gone:
		return http.StatusGone
	case fault.Refused:
		return http.StatusForbidden
	case fault.Conflict:
		return http.StatusConflict
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Method:
		return http.StatusMethodNotAllowed
	case fault.Busy, fault.Locked:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// FormMost is the size in bytes beyond which no form is read.
const FormMost = 16 << 10

// Form reads a form: urlencoded only, for multipart would write what it holds into the temp folder, and no larger than FormMost; a handler of [Mux.Roomy] has a larger one by now.
// It may be called again.
func Form(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	if r.PostForm != nil {
		return r.PostForm, nil
	}
	if !isForm(r) {
		return nil, fault.New(fault.Invalid, "fault.form.type")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, FormMost))
	if err != nil {
		if errors.As(err, new(*http.MaxBytesError)) {
			return nil, fault.New(fault.TooLarge, "fault.form.large")
		}
		return nil, fault.New(fault.Invalid, "fault.form.broken")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, fault.New(fault.Invalid, "fault.form.broken")
	}
	r.PostForm = form // for whoever words a failure: the form says in which language it was read
	return form, nil
}

// isForm tells whether a request says of itself that it holds a form that we read.
func isForm(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "application/x-www-form-urlencoded"
}

// Private marks an answer that must not be kept by anyone, nor found by a search engine.
func Private(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Robots-Tag", "noindex, nofollow")
}

// AddressHoldsSecret marks a page with a token in its address: other hosts, and our own proxy's log, must not read it in a referrer.
func AddressHoldsSecret(w http.ResponseWriter) {
	Private(w)
	w.Header().Set("Referrer-Policy", "strict-origin")
}

const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// Shield is what stands before every handler: headers, cross-site posts refused, panics caught.
func Shield(m *Mux, trusted ...string) (http.Handler, error) {
	cross := http.NewCrossOriginProtection()
	for _, origin := range trusted {
		if err := cross.AddTrustedOrigin(origin); err != nil {
			return nil, err
		}
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Content-Security-Policy"] = csp
		h["Referrer-Policy"] = sameOrigin
		h["X-Content-Type-Options"] = nosniff
		h["Cross-Origin-Opener-Policy"] = sameOrigin
		h["Cross-Origin-Resource-Policy"] = sameOrigin
		h["Permissions-Policy"] = permissions
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler {
				panic(p)
			}
			// The panic's text may quote a form: its route is all we keep.
			_, route := m.ServeMux.Handler(r)
			m.Log.Error("a handler panicked", slog.String("route", route))
			m.Fail(w, r, fault.New(fault.Internal, "fault.internal"))
		}()
		_, pattern := m.ServeMux.Handler(r)
		if pattern == "" {
			m.unrouted(w, r)
			return
		}
		if cross.Check(r) != nil {
			m.fail(w, r, fault.New(fault.Refused, "fault.cross_site"))
			return
		}
		m.guard(w, r, pattern)
	}), nil
}

var (
	csp         = []string{policy}
	sameOrigin  = []string{"same-origin"}
	nosniff     = []string{"nosniff"}
	permissions = []string{"camera=(), geolocation=(), microphone=(), browsing-topics=()"}
)

// unrouted answers what no pattern takes: our own page instead of net/http's line of text.
func (m *Mux) unrouted(w http.ResponseWriter, r *http.Request) {
	probe := &status{head: http.Header{}}
	m.ServeMux.ServeHTTP(probe, r)
	switch {
	case probe.code == http.StatusMethodNotAllowed:
		w.Header().Set("Allow", probe.head.Get("Allow"))
		m.Fail(w, r, fault.New(fault.Method, "fault.method"))
	case probe.code >= 300 && probe.code < 400:
		http.Redirect(w, r, probe.head.Get("Location"), probe.code)
	default:
		m.Fail(w, r, fault.New(fault.NotFound, "fault.not_found"))
	}
}

// WriteStatus writes the status of a failure, and when to come again where that helps.
func WriteStatus(w http.ResponseWriter, f *fault.Error) {
	Retry(w, f)
	w.WriteHeader(Status(f.Kind))
}

// Retry says when to come again, where that helps.
func Retry(w http.ResponseWriter, f *fault.Error) {
	switch {
	case f.Kind == fault.Locked: // a person is on the way
		w.Header().Set("Retry-After", "60")
	case Status(f.Kind) == http.StatusServiceUnavailable:
		w.Header().Set("Retry-After", "10")
	}
}

// status notes what a handler would answer.
type status struct {
	head http.Header
	code int
}

func (s *status) Header() http.Header { return s.head }
func (s *status) WriteHeader(c int) {
	if s.code == 0 {
		s.code = c
	}
}
func (s *status) Write(b []byte) (int, error) { s.WriteHeader(http.StatusOK); return len(b), nil }

// Serve answers on a listener until ctx ends, then lets requests in hand finish for up to ten seconds. drain, if given, is called at the
// beginning of that end, for those who hold connections open. Whoever takes an answer slower than in a minute is left; streams set deadlines of their own.
func Serve(ctx context.Context, l net.Listener, h http.Handler, logger *slog.Logger, drain func()) error {
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          log.New(peerless{logger}, "", 0),
	}
	done := make(chan error, 1)
	go func() { done <- srv.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	if drain != nil {
		drain()
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return srv.Shutdown(stop)
}

// peerless takes net/http's own log lines, which name the peer's address, and keeps only that there was one.
type peerless struct{ log *slog.Logger }

func (p peerless) Write(b []byte) (int, error) {
	kind := "a connection failed"
	if bytes.Contains(b, []byte("panic")) {
		kind = "a handler panicked"
	}
	p.log.Debug(kind)
	return len(b), nil
}
