package journey

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// What people and attackers type into the one field. Those that are addresses get one mail each, to exactly what was typed; the others get the form
// back; none breaks the server or reaches anybody else.
func TestHostileAddresses(t *testing.T) {
	t.Parallel()
	each(t, false, func(t *testing.T, e engine) {
		s := open(t, e)
		r := s.reader()
		paper := r.read("/en/" + caseSlug + "/" + atOnce)
		f, err := paper.form("email", "letter")
		must(t, err)
		right := []string{
			"anna@example.org", "  spaces.around@example.org \t", "UPPER@EXAMPLE.ORG", "plus+sign@example.org", "o'neil@example.org", "dots.in.it@sub.sub.example.org", "a@b.co", "1@2.example",
			"under_score-dash@example.org", "%percent%@example.org", "{brace}|pipe@example.org", "`tick`$dollar@example.org", "!#$&*/=?^~@example.org", "почта@example.org", "anna@пример.example",
			"жаворонок@гнездо.example", "long." + strings.Repeat("a", 59) + "@example.org", "x@" + strings.Repeat("abc.", 40) + "example", "postmaster@example.org", "javascript@alert.example", "--drop-table@example.org",
			"'or'1'='1'--@example.org", "xn@xn--e1afmkfd.example", "anna@EXAMPLE.org", "=cmd@example.org", "-flag@example.org", "last-one@example.org",
		}
		wrong := []string{
			"", " ", "@", "anna", "anna@", "@example.org", "anna@localhost", "anna@example", "anna@@example.org", "anna@exa mple.org", "an na@example.org", "anna@example..org", "anna@.example.org", "anna@example.org.",
			".anna@example.org", "anna.@example.org", "an..na@example.org", "anna@[127.0.0.1]", "anna@127.0.0.1]", `"anna"@example.org`, `"an na"@example.org`, "Anna <anna@example.org>", "<anna@example.org>", "anna@example.org, bela@example.org",
			"anna@example.org;bela@example.org", "anna@example.org\r\nBcc: bela@example.org", "anna@example.org\nRCPT TO:<bela@example.org>", "anna@example.org\x00", "anna\x00@example.org", "anna\u200b@example.org", "anna\u202e@example.org",
			"anna@example\u3002org\u200d.", "../../etc@example.org", "anna@example.org (comment)", "anna(comment)@example.org", "mailto:anna@example.org?cc=b@example.org ", "anna@exam_ple.org\x7f", strings.Repeat("a", 65) + "@example.org",
			strings.Repeat("a", 250) + "@example.org", strings.Repeat("a", 15000), "anna@-example.org", "\xff\xfe@example.org", "anna@exa\xffmple.org", "u\u0308mlaut@example.org", "<script>alert(1)</script>",
			`"><img src=x onerror=alert(1)>@example.org`, "anna@example.org%0d%0aBcc:b@example.org%0a ", "\u2028anna@example.org\u2028x",
		}
		// These may go either way; a server that takes them sends to exactly that.
		either := []string{"=?utf-8?q?anna?=@example.org", "anna@" + strings.Repeat("a", 64) + ".example", "anna@1.2.3.4", "anna@example.museum", "anna@example.org/../x", "user@ｅxample.org", "anna@xn--a.example", "anna@ex*mple.org", "a\\b@example.org", "anna@exam_ple.org", "anna@example.-org"}
		taken := map[string]bool{}
		send := func(typed string) (page, bool) {
			t.Helper()
			at, err := r.post("/sign", f.with("email", typed))
			must(t, err)
			if at.status >= 500 {
				t.Errorf("%.60q is answered with %d: %.200s", typed, at.status, at.text())
			}
			if strings.Contains(at.body, "<script>alert") || strings.Contains(at.body, "<img src=x") {
				t.Errorf("%.60q comes back as markup", typed)
			}
			return at, at.status == http.StatusOK
		}
		for _, typed := range right {
			at, ok := send(typed)
			if !ok || !at.says(strings.TrimSpace(typed)) {
				t.Errorf("%q is answered with %d: %.200s", typed, at.status, at.text())
			}
			taken[strings.TrimSpace(typed)] = true
		}
		for _, typed := range wrong {
			at, ok := send(typed)
			if ok || at.status != http.StatusUnprocessableEntity {
				t.Errorf("%.60q is answered with %d", typed, at.status)
				continue
			}
			if _, err := at.form("email", "letter"); err != nil {
				t.Errorf("%.60q: the form does not come back: %v", typed, err)
			}
		}
		for _, typed := range either {
			if _, ok := send(typed); ok {
				taken[typed] = true
			}
		}
		s.mail.server.WaitTo(t, "last-one@example.org", patience)
		eventually(t, "mails wait", func() bool { return s.number(t, "SELECT count(*) FROM job WHERE length(payload) > 0") == 0 })
		time.Sleep(50 * time.Millisecond)
		known := map[string]bool{}
		for address := range taken {
			known[address] = true
			for _, m := range s.mail.to(address) {
				known[m.To[0]] = true // the domain in its ASCII form
			}
		}
		for _, m := range s.mail.server.Messages() {
			if len(m.To) != 1 || !known[m.To[0]] {
				t.Errorf("a mail went to %q", m.To)
			}
			if strings.Count(strings.ToLower(string(m.Raw)), "\nbcc:")+strings.Count(strings.ToLower(string(m.Raw)), "\ncc:") > 0 {
				t.Errorf("a mail has more recipients:\n%s", m.Raw)
			}
		}
		for _, typed := range right {
			if typed = strings.TrimSpace(typed); len(s.mail.to(typed)) != 1 && !strings.EqualFold(typed, "anna@example.org") {
				t.Errorf("%s got %d mails", typed, len(s.mail.to(typed)))
			}
		}
		if !healthy(s.base()) {
			t.Error("the server is not well after it")
		}
		if said := s.said(); strings.Contains(said, "level=ERROR") || strings.Contains(said, "panic") {
			t.Errorf("the server says:\n%s", said)
		}
		t.Logf("%d right ones, %d wrong ones, %d either way", len(right), len(wrong), len(either))
	})
}
