package journey

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"

	"outcry/internal/kernel/seal"
	"outcry/receipt"
)

// forger is an operator who has the log's own key, or has made another one of the same name.
type forger struct {
	private ed25519.PrivateKey
	key     receipt.Key
}

// insider opens the log's key with the secret, as only the operator can.
func (s *site) insider(t testing.TB) forger {
	t.Helper()
	u, err := seal.ReadSecretFile(s.secret())
	must(t, err)
	d := s.rows(t)
	defer d.Close()
	var wrapped []byte
	must(t, d.QueryRow("SELECT wrapped FROM log_key").Scan(&wrapped))
	seed, err := u.Unwrap("log key", wrapped)
	must(t, err)
	return newForger(t, seed)
}

func newForger(t testing.TB, seed []byte) forger {
	t.Helper()
	private := ed25519.NewKeyFromSeed(seed)
	key, err := receipt.NewKey(origin, private.Public().(ed25519.PublicKey))
	must(t, err)
	return forger{private, key}
}

// serve makes a site of other entries than the real one's, all of it signed and consistent; letters' texts come from the real one.
func (f forger) serve(t testing.TB, base string, list [][]byte, real receipt.Published) string {
	t.Helper()
	var tally receipt.Tally
	for _, e := range list {
		_ = tally.Add(e) // what the rules refuse is in the log all the same
	}
	root := rootOf(t, list)
	note, err := receipt.SignCheckpoint(f.private, origin, tlog.Tree{N: int64(len(list)), Hash: root})
	must(t, err)
	published := tally.Publish(origin, root, func(receipt.Letter) (string, string) { return caseSlug, "forged" })
	published.Size = int64(len(list))
	numbers, err := json.Marshal(published)
	must(t, err)
	tiles := tilesOf(list)
	if len(published.Letters) != len(real.Letters) {
		t.Fatal("the forged log lost a letter")
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case path == "/log/checkpoint":
			w.Write(note)
		case path == "/log/key":
			fmt.Fprintln(w, f.key)
		case path == "/letters.json":
			w.Write(numbers)
		case strings.HasPrefix(path, "/letters/"):
			w.Write(body(t, base+path))
		case tiles[path] != nil:
			w.Write(tiles[path])
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// tilesOf lays entries out as files, the partial tiles of this size with them.
func tilesOf(list [][]byte) map[string][]byte {
	files := map[string][]byte{}
	var hashes []tlog.Hash
	for _, e := range list {
		hashes = append(hashes, receipt.LeafHash(e))
	}
	for n := 0; n*256 < len(list); n++ {
		part := list[n*256 : min(len(list), n*256+256)]
		var bundle []byte
		for _, e := range part {
			bundle, _ = torchwood.AppendTileEntry(bundle, e)
		}
		files["/log/"+torchwood.TilePath(tlog.Tile{H: 8, L: -1, N: int64(n), W: len(part)})] = bundle
	}
	for level := 0; len(hashes) > 0; level++ {
		var above []tlog.Hash
		for n := 0; n*256 < len(hashes); n++ {
			part := hashes[n*256 : min(len(hashes), n*256+256)]
			var data []byte
			for _, h := range part {
				data = append(data, h[:]...)
			}
			files["/log/"+torchwood.TilePath(tlog.Tile{H: 8, L: level, N: int64(n), W: len(part)})] = data
			if len(part) == 256 {
				above = append(above, fold(part))
			}
		}
		hashes = above
	}
	return files
}

// fold is the hash of a full tile.
func fold(hashes []tlog.Hash) tlog.Hash {
	if len(hashes) == 1 {
		return hashes[0]
	}
	half := len(hashes) / 2
	return tlog.NodeHash(fold(hashes[:half]), fold(hashes[half:]))
}
