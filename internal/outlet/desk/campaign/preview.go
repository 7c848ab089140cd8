package campaign

import (
	"bytes"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"sync"

	"outcry/internal/feature/letter"
	"outcry/internal/kernel/lang"
	"outcry/internal/kernel/web"
	"outcry/internal/outlet/desk"
)

// widths are those of a telephone, a tablet and a computer, in CSS pixels.
var widths = []int{360, 768, 1280}

// wholePage is what a preview is asked for that shows the page about the person; else it is a letter's slug, none of which is empty.
const wholePage = ""

// looking is the page that holds a preview in a frame.
type looking struct {
	desk.Page
	a     *at
	tag   lang.Tag // of the interface round the page
	text  lang.Tag // of a letter's text that the interface lacks
	of    string
	width int
	rev   int // of the draft, where it is not the newest; 0: it is
}

// asked reads what a preview is to be of; what it can't be of is the first that it can.
func (o *room) asked(r *http.Request, a *at) looking {
	q := r.URL.Query()
	l := looking{a: a, of: q.Get("of"), width: widths[0], rev: a.rev}
	if n, err := strconv.Atoi(q.Get("width")); err == nil && slices.Contains(widths, n) {
		l.width = n
	}
	if !q.Has("of") && len(a.c.Letters) > 0 {
		l.of = a.c.Letters[0].Slug
	}
	if !slices.ContainsFunc(a.c.Letters, func(f letter.File) bool { return f.Slug == l.of }) {
		l.of = wholePage
	}
	tag := lang.Tag(q.Get("tongue"))
	if !slices.Contains(a.c.Campaign.Languages, tag) {
		tag = a.p.Tag()
	}
	if l.tag = tag; !o.d.Catalog.Has(tag) {
		l.tag, l.text = a.p.Tag(), tag
	}
	return l
}

// query is the address of the same preview with other choices.
func (l looking) query(of string, tongue lang.Tag, width int) string {
	q := url.Values{"of": {of}, "tongue": {string(tongue)}, "width": {strconv.Itoa(width)}}
	if l.rev > 0 {
		q.Set("revision", strconv.Itoa(l.rev))
	}
	return "?" + q.Encode()
}

func (l looking) tongue() lang.Tag {
	if l.text != "" {
		return l.text
	}
	return l.tag
}

// called is what a letter's preview is called.
func (l looking) called(f letter.File) string {
	if len(l.a.c.Letters) == 1 {
		return l.P.T("desk.campaign.preview.one_letter")
	}
	return l.P.T("desk.campaign.preview.letter", "Slug", f.Slug)
}

// framed is the address of the page itself.
func (l looking) framed() string {
	return l.a.path("/preview/page") + l.query(l.of, l.tongue(), l.width)
}

// previewed is the draft, or the revision of it that an address names: whoever is asked to approve one looks at that, whatever was saved since.
func (o *room) previewed(r *http.Request, v *desk.Visit) (*at, error) {
	a, err := o.visited(r, v)
	if err != nil || !r.URL.Query().Has("revision") {
		return a, err
	}
	if a.rev, err = strconv.Atoi(r.URL.Query().Get("revision")); err != nil || a.rev < 1 {
		return nil, errAbsent
	}
	rev, err := o.Drafts.At(r.Context(), a.slug, a.rev)
	if err != nil {
		return nil, err
	}
	a.c, err = letter.ReadDraft(rev.Doc)
	return a, err
}

func (o *room) preview(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	a, err := o.previewed(r, v)
	if err != nil {
		return err
	}
	l := o.asked(r, a)
	l.Page = o.d.Frame(r, v, v.P.T("desk.campaign.preview.title"))
	o.seen.mark(a.slug, looked)
	web.MayFrame(w)
	return o.show(w, r, nil, lookingPage(l))
}

// scripts are the page's own, none of which runs in a preview: without them a browser does not complain of each.
var scripts = regexp.MustCompile(`<script[^>]*></script>`)

// previewPage is the real page of the draft, for a frame of the desk or a window of its own. Nothing in it runs, and its forms go nowhere.
func (o *room) previewPage(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	a, err := o.previewed(r, v)
	if err != nil {
		return err
	}
	l := o.asked(r, a)
	var b bytes.Buffer
	if err := o.Preview(r.Context(), &b, l.tag, l.text, a.c, l.of); err != nil {
		return err
	}
	web.Framed(w)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if r.Method == http.MethodHead {
		return nil
	}
	_, err = w.Write(scripts.ReplaceAll(pictured(a, b.Bytes()), nil))
	return err
}

// seen is what somebody has looked at or tried since the program runs. It is kept nowhere else: a trial leaves no trace.
type seen struct {
	mu   sync.Mutex
	what map[string]int
}

const (
	looked = 1 << iota
	tried
)

func (s *seen) mark(slug string, what int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.what == nil {
		s.what = map[string]int{}
	}
	s.what[slug] |= what
}

func (s *seen) has(slug string, what int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.what[slug]&what != 0
}
