package ui

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestErrorSummary(t *testing.T) {
	p := catalog(t).Printer("en")
	doc := document(t, render(t, with(Layout(Page{P: p, Title: "Sign", Error: true}),
		ErrorSummary(p, []Problem{{"email", "Enter the whole address."}, {"", "Send it again."}}), markup("h1", "", "Sign"))))
	first := firstElement(one(t, doc, "main"))
	if attr(first, "role") != "alert" || attr(first, "tabindex") != "-1" || !hasAttr(first, "data-focus") {
		t.Errorf("main begins with <%s %v>", first.Data, first.Attr)
	}
	if title := one(t, first, "h2"); text(title) == "" || attr(first, "aria-labelledby") != attr(title, "id") {
		t.Error("the summary has no name")
	}
	links := all(first, "a")
	if len(links) != 1 || attr(links[0], "href") != "#email" || text(links[0]) != "Enter the whole address." {
		t.Errorf("%d links", len(links))
	}
	if len(all(first, "li")) != 2 {
		t.Error("a problem is missing")
	}
	if got := render(t, ErrorSummary(p, nil)); got != "" {
		t.Errorf("without a problem it says %q", got)
	}
}

func TestInput(t *testing.T) {
	for name, row := range map[string]struct {
		field Field
		want  map[string]string
		bare  []string // attributes that are not there
	}{
		"plain": {
			Field{ID: "name", Label: "Name"},
			map[string]string{"id": "name", "name": "name", "type": "text", "value": "", "dir": "auto"},
			[]string{"inputmode", "autocomplete", "maxlength", "aria-describedby", "aria-invalid", "spellcheck", "class"},
		},
		"e-mail": {
			Field{ID: "email", Name: "address", Label: "E-mail", Type: "email", Hint: "One message."},
			map[string]string{"name": "address", "type": "email", "dir": "ltr", "inputmode": "email", "autocomplete": "email", "spellcheck": "false", "autocapitalize": "none", "aria-describedby": "email-hint"},
			[]string{"aria-invalid"},
		},
		"wrong": {
			Field{ID: "email", Label: "E-mail", Type: "email", Hint: "One message.", Error: "Enter it whole.", Value: `an"na@`, MaxLength: 254},
			map[string]string{"value": `an"na@`, "aria-invalid": "true", "aria-describedby": "email-hint email-error", "maxlength": "254"},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			doc := document(t, render(t, Input(row.field)))
			input := one(t, doc, "input")
			for key, want := range row.want {
				if got := attr(input, key); !hasAttr(input, key) || got != want {
					t.Errorf("%s=%q, want %q", key, got, want)
				}
			}
			for _, key := range row.bare {
				if hasAttr(input, key) {
					t.Errorf("%s=%q, want none", key, attr(input, key))
				}
			}
			if text(one(t, doc, "label[for="+row.field.ID+"]")) != row.field.Label {
				t.Error("no label")
			}
			if (row.field.Error != "") != (len(all(doc, ".field.bad")) == 1 && len(all(doc, ".wrong#"+row.field.ID+"-error")) == 1) {
				t.Error("the error beside the field")
			}
		})
	}
}

func TestCodeInput(t *testing.T) {
	doc := document(t, render(t, CodeInput(Field{ID: "code", Label: "Code", Value: "ABCD"})))
	input := one(t, doc, "input")
	for key, want := range map[string]string{"type": "text", "autocomplete": "one-time-code", "dir": "ltr", "spellcheck": "false", "value": "ABCD", "class": "code"} {
		if attr(input, key) != want {
			t.Errorf("%s=%q, want %q", key, attr(input, key), want)
		}
	}
	if hasAttr(input, "pattern") || hasAttr(input, "required") || attr(input, "maxlength") == "8" {
		t.Error("the browser would refuse or cut a pasted code")
	}
}

