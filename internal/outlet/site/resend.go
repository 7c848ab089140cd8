package site

import (
	"net/http"
	"slices"

	"outcry/internal/kernel/fault"
)

// resend is a form that was sent while nothing could be done with it: it comes back whole, to be sent again.
type resend struct {
	to     string
	fields [][2]string
}

// resent is nil where sending the same once more would help nobody, or nothing was read of it.
func resent(r *http.Request, f *fault.Error) *resend {
	if f.Kind != fault.Locked && f.Kind != fault.Busy || r.Method != http.MethodPost || len(r.PostForm) == 0 {
		return nil
	}
	again := &resend{to: r.URL.RequestURI()} // one of our own routes: only those are known to wait
	for name, values := range r.PostForm {
		for _, v := range values {
			again.fields = append(again.fields, [2]string{name, v})
		}
	}
	slices.SortStableFunc(again.fields, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	return again
}
