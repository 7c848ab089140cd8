package arch

import (
	"go/token"
	"path"
	"strings"
)

// storeys of the house, from the ground up: a package imports from lower ones only. Within kernel, core, ui and app a package may import its neighbours;
// features and outlets may not, so that each can be read, and dropped, alone.
var storeys = []struct {
	folder   string
	height   int
	separate bool
}{
	{"receipt", 0, false},
	{"locales", 0, false},
	{"internal/kernel", 1, false},
	{"ui", 2, false},
	{"internal/core", 2, false},
	{"internal/feature", 3, true},
	{"internal/outlet", 4, true},
	{"internal/app", 5, false},
	{"internal/cli", 6, false},
	{"cmd", 7, false},
}

// storey finds a folder's storey, and the name of its part there; -1 if it has none.
func storey(dir string) (n int, part string) {
	for i, s := range storeys {
		if in(dir, s.folder) {
			part, _, _ = strings.Cut(strings.TrimPrefix(dir, s.folder+"/"), "/")
			return i, part
		}
	}
	return -1, ""
}

// equipment is for tests: our programs to talk to, dbtest, which brings both engines, lettertest, which reads every table, and desktest, a desk with people.
func equipment(dir string) bool {
	return in(dir, "test", "internal/arch", "internal/kernel/db/dbtest", "internal/feature/letter/lettertest", "internal/outlet/desk/desktest")
}

func tiers(t *tree) (faults []string) {
	spoken := map[string]string{} // a command's file speaks of one feature at most
	t.eachImport(func(f *file, pos token.Pos, imported string) {
		say := func(format string, args ...any) { faults = append(faults, t.at(pos, format, args...)) }
		own := strings.HasPrefix(imported, module+"/")
		target := strings.TrimPrefix(imported, module+"/")
		from, part := storey(f.dir)
		switch {
		case f.test || equipment(f.dir):
			return
		case from < 0:
			say("%s is on no storey of the house", f.dir)
			return
		case storeys[from].folder == "receipt" && !own && !standard(imported) && !in(imported, "golang.org/x/mod", "filippo.io/torchwood"):
			say("receipt imports %s: auditors get by with the standard library, x/mod and torchwood", imported)
		}
		if !own {
			return
		}
		if equipment(target) {
			say("the program imports %s, which is for tests", target)
			return
		}
		to, other := storey(target)
		switch {
		case to < 0:
			say("%s is on no storey of the house", target)
		case storeys[to].height > storeys[from].height, to != from && storeys[to].height == storeys[from].height:
			say("%s imports %s, which is not below it", f.dir, target)
		case to == from && storeys[to].separate && part != other:
			say("%s imports its neighbour %s", f.dir, target)
		case storeys[from].folder == "cmd" && storeys[to].folder != "internal/cli":
			say("cmd imports %s: it only calls cli", target)
		case storeys[from].folder == "internal/cli" && in(target, "internal/outlet", "ui"):
			say("cli imports %s: only app imports all", target)
		case storeys[from].folder == "internal/cli" && storeys[to].separate:
			if spoken[f.path] != "" {
				say("%s speaks of %s and of %s: only app imports all", f.path, spoken[f.path], other)
			}
			spoken[f.path] = other
		}
	})
	return faults
}

// standard tells a package of the standard library: its first part has no dot.
func standard(imported string) bool {
	first, _, _ := strings.Cut(imported, "/")
	return !strings.Contains(first, ".")
}

// httpOnlyInPages: rules and stores know no requests.
func httpOnlyInPages(t *tree) (faults []string) {
	t.eachImport(func(f *file, pos token.Pos, imported string) {
		if !in(imported, "net/http") || f.test || f.generated || equipment(f.dir) ||
			in(f.dir, "internal/kernel/web", "internal/kernel/live", "internal/outlet", "internal/app", "internal/cli", "receipt") {
			return
		}
		if in(f.dir, "internal/feature", "internal/core") {
			for _, page := range []string{"public", "desk", "panel"} {
				if base := path.Base(f.path); base == page+".go" || strings.HasPrefix(base, page+"_") {
					return
				}
			}
		}
		faults = append(faults, t.at(pos, "%s is no page file (public.go, desk.go, panel.go) and imports %s", f.path, imported))
	})
	return faults
}

func driversOnlyInDB(t *tree) (faults []string) {
	t.eachImport(func(f *file, pos token.Pos, imported string) {
		if in(imported, "database/sql", "modernc.org", "github.com/jackc", "github.com/pressly/goose/v3") && !equipment(f.dir) && f.dir != "internal/kernel/db" {
			faults = append(faults, t.at(pos, "%s imports %s: drivers are db's", f.dir, imported))
		}
	})
	return faults
}

// ciphersOnlyInVaults: what is encrypted, signed or authenticated is so in one of three packages. Hashes and random bytes are free, but for broken hashes.
func ciphersOnlyInVaults(t *tree) (faults []string) {
	t.eachImport(func(f *file, pos token.Pos, imported string) {
		if f.test || equipment(f.dir) || in(f.dir, "internal/kernel/seal", "internal/kernel/translog", "receipt") {
			return
		}
		if in(imported, "crypto/aes", "crypto/cipher", "crypto/des", "crypto/dsa", "crypto/ecdh", "crypto/ecdsa", "crypto/ed25519", "crypto/elliptic", "crypto/hkdf",
			"crypto/hmac", "crypto/hpke", "crypto/md5", "crypto/mlkem", "crypto/pbkdf2", "crypto/rc4", "crypto/rsa", "crypto/sha1", "golang.org/x/crypto", "filippo.io/age") {
			faults = append(faults, t.at(pos, "%s imports %s: ciphers are seal's, translog's and receipt's", f.dir, imported))
		}
	})
	return faults
}
