package receipt

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// lie changes one answer of a site.
type lie = func(path string, body []byte, code int) ([]byte, int)

// change is a lie about one path.
func change(path string, how func(body []byte) []byte) lie {
	return func(p string, body []byte, code int) ([]byte, int) {
		if p == path {
			return how(body), 200
		}
		return body, code
	}
}

func gone(path string) lie {
	return func(p string, body []byte, code int) ([]byte, int) {
		if p == path {
			return nil, 404
		}
		return body, code
	}
}

func both(lies ...lie) lie {
	return func(p string, body []byte, code int) ([]byte, int) {
		for _, l := range lies {
			body, code = l(p, body, code)
		}
		return body, code
	}
}

func flip(i int) func([]byte) []byte {
	return func(b []byte) []byte { b[i] ^= 1; return b }
}

// entries lies about the entries of a bundle of the log below.
func (l *testLog) lieEntries(n int64, how func([][]byte) [][]byte) lie {
	first, last := n*tileWidth, min((n+1)*tileWidth, l.size())
	path := fmt.Sprintf("/log/tile/entries/%03d", n)
	if last-first < tileWidth {
		path += fmt.Sprintf(".p/%d", last-first)
	}
	return change(path, func([]byte) []byte {
		return bundleOf(how(append([][]byte(nil), l.entries[first:last]...)))
	})
}

// lieCounts lies in /letters.json.
func (l *testLog) lieCounts(how func(*Published)) lie {
	return change("/letters.json", func(body []byte) []byte {
		var p Published
		if err := json.Unmarshal(body, &p); err != nil {
			panic(err)
		}
		how(&p)
		body, err := json.Marshal(p)
		if err != nil {
			panic(err)
		}
		return body
	})
}

// rewritten is a log like l, of the same key, with other entries: one honest in itself.
func (s *testSite) rewritten(l *testLog, size int, how func([][]byte) [][]byte) *testLog {
	return s.newLog().add(how(append([][]byte(nil), l.entries[:size]...))...)
}

const (
	noEntry = -1
	size    = 600 // entries in the log of each case: two full tiles, one begun, and one above
)

