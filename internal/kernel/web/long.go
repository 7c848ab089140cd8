package web

import (
	"errors"
	"io"
	"net/http"
	"net/url"

	"outcry/internal/kernel/fault"
)

// LongMost is the size in bytes beyond which no long form is read: three times a campaign file, for a letter of Arabic or Cyrillic is three bytes in a form for each of its own.
const LongMost = 3 << 20

// Long registers a handler that reads its form itself, by [LongForm], once it knows who asks: a stranger can't make the program hold so much.
func (m *Mux) Long(pattern string, h Handler) {
	mark(&m.long, pattern)
	m.Handle(pattern, h)
}

// LongForm reads a form as [Form] does, up to LongMost. Only a handler registered by [Mux.Long] gets one that has not been read.
func LongForm(w http.ResponseWriter, r *http.Request) (url.Values, error) {
	if r.PostForm != nil {
		return r.PostForm, nil
	}
	if !isForm(r) {
		return nil, fault.New(fault.Invalid, "fault.form.type")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, LongMost))
	if err != nil {
		if errors.As(err, new(*http.MaxBytesError)) {
			return nil, fault.New(fault.TooLarge, "fault.form.long")
		}
		return nil, fault.New(fault.Invalid, "fault.form.broken")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, fault.New(fault.Invalid, "fault.form.broken")
	}
	r.PostForm = form
	return form, nil
}
