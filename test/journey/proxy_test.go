package journey

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"outcry/test/peers"
	"outcry/test/seizure"
)

// A signer's whole way goes through the proxies that we say how to set up, by the very files that docs/operate hands out, and the proxies keep nothing of it:
// not in a log, not of a form too large for them, not of an answer in a temporary file.
func TestProxies(t *testing.T) {
	for name, p := range map[string]struct {
		program, file string
		changed       func(dir, text, upstream, port string) string
		args          func(dir, conf string) []string
	}{
		"nginx": {"nginx", "nginx.conf", func(dir, text, upstream, port string) string {
			text = replaced(t, text, "127.0.0.1:8080", upstream, "listen 443 ssl", "listen 127.0.0.1:"+port+" ssl", "    listen [::]:443 ssl http2;\n", "", "    listen 80;\n    listen [::]:80;\n",
				"    listen unix:"+dir+"/plain;\n", "/etc/ssl/outcry", dir)
			return "daemon off;\npid " + dir + "/pid;\nerror_log " + dir + "/error.log;\nevents {}\nhttp {\naccess_log " + dir + "/access.log;\n" +
				"client_body_temp_path " + dir + "/body;\nproxy_temp_path " + dir + "/proxy;\nfastcgi_temp_path " + dir + "/f;\nuwsgi_temp_path " + dir + "/u;\nscgi_temp_path " + dir + "/s;\n" + text + "}\n"
		}, func(dir, conf string) []string { return []string{"-p", dir, "-c", conf} }},
		"Caddy": {"caddy", "Caddyfile", func(dir, text, upstream, port string) string {
			return replaced(t, text, "127.0.0.1:8080", upstream, "letters.example {", "letters.example:"+port+" {\n\tbind 127.0.0.1\n\ttls "+dir+"/fullchain.pem "+dir+"/key.pem",
				"{\n\tlog {", "{\n\tadmin off\n\tauto_https disable_redirects\n\tlog {")
		}, func(_, conf string) []string { return []string{"run", "--adapter", "caddyfile", "--config", conf} }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program, err := exec.LookPath(p.program)
			if err != nil {
				peers.Missing(t, "%s is not on this machine; Debian has a package of that name", p.program)
			}
			s := open(t, engine{name: "SQLite"})
			dir := t.TempDir()
			must(t, os.Chmod(filepath.Dir(dir), 0o755)) // nginx's workers are another user's
			must(t, os.Chmod(dir, 0o777))
			roots := certificate(t, dir, "letters.example")
			text, err := os.ReadFile(filepath.Join("..", "..", "docs", "operate", p.file))
			must(t, err)
			port := vacantPort(t)
			conf := filepath.Join(dir, "conf")
			must(t, os.WriteFile(conf, []byte(p.changed(dir, replaced(t, string(text), "letters.example.org", "letters.example"), strings.TrimPrefix(s.base(), "http://"), port)), 0o600))
			var said bytes.Buffer
			cmd := exec.Command(program, p.args(dir, conf)...)
			cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = []string{"HOME=" + dir, "TMPDIR=" + dir, "PATH=" + os.Getenv("PATH")}, dir, &said, &said
			leash(cmd)
			must(t, cmd.Start())
			stop := func() { _ = cmd.Process.Signal(syscall.SIGTERM); _ = cmd.Wait() }
			defer func() {
				if t.Failed() {
					t.Logf("%s said:\n%s", p.program, said.String())
				}
			}()

			front := &site{t: t, root: s.root, mail: s.mail, server: &server{base: publicURL}}
			r := front.reader()
			r.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableCompression: true, ForceAttemptHTTP2: true,
				DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
					return new(net.Dialer).DialContext(ctx, "tcp", "127.0.0.1:"+port)
				}}
			t.Cleanup(r.client.CloseIdleConnections)
			eventually(t, p.program+" answers", func() bool { at, err := r.get("/healthz"); return err == nil && at.status == http.StatusOK })

			heard := make(chan string, 64)
			go listen(t.Context(), r, "/live/en/"+s.published().Letters[0].ID.String(), heard)
			<-heard
			r.header.Set("Origin", publicURL) // a browser's, for forms: Host must reach the program as it is
			one := &signer{reader: r, address: "canary-proxy-one@birds.example"}
			must(t, one.sign())
			two := &signer{reader: r, address: "canary-proxy-two@birds.example", lang: "ru"}
			must(t, two.ask())
			must(t, two.open())
			must(t, two.follow())
			must(t, two.withdraw())
			select {
			case <-heard:
			case <-time.After(patience):
				t.Error("the open page heard nothing of the new count through the proxy")
			}
			long := url.Values{"email": {strings.Repeat("canary-proxy-long.", 2200) + "@birds.example"}} // more than the program reads, less than a proxy refuses
			at, err := r.post("/sign", long)
			if err != nil || at.status != http.StatusRequestEntityTooLarge || !strings.Contains(at.header.Get("Content-Type"), "charset=utf-8") {
				t.Errorf("a form of %d bytes: %d %v, not the program's own answer", len(long.Encode()), at.status, err)
			}
			desk := url.Values{"name": {strings.Repeat("canary-proxy-long.", 30000)}} // a photograph is larger still: the proxy has to pass on what organisers send
			if at, err := r.post("/desk/in", desk); err != nil || at.status != http.StatusRequestEntityTooLarge || !strings.Contains(at.header.Get("Content-Type"), "charset=utf-8") {
				t.Errorf("a form of %d bytes to the desk: %d %v, not the program's own answer", len(desk.Encode()), at.status, err)
			}
			if at, err := r.get("/mine/" + strings.Repeat("canary-path", 4)); err != nil || at.status != http.StatusNotFound {
				t.Errorf("an unknown private link: %d %v", at.status, err)
			}
			s.kill()
			if at, err := r.get("/en/canary-while-down"); err != nil || at.status != http.StatusBadGateway {
				t.Errorf("while the program is down: %d %v", at.status, err)
			}
			r.client.CloseIdleConnections()
			stop()

			scanner, err := seizure.New(seizure.Canary{Name: "first address", Value: one.address}, seizure.Canary{Name: "second address", Value: two.address},
				seizure.Canary{Name: "long address", Value: "canary-proxy-long."}, seizure.Canary{Name: "private link", Value: one.secret}, seizure.Canary{Name: "page", Value: "canary-while-down"},
				seizure.Canary{Name: "code", Value: one.code}, seizure.Canary{Name: "unknown link", Value: "canary-path"}, seizure.Canary{Name: "reader's address", Value: "127.0.0.1 - "})
			must(t, err)
			must(t, os.WriteFile(filepath.Join(dir, "said"), said.Bytes(), 0o600))
			hits, err := scanner.Scan(dir)
			must(t, err)
			if len(hits) > 0 {
				t.Errorf("%s kept:\n%s", p.program, seizure.Report(hits))
			}
		})
	}
}

