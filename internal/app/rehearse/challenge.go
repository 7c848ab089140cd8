package rehearse

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/url"
	"strings"

	"outcry/internal/outlet/site"
)

// NewToken makes a token for the organisers to put into their settings.
func NewToken() string { return site.RehearsalMark + strings.ToLower(rand.Text()) }

// invited finds out whether a server may be rehearsed: one on this machine may, and one whose organisers have put the token into its settings. A server shows no more
// than a hash of it, so that nobody else who asks can use it.
func (c Config) invited(ctx context.Context) (t target, err error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return t, fmt.Errorf("%w: %q is not the URL of a site; write it whole, such as https://letters.example.org", ErrBounds, c.URL)
	}
	t = target{url: u.Scheme + "://" + u.Host, here: Loopback(c.URL)}
	if t.here {
		return t, nil
	}
	if !site.RehearsalToken(c.Token) {
		return t, fmt.Errorf("%w: a token is needed", ErrUninvited)
	}
	said, err := t.get(ctx, site.RehearsalPath)
	if err != nil {
		return t, fmt.Errorf("%w: %s%s gives no answer that fits the token (%w)", ErrUninvited, t.url, site.RehearsalPath, err)
	}
	if strings.TrimSpace(string(said)) != strings.TrimSpace(site.RehearsalAnswer(c.Token)) {
		return t, fmt.Errorf("%w: what %s%s answers does not fit the token", ErrUninvited, t.url, site.RehearsalPath)
	}
	return t, nil
}
