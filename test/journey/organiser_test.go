package journey

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"outcry/test/peers"
)

// organiser is somebody with a machine of their own, where the key of a campaign is.
type organiser struct {
	t      testing.TB
	folder string
	line   string // for the campaign file
}

func newOrganiser(t testing.TB) *organiser {
	t.Helper()
	o := &organiser{t: t, folder: t.TempDir()}
	out, err := exec.Command(peers.Binary(t), "key", "new", o.key()).Output()
	must(t, err)
	o.line = strings.TrimSpace(string(out))
	return o
}

func (o *organiser) key() string { return filepath.Join(o.folder, "committee.key") }

// campaign is the file with the public half of the key.
func (o *organiser) campaign() string {
	return strings.Replace(campaign, "  contact: committee@letters.example\nperson:", "  contact: committee@letters.example\n  "+o.line+"\nperson:", 1)
}

// list opens what the server has sealed, on the organiser's machine; flags say of which case where there are several.
func (o *organiser) list(s *site, flags ...string) string {
	o.t.Helper()
	path := filepath.Join(o.folder, fmt.Sprintf("followers-%d.sealed", time.Now().UnixNano()))
	sealed, err := s.command(append([]string{"news", "export", "-"}, flags...)...).Output()
	must(o.t, err)
	must(o.t, os.WriteFile(path, sealed, 0o600))
	cmd := exec.Command(peers.Binary(o.t), "open", "--key", o.key(), path)
	cmd.Dir, cmd.Env = o.folder, []string{"HOME=" + o.folder}
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		o.t.Fatalf("the list can't be opened: %v\n%s", err, said.Bytes())
	}
	return string(out)
}