func TestTampering(t *testing.T) {
	flipped := func(i int) func([][]byte) [][]byte {
		return func(e [][]byte) [][]byte {
			e[i] = flip(50)(bytes.Clone(e[i]))
			return e
		}
	}
	textA1 := "/letters/" + letterA.String() + "/1.txt"
	textA2 := "/letters/" + letterA.String() + "/2.txt"
	for _, tt := range []struct {
		name   string
		tamper func(*testSite, *testLog) lie // changes the site, returns a lie or nil
		kind   FaultKind
		entry  int64
		says   string // a part of the message
	}{
		{"an entry changed by one bit", func(s *testSite, l *testLog) lie { return l.lieEntries(1, flipped(44)) }, FaultEntry, 300, "not the entry that the signed tree holds"},
		{"an entry of the last bundle changed", func(s *testSite, l *testLog) lie { return l.lieEntries(2, flipped(87)) }, FaultEntry, 599, "not the entry"},
		{"an entry left out", func(s *testSite, l *testLog) lie {
			return l.lieEntries(1, func(e [][]byte) [][]byte { return append(e[:45], e[46:]...) })
		}, FaultEntry, 301, "not the entry"},
		{"the last entry left out", func(s *testSite, l *testLog) lie {
			return l.lieEntries(2, func(e [][]byte) [][]byte { return e[:87] })
		}, FaultEntry, 599, "ends before it"},
		{"an entry twice", func(s *testSite, l *testLog) lie {
			return l.lieEntries(0, func(e [][]byte) [][]byte { return append(e[:11], e[10:255]...) })
		}, FaultEntry, 11, "not the entry"},
		{"an entry too many", func(s *testSite, l *testLog) lie {
			return l.lieEntries(1, func(e [][]byte) [][]byte { return append(e, e[0]) })
		}, FaultMalformed, 511, "goes on after it"},
		{"two entries swapped", func(s *testSite, l *testLog) lie {
			return l.lieEntries(0, func(e [][]byte) [][]byte { e[10], e[20] = e[20], e[10]; return e })
		}, FaultEntry, 10, "not the entry"},
		{"two bundles swapped", func(s *testSite, l *testLog) lie {
			return l.lieEntries(1, func([][]byte) [][]byte { return l.entries[:256] })
		}, FaultEntry, 256, "not the entry"},
		{"a bundle cut off", func(s *testSite, l *testLog) lie {
			return change("/log/tile/entries/000", func(b []byte) []byte { return b[:100] })
		}, FaultEntry, 1, "ends before it"},
		{"an empty bundle", func(s *testSite, l *testLog) lie {
			return change("/log/tile/entries/000", func([]byte) []byte { return nil })
		}, FaultEntry, 0, "ends before it"},
		{"a bundle without end", func(s *testSite, l *testLog) lie {
			return change("/log/tile/entries/002.p/88", func([]byte) []byte { return make([]byte, 88*(2+0xFFFF)+1) })
		}, FaultMalformed, 512, "longer than the"},
		{"a bundle missing", func(s *testSite, l *testLog) lie { return gone("/log/tile/entries/001") }, FaultMissing, 256, "nothing at /log/tile/entries/001"},
		{"a partial bundle missing", func(s *testSite, l *testLog) lie { return gone("/log/tile/entries/002.p/88") }, FaultMissing, 512, "nothing at"},

		{"a tile changed by one bit", func(s *testSite, l *testLog) lie { return change("/log/tile/0/001", flip(32*7)) }, FaultTile, 263, "the tile is not what the signed root holds"},
		{"a tile cut off", func(s *testSite, l *testLog) lie {
			return change("/log/tile/0/001", func(b []byte) []byte { return b[:len(b)-1] })
		}, FaultTile, 256, "has 8191 bytes, not 8192"},
		{"a tile too long", func(s *testSite, l *testLog) lie {
			return change("/log/tile/0/001", func(b []byte) []byte { return append(b, 0) })
		}, FaultMalformed, 256, "longer than the 8192 bytes"},
		{"a tile missing", func(s *testSite, l *testLog) lie { return gone("/log/tile/0/002.p/88") }, FaultMissing, 512, "nothing at /log/tile/0/002.p/88"},
		{"an upper tile changed by one bit", func(s *testSite, l *testLog) lie { return change("/log/tile/1/000.p/2", flip(33)) }, FaultTile, 256, "hash 1 of tile tile/1/000.p/2 is not that of the 256 entries"},
		{"an upper tile missing", func(s *testSite, l *testLog) lie { return gone("/log/tile/1/000.p/2") }, FaultMissing, 0, "nothing at /log/tile/1/000.p/2"},
		{"an entry changed, and what would tell it missing", func(s *testSite, l *testLog) lie {
			return both(l.lieEntries(1, flipped(44)), gone("/log/tile/1/000.p/2"))
		}, FaultEntry, 300, "can't be told"},
		{"an entry and its tile changed", func(s *testSite, l *testLog) lie {
			f := s.rewritten(l, size, flipped(300))
			return both(l.lieEntries(1, flipped(44)), change("/log/tile/0/001", func([]byte) []byte {
				b, _ := tlog.ReadTileData(tlog.Tile{H: 8, L: 0, N: 1, W: 256}, f)
				return b
			}))
		}, FaultTile, 256, "hash 1 of tile tile/1/000.p/2"},
		{"an entry and all its tiles changed", func(s *testSite, l *testLog) lie {
			f := s.rewritten(l, size, flipped(300))
			s.show(f)
			return change("/log/checkpoint", func([]byte) []byte { return l.checkpoint(size) })
		}, FaultRoot, noEntry, "the entries give the root"},
		{"a wrong root, signed", func(s *testSite, l *testLog) lie {
			signed, err := SignCheckpoint(l.private, l.origin, tlog.Tree{N: size, Hash: tlog.Hash{1}})
			if err != nil {
				panic(err)
			}
			return change("/log/checkpoint", func([]byte) []byte { return signed })
		}, FaultRoot, noEntry, "the checkpoint signs for"},
		{"a size beyond the entries, signed", func(s *testSite, l *testLog) lie {
			signed, err := SignCheckpoint(l.private, l.origin, tlog.Tree{N: 1 << 62, Hash: l.tree(size).Hash})
			if err != nil {
				panic(err)
			}
			return change("/log/checkpoint", func([]byte) []byte { return signed })
		}, FaultMissing, 512, "nothing at /log/tile/0/002"},

		{"a checkpoint changed by one bit", func(s *testSite, l *testLog) lie { return change("/log/checkpoint", flip(len(l.origin)+8)) }, FaultSignature, noEntry, "is false"},
		{"a checkpoint of another key", func(s *testSite, l *testLog) lie {
			signed, err := SignCheckpoint(testKey(1), l.origin, l.tree(size))
			if err != nil {
				panic(err)
			}
			return change("/log/checkpoint", func([]byte) []byte { return signed })
		}, FaultSignature, noEntry, "no signature by the key"},
		{"a checkpoint of another log", func(s *testSite, l *testLog) lie {
			signed, err := SignCheckpoint(l.private, "other.example/log", l.tree(size))
			if err != nil {
				panic(err)
			}
			return change("/log/checkpoint", func([]byte) []byte { return signed })
		}, FaultOrigin, noEntry, `"other.example/log"`},
		{"a checkpoint without end", func(s *testSite, l *testLog) lie {
			return change("/log/checkpoint", func(b []byte) []byte { return append(b, make([]byte, maxCheckpoint)...) })
		}, FaultMalformed, noEntry, "longer than"},
		{"a page for a checkpoint", func(s *testSite, l *testLog) lie {
			return change("/log/checkpoint", func([]byte) []byte { return []byte("<p>Welcome") })
		}, FaultMalformed, noEntry, "no signed note"},
		{"a key of another log", func(s *testSite, l *testLog) lie {
			return change("/log/key", func([]byte) []byte { return []byte(testVKey) })
		}, FaultOrigin, noEntry, `the key is of "letters.example/log"`},
		{"a key that is none", func(s *testSite, l *testLog) lie { return change("/log/key", flip(3)) }, FaultMalformed, noEntry, "/log/key"},
		{"a key without end", func(s *testSite, l *testLog) lie {
			return change("/log/key", func([]byte) []byte { return make([]byte, 2000) })
		}, FaultMalformed, noEntry, "longer than"},

		{"one more counted", func(s *testSite, l *testLog) lie { return l.lieCounts(func(p *Published) { p.Letters[0].Counted++ }) }, FaultCount, noEntry, "counted for letter " + letterA.String()},
		{"a withdrawal hidden", func(s *testSite, l *testLog) lie { return l.lieCounts(func(p *Published) { p.Letters[1].Withdrawn-- }) }, FaultCount, noEntry, "withdrawn for letter " + letterB.String()},
		{"one moved to another version", func(s *testSite, l *testLog) lie {
			return l.lieCounts(func(p *Published) { p.Letters[0].ByVersion[1]++; p.Letters[0].ByVersion[2]-- })
		}, FaultCount, noEntry, "counted under version 1"},
		{"rehearsal shown as e-mail", func(s *testSite, l *testLog) lie {
			return l.lieCounts(func(p *Published) {
				p.Letters[1].ByAssurance = map[Assurance]int64{Email: p.Letters[1].Counted}
			})
		}, FaultCount, noEntry, "counted by assurance email"},
		{"a version left out", func(s *testSite, l *testLog) lie {
			return l.lieCounts(func(p *Published) { delete(p.Letters[0].ByVersion, 2) })
		}, FaultCount, noEntry, "counted under version 2"},
		{"a letter under another campaign", func(s *testSite, l *testLog) lie {
			return l.lieCounts(func(p *Published) { p.Letters[0].Campaign[0] = 1 })
		}, FaultCount, noEntry, "under campaign"},
		{"a letter left out", func(s *testSite, l *testLog) lie {
			return l.lieCounts(func(p *Published) { p.Letters = p.Letters[:1] })
		}, FaultCount, noEntry, "leaves out letter " + letterB.String()},
		{"a letter made up", func(s *testSite, l *testLog) lie {
			return l.lieCounts(func(p *Published) { p.Letters = append(p.Letters, Count{ID: Letter{1}}) })
		}, FaultCount, noEntry, "and the first 600 entries don't"},
		{"a letter twice", func(s *testSite, l *testLog) lie {
			return l.lieCounts(func(p *Published) { p.Letters = append(p.Letters, p.Letters[0]) })
		}, FaultCount, noEntry, "twice"},
		{"numbers of the future", func(s *testSite, l *testLog) lie {
			return l.lieCounts(func(p *Published) { p.Size++ })
		}, FaultCount, noEntry, "counts 601 entries, and the checkpoint signs for 600"},
		{"numbers of another root", func(s *testSite, l *testLog) lie {
			return l.lieCounts(func(p *Published) { p.Root[0] ^= 1 })
		}, FaultRoot, noEntry, "/letters.json is of another log"},
		{"numbers of another origin", func(s *testSite, l *testLog) lie {
			return l.lieCounts(func(p *Published) { p.Origin = "other.example/log" })
		}, FaultOrigin, noEntry, "/letters.json"},
		{"numbers of a size below zero", func(s *testSite, l *testLog) lie {
			return l.lieCounts(func(p *Published) { p.Size = -1 })
		}, FaultMalformed, noEntry, "size -1"},
		{"a slug without end", func(s *testSite, l *testLog) lie {
			return l.lieCounts(func(p *Published) { p.Letters[0].Case = strings.Repeat("x", 201) })
		}, FaultMalformed, noEntry, "can't be shown"},
		{"a slug that moves the cursor", func(s *testSite, l *testLog) lie {
			return l.lieCounts(func(p *Published) { p.Letters[0].Slug = "x\x1b[2J" })
		}, FaultMalformed, noEntry, "can't be shown"},
		{"numbers that are none", func(s *testSite, l *testLog) lie {
			return change("/letters.json", func(b []byte) []byte { return b[:len(b)-5] })
		}, FaultMalformed, noEntry, "/letters.json"},
		{"numbers missing", func(s *testSite, l *testLog) lie { return gone("/letters.json") }, FaultMissing, noEntry, "/letters.json"},

		{"a text changed", func(s *testSite, l *testLog) lie {
			return change(textA2, func(b []byte) []byte { return append(b, ' ') })
		}, FaultText, 60, "version 2 of letter " + letterA.String()},
		{"an old text changed", func(s *testSite, l *testLog) lie { return change(textA1, flip(4)) }, FaultText, 0, "version 1"},
		{"a text missing", func(s *testSite, l *testLog) lie { return gone(textA2) }, FaultMissing, 60, "2.txt"},
		{"a text without end", func(s *testSite, l *testLog) lie {
			return change(textA1, func([]byte) []byte { return make([]byte, 4<<20+1) })
		}, FaultMalformed, 0, "longer than"},

		// Logs that are whole, signed and against the rules.
		{"a signature counted twice", func(s *testSite, l *testLog) lie { s.show(l.add(signEntry(letterA, 2, Email, 7))); return nil }, FaultRule, size, "counted twice"},
		{"a signer withdrawn by another", func(s *testSite, l *testLog) lie { s.show(l.add(withdrawEntry(8, 7))); return nil }, FaultRule, size, "does not open the lock of entry 7"},
		{"a signature under no text", func(s *testSite, l *testLog) lie { s.show(l.add(signEntry(letterB, 2, Email, size))); return nil }, FaultRule, size, "no text before"},
		{"a text changed after signing", func(s *testSite, l *testLog) lie {
			s.show(l.add(Marshal(Text{Campaign: campaign, Letter: letterA, Version: 1})))
			return nil
		}, FaultRule, size, "another one here"},
		{"an entry of no form", func(s *testSite, l *testLog) lie { s.show(l.add([]byte("hello"))); return nil }, FaultMalformed, size, "begin"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, size)
			o := s.options()
			s.lies(tt.tamper(s, s.log))
			r, err := Recount(t.Context(), o)
			if err == nil {
				t.Fatal("it is not noticed")
			}
			f := faultOf(t, err)
			entry := int64(noEntry)
			if f.Entry != nil {
				entry = *f.Entry
			}
			if f.Kind != tt.kind || entry != tt.entry || !strings.Contains(f.Message, tt.says) {
				t.Errorf("%s at %d: %s\nwant %s at %d: …%s…", f.Kind, entry, f.Message, tt.kind, tt.entry, tt.says)
			}
			if r == nil || r.OK || r.Fault != f {
				t.Errorf("the report says %+v", r)
			}
		})
	}
}

