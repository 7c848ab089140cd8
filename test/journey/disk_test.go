package journey

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/internal/kernel/seal"
	"outcry/test/peers"
	"outcry/test/seizure"
)

const (
	visitorIP    = "127.83.129.77"
	visitorAgent = "Visitor-7f31c0aa/9.1"
	visitorFrom  = "https://workplace-77b0d2.example/mail?box=19"
)

// flock is a site whose signers must leave no feather on the disk.
type flock struct {
	*site
	gate   *gate
	all    []*signer
	reader *reader
	made   func() []string // in the server's folders, since it first started
	n      int
	stops  []string // what the links hold that end news
}

// some are n new signers.
func (f *flock) some(n int) (list []*signer) {
	for range n {
		list = append(list, &signer{reader: f.reader, address: bird(f.n), lang: []string{"en", "ru"}[f.n%2]})
		f.n++
	}
	f.all = append(f.all, list...)
	return list
}

// Fifty people sign, or almost, on every way there is, while the mail server goes away and the server is killed. Then everything that it could have
// written is searched for them, with a scanner that finds what was planted in the same places.
func TestNothingOnTheDisk(t *testing.T) {
	t.Parallel()
	eachOnDisk(t, 64<<20, func(t *testing.T, e engine) {
		times := 1
		if prove {
			times = 4
		}
		f := &flock{site: newSite(t, e)}
		f.gate = newGate(t, f.mail.server.Addr)
		f.smtp = f.gate.addr
		f.apply(newOrganiser(t).campaign()) // whose key is elsewhere
		f.made = watch(t, f.home, f.temp, f.data)
		f.start("--verbose")
		if runtime.GOOS == "linux" { // where the whole of 127/8 is this machine
			f.reader = f.readerFrom(net.ParseIP(visitorIP))
		} else {
			f.reader = f.site.reader()
		}
		f.reader.header.Set("User-Agent", visitorAgent)
		f.reader.header.Set("Referer", visitorFrom)
		f.reader.header.Set("X-Forwarded-For", "203.0.113.199")

		byCode, byLink, asked, leavers, twice := f.some(9*times), f.some(9*times), f.some(7*times), f.some(5*times), f.some(5*times)
		together(t, slices.Concat(byCode, leavers, twice), (*signer).sign)
		together(t, byLink, func(p *signer) error { return errors.Join(p.ask(), p.open(), p.follow()) })
		together(t, asked, func(p *signer) error { return errors.Join(p.ask(), p.open()) })
		together(t, leavers, (*signer).withdraw)
		together(t, twice, func(p *signer) error { // the code of the first mail, on the page of a second asking that no mail answers
			if err := errors.Join(p.ask(), p.enter()); err != nil {
				return err
			}
			if strings.HasPrefix(p.address, "Robin") {
				return p.withdraw() // by a link that replaced the first
			}
			return nil
		})

		signed, gone := f.lives(t)
		leavers = append(leavers, gone...)
		refused := f.some(3)
		for i, p := range refused { // servers repeat the address when they refuse it
			answer := peers.Answer{Code: 550, Text: "<" + p.address + ">: no such mailbox here", At: []peers.Stage{peers.AtRcpt, peers.AtData, peers.AtMail}[i]}
			if i == 1 {
				answer.Code, answer.Text = 452, "try "+p.address+" later"
			}
			f.mail.server.Next(answer)
			tried := f.mail.server.Tried()
			must(t, p.ask())
			eventually(t, "nobody brings the mail", func() bool { return f.mail.server.Tried() > tried })
		}

		f.gate.shut()
		late := f.some(5 * times)
		together(t, late, (*signer).ask)
		f.hostile(t)
		eventually(t, "the server does not say that mail fails", func() bool { return strings.Count(f.said(), "a job is tried again later") > len(late)/2 })
		f.gate.open()
		together(t, late, func(p *signer) error { return errors.Join(p.open(), p.enter()) })

		f.mail.server.Always(peers.Answer{Stall: true})
		caught := f.some(4 * times)
		tried := f.mail.server.Tried()
		together(t, caught, (*signer).ask)
		eventually(t, "no mails are on their way", func() bool { return f.mail.server.Tried() >= tried+4 })
		f.kill() // with mails half sent, and their ciphertext in the queue
		f.mail.server.Always(peers.Answer{})
		f.start("--verbose")
		f.crashes(t)
		together(t, asked[:3], (*signer).enter) // pages and codes outlive the crash
		counted := len(byCode) + len(byLink) + len(twice) + len(late) + 3 + len(leavers) + signed
		eventually(t, "the log does not grow", func() bool { return f.number(t, "SELECT count(*) FROM log_queue") == 0 })
		f.grows(f.number(t, "SELECT size FROM log_state"))
		if n := f.number(t, "SELECT count(*) FROM letter_signature"); n != int64(counted) {
			t.Errorf("there are %d signatures, want %d", n, counted)
		}
		if least := 47 * times; len(f.all) < least || prove && len(f.all) < 200 {
			t.Errorf("only %d people came", len(f.all))
		}
		t.Logf("%d by code, %d by link, %d asked only, %d withdrawn, %d twice, %d refused, %d while no mail server answered, %d in a stalled one; signatures: %d shown, %d removed, %d held",
			len(byCode), len(byLink), len(asked)-3, len(leavers), len(twice), len(refused), len(late), len(caught), f.number(t, "SELECT count(*) FROM letter_name"),
			f.number(t, "SELECT count(*) FROM letter_removal"), f.number(t, "SELECT count(*) FROM letter_signature WHERE assurance = 4"))
		f.search(t, leavers)
	})
}

