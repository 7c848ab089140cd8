package journey

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"outcry/test/peers"
)

// plume is a name to show; unlike any other, and so are both its words.
func plume() string {
	return "Corvus" + hex.EncodeToString(fresh(4)) + " Vireo" + hex.EncodeToString(fresh(4))
}

// lives has people do all that a signer can do after signing, and organisers what they can do to signers. It tells how many signed whose lock stays
// shut, and gives those who opened theirs.
func (f *flock) lives(t *testing.T) (signed int, gone []*signer) {
	t.Helper()
	hidden, shown, leave, struck, back := f.some(3), f.some(1), f.some(2), f.some(1), f.some(1)
	gone = f.some(2)
	all := slices.Concat(hidden, shown, leave, struck, back)
	together(t, slices.Concat(all, gone), (*signer).sign)
	signed = len(all)

	// Names: the one that stays is found, so that the search for the others means something.
	names := map[*signer]string{}
	for _, p := range slices.Concat(hidden, gone, shown) {
		names[p] = plume()
		must(t, p.shows(names[p], "Institute "+names[p]))
	}
	f.grows(f.settled(t))
	for _, p := range hidden {
		must(t, p.hides())
	}
	together(t, gone, (*signer).withdraw)
	f.grows(f.settled(t))
	dump := string(f.dump(t))
	var deleted []string
	for p, name := range names {
		for word := range strings.FieldsSeq(name) {
			if has := strings.Contains(strings.ToLower(dump), strings.ToLower(word)); has != slices.Contains(shown, p) {
				t.Errorf("the name %s is in the tables: %v", word, has)
			}
			if !slices.Contains(shown, p) {
				deleted = append(deleted, word)
			}
		}
	}

	// News, at addresses of which one is kept, sealed.
	followers := f.some(2)
	for i, p := range followers {
		stop, err := hidden[i].follows(p)
		must(t, err)
		f.stops = append(f.stops, strings.TrimPrefix(stop, "/news/"))
	}
	f.post(t, "/news/"+f.stops[0], url.Values{"List-Unsubscribe": {"One-Click"}}, http.StatusOK)
	if n := f.number(t, "SELECT count(*) FROM news"); n != 1 {
		t.Errorf("%d addresses for news are kept", n)
	}

	// Who was not asked, and says so: for good, or only for a while.
	strangers := f.some(2)
	for i, p := range strangers {
		p.marked = true
		must(t, errors.Join(p.ask(), p.open(), p.never(i == 1)))
	}

	// A burst of mailboxes that soon vanish, and a machine that fills every field.
	var burst []*signer
	for range 12 {
		p := f.some(1)[0]
		p.address = "thrush" + hex.EncodeToString(fresh(5)) + "@nest-" + hex.EncodeToString(fresh(4)) + ".guerrillamail.com"
		burst = append(burst, p)
	}
	for _, p := range burst { // one after the other: whoever comes late is held
		must(t, p.sign())
	}
	signed += len(burst)
	if n := f.number(t, "SELECT count(*) FROM letter_signature WHERE assurance = 4"); n < 1 {
		t.Errorf("of twelve in a burst %d are held", n)
	}
	machine := f.some(1)[0]
	f.post(t, "/sign", f.form("email", machine.address, "website", "https://"+machine.address), http.StatusOK)

	// Organisers take one out, and one who is put back.
	for _, p := range slices.Concat(struck, back) {
		lock, err := p.lock()
		must(t, err)
		f.grows(f.settled(t))
		said := f.told("letter", "remove", caseSlug+"/"+atOnce, "--lock", lock, "--reason", "duplicate", "--words", "Signed twice, as the signer told us", "--role", "moderator", "--yes")
		if slices.Contains(back, p) {
			f.run("letter", "restore", stripForm.FindStringSubmatch(said)[1])
		}
	}
	f.hurry(t)
	f.grows(f.settled(t))
	f.strange(t, shown[0])

	// A stop in order, after which SQLite holds nothing of a name that was deleted. PostgreSQL can't promise that: it keeps dead rows for a while.
	if code := f.server.stop(); code != 0 {
		t.Errorf("the server ends with %d", code)
	}
	if f.sqlite() {
		if st, err := os.Stat(filepath.Join(f.data, "outcry.db-wal")); err == nil && st.Size() > 0 {
			t.Errorf("after a stop in order SQLite's log of writes has %d bytes", st.Size())
		}
		rows, err := os.ReadFile(filepath.Join(f.data, "outcry.db"))
		must(t, err)
		rows = bytes.ToLower(rows)
		for _, word := range deleted {
			if bytes.Contains(rows, []byte(strings.ToLower(word))) {
				t.Errorf("the deleted name %s is in the database file", word)
			}
		}
		if word, _, _ := strings.Cut(names[shown[0]], " "); !bytes.Contains(rows, []byte(strings.ToLower(word))) {
			t.Error("the name that is shown is not found either: the search proves nothing")
		}
	}
	f.start("--verbose")

	// By the mailbox: who has signed, who has not, and whose mail is refused.
	for _, p := range append(leave, f.some(1)...) {
		_, err := p.leaves()
		must(t, err)
	}
	for range 2 {
		p := f.some(1)[0]
		f.mail.server.Next(peers.Answer{Code: 550, Text: "<" + p.address + ">: no such mailbox here"})
		tried := f.mail.server.Tried()
		f.post(t, "/withdraw", f.form("email", p.address), http.StatusOK)
		eventually(t, "nobody brings the mail", func() bool { return f.mail.server.Tried() > tried })
	}
	f.grows(f.settled(t))
	return signed, gone
}

