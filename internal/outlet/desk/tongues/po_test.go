package tongues

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func sample() catalogue {
	return catalogue{head: map[string]string{"Project-Id-Version": "case", "PO-Revision-Date": "2026-03-01 09:00+0000", "Last-Translator": "none", "Language-Team": "none", "Language": "ar", "MIME-Version": "1.0", "Content-Type": "text/plain; charset=UTF-8",
		"Content-Transfer-Encoding": "8bit", "X-Source-Language": "ru"},
		list: []message{
			{ctx: "case.title", id: "Освободите Анну", str: "أطلقوا سراح آنا", notes: []string{"Title"}, was: "0123456789abcdef"},
			{ctx: "letters[slug=release].body", id: "First\n\nsecond \"quoted\" \\ tab\t.", str: "", notes: []string{"Letter: text"}},
			{ctx: "events[id=a].what", id: "New", prev: "Old\nand longer", str: "قديم", fuzzy: true},
			{ctx: "events[id=b].what", id: "a\n", str: "b\n"},
			{ctx: "same source twice", id: "New", str: "x"},
		}}
}

// plain is a catalogue without the lines, which writing does not know.
func plain(c catalogue) catalogue {
	list := c.list
	c.list = nil
	for _, m := range list {
		m.line = 0
		c.list = append(c.list, m)
	}
	return c
}

func TestFileIsReadAsItWasWritten(t *testing.T) {
	src := sample().write()
	got, bad := readCatalogue(src)
	if len(bad) > 0 || !reflect.DeepEqual(plain(got), sample()) {
		t.Fatalf("%v\n%+v\n%s", bad, plain(got), src)
	}
	for name, other := range map[string][]byte{"of Windows": bytes.ReplaceAll(src, []byte("\n"), []byte("\r\n")), "with a mark": append([]byte("\ufeff"), src...),
		"without empty lines": bytes.ReplaceAll(src, []byte("\n\n"), []byte("\n"))} {
		if again, bad := readCatalogue(other); len(bad) > 0 || !reflect.DeepEqual(plain(again), sample()) {
			t.Errorf("%s: %v", name, bad)
		}
	}
	if got.tongue() != "ar" {
		t.Errorf("%q", got.tongue())
	}
}

// What can't be read is refused with its line.
func TestBrokenFile(t *testing.T) {
	const head = "msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=UTF-8\\n\"\n\n"
	for name, c := range map[string]struct {
		src  string
		line int
		key  string
	}{
		"empty":              {"", 1, "head"},
		"no header":          {"msgctxt \"a\"\nmsgid \"b\"\nmsgstr \"c\"\n", 1, "head"},
		"another charset":    {"msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=KOI8-R\\n\"\n", 1, "charset"},
		"no context":         {head + "msgid \"b\"\nmsgstr \"c\"\n", 4, "context"},
		"twice":              {head + "msgctxt \"a\"\nmsgid \"b\"\nmsgstr \"c\"\n\nmsgctxt \"a\"\nmsgid \"b\"\nmsgstr \"c\"\n", 8, "twice"},
		"second header":      {head + head, 4, "twice"},
		"half":               {head + "msgctxt \"a\"\nmsgid \"b\"\n", 4, "half"},
		"no source":          {head + "msgctxt \"a\"\nmsgid \"\"\nmsgstr \"c\"\n", 4, "half"},
		"a quote is open":    {head + "msgctxt \"a\nmsgid \"b\"\nmsgstr \"c\"\n", 4, "quote"},
		"a quote within":     {head + "msgctxt \"a\"\nmsgid \"b\"c\"\nmsgstr \"c\"\n", 5, "quote"},
		"an unknown escape":  {head + "msgctxt \"a\"\nmsgid \"b\"\nmsgstr \"\\x1b[2J\"\n", 6, "escape"},
		"a backslash at end": {head + "msgctxt \"a\"\nmsgid \"b\"\nmsgstr \"\\\"\n", 6, "quote"},
		"plural":             {head + "msgctxt \"a\"\nmsgid \"b\"\nmsgid_plural \"bs\"\nmsgstr[0] \"c\"\n", 6, "plural"},
		"order":              {head + "msgid \"b\"\nmsgctxt \"a\"\nmsgstr \"c\"\n", 5, "order"},
		"a loose text":       {head + "\"loose\"\n", 4, "order"},
		"another word":       {head + "msgfoo \"b\"\n", 4, "word"},
		"a control":          {head + "msgctxt \"a\"\nmsgid \"b\x1b\"\nmsgstr \"c\"\n", 5, "control"},
		"no text":            {head + "msgctxt \"\xff\"\n", 4, "control"},
		"a zero byte":        {head + "\x00\n", 4, "control"},
		"too large":          {head + strings.Repeat("#\n", fileMost/2), 0, "large"},
	} {
		if _, bad := readCatalogue([]byte(c.src)); len(bad) == 0 || bad[0].line != c.line || bad[0].key != c.key {
			t.Errorf("%s: %v", name, bad)
		}
	}
	if _, bad := readCatalogue([]byte(strings.Repeat("nonsense\n", 1000))); len(bad) != faultsMost {
		t.Errorf("%d faults at once", len(bad))
	}
}