// search ends the server and looks.
func (f *flock) search(t *testing.T, leavers []*signer) {
	t.Helper()
	home := of(t, f.published(), atOnce).ID.String()
	if n := f.number(t, "SELECT count(*) FROM job WHERE length(payload) > 0"); n < 4 {
		t.Errorf("only %d mails wait in the queue: nothing is sealed on the disk", n)
	}
	backups := f.backup(t) // before there is a table of which nobody has said whether a backup keeps it
	eggs := f.plants(t)
	f.kill()

	u, err := seal.ReadSecretFile(f.secret())
	must(t, err)
	pepper, err := u.Pepper(home)
	must(t, err)
	canaries := []seizure.Canary{
		{Name: "the visitor's IP", Value: visitorIP}, {Name: "the forwarded IP", Value: "203.0.113.199"}, {Name: "the browser", Value: visitorAgent},
		{Name: "where they came from", Value: visitorFrom, Also: []string{"workplace-77b0d2"}},
	}
	for _, p := range f.all {
		canaries = append(canaries, p.feathers(t, pepper)...)
	}
	locks := map[string]bool{}
	for _, p := range f.all {
		if p.secret != "" && !slices.Contains(leavers, p) {
			name := "what opens the lock of " + p.address
			locks[name] = true
			canaries = append(canaries, seizure.Canary{Name: name, Value: string(seal.Derive(p.raw(), "withdraw"))})
		}
	}
	for _, p := range eggs {
		canaries = append(canaries, seizure.Canary{Name: p.name, Value: p.value})
	}
	for _, token := range f.stops {
		raw, err := base64.RawURLEncoding.DecodeString(token)
		must(t, err)
		canaries = append(canaries, seizure.Canary{Name: "a link that ends news", Value: token}, seizure.Canary{Name: stopSecret, Value: string(raw)})
	}
	scanner, err := seizure.New(canaries...)
	must(t, err)
	began := time.Now()
	places := []string{f.data, f.home, f.temp, f.logs, backups}
	if f.pg != nil {
		places = append(places, f.pg.DataDir)
	}
	hits, err := scanner.Scan(places...)
	must(t, err)
	copied := f.site // SQLite's is read from a copy, so that the seized one stays as it is
	if f.sqlite() {
		copied = f.copyOf(t, "")
	}
	more, err := scanner.ScanBytes("dump", copied.dump(t))
	must(t, err)
	hits = append(hits, more...)
	took := time.Since(began)

	for _, p := range eggs {
		if !slices.ContainsFunc(hits, func(h seizure.Hit) bool {
			return h.Canary == p.name && slices.ContainsFunc(p.under, func(dir string) bool { return strings.HasPrefix(h.Path, dir) })
		}) {
			t.Errorf("the scan proves nothing: it did not find what was %s under %q", p.name, p.under)
		}
	}
	inRows := 0
	for _, h := range hits {
		switch {
		case strings.HasPrefix(h.Canary, "planted: "):
		case locks[h.Canary] && strings.HasPrefix(h.Encoding, "SHA-256"): // the lock itself, which stands in the log for good
			if h.Path == "dump" {
				inRows++
			}
		case hashedOnly(h): // by which a later link is found
		default:
			t.Errorf("left on the disk: %s", h)
		}
	}
	if inRows < 15 {
		t.Errorf("only %d locks were found in the tables: the scan does not see what is there", inRows)
	}
	seen := 0
	for _, path := range f.made() {
		switch filepath.Base(path) {
		case "egg":
			seen++
		case "outcry.db-wal", "outcry.db-shm":
		case "backup.day": // the day of the last backup, which the desk tells
			if b, err := os.ReadFile(path); err != nil || len(b) != len("2026-11-23\n") {
				t.Errorf("%s holds %q, %v", path, b, err)
			}
		default:
			if _, err := os.Stat(path); strings.HasPrefix(filepath.Base(path), ".new-") && errors.Is(err, os.ErrNotExist) {
				continue // it became backup.day
			}
			t.Errorf("the server made %s", path)
		}
	}
	if runtime.GOOS == "linux" && seen != 3 {
		t.Errorf("%d of the three planted files were seen being made", seen)
	}
	for _, dir := range []string{f.home, f.temp} {
		left, err := os.ReadDir(dir)
		must(t, err)
		if len(left) != 1 {
			t.Errorf("%s holds %v", dir, left)
		}
	}
	t.Logf("%d people, %d canaries, %d planted leaks found, %d locks seen in the tables, searched in %v", len(f.all), len(canaries), len(eggs), inRows, took.Round(time.Millisecond))
	f.guess(t, copied, home)
	if f.disk != nil {
		f.scrape(t, canaries, eggs, locks)
	}
}