func TestFormIsJudgedByTheServer(t *testing.T) {
	form := one(t, document(t, render(t, with(Form("/sign"), Hidden("page", "token"), Button("Sign the letter")))), "form")
	if attr(form, "method") != "post" || attr(form, "action") != "/sign" || !hasAttr(form, "novalidate") || hasAttr(form, "enctype") {
		t.Errorf("form %v", form.Attr)
	}
	if attr(one(t, form, "input[type=hidden][name=page]"), "value") != "token" {
		t.Error("the token is gone")
	}
	if button := one(t, form, "button[type=submit]"); text(button) != "Sign the letter" || hasAttr(button, "disabled") {
		t.Error("the button")
	}
}

func TestCountBlock(t *testing.T) {
	for name, row := range map[string]struct {
		count Count
		bars  int
		live  bool
	}{
		"none yet":            {Count{Key: "counted", Number: "0", Words: "e-mail addresses confirmed", Goal: "Be among the first.", N: 0, Until: 100}, 0, false},
		"under 25":            {Count{Key: "counted", Number: "24", Words: "e-mail addresses confirmed", Goal: "76 to 100", N: 24, Until: 100}, 0, false},
		"one short of a bar":  {Count{Key: "counted", Number: "99", Words: "e-mail addresses confirmed", Goal: "1 to 100", N: 99, Until: 100}, 0, false},
		"a bar":               {Count{Key: "counted", Number: "100", Words: "e-mail addresses confirmed", Goal: "150 to 250", N: 100, Until: 250}, 1, false},
		"past its goal, live": {Count{Live: "/live?l=en", Key: "counted", Number: "300", Words: "e-mail addresses confirmed", AsOf: "as of 14:20 UTC", Goal: "to 250", N: 300, Until: 250}, 1, true},
		"no goal":             {Count{Key: "counted", Number: "300", Words: "e-mail addresses confirmed", N: 300}, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			doc := document(t, render(t, CountBlock(row.count)))
			if got := text(one(t, doc, "[data-live-say]")); got != row.count.Number+" e-mail addresses confirmed" {
				t.Errorf("it says %q", got)
			}
			if got := text(one(t, doc, "[data-live-key=counted]")); got != row.count.Number {
				t.Errorf("number %q", got)
			}
			bars := all(doc, "progress")
			if len(bars) != row.bars {
				t.Fatalf("%d bars, want %d", len(bars), row.bars)
			}
			for _, bar := range bars {
				if attr(bar, "value") > attr(bar, "max") && len(attr(bar, "value")) >= len(attr(bar, "max")) {
					t.Errorf("bar %s of %s", attr(bar, "value"), attr(bar, "max"))
				}
			}
			if got := len(all(doc, "[data-live]")) == 1 && len(all(doc, "[role=status]")) == 1; got != row.live {
				t.Errorf("live: %v, want %v", got, row.live)
			}
		})
	}
}

func TestSteps(t *testing.T) {
	doc := document(t, render(t, Steps([]Step{{"Address", Past}, {"Code", Now}, {"Counted", Next}})))
	if got := text(one(t, doc, "li[aria-current=step]")); got != "Code" {
		t.Errorf("now at %q", got)
	}
	if got := text(one(t, doc, "li.past")); got != "Address" || len(all(doc, "li")) != 3 {
		t.Errorf("past %q", got)
	}
}

