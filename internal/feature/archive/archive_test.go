package archive

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"outcry/internal/core/casefile"
	"outcry/internal/core/casefile/casetest"
)

func source(text string) Member {
	return Member{Name: Sources + sum([]byte(text)), Bytes: int64(len(text)), SHA256: sum([]byte(text)), Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(text)), nil }}
}

// content is an archive of two cases, a letter that was counted, and a copy of a source.
func content() Content {
	c := Content{Day: casefile.Date{Year: 2026, Month: 11, Day: 23}, Log: &Log{Origin: "letters.example.org/log", Key: "key", Checkpoint: "note\n"}, Files: []Member{source("a page")}}
	for seed := range int64(2) {
		c.Cases = append(c.Cases, Case{File: casetest.File(seed), Stops: []casefile.Stop{{Kind: casefile.StopScope, Name: "photo", By: "lawyer", Harm: true, Day: c.Day}}})
	}
	slug := c.Cases[0].File.Case.Slug
	c.Letters = []Letter{{Case: slug, Slug: "release", Doc: []byte(`{"slug":"release"}`), Count: &Count{ID: "00", State: "open", Version: 2, Counted: 7, Day: c.Day}, Texts: map[uint16][]byte{1: []byte("{}"), 2: []byte("{ }")},
		Certificate: []byte("signed")}}
	return c
}

func written(t *testing.T, c Content) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := Write(&b, c); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is read can be written again as the same bytes.
func TestArchiveIsReadAsWritten(t *testing.T) {
	want := written(t, content())
	c, m, err := Read(bytes.NewReader(want))
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Cases) != 2 || len(c.Cases[1].Stops) != 1 || len(c.Letters) != 1 || c.Letters[0].Count.Counted != 7 || len(c.Letters[0].Texts) != 2 || len(c.Files) != 1 || len(m.Members) != 12 {
		t.Errorf("%d cases, %d letters, %d files, %d members", len(c.Cases), len(c.Letters), len(c.Files), len(m.Members))
	}
	c.Files = []Member{source("a page")}
	if !bytes.Equal(written(t, c), want) {
		t.Error("it is written otherwise than it was read")
	}
	got := ""
	err = Each(bytes.NewReader(want), func(name string) bool { return strings.HasPrefix(name, Sources) }, func(_ Member, r io.Reader) error {
		b, err := io.ReadAll(r)
		got += string(b)
		return err
	})
	if err != nil || got != "a page" {
		t.Errorf("%q, %v", got, err)
	}
}

// Nothing in an archive tells of this machine or of when it was written but the day.
func TestArchiveHeadersSayNothing(t *testing.T) {
	r := tar.NewReader(bytes.NewReader(written(t, content())))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.ModTime.Unix() != 0 || h.Uid != 0 || h.Gid != 0 || h.Uname != "" || h.Gname != "" || h.Mode != 0o644 {
			t.Errorf("%+v", h)
		}
	}
}

// Not one byte of an archive can be changed or cut off without notice.
func TestDamageIsNoticed(t *testing.T) {
	c := content()
	c.Cases = c.Cases[:1]
	whole := written(t, c)
	step := 1
	if testing.Short() {
		step = 17
	}
	for i := 0; i < len(whole); i += step {
		if i%512 > 40 && i%512 < 500 && i%7 > 0 { // most of the bytes, all of the headers' beginnings and the members' ends
			continue
		}
		bad := bytes.Clone(whole)
		bad[i] ^= 0x20
		if _, _, err := Read(bytes.NewReader(bad)); err == nil {
			t.Fatalf("byte %d of %d was changed, and nobody noticed", i, len(whole))
		}
	}
	for n := 0; n < len(whole); n += 512 {
		if _, _, err := Read(bytes.NewReader(whole[:n])); !errors.Is(err, ErrDamaged) {
			t.Fatalf("cut after %d of %d bytes: %v", n, len(whole), err)
		}
	}
	if _, _, err := Read(bytes.NewReader(append(bytes.Clone(whole), 'x'))); !errors.Is(err, ErrDamaged) {
		t.Errorf("a byte more: %v", err)
	}
}

