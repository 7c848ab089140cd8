package arch

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// program builds the command and returns how to call it, in an environment that says nothing of this machine.
func program(t *testing.T) func(args ...string) (string, error) {
	t.Helper()
	if _, err := os.Stat(path.Join(root(t), "cmd/outcry")); err != nil {
		t.Skip("there is no cmd/outcry yet")
	}
	bin := filepath.Join(t.TempDir(), "outcry")
	build := exec.Command("go", "build", "-o", bin, "./cmd/outcry")
	build.Dir = root(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return func(args ...string) (string, error) {
		cmd := exec.Command(bin, args...)
		cmd.Dir = t.TempDir()
		cmd.Env = []string{"HOME=/nonexistent", "LANG=C.UTF-8", "NO_COLOR=1"}
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil {
			return "", fmt.Errorf("outcry %s: %w\n%s", strings.Join(args, " "), err, stderr.Bytes())
		}
		return stdout.String(), nil
	}
}

// commands asks the program itself, by cobra's completion, which commands it has: each as its words, parents before their children.
func commands(call func(...string) (string, error), parent ...string) ([][]string, error) {
	out, err := call(slices.Concat([]string{"__complete"}, parent, []string{""})...)
	if err != nil {
		return nil, err
	}
	var list [][]string
	for line := range strings.Lines(out) {
		name, _, described := strings.Cut(strings.TrimSpace(line), "\t")
		if name == "" || name[0] == ':' || name[0] == '-' || !described || len(parent) == 0 && (name == "help" || name == "completion") {
			continue
		}
		if help, err := call(slices.Concat(parent, []string{name, "--help"})...); err != nil || !strings.Contains(help, "outcry "+strings.Join(append(parent, name), " ")) {
			continue // an argument that is offered, no command
		}
		words := append(slices.Clone(parent), name)
		below, err := commands(call, words...)
		if err != nil {
			return nil, err
		}
		list = append(append(list, words), below...)
	}
	return list, nil
}

// TestEveryCommandHasAScript: some script in cmd/outcry/testdata/script runs each command that does something itself.
func TestEveryCommandHasAScript(t *testing.T) {
	call := program(t)
	list, err := commands(call)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 5 {
		t.Fatalf("only %d commands were found: %q", len(list), list)
	}
	var scripts []string
	folder := os.DirFS(path.Join(root(t), "cmd/outcry/testdata/script"))
	names, err := fs.Glob(folder, "*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		b, err := fs.ReadFile(folder, name)
		if err != nil {
			t.Fatal(err)
		}
		scripts = append(scripts, string(b))
	}
	for _, words := range unscripted(list, scripts) {
		t.Errorf("no script runs: outcry %s", words)
	}
}

// unscripted are the commands that no script runs. A parent is there for its children.
func unscripted(list [][]string, scripts []string) (missing []string) {
	run := map[string]bool{}
	for _, s := range scripts {
		for line := range strings.Lines(s) {
			words := strings.Fields(line)
			for len(words) > 0 && (words[0] == "!" || words[0] == "?" || words[0] == "exec" || strings.HasPrefix(words[0], "[")) {
				words = words[1:]
			}
			if len(words) == 0 || words[0] != "outcry" {
				continue
			}
			words = slices.DeleteFunc(words[1:], func(w string) bool { return strings.HasPrefix(w, "-") })
			for n := range words {
				run[strings.Join(words[:n+1], " ")] = true
			}
		}
	}
	for _, c := range list {
		parent := slices.ContainsFunc(list, func(d []string) bool { return len(d) > len(c) && slices.Equal(d[:len(c)], c) })
		if words := strings.Join(c, " "); !parent && !run[words] {
			missing = append(missing, words)
		}
	}
	return missing
}

func TestUnscriptedCommandIsNoticed(t *testing.T) {
	list := [][]string{{"case"}, {"case", "check"}, {"case", "show"}, {"run"}, {"verify"}, {"doctor"}}
	scripts := []string{"# outcry run\nexec outcry --data d run &\n! exec outcry case check file.yaml\nstdout 'outcry verify'\n", "[unix] outcry verify http://x\n-- outcry doctor --\n"}
	if have := unscripted(list, scripts); !slices.Equal(have, []string{"case show", "run", "doctor"}) {
		t.Errorf("%q", have)
	}
}

// handbook is docs/cli.md: every command's own help.
func handbook(call func(...string) (string, error)) (string, error) {
	list, err := commands(call)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("# Commands\n\nThe program's own help, written here by `make generate`; a test holds that it is the same.\n")
	for _, words := range append([][]string{nil}, list...) {
		help, err := call(append(slices.Clone(words), "--help")...)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "\n## %s\n\n```\n%s\n```\n", strings.Join(append([]string{"outcry"}, words...), " "), strings.TrimSpace(help))
	}
	return b.String(), nil
}

// TestHandbookIsTheHelp: docs/cli.md says what the program says. With OUTCRY_WRITE=1 it is written instead.
func TestHandbookIsTheHelp(t *testing.T) {
	want, err := handbook(program(t))
	if err != nil {
		t.Fatal(err)
	}
	file := path.Join(root(t), "docs/cli.md")
	if os.Getenv("OUTCRY_WRITE") != "" {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(file)
	if err != nil || string(have) != want {
		t.Errorf("docs/cli.md is not what the program says of itself: make generate (%v)", err)
	}
}