// backup makes one beside the other folders while the server runs, and tells where.
func (f *flock) backup(t *testing.T) (dir string) {
	t.Helper()
	dir = inside(f.root, "backups")
	must(t, os.Mkdir(dir, 0o700))
	to := inside(t.TempDir(), "to")
	must(t, os.WriteFile(to, []byte(newOrganiser(t).line+"\n"), 0o600))
	cmd := f.command("backup", "create", inside(dir, "all.backup"), "--to", to)
	secret := slices.Index(cmd.Args, "--secret-file") // it needs none, and takes none
	cmd.Args = slices.Delete(cmd.Args, secret, secret+2)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("outcry backup create: %v\n%s", err, out)
	}
	made, err := os.Stat(inside(dir, "all.backup"))
	must(t, err)
	if made.Size() < 10_000 {
		t.Errorf("the backup has %d bytes only", made.Size())
	}
	return dir
}

const stopSecret = "the secret in a link that ends news"

// hashedOnly is a secret of which its hash is kept.
func hashedOnly(h seizure.Hit) bool {
	return (strings.HasPrefix(h.Canary, "the secret of ") || h.Canary == stopSecret) && strings.HasPrefix(h.Encoding, "SHA-256")
}

// scrape deletes all files, takes the disk out, and searches it byte by byte: so what was in a file only for a moment is found too, as each deliberate
// leak is that was on it.
func (f *flock) scrape(t *testing.T, canaries []seizure.Canary, eggs []plant, locks map[string]bool) {
	t.Helper()
	dir := inside(f.root, "leaks")
	must(t, os.Mkdir(dir, 0o700))
	encodings := map[string]string{}
	var ends []func() error
	for i, leak := range seizure.Leaks() {
		address := seizure.Address(fmt.Sprintf("%02d%x", i, fresh(3)))
		under := inside(dir, fmt.Sprint(i))
		must(t, os.Mkdir(under, 0o700))
		end, err := leak.Plant(under, address)
		must(t, err)
		if end != nil {
			ends = append(ends, end)
		}
		name := "planted: " + leak.Name
		encodings[name] = leak.Encoding
		canaries = append(canaries, seizure.Canary{Name: name, Value: address, Also: []string{seizure.Folded(address)}})
	}
	scanner, err := seizure.New(canaries...)
	must(t, err)
	must(t, exec.Command("sync", "--file-system", f.root).Run()) // else a young file never reaches the disk
	for _, end := range ends {                                   // SQLite deletes its log of writes
		must(t, end())
	}
	gone := []string{f.data, f.home, f.temp, f.logs, inside(f.root, "backups"), dir}
	if f.pg != nil {
		f.pg.Kill(t)
		f.pg.Leave(t)
		gone = append(gone, filepath.Dir(f.pg.DataDir))
	}
	for _, dir := range gone {
		must(t, os.RemoveAll(dir))
	}
	must(t, f.disk.unmount())
	began := time.Now()
	hits, err := scanner.Scan(f.disk.image)
	must(t, err)
	found := map[string]bool{}
	for _, h := range hits {
		if want := encodings[h.Canary]; want == "" || want == h.Encoding {
			found[h.Canary] = true
		}
	}
	for _, p := range eggs {
		if !found[p.name] && p.name != "planted: in the dump" {
			t.Errorf("the scan of the disk proves nothing: it did not find what was %s", p.name)
		}
	}
	for name, encoding := range encodings {
		if !found[name] {
			t.Errorf("the scan of the disk proves nothing: what was %s is not found as %s", name, encoding)
		}
	}
	for _, h := range hits {
		if !strings.HasPrefix(h.Canary, "planted: ") && !(locks[h.Canary] && strings.HasPrefix(h.Encoding, "SHA-256")) && !hashedOnly(h) {
			t.Errorf("left on the disk after all files were deleted: %s", h)
		}
	}
	t.Logf("the raw disk, all files deleted: %d planted leaks and %d deliberate ones found, of the people nothing, in %v", len(eggs), len(encodings), time.Since(began).Round(time.Millisecond))
}