// pack writes a tar file whose manifest is right, whatever is in it.
func pack(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	var list []Member
	data := map[string][]byte{}
	for name, text := range parts {
		data[name] = []byte(text)
	}
	list = listed(data, nil)
	about := encode(Manifest{Format: Format, Day: casefile.Date{Year: 2026, Month: 11, Day: 23}, Members: list})
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, x := range append(listed(map[string][]byte{manifestName: about}, nil), list...) {
		if err := put(w, x); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// What is whole and right by its hashes is refused all the same where it has no place, is not canonical, or breaks a rule.
func TestForgedArchives(t *testing.T) {
	f := casetest.File(2)
	f.Campaign.NewsRecipient = ""
	name, doc := "cases/"+f.Case.Slug+".json", string(casefile.Document(f))
	keyed := *f
	keyed.Campaign.NewsRecipient = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
	sealed := casetest.File(2)
	sealed.Campaign.NewsRecipient = ""
	sealed.Events[0].Visibility = casefile.Sealed
	face := casetest.Photo()
	pictured, pixels, size := PhotoName(face.SHA256()), string(face.Bytes), fmt.Sprintf(`"width":%d`, face.Width)
	if c, _, err := Read(bytes.NewReader(pack(t, map[string]string{name: doc, pictured: pixels}))); err != nil || f.Person.Photo == nil || !strings.Contains(doc, size) || len(c.Files) != 1 {
		t.Fatal(err)
	}
	for want, parts := range map[string]map[string]string{
		"has no place in an archive":           {"../../etc/passwd": "x"},
		`"signers.csv", which has no place`:    {"signers.csv": "x"},
		`"cases/../x.json", which has no pla`:  {"cases/../x.json": "x"},
		"is called otherwise than its hash":    {Sources + strings.Repeat("0", 64): "x"},
		"is not in the canonical form":         {name: " " + doc},
		"holds the case":                       {"cases/other.json": doc},
		"holds a key for news":                 {name: string(casefile.Document(&keyed))},
		"holds something that is sealed":       {name: string(casefile.Document(sealed))},
		"this key is not known":                {name: strings.Replace(doc, `{"campaign":{`, `{"campaign":{"emails":"x",`, 1)},
		"of a case that is not here":           {"stops/anna.json": "[]\n"},
		"is not as it was written":             {name: doc, "stops/" + f.Case.Slug + ".json": "[]"},
		"is not whole, or of a case":           {"letters/anna/release.json": "{}"},
		"was counted, and there is no log":     {name: doc, "letters/" + f.Case.Slug + "/release.json": "{}", "letters/" + f.Case.Slug + "/release.count.json": string(encode(Count{Day: casefile.Date{Year: 2026, Month: 1, Day: 1}}))},
		"is larger than any such member is":    {name: strings.Repeat(" ", partMost+1)},
		"is not in it":                         {name: doc},
		"has another size than the case says":  {name: strings.Replace(doc, size, `"width":7`, 1), pictured: pixels},
		"and no case names it":                 {pictured: pixels},
		"no photograph as this program writes": {name: doc, pictured: pixels, PhotoName(sum([]byte(pixels + "x"))): pixels + "x"},
		"jpg is called otherwise than":         {name: doc, PhotoName(strings.Repeat("0", 64)): pixels},
		"log.json is not as it was written":    {"log.json": "{}"},
		"letters/a/b.70000.txt has no version": {"letters/a/b.70000.txt": "x"},
	} {
		if _, _, err := Read(bytes.NewReader(pack(t, parts))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	for want, bad := range map[string][]byte{"this is no archive": nil, "no archive of outcry": tarOf(t, "other.txt", "x"), "manifest can't be read": tarOf(t, manifestName, "{"),
		`of another form ("outcry-archive/2")`: tarOf(t, manifestName, `{"format":"outcry-archive/2"}`), "manifest is not as it was written": tarOf(t, manifestName, `{"format":"outcry-archive/1","members":[]}`)} {
		if _, _, err := Read(bytes.NewReader(bad)); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

func tarOf(t *testing.T, name, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	data := []byte(text)
	if err := put(w, listed(map[string][]byte{name: data}, nil)[0]); err != nil {
		t.Fatal(err)
	}
	w.Close()
	return b.Bytes()
}

// A file that is not what it is said to be ends the writing: no archive holds what its manifest denies.
func TestWriteHoldsFilesToTheirHash(t *testing.T) {
	c := content()
	c.Files[0].Open = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("A page")), nil }
	if _, err := Write(io.Discard, c); err == nil || !strings.Contains(err.Error(), "is not what its name says") {
		t.Error(err)
	}
	c.Files[0].Open = func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("a")), nil }
	if _, err := Write(io.Discard, c); err == nil {
		t.Error("a file that was cut was written")
	}
	c.Files[0].Name = "data/outcry.db"
	if _, err := Write(io.Discard, c); err == nil {
		t.Error("any file can be put into an archive")
	}
}

// A record of what was counted has the letters and the log, and no case.
func TestRecord(t *testing.T) {
	c := content()
	c.Letters = append(c.Letters, Letter{Case: c.Letters[0].Case, Slug: "draft", Doc: []byte("{}")})
	r, err := c.Record()
	if err != nil || len(r) != 6 {
		t.Fatal(err, Names(r))
	}
	for name := range r {
		if !known(name) || strings.Contains(name, "draft") || strings.Contains(name, "cases/") {
			t.Error(name)
		}
	}
	c.Log = nil
	if r, err := c.Record(); err != nil || r != nil {
		t.Error(err, r)
	}
}
