package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"outcry/ui"
)

// A page whose stream was refused, as by a proxy whose server is away for a moment, asks again, some half a minute later; one whose stream has ended does so too, as browsers do.
func TestRefusedViewerComesBack(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	mux := http.NewServeMux()
	for name, f := range ui.Assets() {
		mux.HandleFunc("GET /"+name, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", f.Type)
			w.Write(f.Body)
		})
	}
	mux.HandleFunc("GET /hasty.js", func(w http.ResponseWriter, _ *http.Request) { // its half minutes are short
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, `const real = setTimeout; window.waited = []; window.setTimeout = (f, ms) => { waited.push(ms); return real(f, ms / 100) }`)
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!DOCTYPE html><html lang="en"><title>x</title><link rel="icon" href="data:,"><script src="/hasty.js"></script><script src="/live.js" defer></script>
<div data-live="/stream"><p data-live-say><b data-live-key="n">0</b></p><p role="status"></p></div>`)
	})
	mux.HandleFunc("GET /stream", func(w http.ResponseWriter, r *http.Request) {
		n := asked.Add(1)
		if n == 1 || n == 2 || n == 4 {
			w.WriteHeader([]int{0, http.StatusBadGateway, http.StatusServiceUnavailable, 0, http.StatusBadGateway}[n])
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		fmt.Fprintf(w, "retry: 10\n\nevent: count\ndata: {\"n\":%d}\n\n", n)
		if w.(http.Flusher).Flush(); n > 4 {
			<-r.Context().Done()
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.CloseClientConnections)
	t.Cleanup(server.Close)
	p := New(t).Page(t, View{})
	p.Allow(`50[23]`)
	p.Open(server.URL)
	p.Await(`document.querySelector("b").textContent == "5"`, patience)
	if asked.Load() != 5 {
		t.Errorf("asked %d times", asked.Load())
	}
	if waited := Eval[string](p, `waited.filter(ms => ms > 10000).map(ms => ms >= 20000 && ms < 40000).join()`); !strings.HasPrefix(waited, "true,true,true") {
		t.Errorf("waits between: %s", waited)
	}
}
