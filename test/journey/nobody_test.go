package journey

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/test/seizure"
)

// A letter was closed. Then everything is taken: every file, the secret, and what is beside it. With a list of 10,000 addresses, all signers among
// them, nobody is found, by none of four attacks; each of them finds people while the letter is open, or what was planted for it.
//
// What is not attacked here is the raw device under the files: there the unlinked share may still lie in free blocks.
func TestClosedNamesNobody(t *testing.T) {
	t.Parallel()
	each(t, true, func(t *testing.T, e engine) {
		byMail, filled := 12, 288
		if prove {
			byMail, filled = 60, 4940
		}
		domain := "flock-" + hex.EncodeToString(fresh(4)) + ".example"
		address := func(i int) string {
			return fmt.Sprintf([]string{"person%d.of@", "Person%d+letters@", "человек%d@", "o'person%d@"}[i%4], i) + domain
		}
		list := make([]string, 10_000) // as folded, which is how they stand in the tables
		typed := make([]string, len(list))
		for i := range list {
			typed[i] = address(i)
			list[i] = folded(t, typed[i])
		}
		both := slices.Compact(slices.Sorted(slices.Values(slices.Concat(list, typed))))
		hashed := list
		if prove {
			hashed = both
		}
		g := gather(t, e, byMail, filled, 0, address)
		id := g.ids[inBatches].String()
		known := []string{list[0], list[1], list[byMail+2]}

		// While it is open, whoever has everything can test every address: so the attacks are right.
		g.start()
		asks := g.signer(address(byMail + filled))
		asks.letter = inBatches
		must(t, errors.Join(asks.ask(), asks.open()))
		eventually(t, "the mail waits", func() bool { return g.number(t, "SELECT count(*) FROM job") == 0 })
		open := g.seizes(t, id)
		if code := g.server.stop(); code != 0 {
			t.Fatalf("the server ends with %d", code)
		}
		share := open.files[g.share(id)]
		if len(share) != 32 {
			t.Fatal("the share is not among the files")
		}
		if found, _ := open.byShare(t, map[string][]byte{"share": share}, list[:byMail+filled]); len(found) != byMail+filled {
			t.Errorf("with the share, %d of %d signers are found while the letter is open: the attack proves nothing", len(found), byMail+filled)
		}
		if found, _ := open.byShare(t, g.ours(open), known); !slices.Equal(found, sorted(known)) {
			t.Errorf("among all files, the share is not found while the letter is open, but %q: the attack proves nothing", found)
		}
		if found, opened := open.byDay(t, both); opened == 0 || !slices.Contains(found, asks.address) {
			t.Errorf("of queued mails %d are opened while the letter is open: the attack proves nothing", opened)
		}
		tag := g.tagOf(t, known[0], id)

		if !g.closes(t, 0, 0) {
			t.Fatal("the letter is not closed")
		}
		shut := g.seizes(t, id)
		if _, there := shut.files[g.share(id)]; there {
			t.Error("the share is there")
		}
		if len(shut.files[g.secret()]) == 0 {
			t.Fatal("the secret was not taken")
		}

		began := time.Now()
		found, tried := shut.byShare(t, g.near(t, shut, prove), known)
		if len(found) > 0 {
			t.Errorf("with some 32 bytes of the files as the share, %q are found", found)
		}
		t.Logf("%s: %d files, %d bytes; windows tried as the share: %s", g.name, len(shut.files), shut.size(), rate(tried, began))
		if found, _ := shut.only(map[string][]byte{"egg": append(fresh(50), tag...)}).byShare(t, map[string][]byte{"copy": share}, known); !slices.Equal(found, known[:1]) {
			t.Errorf("with the share and a tag planted, %q are found: the attack proves nothing", found)
		}
		// The tags are not there either. SQLite overwrites what is set NULL; PostgreSQL keeps dead rows, and for those the share is what protects.
		if found, _ := shut.byShare(t, map[string][]byte{"copy": share}, list[:byMail+filled]); len(found) > 0 {
			if g.sqlite() {
				t.Errorf("with a copy of the share %d signers are found: their tags were not wiped", len(found))
			}
			t.Logf("%s: whoever kept a copy of the share finds %d of %d signers in dead rows and the database's log", g.name, len(found), byMail+filled)
		}

		began = time.Now()
		if found := shut.byHash(hashed); len(found) > 0 {
			t.Errorf("as hashes, %d addresses are found: %q", len(found), found[:min(5, len(found))])
		}
		sum := sha256.Sum256([]byte(list[77]))
		planted := shut.only(map[string][]byte{"egg": fmt.Appendf(nil, "x%x", sum), "other egg": append([]byte("xyz"), newHMAC(shut.derived("pepper", shut.u), list[78])...)})
		if found := planted.byHash(hashed); !slices.Equal(found, []string{list[77], list[78]}) {
			t.Errorf("of two planted hashes %q are found: the attack proves nothing", found)
		}
		t.Logf("%s: hashes of %d spellings: %v", g.name, len(hashed), time.Since(began).Round(time.Millisecond))

		found, opened := shut.byDay(t, both)
		if len(found) > 0 {
			t.Errorf("what is left of queued mails names %d: %q", len(found), found[:min(5, len(found))])
		}
		t.Logf("%s: of queued mails %d are left under the keys of the last days; under the letter's pepper, which is gone, all are shut", g.name, opened)

		g.searched(t, domain, typed[:byMail])
	})
}

