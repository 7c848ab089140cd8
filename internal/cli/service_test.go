package cli

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const operate = "../../docs/operate"

// unit is a service file with its drop-ins, as systemd reads them: a key given again is added, an empty one begins anew.
type unit map[string][]string

func (u unit) read(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	section := ""
	for _, line := range strings.Split(string(b), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if strings.HasPrefix(line, "[") {
			section = line
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if !ok {
			t.Fatalf("%s: %q", path, line)
		}
		key = section + key
		if value == "" {
			u[key] = []string{}
		} else {
			u[key] = append(u[key], value)
		}
	}
}

func (u unit) last(key string) string {
	if list := u["[Service]"+key]; len(list) > 0 {
		return list[len(list)-1]
	}
	return ""
}

// variants are the three ways to give the secret.
var variants = map[string][]string{
	"file":       {"outcry.service"},
	"credential": {"outcry.service", "outcry.service.d/credential.conf"},
	"locked":     {"outcry.service", "outcry.service.d/locked.conf"},
}

// The service keeps memory off the disk, the rest of the machine out of reach, and starts the program with flags that it has. A drop-in loosens none of it.
func TestServiceIsShut(t *testing.T) {
	for name, files := range variants {
		t.Run(name, func(t *testing.T) {
			u := unit{}
			for _, f := range files {
				u.read(t, filepath.Join(operate, f))
			}
			for key, want := range map[string]string{
				"LimitCORE": "0", "LimitMEMLOCK": "infinity", "MemorySwapMax": "0", "UMask": "0077", "StateDirectoryMode": "0700", "User": "outcry",
				"NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes", "DevicePolicy": "closed",
				"ProtectKernelTunables": "yes", "ProtectKernelModules": "yes", "ProtectKernelLogs": "yes", "ProtectControlGroups": "yes", "ProtectClock": "yes",
				"ProtectHostname": "yes", "ProtectProc": "invisible", "ProcSubset": "pid", "KeyringMode": "private", "RestrictNamespaces": "yes", "RestrictRealtime": "yes", "RestrictSUIDSGID": "yes",
				"LockPersonality": "yes", "MemoryDenyWriteExecute": "yes", "RemoveIPC": "yes", "SystemCallArchitectures": "native", "Restart": "always",
				"RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
			} {
				if got := u.last(key); got != want {
					t.Errorf("%s=%s, want %s", key, got, want)
				}
			}
			for _, key := range []string{"CapabilityBoundingSet", "AmbientCapabilities"} {
				if list, said := u["[Service]"+key]; !said || len(list) != 0 {
					t.Errorf("%s=%q, want none", key, list)
				}
			}
			if got := u["[Service]SystemCallFilter"]; !slices.Equal(got, []string{"@system-service", "~@privileged"}) {
				t.Errorf("SystemCallFilter=%q", got)
			}
			// What would undo something: a user of its own makes root a stranger at the socket; a file of output keeps what the journal forgets.
			for _, key := range []string{"PrivateUsers", "StandardOutput", "StandardError", "Environment", "PermissionsStartOnly", "DynamicUser"} {
				if u.last(key) != "" {
					t.Errorf("%s=%s", key, u.last(key))
				}
			}
			started := u["[Service]ExecStart"]
			if len(started) != 1 {
				t.Fatalf("it is started %d times", len(started))
			}
			words := strings.Fields(started[0])
			if words[0] != "/usr/local/bin/outcry" || words[1] != "serve" {
				t.Fatal(started[0])
			}
			serve, _, err := Root(&streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard}).Find(words[1:2])
			if err != nil {
				t.Fatal(err)
			}
			if err := serve.ParseFlags(words[2:]); err != nil {
				t.Fatal(err)
			}
			given := func(flag string) bool { return serve.Flags().Changed(flag) }
			if given("secret-file") != (name == "file") || given("locked") != (name == "locked") || given("shares") == (name == "file") {
				t.Error("another way to give the secret than it says: ", started[0])
			}
			loaded := u.last("LoadCredentialEncrypted")
			if (name == "credential") != strings.HasPrefix(loaded, credential+":") {
				t.Errorf("LoadCredentialEncrypted=%s", loaded)
			}
			if forgets := u.last("RuntimeMaxSec"); (forgets == "infinity") != (name == "locked") {
				t.Errorf("RuntimeMaxSec=%s", forgets)
			}
		})
	}
}

// systemd itself finds nothing wrong in them, and little exposed.
func TestServiceBySystemd(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		if os.Getenv("OUTCRY_REQUIRE") == "all" {
			t.Fatal("there is no systemd-analyze")
		}
		t.Skip("there is no systemd-analyze on this machine, so the service files are not held against systemd")
	}
	program, err := exec.LookPath("true")
	if err != nil {
		t.Fatal(err)
	}
	for name, files := range variants {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for _, f := range files {
				b, err := os.ReadFile(filepath.Join(operate, f))
				if err != nil {
					t.Fatal(err)
				}
				to := filepath.Join(dir, f)
				if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(to, []byte(strings.ReplaceAll(string(b), "/usr/local/bin/outcry", program)), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			service := filepath.Join(dir, "outcry.service")
			if out, err := exec.Command(analyze, "verify", "--man=no", service).CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("verify: %v %s", err, out)
			}
			const exposed = "15" // tenths, of 100: it speaks to the network and has a user of its own
			if out, err := exec.Command(analyze, "security", "--offline=true", "--no-pager", "--threshold="+exposed, service).CombinedOutput(); err != nil {
				t.Errorf("security: %v %s", err, out)
			}
		})
	}
}
