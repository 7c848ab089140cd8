package browser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"outcry/test/peers"
)

// Violation is what axe-core has against a page.
type Violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []struct {
		HTML           string `json:"html"`
		FailureSummary string `json:"failureSummary"`
	} `json:"nodes"`
}

func (v Violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s", v.ID, v.Impact, v.Help)
	for _, n := range v.Nodes {
		fmt.Fprintf(&b, "\n  %s\n    %s", n.HTML, strings.ReplaceAll(n.FailureSummary, "\n", "\n    "))
	}
	return b.String()
}

// Violations runs axe-core on the page as it is now: some of its rules, or all and the one on target sizes (WCAG 2.5.8), which it leaves out by itself.
func (p *Page) Violations(rules ...string) []Violation {
	p.t.Helper()
	only := ""
	if len(rules) > 0 {
		only = `, runOnly: ["` + strings.Join(rules, `", "`) + `"]`
	}
	script, err := os.ReadFile(asset(p.t, "axe-core/axe.min.js"))
	p.must("read axe-core", err)
	if p.view.NoScript { // its promises need JavaScript; the page's own scripts have had their chance and do not run any more
		p.do("turn JavaScript on", command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: false}))
		defer p.do("turn JavaScript off", command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
	}
	if !Eval[bool](p, "'axe' in window") { // else it is there from the last check of this page
		value(p, "load axe-core", chromedp.Evaluate[chromedp.Void](string(script)))
	}
	result := value(p, "run axe-core", chromedp.Evaluate[string](
		`axe.run(document, {resultTypes: ["violations"], rules: {"target-size": {enabled: true}}`+only+`}).then(r => JSON.stringify(r.violations))`, chromedp.EvalAwaitPromise))
	var found []Violation
	p.must("read axe-core's result", json.Unmarshal([]byte(result), &found))
	return found
}

// Axe fails the test for each violation that axe-core finds by some of its rules, or by all.
func (p *Page) Axe(rules ...string) {
	p.t.Helper()
	for _, v := range p.Violations(rules...) {
		p.t.Errorf("accessibility of %s: %s", p.URL(), v)
	}
}

// SmallTargets names what can be pressed and is smaller than so many CSS pixels in width or height: 24 is WCAG 2.5.8, 44 is our own measure. Links inside
// text are left out, as there. It is stricter than axe-core, which lets space around a small target count.
func (p *Page) SmallTargets(least int) []string {
	p.t.Helper()
	return Eval[[]string](p, fmt.Sprintf(`[...document.querySelectorAll("a[href],button,input:not([type=hidden]),select,textarea,summary,[role=button]")].flatMap(e => {
		const box = e.getBoundingClientRect(), style = getComputedStyle(e);
		if (e.tabIndex < 0 && e.closest("[aria-hidden=true]")) return []; // the field for machines: no one sees it, no one presses it
		if (box.width == 0 || style.visibility == "hidden" || style.display == "inline" && e.tagName == "A") return [];
		const label = e.closest("label"), area = label && /checkbox|radio/.test(e.type) ? label.getBoundingClientRect() : box;
		return area.width < %[1]d || area.height < %[1]d ? [Math.round(area.width) + "x" + Math.round(area.height) + " " + e.outerHTML.slice(0, 120)] : [];
	})`, least))
}

// Vnu fails the test for each error that the Nu HTML checker finds in pages (name → HTML as sent). One call for many pages: its Java takes a second to start.
func Vnu(t testing.TB, pages map[string]string) {
	t.Helper()
	for _, m := range VnuErrors(t, pages) {
		t.Errorf("HTML: %s", m)
	}
}

// VnuErrors returns the errors, one a line, in the order of the pages' names. Remarks that are no errors are logged.
func VnuErrors(t testing.TB, pages map[string]string) []string {
	t.Helper()
	jar := asset(t, "vnu-jar/build/dist/vnu.jar")
	java, err := exec.LookPath("java")
	if err != nil {
		peers.Missing(t, "Java is not here, which the HTML checker needs (Debian: apt-get install default-jre-headless)")
	}
	dir := t.TempDir()
	// A run is too short for what Java's second compiler and its threads would gain; without them it takes a quarter, and a deeper stack.
	args := []string{"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss8m", "-jar", jar, "--format", "json", "--exit-zero-always", "--stdout"}
	names := slices.Sorted(maps.Keys(pages))
	for i, name := range names {
		path := filepath.Join(dir, fmt.Sprintf("%04d.html", i))
		if err := os.WriteFile(path, []byte(pages[name]), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	cmd := exec.Command(java, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("vnu: %v\n%s", err, stderr.Bytes())
	}
	var result struct {
		Messages []struct {
			Type, SubType, URL, Message, Extract string
			LastLine                             int
		}
	}
	if err := json.Unmarshal(out, &result); err != nil {
		t.Fatalf("vnu said no JSON: %v\n%s%s", err, out, stderr.Bytes())
	}
	var errors []string
	for _, m := range result.Messages {
		name := m.URL
		for i := range names {
			if strings.HasSuffix(m.URL, fmt.Sprintf("/%04d.html", i)) {
				name = names[i]
			}
		}
		line := fmt.Sprintf("%s:%d: %s (%s)", name, m.LastLine, m.Message, strings.Join(strings.Fields(m.Extract), " "))
		if m.Type == "info" {
			t.Logf("remark on %s", line)
			continue
		}
		errors = append(errors, line)
	}
	return errors
}