// ours are the files outside the database server's folder.
func (g *gathering) ours(z *seizer) map[string][]byte {
	ours := maps.Clone(z.files)
	maps.DeleteFunc(ours, func(path string, _ []byte) bool { return g.pg != nil && strings.HasPrefix(path, g.pg.DataDir) })
	return ours
}

// near are the files whose every 32 bytes are tried: ours and the database's tables, or all there are.
func (g *gathering) near(t testing.TB, z *seizer, all bool) map[string][]byte {
	t.Helper()
	if all {
		return z.files
	}
	near := g.ours(z)
	maps.Copy(near, g.seized(t))
	return near
}

// tagOf is an address's under the letter's pepper, while there is one.
func (s *site) tagOf(t testing.TB, folded, letter string) []byte {
	t.Helper()
	sum := newTrial(folded).under(s.pepperKey(t, letter))
	if !s.tags(t)[sum] {
		t.Fatal("a signer has no tag: this is not how the program makes it")
	}
	return sum[:]
}

// searched looks for the addresses themselves, in every disguise: for what all of them share, and for some of them whole.
func (g *gathering) searched(t *testing.T, domain string, some []string) {
	t.Helper()
	canaries := []seizure.Canary{{Name: "the domain of all", Value: "@" + domain, Also: []string{domain}}}
	for _, a := range some {
		canaries = append(canaries, seizure.Canary{Name: a, Value: a})
	}
	egg := newPlant("an address", filepath.Join(g.temp, "egg"))
	must(t, os.WriteFile(egg.under[0], []byte("=?utf-8?q?"+egg.value+"=40"+domain+"?="), 0o600))
	canaries = append(canaries, seizure.Canary{Name: egg.name, Value: egg.value})
	scanner, err := seizure.New(canaries...)
	must(t, err)
	places := []string{g.data, g.home, g.temp, g.logs, g.keys}
	if g.pg != nil {
		places = append(places, g.pg.DataDir)
	}
	hits, err := scanner.Scan(places...)
	must(t, err)
	controls := 0
	for _, h := range hits {
		if strings.HasPrefix(h.Path, egg.under[0]) {
			controls++
			continue
		}
		t.Errorf("left on the disk: %s", h)
	}
	if controls < 2 { // the planted value, and the domain beside it
		t.Errorf("the search proves nothing: of what was planted it found %d", controls)
	}
	must(t, os.Remove(egg.under[0]))
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }
