package journey

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"outcry/test/peers"
	"outcry/test/seizure"
)

// memoryMost is how many of 200 people a server's memory may still name when nobody has asked for anything for half a minute, and memoryAtOnce while
// nothing but a moment has gone by. Both may only fall.
const (
	memoryMost   = 25
	memoryAtOnce = 75
)

// Whoever takes a running host gets what its memory holds. Two hundred people sign, or almost; then nothing happens for half a minute, and the memory of
// the process is searched for them. A process can't promise that none is left: a ceiling holds the number.
func TestMemoryForgets(t *testing.T) {
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		peers.Missing(t, "the memory of another process can be read on Linux and by root only")
	}
	t.Parallel()
	if !prove {
		t.Run("SQLite", func(t *testing.T) { remembers(t, engine{name: "SQLite"}, time.Second, memoryAtOnce) })
		return
	}
	for run := range 3 {
		t.Run(fmt.Sprint("run ", run+1), func(t *testing.T) {
			each(t, false, func(t *testing.T, e engine) { remembers(t, e, 30*time.Second, memoryMost) })
		})
	}
}

func remembers(t *testing.T, e engine, idle time.Duration, most int) {
	t.Helper()
	f := &flock{site: newSite(t, e)}
	f.start()
	f.reader = f.site.reader()
	byCode, byLink, asked, left := f.some(90), f.some(50), f.some(30), f.some(30)
	together(t, slices.Concat(byCode, left), (*signer).sign)
	together(t, byLink, func(p *signer) error { return errors.Join(p.ask(), p.open(), p.follow()) })
	together(t, asked, (*signer).ask)
	together(t, left, (*signer).withdraw)
	eventually(t, "mails wait", func() bool { return f.number(t, "SELECT count(*) FROM job") == 0 })
	f.settled(t)

	// Somebody is still at it, whom the search must find, or it shows nothing.
	egg := "cuckoo." + bird(0)
	half := func() {
		conn, err := net.Dial("tcp", strings.TrimPrefix(f.base(), "http://"))
		must(t, err)
		t.Cleanup(func() { conn.Close() })
		_, err = fmt.Fprintf(conn, "POST /sign HTTP/1.1\r\nHost: letters.example\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 500\r\n\r\nemail=%s", egg)
		must(t, err)
		time.Sleep(200 * time.Millisecond)
	}

	canaries := []seizure.Canary{{Name: egg, Value: egg}}
	for _, p := range f.all {
		local, _, _ := strings.Cut(p.address, "@")
		canaries = append(canaries, seizure.Canary{Name: p.address, Value: p.address, Also: []string{folded(t, p.address), local}})
	}
	scanner, err := seizure.New(canaries...)
	must(t, err)
	count := func() (people int, found bool) {
		hits, err := scanner.ScanProcess(f.server.cmd.Process.Pid)
		must(t, err)
		names := map[string]bool{}
		for _, h := range hits {
			names[h.Canary] = true
		}
		found = names[egg]
		delete(names, egg)
		return len(names), found
	}
	before, _ := count()
	time.Sleep(idle)
	half()
	after, found := count()
	if !found {
		t.Error("the search proves nothing: it does not find the address that was just sent")
	}
	if after > most {
		t.Errorf("after %v in which nothing happened the memory names %d of %d people, %d at most are right", idle, after, len(f.all), most)
	}
	t.Logf("%s: of %d people the memory names %d at once, and %d after %v", e.name, len(f.all), before, after, idle)
}
