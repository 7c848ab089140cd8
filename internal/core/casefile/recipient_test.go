package casefile

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outcry/internal/kernel/seal"
)

func recipient(t *testing.T) seal.Recipient {
	t.Helper()
	to, err := seal.NewIdentityFile(filepath.Join(t.TempDir(), "key"), time.Unix(0, 0))
	if err != nil {
		t.Fatal(err)
	}
	return to
}

func keyed(key string) string {
	return swap("  contact:", "  news_recipient: "+key+"\n  contact:")
}

// A key of two thousand characters goes in and comes out in one line, and is told by its fingerprint.
func TestNewsRecipient(t *testing.T) {
	old, to := recipient(t), recipient(t)
	f, err := read(keyed(to.String()))
	if err != nil || f.Campaign.NewsRecipient != to.String() {
		t.Fatal(err)
	}
	text, err := Marshal(f)
	if err != nil || !strings.Contains(string(text), "\n  news_recipient: "+to.String()+"\n") {
		t.Errorf("%v\n%s", err, text)
	}
	again, err := read(string(text))
	if err != nil || len(Diff(f, again)) > 0 {
		t.Errorf("%v: %v", err, Diff(f, again))
	}
	before, err := read(keyed(old.String()))
	if err != nil {
		t.Fatal(err)
	}
	none, err := read(minimal)
	if err != nil {
		t.Fatal(err)
	}
	was, is := fmt.Sprintf("%x", old.Fingerprint()), fmt.Sprintf("%x", to.Fingerprint())
	for want, list := range map[string][]Change{
		`~ campaign.news_recipient: "key with the fingerprint ` + was + `" → "key with the fingerprint ` + is + `"`: Diff(before, f),
		`+ campaign.news_recipient: "key with the fingerprint ` + is + `"`:                                          Diff(none, f),
		`- campaign.news_recipient: "key with the fingerprint ` + is + `"`:                                          Diff(f, none),
	} {
		if len(list) != 1 || list[0].String() != want {
			t.Errorf("%v\nwant %s", list, want)
		}
	}
}

// What is wrong with a key is told at its place, with all else that is wrong, and never quoted.
func TestWrongNewsRecipient(t *testing.T) {
	to := recipient(t).String()
	for key, want := range map[string]string{
		to[:len(to)-3]:                        "damaged",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAA": "SSH",
		"age1yubikey1qwt50d05nh5vutpdzmlg5wn": "plugin",
		"AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQ": "secret half",
		"committee@example.org":               "not the public half",
	} {
		src := strings.Replace(keyed(key), "slug: anna", "slug: Anna", 1)
		_, err := read(src)
		problems, _ := err.(Problems)
		var said string
		for _, p := range problems {
			if p.Path == newsRecipient {
				said = p.Say
				if line := strings.Split(src, "\n")[p.Line-1]; !strings.Contains(line, "news_recipient") {
					t.Errorf("%.12s…: the problem points at %q", key, line)
				}
			}
		}
		if len(problems) < 2 || !strings.Contains(said, want) {
			t.Errorf("%.12s…: %v", key, err)
		}
		if strings.Contains(err.Error(), key[12:]) {
			t.Errorf("%.12s…: the problem quotes it: %v", key, err)
		}
	}
}