// FuzzCatalogue: whatever comes is refused, or is read, written and read as the same.
func FuzzCatalogue(f *testing.F) {
	f.Add(sample().write())
	f.Add([]byte("msgid \"\"\nmsgstr \"Content-Type: text/plain; charset=UTF-8\\n\"\n#~ msgid \"x\"\n#| msgctxt \"y\"\n#, c-format, fuzzy\nmsgctxt \"a\"\nmsgid \"b\"\n\"c\"\nmsgstr \"\"\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		c, bad := readCatalogue(src)
		if len(bad) > 0 {
			return
		}
		for i := range c.list { // notes are written as one line each
			c.list[i].notes = nil
			c.list[i].was = strings.Join(strings.Fields(c.list[i].was), "")
		}
		for name := range c.head {
			if !strings.Contains(strings.Join(headOrder, "\n"), name) {
				delete(c.head, name)
			}
		}
		c.head["Content-Type"] = "text/plain; charset=UTF-8"
		again, bad := readCatalogue(c.write())
		if len(bad) > 0 || !reflect.DeepEqual(plain(again).list, plain(c).list) {
			t.Fatalf("%v\n%+v\n%+v", bad, c.list, again.list)
		}
	})
}

// gettext is the peer: it takes what we write and says the same of it, and we read what it writes.
func TestAgreesWithGettext(t *testing.T) {
	for _, tool := range []string{"msgfmt", "msgcat"} {
		if _, err := exec.LookPath(tool); err != nil {
			if os.Getenv("OUTCRY_REQUIRE") == "all" {
				t.Fatal("gettext is not here: " + tool)
			}
			t.Skip("gettext is not here (" + tool + "): what we write was not held against it")
		}
	}
	dir := t.TempDir()
	file, mo := filepath.Join(dir, "a.po"), filepath.Join(dir, "a.mo")
	if err := os.WriteFile(file, sample().write(), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("msgfmt", "--check", "--use-fuzzy", "-o", mo, file).CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("msgfmt: %v %s", err, out)
	}
	compiled, err := os.ReadFile(mo)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, m := range sample().list {
		if m.str != "" {
			want[m.ctx+"\x04"+m.id] = m.str
		}
	}
	got := compiledTexts(compiled)
	delete(got, "")
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%q\n%q", got, want)
	}
	out, err := exec.Command("msgcat", "--width=40", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	again, bad := readCatalogue(out)
	if len(bad) > 0 || !reflect.DeepEqual(plain(again), sample()) {
		t.Errorf("%v\n%+v\n%s", bad, plain(again), out)
	}
}

// compiledTexts reads what msgfmt makes: two tables of lengths and offsets, of the sources and of the translations.
func compiledTexts(mo []byte) map[string]string {
	word := func(at uint32) uint32 { return binary.LittleEndian.Uint32(mo[at:]) }
	texts := map[string]string{}
	for i := range word(8) {
		text := func(table uint32) string {
			n, at := word(table+8*i), word(table+8*i+4)
			return string(mo[at : at+n])
		}
		texts[text(word(12))] = text(word(16))
	}
	return texts
}
