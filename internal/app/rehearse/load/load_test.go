package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/smtp"
	"sync/atomic"
	"testing"
	"time"
)

// People come at their own rate: a server that needs longer than there is time for does not slow them down, and is found late.
func TestPaceDoesNotWait(t *testing.T) {
	var began atomic.Int64
	gate := make(chan struct{})
	time.AfterFunc(time.Second, func() { close(gate) })
	o := Pace{Rate: 200, Time: 500 * time.Millisecond, Grace: 10 * time.Millisecond, Work: func(int, time.Time) error {
		began.Add(1)
		<-gate
		return nil
	}}.Run(t.Context())
	if o.Offered != 100 || began.Load() < 90 || o.Late != 100 || o.Done != 0 {
		t.Errorf("of 100 who came %d were let in meanwhile: %+v", began.Load(), o)
	}
}

func TestPace(t *testing.T) {
	o := Pace{Rate: 400, Time: 250 * time.Millisecond, Grace: 10 * time.Second, Work: func(n int, _ time.Time) error {
		if n%50 == 7 {
			return errors.New("no")
		}
		return nil
	}}.Run(t.Context())
	if o.Offered != 100 || o.Done != 98 || o.Failed != 2 || o.Why["no"] != 2 || o.Late != 0 || len(o.Took) != 98 {
		t.Errorf("%+v", o)
	}
	if o := (Pace{Rate: 1000, Time: time.Second, Most: 5, Grace: 10 * time.Second, Work: func(int, time.Time) error { return nil }}).Run(t.Context()); o.Offered != 5 || o.Done != 5 {
		t.Errorf("%+v", o)
	}
}

// What only fails is not battered on.
func TestPaceGivesUp(t *testing.T) {
	var asked atomic.Int64
	o := Pace{Rate: 500, Time: 20 * time.Second, Work: func(int, time.Time) error { asked.Add(1); return errors.New("no") }}.Run(t.Context())
	if o.Failed <= failures || asked.Load() > 500 {
		t.Errorf("%d asked, %+v", asked.Load(), o)
	}
	stop, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	began := time.Now()
	Pace{Rate: 10, Time: time.Hour, Work: func(int, time.Time) error { return nil }}.Run(stop)
	if time.Since(began) > 10*time.Second {
		t.Error("it does not stop when it is told to")
	}
}

func TestSend(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/away":
			http.Redirect(w, r, "http://example.org/", http.StatusFound)
		case r.URL.Path == "/full":
			w.Header().Set("Retry-After", "3")
			w.WriteHeader(http.StatusServiceUnavailable)
		case r.Header.Get("If-None-Match") == `"a"`:
			w.WriteHeader(http.StatusNotModified)
		case r.Method == http.MethodPost:
			b, _ := io.ReadAll(r.Body)
			fmt.Fprintf(w, "form %s of %s", b, r.Header.Get("Sec-Fetch-Site"))
		default:
			w.Header().Set("ETag", `"a"`)
			fmt.Fprint(w, "page, ", r.Header.Get("Accept-Encoding"))
		}
	}))
	defer server.Close()
	client := Client(2, time.Minute)
	defer client.CloseIdleConnections()
	body, tag, err := Ask{URL: server.URL, Gzip: true, Good: "page"}.Fetch(client, nil)
	if string(body) != "page, gzip" || tag != `"a"` || err != nil {
		t.Errorf("%q %q %v", body, tag, err)
	}
	if body, err := (Ask{URL: server.URL, Tag: tag}).Send(client, nil); len(body) > 0 || err != nil {
		t.Errorf("with a copy: %q %v", body, err)
	}
	if body, err := (Ask{URL: server.URL, Form: "a=b"}).Send(client, body[:0]); string(body) != "form a=b of same-origin" || err != nil {
		t.Errorf("%q %v", body, err)
	}
	if _, err := (Ask{URL: server.URL, Good: "other"}).Send(client, nil); err == nil {
		t.Error("a page that lacks something is taken for good")
	}
	var status *Status
	if _, err := (Ask{URL: server.URL + "/full"}).Send(client, nil); !errors.As(err, &status) || status.Code != 503 || status.Later != "3" || status.Error() != "GET /full: 503 Service Unavailable" {
		t.Errorf("%v", err)
	}
	if _, err := (Ask{URL: server.URL + "/away"}).Send(client, nil); !errors.As(err, &status) || status.Code != 302 {
		t.Errorf("a redirect is followed: %v", err)
	}
}

func TestMailbox(t *testing.T) {
	type mail struct{ address, code string }
	came := make(chan mail, 10)
	m, err := NewMailbox(func(address, code string, _ time.Time) { came <- mail{address, code} })
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for body, want := range map[string]string{
		"Your code:\r\n\r\nABCD-1234\r\n":                   "ABCD-1234",
		"It is a long line that is folded: ABCD-=\r\n1234.": "ABCD-1234",
		"Nothing here, not even abcd-1234 or ABCDE-12345.":  "",
		"..\r\n7H2K-9PQR": "7H2K-9PQR",
	} {
		text := "Subject: ZZZZ-9999\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + body + "\r\n"
		if err := smtp.SendMail(m.Addr, nil, "a@example.org", []string{"b@example.org"}, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if have := <-came; have != (mail{"b@example.org", want}) {
			t.Errorf("%q: %v", body, have)
		}
	}
}

func TestCrowd(t *testing.T) {
	end := make(chan struct{})
	var there atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if there.Add(1) > 10 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Connection", "close") // as the site's stream has it
		io.WriteString(w, "event: count\ndata: 1\n\n")
		w.(http.Flusher).Flush()
		<-end
	}))
	defer server.Close()
	c := &Crowd{}
	if err := c.Open(t.Context(), server.URL+"/live", 10); err != nil {
		t.Fatal(err)
	}
	if err := c.Until(t.Context(), 10, 20*time.Second); err != nil || c.Size() != 10 {
		t.Errorf("%d open, %v", c.Size(), err)
	}
	if err := c.Open(t.Context(), server.URL+"/live", 1); err != nil {
		t.Fatal(err)
	}
	if err := c.Until(t.Context(), 11, 50*time.Millisecond); !errors.Is(err, errUntold) {
		t.Errorf("one who is refused passes for told: %v", err)
	}
	close(end)
	for limit := time.Now().Add(20 * time.Second); c.Lost.Load() < 10 && time.Now().Before(limit); time.Sleep(time.Millisecond) {
	}
	if n := c.Lost.Load(); n < 10 {
		t.Errorf("%d of 10 streams that the server ended are lost", n)
	}
	c.Close()
	if err := new(Crowd).Open(t.Context(), "http://127.0.0.1:1/live", 1); err == nil {
		t.Error("nobody is there, and a stream is open")
	}
}

func TestBetween(t *testing.T) {
	if s := Between([]byte(`a href="/mine/abc?lang"`), "/mine/", "?"); s != "abc" {
		t.Errorf("%q", s)
	}
	for _, b := range []string{"", "/mine/abc", "abc?"} {
		if s := Between([]byte(b), "/mine/", "?"); s != "" {
			t.Errorf("%q in %q", s, b)
		}
	}
}
