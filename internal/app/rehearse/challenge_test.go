package rehearse

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"outcry/internal/outlet/site"
)

// A host that does not give the answer is asked one thing, at most, and left alone.
func TestUninvited(t *testing.T) {
	ours, theirs := NewToken(), NewToken()
	if ours == theirs || !site.RehearsalToken(ours) {
		t.Fatalf("tokens %s and %s", ours, theirs)
	}
	for name, c := range map[string]struct {
		token  string
		status int
		answer string
		asked  int
	}{
		"no token":                     {"", 200, site.RehearsalAnswer(ours), 0},
		"no token worth the name":      {"outcry-rehearsal-x", 200, site.RehearsalAnswer("outcry-rehearsal-x"), 0},
		"nothing there":                {ours, 404, "not found", 1},
		"another token's answer":       {ours, 200, site.RehearsalAnswer(theirs), 1},
		"the token itself":             {ours, 200, ours, 1},
		"the right answer, as a fault": {ours, 500, site.RehearsalAnswer(ours), 1},
		"sent elsewhere":               {ours, 302, site.RehearsalAnswer(ours), 1},
		"a page that holds the answer": {ours, 200, "<p>" + site.RehearsalAnswer(ours), 1},
	} {
		t.Run(name, func(t *testing.T) {
			var mu sync.Mutex
			var asked []string
			conf := Usual()
			conf.Token = c.token
			conf.URL = elsewhere(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				asked = append(asked, r.Method+" "+r.URL.Path)
				mu.Unlock()
				w.Header().Set("Location", "/letters.json")
				w.WriteHeader(c.status)
				io.WriteString(w, c.answer)
			}))
			_, err := Run(t.Context(), conf)
			if !errors.Is(err, ErrUninvited) {
				t.Errorf("%v", err)
			}
			if len(asked) != c.asked || len(asked) == 1 && asked[0] != "GET "+site.RehearsalPath {
				t.Errorf("it asked %q", asked)
			}
		})
	}
}

// A host that gives the answer is let be rehearsed, and one on this machine needs none.
func TestInvited(t *testing.T) {
	c := Usual()
	c.Token = NewToken()
	c.URL = elsewhere(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, site.RehearsalAnswer(c.Token)) }))
	if to, err := c.invited(t.Context()); err != nil || to.here || to.sign || to.url != c.URL {
		t.Errorf("%+v, %v", to, err)
	}
	for _, here := range []string{"http://127.0.0.1:8080", "http://localhost:8080/", "http://[::1]", "http://127.8.9.1"} {
		if to, err := (Config{URL: here}).invited(t.Context()); err != nil || !to.here || to.sign {
			t.Errorf("%s: %+v, %v", here, to, err)
		}
	}
	for _, there := range []string{"http://127.0.0.1.example.org", "http://localhost.example.org", "http://example.org#127.0.0.1", "http://127.0.0.1@example.org"} {
		if _, err := (Config{URL: there}).invited(t.Context()); !errors.Is(err, ErrUninvited) {
			t.Errorf("%s: %v", there, err)
		}
	}
	for _, wrong := range []string{"letters.example.org", "ftp://127.0.0.1", "http://127.0.0.1/en/", "http://127.0.0.1/?x=1", "http://"} {
		if _, err := (Config{URL: wrong}).invited(t.Context()); !errors.Is(err, ErrBounds) {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

// A site elsewhere that answers with errors is left alone after a few of them.
func TestLeftAlone(t *testing.T) {
	c := Usual()
	c.Token, c.Readers, c.Viewers = NewToken(), MostReaders, 0
	var mu sync.Mutex
	pages, good := 0, 5
	c.URL = elsewhere(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case site.RehearsalPath:
			io.WriteString(w, site.RehearsalAnswer(c.Token))
		case "/letters.json":
			io.WriteString(w, `{"letters":[{"id":"00000000000000000000000000000000","case":"anna","letter":"release","counted":1}]}`)
		default:
			mu.Lock()
			pages++
			bad := pages > good
			mu.Unlock()
			if bad {
				http.Error(w, "too much", http.StatusServiceUnavailable)
			}
		}
	}))
	r, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Stopped || r.Night.Held || len(r.Steps) != 1 || r.Steps[0].Held {
		t.Errorf("%+v", r)
	}
	if text := strings.Join(r.Verdict, " "); !strings.Contains(text, "something on the server") {
		t.Errorf("the verdict: %s", text)
	}
	if pages > 100 {
		t.Errorf("it asked %d times for a page of which %d came", pages, good)
	}
}
