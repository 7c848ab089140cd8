package web

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync"

	"outcry/internal/kernel/fault"
)

const (
	// RoomyMost is the size in bytes beyond which no form of a roomy page is read: a field of 100 KB, each of whose letters is three in a form, comes back to be mended.
	RoomyMost = 512 << 10
	roomsMost = 8 // forms of more than FormMost in hand: 4 MB of all that strangers send at the same time
)

// rooms are their places.
var rooms = make(chan struct{}, roomsMost)

// Roomy registers a handler of a page in which strangers write words of their own. A form that is too long for [Form] is read all the same, up to RoomyMost, so that the handler
// can bring it back and say which field is too long; where too many such forms are in hand, it is refused as it stands.
func (m *Mux) Roomy(pattern string, h Handler) {
	mark(&m.roomy, pattern)
	m.Handle(pattern, h)
}

// roomyForm reads a form as [Form] does, up to RoomyMost. leave gives its place back once it has been answered.
func roomyForm(w http.ResponseWriter, r *http.Request) (leave func(), err error) {
	leave = func() {}
	body, err := io.ReadAll(io.LimitReader(r.Body, FormMost+1))
	if err == nil && len(body) > FormMost {
		select {
		case rooms <- struct{}{}:
			leave = sync.OnceFunc(func() { <-rooms })
		default:
			w.Header().Set("Connection", "close")
			return leave, fault.New(fault.TooLarge, "fault.form.long")
		}
		var rest []byte
		rest, err = io.ReadAll(http.MaxBytesReader(w, r.Body, RoomyMost-FormMost-1))
		body = append(body, rest...)
	}
	if errors.As(err, new(*http.MaxBytesError)) {
		return leave, fault.New(fault.TooLarge, "fault.form.long")
	}
	if err != nil {
		return leave, fault.New(fault.Invalid, "fault.form.broken")
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return leave, fault.New(fault.Invalid, "fault.form.broken")
	}
	r.PostForm = form
	return leave, nil
}
