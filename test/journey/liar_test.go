package journey

import (
	"bytes"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"filippo.io/torchwood"
)

// answer changes what the real server said; nil is "there is nothing".
type answer func(path string, body []byte) []byte

// liar is a server that hands on what the real one says, but for the lie.
func liar(t testing.TB, base string, lie answer) string {
	t.Helper()
	target, err := url.Parse(base)
	must(t, err)
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ErrorLog = log.New(io.Discard, "", 0) // whoever finds a lie hangs up
	proxy.ModifyResponse = func(res *http.Response) error {
		b, err := io.ReadAll(res.Body)
		if err != nil {
			return err
		}
		told := b
		if res.StatusCode == http.StatusOK {
			told = lie(res.Request.URL.Path, b)
		}
		if told == nil {
			res.StatusCode = http.StatusNotFound
		}
		res.Header.Set("Content-Length", strconv.Itoa(len(told)))
		res.ContentLength, res.Body = int64(len(told)), io.NopCloser(bytes.NewReader(told))
		return nil
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL
}

// at lies about the addresses that begin so.
func at(prefix string, lie func([]byte) []byte) answer {
	return func(path string, body []byte) []byte {
		if strings.HasPrefix(path, prefix) {
			return lie(body)
		}
		return body
	}
}

// both lies twice.
func both(one, two answer) answer {
	return func(path string, body []byte) []byte { return two(path, one(path, body)) }
}

func gone([]byte) []byte { return nil }

// flip changes one bit of a byte.
func flip(at int) func([]byte) []byte {
	return func(b []byte) []byte {
		b = bytes.Clone(b)
		b[at] ^= 1
		return b
	}
}

// instead replaces what is there once, or it is no lie.
func instead(t testing.TB, old, by string) func([]byte) []byte {
	return func(b []byte) []byte {
		if !bytes.Contains(b, []byte(old)) {
			t.Errorf("%q is not in %q", old, b)
		}
		return bytes.Replace(b, []byte(old), []byte(by), 1)
	}
}

// entries changes a bundle by its entries.
func entries(t testing.TB, change func([][]byte) [][]byte) func([]byte) []byte {
	return func(b []byte) (out []byte) {
		var list [][]byte
		for len(b) > 0 {
			entry, rest, err := torchwood.ReadTileEntry(b)
			if err != nil {
				t.Error(err)
				return nil
			}
			list, b = append(list, bytes.Clone(entry)), rest
		}
		out = []byte{}
		for _, e := range change(list) {
			out, _ = torchwood.AppendTileEntry(out, e)
		}
		return out
	}
}
