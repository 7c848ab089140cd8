package bench

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestSize holds the floor of the program's file, and what would make it a tenth larger at once: where anything in it calls methods by names that it makes up,
// as text/template does when it is carried out, the linker keeps every exported method of everything.
func TestSize(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "outcry")
	cmd := compile(bin, "-dumpdep")
	var edges bytes.Buffer
	cmd.Stderr = &edges
	if err := cmd.Run(); err != nil {
		t.Fatalf("go build: %v\n%s", err, edges.Bytes())
	}
	var callers []string
	n, named := 0, false
	for edge := range strings.Lines(edges.String()) {
		from, _, ok := strings.Cut(edge, " -> ")
		if !ok {
			continue
		}
		n++
		named = named || strings.HasPrefix(from, "golang.org/x/text/language/display.")
		if caller, calls := strings.CutSuffix(from, " <ReflectMethod>"); calls && !slices.Contains(callers, caller) {
			callers = append(callers, caller)
		}
	}
	if n < 10_000 {
		t.Fatalf("the linker told %d edges", n)
	}
	if len(callers) > 0 {
		t.Errorf("methods are called by names made up: in %s", strings.Join(callers, ", "))
	}
	if named {
		t.Error("language/display is in the program, and so are the names of all languages in all languages: two megabytes, where internal/kernel/lang has those that we need")
	}
	info, err := os.Stat(bin)
	if err != nil {
		t.Fatal(err)
	}
	if size := float64(info.Size()) / 1e6; size > sizeFloor.most {
		t.Errorf("the program's file is %.1f MB, more than %.0f", size, sizeFloor.most)
	}
}

// What is measured is what make builds, and what it leaves as it is is there.
func TestMakeBuildsTheSame(t *testing.T) {
	b, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(b), "\\\n", " ")
	_, list, _ := strings.Cut(text, "\nCOLD")
	list, _, _ = strings.Cut(strings.TrimLeft(list, " ="), "\n")
	if got := strings.Fields(list); !slices.Equal(got, cold) {
		t.Errorf("make leaves %q as they are, we %q", got, cold)
	}
	if !strings.Contains(text, "build -trimpath -buildvcs=false -ldflags='-s -w -funcalign=16' $(COLD:%=-gcflags=%=-l)\n") {
		t.Error("make builds with other flags")
	}
	deps, err := exec.Command("go", "list", "-deps", "outcry/cmd/outcry").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range cold {
		folder, all := strings.CutSuffix(pattern, "/...")
		if !slices.ContainsFunc(strings.Fields(string(deps)), func(dep string) bool { return dep == folder || all && strings.HasPrefix(dep, folder+"/") }) {
			t.Errorf("%s is nothing of the program", pattern)
		}
	}
}