// Each of these is honest in itself: only who has seen the log before notices.
func TestRewriting(t *testing.T) {
	// Near the end, where no later withdrawal counts on the indexes.
	exchanged := func(e [][]byte) [][]byte {
		return append(append(e[:597], e[598:]...), signEntry(letterA, 1, Email, 9999))
	}
	for _, tt := range []struct {
		name string
		next func(*testSite, *testLog) *testLog
		kind FaultKind
		says string
	}{
		{"the last entries taken back", func(s *testSite, l *testLog) *testLog {
			return s.rewritten(l, size, func(e [][]byte) [][]byte { return e[:size-1] })
		}, FaultRollback, "has 599 entries, and had 600"},
		{"everything taken back", func(s *testSite, l *testLog) *testLog { return s.newLog() }, FaultRollback, "has 0 entries"},
		{"an entry taken out and one put in", func(s *testSite, l *testLog) *testLog {
			return s.rewritten(l, size, exchanged)
		}, FaultFork, "the first 600 entries are not those seen before"},
		{"the same, and the log grown", func(s *testSite, l *testLog) *testLog {
			return s.rewritten(l, size, exchanged).fill(900)
		}, FaultFork, "the first 600 entries are not those seen before"},
		{"another key", func(s *testSite, l *testLog) *testLog {
			f := s.newLog()
			f.private = testKey(1)
			return f.fill(size)
		}, FaultKey, "had the key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, size)
			o := s.options()
			o.Remember = t.TempDir()
			if _, err := Recount(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			f := tt.next(s, s.log)
			s.show(f)
			for range 2 { // the second time too: a fault is not forgotten
				r, err := Recount(t.Context(), o)
				if err == nil {
					t.Fatal("it is not noticed")
				}
				if f := faultOf(t, err); f.Kind != tt.kind || !strings.Contains(f.Message, tt.says) || r.FirstSight {
					t.Errorf("%s: %s, want %s: …%s…", f.Kind, f, tt.kind, tt.says)
				}
			}
			o.Remember = filepath.Join(o.Remember, "other")
			o.Key = f.key()
			if r, err := Recount(t.Context(), o); err != nil || !r.FirstSight {
				t.Errorf("who has not seen it before finds %v", err)
			}
		})
	}
}

