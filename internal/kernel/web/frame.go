package web

import (
	"net/http"
	"strings"
)

// MayFrame lets a page hold a frame of ours; any other page can't.
func MayFrame(w http.ResponseWriter) {
	w.Header().Set("Content-Security-Policy", policy+"; frame-src 'self'")
}

// Framed marks an answer that our own pages may show in a frame: a page that somebody still writes. Nothing in it runs, its forms go nowhere, and it can open no window and
// lead its frame's page nowhere. Its origin stays ours, for its style and pictures come from here.
func Framed(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Security-Policy", strings.Join([]string{"default-src 'none'", "style-src 'self'", "img-src 'self'", "form-action 'none'", "base-uri 'none'", "frame-ancestors 'self'",
		"sandbox allow-same-origin"}, "; "))
}