func TestFactsAndReportKeepTheirLanguage(t *testing.T) {
	doc := document(t, render(t, children(
		Facts([]Fact{{Term: "Charge", Text: "оправдание терроризма", Lang: "ru"}, {Term: "Held", Text: "140 days"}, {Term: "Source", Text: "Union", URL: "https://example.org/a"}}),
		Sourced(Report{Text: "Не менее 2 300", Lang: "ru", Nature: "an interested party says so", Source: "Union, December 2023", SourceURL: "https://example.org/b"}),
	)))
	var got []string
	for _, n := range all(doc, "bdi[lang=ru]") {
		got = append(got, text(n))
	}
	if d := cmp.Diff([]string{"оправдание терроризма", "Не менее 2 300"}, got); d != "" {
		t.Error(d)
	}
	if len(all(doc, "dt")) != 3 || text(one(t, doc, "a[href=https://example.org/a]")) != "Union" {
		t.Error("the facts")
	}
	if report := one(t, doc, "p.report"); text(one(t, report, "a[href=https://example.org/b]")) != "Union, December 2023" || text(one(t, report, ".tag")) != "an interested party says so" {
		t.Error("the report's source")
	}
	if got := render(t, Facts(nil)); got != "" {
		t.Errorf("no facts: %q", got)
	}
	bare := document(t, render(t, Sourced(Report{Text: "x"})))
	if len(all(bare, ".source"))+len(all(bare, "a")) > 0 {
		t.Error("a report without a source shows one")
	}
}

func TestNoticeAndDetails(t *testing.T) {
	doc := document(t, render(t, children(
		with(Notice(Danger, "If you live there"), markup("p", "", "Do not sign.")),
		with(Notice(Remark, ""), markup("p", "", "Only this.")),
		with(Details("More"), markup("p", "", "Inside.")),
	)))
	if got := text(one(t, doc, ".notice.danger")); got != "If you live there Do not sign." && got != "If you live thereDo not sign." {
		t.Errorf("%q", got)
	}
	if len(all(doc, ".title")) != 1 {
		t.Error("a notice without a title has one")
	}
	if details := one(t, doc, "details"); text(one(t, details, "summary")) != "More" || text(one(t, details, ".unfolded")) != "Inside." || hasAttr(details, "open") {
		t.Error("the details")
	}
}

func TestShare(t *testing.T) {
	s := Shared{URL: "https://outcry.example/ru/anna/letter", Title: "Свободу Анне & всем?", Text: "Свободу Анне & всем? Подпишите: https://outcry.example/ru/anna/letter"}
	doc := document(t, render(t, Share(catalog(t).Printer("ru"), s)))
	if first := all(doc, "input"); len(first) != 2 || attr(first[0], "value") != s.URL || attr(first[1], "value") != s.Text {
		t.Error("the link to copy does not come first, or the text not last")
	}
	asked := map[string]url.Values{}
	for _, a := range all(doc, "a") {
		u, err := url.Parse(attr(a, "href"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(u.RawQuery, "+") {
			t.Errorf("%s: a mail program would show the plus signs", u)
		}
		asked[u.Scheme+"://"+u.Host+u.Path] = u.Query()
	}
	want := map[string]url.Values{
		"https://t.me/share/url": {"url": {s.URL}, "text": {s.Title}},
		"https://wa.me/":         {"text": {s.Text}},
		"mailto://":              {"subject": {s.Title}, "body": {s.Text}},
	}
	if d := cmp.Diff(want, asked); d != "" {
		t.Error(d)
	}
}

func TestCopy(t *testing.T) {
	doc := document(t, render(t, Copy(catalog(t).Printer("en"), CopyField{ID: "mine", Label: "Your private link", Hint: "Keep it.", Value: "https://outcry.example/mine/x"})))
	input := one(t, doc, "input[readonly]")
	if attr(input, "value") != "https://outcry.example/mine/x" || attr(input, "dir") != "ltr" || attr(input, "aria-describedby") != "mine-hint" || hasAttr(input, "name") {
		t.Errorf("input %v", input.Attr)
	}
	button := one(t, doc, "button[type=button][hidden][data-copy=mine]")
	if text(button) != "Copy" || attr(button, "data-copied") != "Copied" {
		t.Errorf("button %q %v", text(button), button.Attr)
	}
	status := button.NextSibling
	for status != nil && status.Data != "span" {
		status = status.NextSibling
	}
	if status == nil || attr(status, "role") != "status" || text(status) != "" {
		t.Error("the script finds no place to say that it has copied")
	}
}
