package browser

import (
	"net/http"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"outcry/internal/core/organiser"
)

// What somebody typed is still there when they were signed out meanwhile: the page says so, and takes the same press of the button once they are in again.
func TestSignedOutWhileTyping(t *testing.T) {
	t.Parallel()
	b, c := New(t), newCommittee(t)
	tag := leftward(languages(t, c.program))
	h := &hands{Page: b.Page(t, View{Language: tag}), c: c}
	h.joins(c.invites(t, organiser.Lead), "Rowan")
	begin := func() {
		t.Helper()
		if status := h.Open(c.URL + "/desk/ally"); status != http.StatusOK {
			t.Fatal(status)
		}
		h.types("#name", "Not A Name")
	}
	begin()
	if n := Eval[int](h.Page, `(() => {
		let asked = 0;
		window.fetch = () => { asked++; return new Promise(() => {}); };
		for (const _ of "ab") document.querySelector("main form button").click();
		return asked;
	})()`); n != 1 {
		t.Errorf("pressed twice, it is sent %d times", n)
	}
	begin()
	behind := func(path, form string) { // as another window of the same browser does
		t.Helper()
		Eval[int](h.Page, "(window.how = '', fetch('"+path+"', {method: 'POST', redirect: 'manual', body: new URLSearchParams("+form+")}).then(a => { window.how = a.type }), 1)")
		h.Await("window.how === 'opaqueredirect'", patience)
	}
	h.Allow(`status of 401 .* http://localhost:\d+/desk/ally$`)
	behind("/desk/out", "{}")
	h.reach("main form button")
	h.Press(kb.Enter)
	h.Await("document.querySelector('main .danger') === document.activeElement", patience)
	if typed := Eval[string](h.Page, "document.querySelector('#name').value"); typed != "Not A Name" {
		t.Errorf("what was typed is %q", typed)
	}
	h.Axe()
	behind("/desk/in", `{name: 'Rowan', password: '`+deskPassword+`', code: '`+h.code()+`', device: 'computer'}`)
	h.reach("main form button")
	h.Press(kb.Enter)
	h.Await("location.pathname === '/desk/prove' || document.querySelector('.problems')", patience)
}