// settled waits until nothing waits for the log, and gives its size.
func (f *flock) settled(t *testing.T) int64 {
	t.Helper()
	eventually(t, "the log does not grow", func() bool { return f.number(t, "SELECT count(*) FROM log_queue WHERE not_before < 2") == 0 })
	return f.number(t, "SELECT size FROM log_state")
}

func (f *flock) form(pairs ...string) url.Values {
	v := url.Values{"lang": {"en"}, "case": {caseSlug}, "letter": {atOnce}, "version": {"1"}}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	return v
}

// post sends a form whose answer is known; 0 is any but a failure of the server.
func (f *flock) post(t *testing.T, path string, form url.Values, status int) {
	t.Helper()
	at, err := f.reader.post(path, form)
	if err == nil && (at.status >= 500 || status != 0 && at.status != status) {
		t.Errorf("POST %.60s answers %d: %.200s", path, at.status, at.text())
	}
}

// strange sends addresses where none belong, at the addresses that a private link, a mail or a mailbox leads to.
func (f *flock) strange(t *testing.T, p *signer) {
	t.Helper()
	one := func() string { return f.some(1)[0].address }
	own, none := "/mine/"+p.secret, "/mine/"+strings.Repeat("A", 43)
	urlencoded := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	var parts bytes.Buffer
	w := multipart.NewWriter(&parts)
	_ = w.WriteField("email", one())
	file, err := w.CreateFormFile("list", one()+".csv")
	must(t, err)
	_, _ = io.WriteString(file, strings.Repeat(one()+"\n", 40_000))
	must(t, w.Close())
	var who *signer
	one = func() string { return who.address }
	for _, path := range []string{"/withdraw", "/not-me", own + "/name", own + "/hide", own + "/news", none + "/name", none + "/hide", none + "/news", "/news/" + strings.Repeat("A", 43)} {
		who = f.some(1)[0]
		for _, send := range []struct {
			header http.Header
			body   string
		}{
			{http.Header{"Content-Type": {w.FormDataContentType()}}, parts.String()},
			{urlencoded, "email=" + strings.Repeat(one()+" ", 3000)},
			{urlencoded, "email=" + one() + "&%zz=%"},
			{http.Header{"Content-Type": {"text/" + one()}}, "email=" + one()},
		} {
			at, err := f.reader.do("POST", path, send.header, strings.NewReader(send.body))
			if err == nil && at.status >= 500 {
				t.Errorf("POST %.60s answers %d: %.200s", path, at.status, at.text())
			}
			if strings.HasPrefix(path, own) && path != own+"/news" && err == nil && at.status < 400 && at.status != http.StatusSeeOther {
				t.Errorf("POST %.20s answers %d to what is no form", path, at.status)
			}
		}
		for _, field := range []string{"lang", "page", "code", "t", "step", "name", "affiliation", "sure"} {
			if path == own+"/hide" || strings.HasSuffix(path, "/name") && field == "name" { // what is typed as a name is one
				continue
			}
			f.post(t, path, f.form("email", "nobody@", field, one()), 0)
		}
		if _, err := f.reader.get(path + "?email=" + url.QueryEscape(one())); err != nil {
			t.Error(err)
		}
		for _, method := range []string{"HEAD", "DELETE", "PROPFIND"} {
			if _, err := f.reader.do(method, path+"?t="+url.QueryEscape(one()), nil, nil); err != nil && !errors.Is(err, io.EOF) {
				t.Error(err)
			}
		}
	}
	who = f.some(1)[0]
	for _, path := range []string{"/news/" + one(), "/not-me?t=" + one(), "/en/" + caseSlug + "/" + atOnce + "/names?q=" + url.QueryEscape(one()), "/en/" + caseSlug + "/" + atOnce + "/withdraw?email=" + one(),
		"/embed/" + one(), "/letters/" + one() + "/certificate.txt", "/en/" + caseSlug + "/feed.xml?" + one()} {
		if at, err := f.reader.get(path); err != nil || at.status >= 500 {
			t.Errorf("GET %.60s answers %d, %v", path, at.status, err)
		}
	}
	typed := one()
	f.post(t, own+"/name", url.Values{"lang": {"en"}, "name": {typed}}, http.StatusUnprocessableEntity) // an address is no name
	f.post(t, own+"/name", url.Values{"lang": {"en"}, "name": {"x"}, "affiliation": {typed}}, http.StatusUnprocessableEntity)
	f.post(t, own+"/news", f.form("email", fmt.Sprintf("Name <%s>", one())), http.StatusUnprocessableEntity)
}
