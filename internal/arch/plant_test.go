package arch

import "strings"

// one makes a planted tree of one file.
func one(path, body string) map[string]string { return map[string]string{path: body} }

// importing is a Go file that imports.
func importing(path string, imports ...string) map[string]string {
	return one(path, "package p\n\nimport (\n\t_ \""+strings.Join(imports, "\"\n\t_ \"")+"\"\n)\n")
}

func both(a, b map[string]string) map[string]string {
	all := map[string]string{}
	for _, m := range []map[string]string{a, b} {
		for k, v := range m {
			all[k] = v
		}
	}
	return all
}

const twoKeys = "# words\n[sign]\nbutton = \"Sign\"\n[sign.days]\none = \"{{.N}} day\"\nother = \"{{.N}} days\"\n"

var plants = []plant{
	{"tiers", importing("internal/kernel/jobs/a.go", "outcry/internal/feature/letter"), "not below it"},
	{"tiers", importing("internal/core/casefile/a.go", "outcry/ui"), "not below it"},
	{"tiers", importing("internal/feature/letter/a.go", "outcry/internal/feature/press"), "its neighbour"},
	{"tiers", importing("internal/outlet/site/a.go", "outcry/internal/outlet/desk"), "its neighbour"},
	{"tiers", importing("internal/feature/letter/a.go", "outcry/internal/outlet/site"), "not below it"},
	{"tiers", importing("receipt/a.go", "github.com/a-h/templ"), "auditors get by"},
	{"tiers", importing("receipt/a.go", "outcry/internal/kernel/fault"), "not below it"},
	{"tiers", importing("internal/cli/a.go", "outcry/internal/outlet/site"), "only app imports all"},
	{"tiers", importing("internal/cli/a.go", "outcry/internal/feature/letter", "outcry/internal/feature/news"), "only app imports all"},
	{"tiers", importing("cmd/outcry/main.go", "outcry/internal/app"), "only calls cli"},
	{"tiers", importing("internal/feature/letter/a.go", "outcry/test/peers"), "for tests"},
	{"tiers", importing("internal/kernel/jobs/a.go", "outcry/internal/kernel/db/dbtest"), "for tests"},
	{"tiers", importing("internal/misc/a.go", "fmt"), "on no storey"},
	{"tiers", importing("internal/feature/letter/paper/a.go", "outcry/internal/feature/letter", "outcry/internal/core/casefile", "outcry/ui", "outcry/receipt", "net/url"), ""},
	{"tiers", importing("internal/kernel/jobs/a_test.go", "outcry/test/peers", "outcry/internal/kernel/db/dbtest"), ""},
	{"tiers", importing("receipt/a.go", "golang.org/x/mod/sumdb/tlog", "filippo.io/torchwood", "net/http"), ""},

	{"http", importing("internal/feature/letter/book.go", "net/http"), "no page file"},
	{"http", importing("internal/feature/letter/publicity.go", "net/http/httputil"), "no page file"},
	{"http", importing("internal/kernel/translog/read.go", "net/http"), "no page file"},
	{"http", importing("ui/public.go", "net/http"), "no page file"},
	{"http", importing("internal/feature/letter/public.go", "net/http"), ""},
	{"http", importing("internal/feature/letter/desk_report.go", "net/http"), ""},
	{"http", importing("internal/kernel/web/web.go", "net/http"), ""},
	{"http", importing("internal/feature/letter/book_test.go", "net/http/httptest"), ""},

	{"drivers", importing("internal/feature/letter/store.go", "database/sql"), "drivers are db's"},
	{"drivers", importing("internal/app/app.go", "modernc.org/sqlite"), "drivers are db's"},
	{"drivers", importing("internal/kernel/jobs/jobs_test.go", "github.com/jackc/pgx/v5/stdlib"), "drivers are db's"},
	{"drivers", importing("internal/kernel/db/db.go", "modernc.org/sqlite", "database/sql"), ""},

	{"ciphers", importing("internal/feature/letter/book.go", "crypto/hmac"), "ciphers are"},
	{"ciphers", importing("internal/kernel/web/web.go", "golang.org/x/crypto/chacha20poly1305"), "ciphers are"},
	{"ciphers", importing("internal/app/app.go", "crypto/md5"), "ciphers are"},
	{"ciphers", importing("internal/kernel/seal/tag.go", "crypto/hmac", "crypto/aes"), ""},
	{"ciphers", importing("internal/feature/letter/book.go", "crypto/sha256", "crypto/rand", "crypto/subtle"), ""},

	{"edge", one("internal/kernel/jobs/a.go", "package p\nimport \"time\"\nvar f = time.Now\n"), "time.Now outside"},
	{"edge", one("internal/kernel/jobs/a.go", "package p\nimport clock \"time\"\nfunc f() { clock.Sleep(clock.Until(clock.Time{})) }\n"), "clock.Until outside"},
	{"edge", one("internal/feature/letter/a.go", "package p\nimport \"os\"\nfunc f() { _ = os.Getenv(\"A\") }\n"), "os.Getenv outside"},
	{"edge", one("receipt/a.go", "package p\nimport \"fmt\"\nfunc f() { fmt.Println() }\n"), "fmt.Println outside"},
	{"edge", one("internal/kernel/web/a.go", "package p\nimport \"log/slog\"\nfunc f() { slog.Info(\"\") }\n"), "slog.Info outside"},
	{"edge", one("ui/a.go", "package p\nfunc f() { println() }\n"), "println writes"},
	{"edge", one("internal/cli/a.go", "package p\nimport (\"time\"; \"os\"; \"fmt\")\nfunc f() { fmt.Println(time.Now(), os.Getenv(\"A\")) }\n"), ""},
	{"edge", one("internal/kernel/jobs/a_test.go", "package p\nimport \"time\"\nvar f = time.Now\n"), ""},
	{"edge", one("internal/kernel/jobs/a.go", "package p\nimport \"fmt\"\ntype c struct{ Now func() int }\nfunc (time c) f() string { return fmt.Sprint(time.Now()) }\n"), ""},

	{"reveal", one("internal/outlet/site/a.go", "package p\ntype v interface{ Reveal() string }\nfunc f(x v) string { return x.Reveal() }\n"), "reveals a private value"},
	{"reveal", one("internal/kernel/web/a.go", "package p\ntype v interface{ Reveal() string }\nfunc f(x v) func() string { return x.Reveal }\n"), "reveals a private value"},
	{"reveal", one("internal/feature/letter/jobs.go", "package p\ntype v interface{ Reveal() string }\nfunc f(x v) string { return x.Reveal() }\n"), ""},

	{"sql place", one("internal/feature/letter/book.go", "package p\nconst q = `SELECT id FROM letter`\n"), "SQL outside"},
	{"sql place", one("internal/feature/letter/storehouse.go", "package p\nconst q = \"DELETE FROM letter\"\n"), "SQL outside"},
	{"sql place", one("internal/feature/letter/store.go", "package p\nfunc f(x string) string { return \"DELETE FROM letter WHERE id = \" + x }\n"), "no constant"},
	{"sql place", one("internal/feature/letter/store.go", "package p\nvar q = \"\\n  UPDATE letter SET state = $1\"\n"), "no constant"},
	{"sql place", one("internal/feature/letter/store_report.go", "package p\nconst q = `SELECT id FROM letter`\nfunc f() string { return \"Select a letter\" }\n"), ""},
	{"sql place", one("internal/kernel/db/tx.go", "package p\nvar q = \"SELECT 1\"\n"), ""},

	{"sql owner", one("internal/feature/letter/store.go", "package p\nconst q = `SELECT l.id FROM letter l JOIN log_entry e ON e.ref = l.id`\n"), "names log_entry"},
	{"sql owner", one("internal/feature/letter/store.go", "package p\nconst q = `SELECT id FROM letter AS l, job`\n"), "names job"},
	{"sql owner", one("internal/kernel/jobs/store.go", "package p\nconst a = `DELETE FROM `\nconst q = a + (`jobs` + ` WHERE id = $1`)\n"), "names jobs"},
	{"sql owner", one("internal/kernel/jobs/store.go", "package p\nconst q = `INSERT INTO day_key (day) VALUES ($1) ON CONFLICT (day) DO UPDATE SET day = 1`\n"), "names day_key"},
	{"sql owner", one("internal/kernel/jobs/store.go", "package p\nconst q = `SELECT * FROM job`\n"), "name the columns"},
	{"sql owner", one("internal/kernel/web/store.go", "package p\nconst q = `SELECT id FROM job`\n"), "owns no tables"},
	{"sql owner", one("internal/feature/letter/store.go", "package p\nconst q = `WITH last AS (SELECT id FROM letter_used WHERE expires > $1) SELECT l.id FROM letter l JOIN last ON last.id = l.id`\n"), ""},

	{"locale keys", both(one("locales/en.toml", twoKeys), one("ui/a.go", "package p\nvar _ = p.T(\"sign.buton\") + p.T(\"sign.button\") + p.N(\"sign.days\", 3)\n")), `"sign.buton" is not in`},
	{"locale keys", both(one("locales/en.toml", twoKeys), one("ui/a.go", "package p\nvar _ = p.T(\"sign.button\")\n")), `"sign.days" is not used`},
	{"locale keys", both(one("locales/en.toml", twoKeys), one("ui/a.go", "package p\nvar _ = p.T(\"sin.\" + x) + p.T(\"sign.\" + x)\n")), `begins with "sin."`},
	{"locale keys", both(one("locales/en.toml", twoKeys), one("ui/a.go", "package p\nvar _ = fault.New(fault.Gone, \"fault.over\", \"sign.button\", \"sign.days\")\n")), `"fault.over" is not in`},
	{"locale keys", both(one("locales/en.toml", twoKeys), one("ui/a.go", "package p\nvar _ = fault.Error{Key: \"fault.over\", Field: \"sign.\" + x}\n")), `"fault.over" is not in`},
	{"locale keys", both(one("locales/en.toml", twoKeys+"a b = c\n"), one("ui/a.go", "package p\n")), "line 7"},
	{"locale keys", both(one("locales/en.toml", twoKeys+"[mail]\nbody = \"\"\"\nHello = [there]\n\"\"\"\nsubject = \"s\"\n"),
		one("ui/a.go", "package p\nconst k = \"sign.button\"\nvar _ = line{Key: \"email\"}\nvar _ = p.T(k) + p.N(\"sign.\"+unit, 3) + p.T(fmt.Sprintf(\"mail.%s\", x)) + p.T(\"mail.\"+x+\".y\")\n")), ""},

	{"length", one("internal/app/a.go", "package p\n"+strings.Repeat("\n", 600)), "more than 600"},
	{"length", one("ui/a.templ", strings.Repeat("\n", 601)), "more than 600"},
	{"length", both(one("ui/a_templ.go", "package p\n"+strings.Repeat("\n", 700)), one("docs/a.md", strings.Repeat("\n", 700))), ""},

	{"words", one("docs/a.md", "fine\nTO"+"DO: later\n"), "a.md:2"},
	{"words", one("internal/app/a.go", "package p // FIX"+"ME\n"), "FIX"},
	{"words", one("Makefile", "x:\n\tcat /ro"+"ot/x\n"), "Makefile:2"},
	{"words", one(".ci/run", "cat /tm"+"p/plan/x\n"), "run:1"},
	{"words", one("ui/a.templ", "<p>todos, tmp/x, a hackathon</p>\n"), ""},

	{"named tests", both(one("docs/a.md", "| a | `TestThere`,\n`TestGone/part` (p) |\n"), one("ui/a_test.go", "package p\nfunc TestThere() {}\n")), "docs/a.md:2: there is no TestGone"},
	{"named tests", both(one("docs/a.md", "`FuzzGone`\n"), one("ui/a.go", "package p\nfunc FuzzGone() {}\n")), "no FuzzGone"},
	{"named tests", both(one("README.md", "Tests, `Testing` and `go test -run TestGone`, `TestThere`\n"), one("ui/a_test.go", "package p\nfunc TestThere() {}\n")), ""},
}