// Tor takes the lines for an onion address as docs/operate hands them out.
func TestOnionLines(t *testing.T) {
	t.Parallel()
	program, err := exec.LookPath("tor")
	if err != nil {
		peers.Missing(t, "tor is not on this machine; Debian has a package of that name")
	}
	dir := t.TempDir()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "operate", "torrc"))
	must(t, err)
	conf := filepath.Join(dir, "torrc")
	must(t, os.WriteFile(conf, []byte(replaced(t, string(text), "/var/lib/tor/outcry", filepath.Join(dir, "onion"))+"DataDirectory "+dir+"\n"), 0o600))
	if out, err := exec.Command(program, "--verify-config", "--defaults-torrc", os.DevNull, "-f", conf).CombinedOutput(); err != nil || bytes.Contains(out, []byte("Unknown option")) {
		t.Errorf("%v\n%s", err, out)
	}
}

// listen hands over each event of a live page.
func listen(ctx context.Context, r *reader, path string, heard chan<- string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.site.base()+path, nil)
	if err != nil {
		return
	}
	res, err := (&http.Client{Transport: r.client.Transport}).Do(req)
	if err != nil {
		return
	}
	defer res.Body.Close()
	for lines := bufio.NewScanner(res.Body); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "data:") {
			heard <- lines.Text()
		}
	}
}

// replaced swaps each text for the next one; one that is not there is a fault of the test or of the file.
func replaced(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(text, pairs[i]) {
			t.Fatalf("the file holds no %q", pairs[i])
		}
		text = strings.ReplaceAll(text, pairs[i], pairs[i+1])
	}
	return text
}

// certificate writes a certificate for host and its key into dir, and returns who trusts it.
func certificate(t *testing.T, dir, host string) *x509.CertPool {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{host}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	must(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(dir, "fullchain.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	c, err = x509.ParseCertificate(der)
	must(t, err)
	roots := x509.NewCertPool()
	roots.AddCert(c)
	return roots
}

// vacantPort is a port of this machine at which nobody listens.
func vacantPort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
}