// guess has the attack run on what was seized: without the secret it finds nobody, with the key planted among the files it finds everyone it asks for.
func (f *flock) guess(t *testing.T, rows *site, home string) {
	t.Helper()
	files, tags := f.seized(t), rows.tags(t)
	var list []string
	for _, p := range f.all {
		if p.counted.status != 0 && len(list) < 3 {
			list = append(list, folded(t, p.address))
		}
	}
	size := 0
	for _, b := range files {
		size += len(b)
	}
	began := time.Now()
	if found := attack(files, tags, list); len(found) > 0 {
		t.Errorf("the attack identifies %d of %d", len(found), len(list))
	}
	took := time.Since(began)
	leaked := map[string][]byte{"a copy of the key": append(append(fresh(1000), f.pepperKey(t, home)...), fresh(100)...)}
	if found := attack(leaked, tags, list); len(found) != len(list) {
		t.Errorf("the attack proves nothing: with the key in the open it identifies %d of %d", len(found), len(list))
	}
	t.Logf("%d tags, %d addresses, %d bytes on the disk: none identified in %v", len(tags), len(list), size, took.Round(time.Millisecond))

	// And with a long list, each address under whatever of the rows and files could be taken for a key.
	long := make([]string, 0, 10_000)
	for _, p := range f.all {
		long = append(long, folded(t, p.address))
	}
	for len(long) < cap(long) {
		long = append(long, folded(t, bird(len(long))))
	}
	began = time.Now()
	keys := rows.keyLike(t, files)
	if found := attack(keys, tags, long); len(found) > 0 {
		t.Errorf("with a list of %d the attack identifies %q", len(long), found)
	}
	took = time.Since(began)
	if found := attack(map[string][]byte{"the key": f.pepperKey(t, home)}, tags, long); len(found) < 2*len(tags)/3 { // some are of the other letter, or came twice
		t.Errorf("the attack with a long list proves nothing: with the key it identifies %d of %d", len(found), len(tags))
	}
	t.Logf("%d tags, %d addresses, %d keys: none identified in %v", len(tags), len(long), len(keys), took.Round(time.Millisecond))
}