// A key that is pinned is the only one that counts, and one remembered has to be the same.
func TestWrongPin(t *testing.T) {
	s := newSite(t, 30)
	o := s.options()
	o.Remember = t.TempDir()
	other := s.newLog()
	other.private = testKey(1)
	o.Key = other.key()
	if _, err := Recount(t.Context(), o); faultOf(t, err).Kind != FaultSignature {
		t.Error(err)
	}
	o.Key = Key{}
	if r, err := Recount(t.Context(), o); err != nil || !r.FirstSight {
		t.Fatalf("the refused pin is remembered: %v", err)
	}
	o.Key = other.key()
	if _, err := Recount(t.Context(), o); faultOf(t, err).Kind != FaultKey {
		t.Error(err)
	}
}

// Two checkpoints of one size, shown to the same reader a moment apart.
func TestTwoFaces(t *testing.T) {
	s := newSite(t, 30)
	s.publishedSize = 30
	s.size = 20
	n := 0
	s.lies(func(path string, body []byte, code int) ([]byte, int) {
		if path == "/log/checkpoint" {
			if n++; n == 2 {
				body, _ = SignCheckpoint(s.log.private, s.log.origin, tlog.Tree{N: 20})
			}
		}
		return body, code
	})
	if _, err := Recount(t.Context(), s.options()); faultOf(t, err).Kind != FaultFork {
		t.Error(err)
	}
}

