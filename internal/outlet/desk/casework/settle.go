package casework

import (
	"bytes"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"outcry/internal/core/draft"
	"outcry/internal/feature/letter"
	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/lang"
	"outcry/internal/outlet/desk"
)

// dispute is a value that two people wrote, each otherwise.
type dispute struct {
	path         string // as draft.Conflict has it
	name         string // of its field
	label        string
	mine, theirs string // in words; empty: taken out
	both         bool   // both can stand, one behind the other: they are texts
}

// conflict answers a save that found another one: both are shown. What the other one wrote is in the draft, and mine is kept aside as it was.
func (o *room) conflict(w http.ResponseWriter, r *http.Request, a *at, saved draft.Saved) error {
	now, err := letter.ReadDraft(saved.Draft.Doc)
	if err != nil {
		return err
	}
	a.c, a.draft = now, saved.Draft
	var list []dispute
	for i, c := range saved.Conflicts {
		list = append(list, disputed(a, i, c))
	}
	page := o.d.Frame(r, a.v, a.p.T("desk.casework.conflict.title"))
	return o.show(w, r, fault.Conflict, conflictPage(page, a, list, saved.Aside))
}

func disputed(a *at, i int, c draft.Conflict) dispute {
	d := dispute{path: c.Path, name: "c." + strconv.Itoa(i), label: pathWords(a.p, c.Path), mine: valueWords(c.Mine), theirs: valueWords(c.Theirs)}
	d.both = isText(c.Mine) && isText(c.Theirs) && joinable(c.Path)
	return d
}

// joinable tells a text in a language, of which two can stand one behind the other: an id, a date or a term can't.
func joinable(path string) bool {
	_, last, ok := cutLast(path)
	tag, known := lang.Canonical(last)
	return ok && known && string(tag) == last && !strings.HasPrefix(path, "case.title") && !strings.HasPrefix(path, "person.names")
}

func cutLast(path string) (before, last string, ok bool) {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return "", path, false
	}
	return path[:i], path[i+1:], true
}

func isText(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '"' }

// valueWords is a value of a draft for reading: a text as it is, anything else line by line.
func valueWords(raw json.RawMessage) string {
	var s string
	switch {
	case len(raw) == 0:
		return ""
	case json.Unmarshal(raw, &s) == nil:
		return s
	}
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return string(raw)
	}
	return b.String()
}

var inBrackets = regexp.MustCompile(`\[([^\]]*)\]`)

// pathWords is the way to a value, in the words of the form's labels.
func pathWords(p *lang.Printer, path string) string {
	var words []string
	for i, s := range strings.Split(inBrackets.ReplaceAllString(path, ".$0"), ".") {
		switch {
		case s == "":
		case s[0] == '[':
			_, id, _ := strings.Cut(strings.Trim(s, "[]"), "=")
			words = append(words, either(id, strings.Trim(s, "[]")))
		case i == 0 && slices.ContainsFunc(parts, func(x part) bool { return x.word == s }):
			words = append(words, partWords(p, s))
		case p.Has("desk.casework.field." + s):
			words = append(words, p.T("desk.casework.field."+s))
		default:
			if tag, ok := lang.Canonical(s); ok {
				s = lang.Endonym(tag)
			}
			words = append(words, s)
		}
	}
	return strings.Join(words, " · ")
}

// settle puts into the draft what somebody chose among both: theirs stays where nothing was pressed.
func (o *room) settle(w http.ResponseWriter, r *http.Request, v *desk.Visit) error {
	a, err := o.open(r, v)
	if err != nil {
		return err
	}
	n, err := strconv.Atoi(r.PostForm.Get("aside"))
	if err != nil {
		return errAbsent
	}
	aside, err := o.Drafts.At(r.Context(), a.slug, n)
	if err != nil {
		return err
	}
	from := base(r.PostForm)
	was, err := o.Drafts.At(r.Context(), a.slug, from)
	if err != nil {
		return err
	}
	doc, paths := was.Doc, r.PostForm["path"]
	if len(paths) > rowsMost {
		return errAbsent
	}
	for i, path := range paths {
		choice := r.PostForm.Get("c." + strconv.Itoa(i))
		if choice != "mine" && choice != "both" {
			continue
		}
		value, _ := draft.Value(aside.Doc, path)
		if choice == "both" {
			theirs, _ := draft.Value(doc, path)
			if value = behind(theirs, value); value == nil || !joinable(path) {
				return errAbsent
			}
		}
		if path == "" {
			doc = aside.Doc
		} else if doc, err = draft.Put(doc, path, value); err != nil {
			return errAbsent
		}
	}
	c, err := letter.ReadDraft(doc)
	if err != nil {
		return fault.New(fault.Conflict, "fault.casework.unfit").Because(err)
	}
	saved, err := o.Drafts.Save(r.Context(), a.slug, from, letter.WriteDraft(c), string(v.Role))
	if err != nil {
		return err
	}
	if saved.Aside != 0 {
		return o.conflict(w, r, a, saved)
	}
	if err := o.Drafts.Settle(r.Context(), a.slug, n); err != nil && (fault.Of(err) == nil || fault.Of(err).Kind != fault.NotFound) {
		return err
	}
	return to(w, r, a.path()+"?saved="+strconv.Itoa(saved.Draft.Revision))
}

// behind is a text that holds two, one behind the other; nil if one of them is none.
func behind(first, second json.RawMessage) json.RawMessage {
	var x, y string
	if !isText(first) || !isText(second) || json.Unmarshal(first, &x) != nil || json.Unmarshal(second, &y) != nil {
		return nil
	}
	both, err := json.Marshal(x + "\n\n" + y)
	if err != nil {
		return nil
	}
	return both
}
