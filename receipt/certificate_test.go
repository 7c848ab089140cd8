package receipt

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"
)

func certificateFor(l *testLog, id Letter, size int64) Certificate {
	for _, c := range l.published(size).Letters {
		if c.ID == id {
			return Certificate{Origin: l.origin, Letter: id, Campaign: c.Campaign, Entry: c.Closed, Size: size, Root: l.tree(size).Hash, Counted: c.Counted, On: "2026-11-23"}
		}
	}
	panic("no such letter")
}

func signed(t testing.TB, l *testLog, c Certificate) []byte {
	t.Helper()
	data, err := SignCertificate(l.private, c)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestCertificate(t *testing.T) {
	l := offlineLog(30).add(closeEntry(letterA))
	c := certificateFor(l, letterA, 31)
	data := signed(t, l, c)
	want := "outcry certificate v1\nletters.example/log\n0000000000000000000000000000000a\n00000000000000000000000000000001\nclose entry 30\nlog 31 " +
		l.tree(31).Hash.String() + "\ncounted 23\nclosed on 2026-11-23\npepper, tags, used and suppressed tokens destroyed\n\n— letters.example/log/certificate "
	if !strings.HasPrefix(string(data), want) {
		t.Errorf("%s\nwant %s", data, want)
	}
	key := mustKey(t, testVKey)
	got, err := OpenCertificate(data, key)
	if err != nil || got != c {
		t.Errorf("%+v, %v", got, err)
	}
	// Every flipped bit is noticed.
	for i := range data {
		bad := bytes.Clone(data)
		bad[i] ^= 1
		if _, err := OpenCertificate(bad, key); err == nil {
			t.Fatalf("byte %d can be changed:\n%s", i, bad)
		}
	}
}

func TestSignCertificateRefuses(t *testing.T) {
	l := offlineLog(30).add(closeEntry(letterA))
	for name, how := range map[string]func(*Certificate){
		"no day":                 func(c *Certificate) { c.On = "" },
		"a day that is none":     func(c *Certificate) { c.On = "2026-02-30" },
		"a day and more":         func(c *Certificate) { c.On = "2026-11-23T10:00" },
		"a number below zero":    func(c *Certificate) { c.Counted = -1 },
		"a size below zero":      func(c *Certificate) { c.Size = -1 },
		"an entry below zero":    func(c *Certificate) { c.Entry = -1 },
		"an entry not in it yet": func(c *Certificate) { c.Size = c.Entry },
		"a line too many":        func(c *Certificate) { c.Origin += "\nx" },
	} {
		c := certificateFor(l, letterA, 31)
		how(&c)
		if data, err := SignCertificate(l.private, c); err == nil {
			t.Errorf("%s: signed as\n%s", name, data)
		}
	}
	if _, err := SignCertificate(l.private[:10], certificateFor(l, letterA, 31)); err == nil {
		t.Error("half a key signs")
	}
}

func TestOpenCertificateRefuses(t *testing.T) {
	l := offlineLog(30).add(closeEntry(letterA))
	c := certificateFor(l, letterA, 31)
	good := string(signed(t, l, c))
	key := mustKey(t, testVKey)
	name := certificateName(l.origin)
	as := func(name, text string) string {
		data, err := sign(l.private, name, text)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	swapped := func(old, new string) string {
		if !strings.Contains(c.text(), old) {
			t.Fatalf("the certificate has no %q", old)
		}
		return as(name, strings.Replace(c.text(), old, new, 1))
	}
	liar := &testLog{private: testKey(1), origin: l.origin}
	elsewhere := c
	elsewhere.Origin = "other.example/log"
	promise, err := SignPromise(l.private, Promise{Origin: l.origin, Leaf: tlog.Hash{1}})
	if err != nil {
		t.Fatal(err)
	}
	for what, tt := range map[string]struct {
		data string
		kind FaultKind
	}{
		"nothing":                  {"", FaultMalformed},
		"no note":                  {c.text(), FaultMalformed},
		"another key":              {string(signed(t, liar, c)), FaultSignature},
		"another log":              {string(signed(t, l, elsewhere)), FaultSignature},
		"another log, by our name": {as(name, elsewhere.text()), FaultOrigin},
		"by the name of the log":   {as(l.origin, c.text()), FaultSignature},
		"by the name of promises":  {as(promiseName(l.origin), c.text()), FaultSignature},
		"a number changed":         {strings.Replace(good, "counted 23", "counted 24", 1), FaultSignature},
		"a checkpoint":             {string(l.checkpoint(31)), FaultSignature},
		"a promise":                {string(promise), FaultSignature},
		"a later version":          {swapped("certificate v1", "certificate v2"), FaultMalformed},
		"a number padded":          {swapped("counted 23", "counted 022"), FaultMalformed},
		"a number below zero":      {swapped("counted 23", "counted -1"), FaultMalformed},
		"no day":                   {swapped("2026-11-23", "2026-13-23"), FaultMalformed},
		"less destroyed":           {swapped("pepper, tags", "tags"), FaultMalformed},
		"an entry beyond it":       {swapped("close entry 30", "close entry 31"), FaultMalformed},
		"another letter's form":    {swapped("00a\n", "00A\n"), FaultMalformed},
		"no root":                  {swapped("log 31 ", "log 31  "), FaultMalformed},
		"a line too many":          {swapped("closed on", "and\nclosed on"), FaultMalformed},
		"a line too few":           {swapped("counted 23\n", ""), FaultMalformed},
		"too long":                 {good + strings.Repeat("x", maxCertificate), FaultMalformed},
	} {
		if got, err := OpenCertificate([]byte(tt.data), key); err == nil {
			t.Errorf("%s: opened as %+v", what, got)
		} else if f := faultOf(t, err); f.Kind != tt.kind {
			t.Errorf("%s: %s: %s, want %s", what, f.Kind, f, tt.kind)
		}
	}
	if _, err := OpenCertificate([]byte(good), Key{}); err == nil || faultOf(t, err).Kind != FaultSignature {
		t.Errorf("no key opens it: %v", err)
	}
}

func FuzzOpenCertificate(f *testing.F) {
	l := offlineLog(30).add(closeEntry(letterA))
	f.Add(certificateFor(l, letterA, 31).text())
	f.Add("outcry certificate v1\n\n\n\nclose entry 0\nlog 1 \ncounted 0\nclosed on \n\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, ok := parseCertificate(text)
		if !ok {
			return
		}
		if c.text() != text || c.Entry < 0 || c.Entry >= c.Size || c.Counted < 0 {
			t.Fatalf("%q is read as %+v", text, c)
		}
	})
}

const certificateA = "/letters/0000000000000000000000000000000a/certificate.txt"

// A certificate is held against the entries at its own size: what happens afterwards takes nothing from it.
func TestRecountCertificate(t *testing.T) {
	s := newSite(t, size)
	l := s.log.add(closeEntry(letterA))
	s.show(l)
	r, err := Recount(t.Context(), s.options())
	if err != nil || r.Letters[0].Closed != size || len(r.Certificates) != 0 || s.times(certificateA) != 1 {
		t.Fatalf("closed, and no certificate yet: %+v, %v", r, err)
	}
	c := certificateFor(l, letterA, size+1)
	l.texts[certificateA] = signed(t, l, c)
	s.show(l.add(withdrawEntry(598, 598)))
	r, err = Recount(t.Context(), s.options())
	if err != nil || r.Letters[0].Counted != c.Counted-1 {
		t.Fatalf("%+v, %v", r, err)
	}
	if diff := cmp.Diff([]Certificate{c}, r.Certificates); diff != "" {
		t.Error(diff)
	}
	if s.times("/letters/"+letterB.String()+"/certificate.txt") != 0 {
		t.Error("an open letter's certificate is asked for")
	}

	// Signed after the numbers were published, and even after the checkpoint that was read first.
	s.publishedSize, s.size = size+1, size+2
	c = certificateFor(l, letterA, size+2)
	l.texts[certificateA] = signed(t, l, c)
	asked := 0
	s.lies(func(path string, body []byte, code int) ([]byte, int) {
		if path == "/log/checkpoint" {
			if asked++; asked == 1 {
				body = l.checkpoint(size + 1)
			}
		}
		return body, code
	})
	if r, err = Recount(t.Context(), s.options()); err != nil || len(r.Certificates) != 1 || r.Size != size+2 || asked != 2 {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestFalseCertificates(t *testing.T) {
	const at = size // where letter A is closed
	for _, tt := range []struct {
		name  string
		how   func(*testLog, *Certificate)
		kind  FaultKind
		entry int64
		says  string
	}{
		{"one more counted", func(_ *testLog, c *Certificate) { c.Counted++ }, FaultCertificate, at, "and the first 602 entries give"},
		{"closed by another entry", func(_ *testLog, c *Certificate) { c.Entry-- }, FaultCertificate, at - 1, "closed by entry 600"},
		{"of before it was closed", func(l *testLog, c *Certificate) {
			c.Entry, c.Size, c.Root = 100, 500, l.tree(500).Hash
		}, FaultCertificate, 100, "it is open"},
		{"another letter's", func(l *testLog, c *Certificate) { c.Letter = letterB }, FaultCertificate, noEntry, "is that of letter " + letterB.String()},
		{"another campaign's", func(l *testLog, c *Certificate) { c.Campaign = Campaign{9} }, FaultCertificate, at, "is of campaign 09"},
		{"another root", func(l *testLog, c *Certificate) { c.Root[0] ^= 1 }, FaultFork, noEntry, "is of another log: at size 602"},
		{"a log never shown", func(l *testLog, c *Certificate) { c.Size += 5 }, FaultRollback, noEntry, "has 602 entries, and had 607"},
		{"another log's", func(l *testLog, c *Certificate) { c.Origin = "other.example/log" }, FaultSignature, noEntry, "no signature by the key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, size)
			l := s.log.add(closeEntry(letterA), withdrawEntry(598, 598))
			c := certificateFor(l, letterA, size+2)
			tt.how(l, &c)
			l.texts[certificateA] = signed(t, l, c)
			s.show(l)
			falls(t, s, tt.kind, tt.entry, tt.says)
		})
	}
	t.Run("another key's", func(t *testing.T) {
		s := newSite(t, size)
		l := s.log.add(closeEntry(letterA))
		l.texts[certificateA] = signed(t, &testLog{private: testKey(1)}, certificateFor(l, letterA, size+1))
		s.show(l)
		falls(t, s, FaultSignature, noEntry, "the certificate has no signature by the key")
	})
	t.Run("a page for one", func(t *testing.T) {
		s := newSite(t, size)
		l := s.log.add(closeEntry(letterA))
		l.texts[certificateA] = []byte{}
		s.show(l)
		falls(t, s, FaultMalformed, noEntry, "the certificate is no signed note")
	})
}

// falls recounts and wants this fault.
func falls(t *testing.T, s *testSite, kind FaultKind, entry int64, says string) {
	t.Helper()
	r, err := Recount(t.Context(), s.options())
	if err == nil {
		t.Fatal("it is not noticed")
	}
	f := faultOf(t, err)
	at := int64(noEntry)
	if f.Entry != nil {
		at = *f.Entry
	}
	if f.Kind != kind || at != entry || !strings.Contains(f.Message, says) {
		t.Errorf("%s at %d: %s\nwant %s at %d: …%s…", f.Kind, at, f.Message, kind, entry, says)
	}
	if r == nil || r.OK || r.Fault != f {
		t.Errorf("the report says %+v", r)
	}
}

// The key remembered for a log opens its certificates too.
func TestCertificateKeyRemembered(t *testing.T) {
	s := newSite(t, 30)
	o := s.options()
	o.Remember = filepath.Join(t.TempDir(), "seen")
	if _, err := Recount(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	l := s.log.add(closeEntry(letterA))
	data := signed(t, l, certificateFor(l, letterA, 31))
	key, err := RememberedKey(o.Remember, data)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := OpenCertificate(data, key); err != nil {
		t.Error(err)
	}
}

// Each of what came later to /letters.json, left out or falsified.
func TestTamperingAftermath(t *testing.T) {
	const shownIndex, gone, back = 2, 3, 4 // signatures of letter A
	aftermath := [][]byte{
		600: show(shownIndex),
		601: remove(gone, Automated),
		602: remove(back, Duplicate),
		603: restore(back),
		604: reported(letterA, Paper, 5000),
		605: reported(letterA, Vouched, 12),
		606: signEntry(letterA, 2, Held, 606),
		607: signEntry(letterA, 2, Held, 607),
		608: restore(607),
		609: Marshal(KeyEntry{Campaign: campaign, Kind: NewsKey}),
		610: closeEntry(letterA),
	}[600:]
	id := letterA.String()
	for _, tt := range []struct {
		name  string
		how   func(*Count)
		entry int64
		says  string
	}{
		{"a shown name left out", func(c *Count) { c.Shown = 0 }, noEntry, "shows 0 with a name shown for letter " + id + ", and the first 611 entries give 1"},
		{"a shown name too many", func(c *Count) { c.Shown++ }, noEntry, "shows 2 with a name shown"},
		{"reasons left out", func(c *Count) { c.Removals = nil }, noEntry, `shows 0 removed as "automated"`},
		{"another reason", func(c *Count) { c.Removals = map[Reason]int64{Duplicate: 1} }, noEntry, `shows 1 removed as "duplicate"`},
		{"a reason too many", func(c *Count) { c.Removals[OtherReason] = 4 }, noEntry, `shows 4 removed as "other"`},
		{"a removal left out", func(c *Count) { c.Removed--; c.Counted++ }, noEntry, "counted for letter"},
		{"a held one shown as released", func(c *Count) { c.ByAssurance[Email]++; c.ByAssurance[Held]-- }, noEntry, "counted by assurance email"},
		{"held ones left out", func(c *Count) { delete(c.ByAssurance, Held) }, noEntry, "counted by assurance held"},
		{"shown as open", func(c *Count) { c.Closed = 0 }, 610, "as open, and by the first 611 entries it is closed by entry 610"},
		{"closed by another entry", func(c *Count) { c.Closed = 5 }, 610, "as closed by entry 5"},
		{"statements left out", func(c *Count) { c.Reported = nil }, 604, "leaves out what is reported about letter " + id + ": 5000 paper"},
		{"the last statement left out", func(c *Count) { c.Reported = c.Reported[:1] }, 605, "leaves out what is reported"},
		{"the first statement left out", func(c *Count) { c.Reported = c.Reported[1:] }, 604, "and what was logged is: 5000 paper as of 20260500"},
		{"a statement too many", func(c *Count) { c.Reported = append(c.Reported, Statement{Kind: Paper, Value: 9}) }, noEntry, "that was not logged: 9 paper"},
		{"a statement raised", func(c *Count) { c.Reported[0].Value++ }, 604, "5001 paper"},
		{"a statement of another kind", func(c *Count) { c.Reported[1].Kind = Elsewhere }, 605, "12 elsewhere"},
		{"a statement of another day", func(c *Count) { c.Reported[1].AsOf = 20270500 }, 605, "as of 20270500"},
		{"a statement of another line", func(c *Count) { c.Reported[1].Line[0] ^= 1 }, 605, "12 vouched"},
		{"a statement of another entry", func(c *Count) { c.Reported[1].Entry-- }, 605, "12 vouched"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, size)
			s.show(s.log.add(aftermath...))
			if _, err := Recount(t.Context(), s.options()); err != nil {
				t.Fatal(err)
			}
			s.lies(s.log.lieCounts(func(p *Published) { tt.how(&p.Letters[0]) }))
			falls(t, s, FaultCount, tt.entry, tt.says)
		})
	}
	t.Run("an open letter shown as closed", func(t *testing.T) {
		s := newSite(t, size)
		s.lies(s.log.lieCounts(func(p *Published) { p.Letters[1].Closed = 5 }))
		falls(t, s, FaultCount, noEntry, "as closed by entry 5, and by the first 600 entries it is open")
	})

	// Logs that are whole, signed and against the rules.
	for _, tt := range []struct {
		name  string
		entry []byte
		says  string
	}{
		{"one removed twice", remove(gone, Duplicate), "out of the count already"},
		{"one put in that never was out", restore(back), "counts and is not held"},
		{"a withdrawn one put back", restore(16), "out of the count for good"},
		{"a name for a withdrawn one", show(16), "out of the count for good"},
		{"one signed after closing", signEntry(letterA, 2, Email, 611), "which entry 610 closed"},
		{"a text after closing", textEntry(letterA, 1), "which entry 610 closed"},
		{"a statement about nothing", reported(Letter{7}, Paper, 1), "of which there is no text"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t, size)
			s.show(s.log.add(aftermath...).add(tt.entry))
			falls(t, s, FaultRule, 611, tt.says)
		})
	}
}
