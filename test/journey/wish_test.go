package journey

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"outcry/test/peers"
)

var (
	neverForm = regexp.MustCompile(`(?m)^https?://\S+/not-me\?\S+$`)
	stopForm  = regexp.MustCompile(publicURL + `(/news/[A-Za-z0-9_.-]+)`)
)

// mailed waits for the next mail and reads the code; whatever else is in it is the caller's.
func (p *signer) mailed() (peers.Message, error) {
	m, err := p.site.mail.wait(p.address, p.mails+1, p.giveUp)
	if err != nil {
		return m, err
	}
	p.mails++
	if p.code = codeForm.FindString(m.Text); p.code == "" {
		err = fmt.Errorf("the mail holds no code:\n%s", m.Text)
	}
	return m, err
}

// formTo finds a form by the end of its address.
func (p page) formTo(end string) (form, error) {
	for _, f := range p.forms() {
		path, _, _ := strings.Cut(f.action, "?")
		if strings.HasSuffix(path, end) {
			return f, nil
		}
	}
	return form{}, fmt.Errorf("%s answers %d without a form to %s: %.300s", p.path, p.status, end, p.text())
}

// shows puts a name on the list: typed, looked at, and sent.
func (p *signer) shows(name, affiliation string) error {
	at, err := p.mine()
	if err != nil {
		return err
	}
	f, err := at.formTo("/name")
	if err != nil {
		return err
	}
	f.values.Set("affiliation", affiliation)
	review, err := p.post(f.action, f.with("name", name))
	if err != nil {
		return err
	}
	sure, err := review.form("name", "sure")
	if err != nil {
		return err
	}
	return p.back(p.post(sure.action, sure.values))
}

// back follows the way back to the private page.
func (p *signer) back(answer page, err error) error {
	if err == nil && answer.status != http.StatusSeeOther {
		err = fmt.Errorf("answers %d: %.300s", answer.status, answer.text())
	}
	return err
}

// hides takes it off again.
func (p *signer) hides() error {
	at, err := p.mine()
	if err != nil {
		return err
	}
	f, err := at.formTo("/hide")
	if err != nil {
		return err
	}
	return p.back(p.post(f.action, f.values))
}

// follows asks for news at another address, from behind the private link, and gives the path of the page that ends it.
func (p *signer) follows(other *signer) (stop string, err error) {
	at, err := p.mine()
	if err != nil {
		return "", err
	}
	f, err := at.formTo("/news")
	if err != nil {
		return "", err
	}
	if other.waiting, err = p.post(f.action, f.with("email", other.address)); err != nil {
		return "", err
	}
	if f, err = other.waiting.form("page", "code"); err != nil {
		return "", err
	}
	if _, err = other.mailed(); err != nil {
		return "", err
	}
	done, err := p.post(f.action, f.with("code", other.code))
	if err != nil {
		return "", err
	}
	m := stopForm.FindStringSubmatch(done.body)
	if done.status != http.StatusOK || m == nil {
		return "", fmt.Errorf("the code is answered with %d and no link that ends it: %.300s", done.status, done.text())
	}
	return m[1], nil
}

// leaves withdraws by the mailbox, as who has no private link.
func (p *signer) leaves() (page, error) {
	at, err := p.get(p.paper() + "/withdraw")
	if err != nil {
		return at, err
	}
	f, err := at.form("email", "letter")
	if err != nil {
		return at, err
	}
	if p.waiting, err = p.post(f.action, f.with("email", p.address)); err != nil {
		return at, err
	}
	if f, err = p.waiting.form("page", "code"); err != nil {
		return at, err
	}
	if _, err := p.mailed(); err != nil {
		return at, err
	}
	done, err := p.post(f.action, f.with("code", p.code))
	if err == nil && done.status != http.StatusOK {
		err = fmt.Errorf("leaving answers %d: %.300s", done.status, done.text())
	}
	return done, err
}

// never says behind the mailed link that it was somebody else, or with again takes that back.
func (p *signer) never(again bool) error {
	m, err := p.site.mail.wait(p.address, max(1, p.mails), p.giveUp)
	if err != nil {
		return err
	}
	at, err := p.get(neverForm.FindString(m.Text))
	if err != nil {
		return err
	}
	for _, step := range []string{"ask", "never", "again"} {
		f, err := at.form("t", "step")
		if err != nil {
			return err
		}
		if f.values.Get("step") != step {
			return fmt.Errorf("the page offers %q instead of %q", f.values.Get("step"), step)
		}
		if step == "again" && !again {
			return nil
		}
		if at, err = p.post(f.action, f.values); err != nil {
			return err
		}
		if at.status != http.StatusOK {
			return fmt.Errorf("%q answers %d: %.300s", step, at.status, at.text())
		}
	}
	return nil
}