// A cache that goes back and forth between old and new checkpoints is no rollback.
func TestLaggingCache(t *testing.T) {
	s := newSite(t, 300)
	o := s.options()
	o.Remember = t.TempDir()
	if _, err := Recount(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	sizes := []int64{250, 280, 260, 300}
	n := 0
	s.lies(func(path string, body []byte, code int) ([]byte, int) {
		if path == "/log/checkpoint" {
			body = s.log.checkpoint(sizes[min(n, len(sizes)-1)])
			n++
		}
		return body, code
	})
	if r, err := Recount(t.Context(), o); err != nil || r.Size != 300 || n != 4 {
		t.Errorf("%+v, %v after %d checkpoints", r, err, n)
	}
	// What it never gets over, it names by the newest that was seen.
	sizes, n = []int64{250, 280, 260}, 0
	r, err := Recount(t.Context(), o)
	if f := faultOf(t, err); f.Kind != FaultRollback || r.Size != 280 || !strings.Contains(f.Message, "has 280 entries, and had 300") {
		t.Errorf("%s: %s, size %d", f.Kind, f, r.Size)
	}
}

// A tile that is false when it is used and right when it is looked into.
func TestTwoFacedTile(t *testing.T) {
	s := newSite(t, 300)
	n := 0
	s.lies(func(path string, body []byte, code int) ([]byte, int) {
		if path == "/log/tile/0/001.p/44" {
			if n++; n == 1 {
				body = flip(0)(body)
			}
		}
		return body, code
	})
	_, err := Recount(t.Context(), s.options())
	if f := faultOf(t, err); f.Kind != FaultTile || *f.Entry != 256 || n != 2 {
		t.Errorf("%s: %v after %d tiles", f.Kind, f, n)
	}
}
