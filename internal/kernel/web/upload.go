package web

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"time"

	"outcry/internal/kernel/fault"
)

const (
	uploadsMost = 4               // forms with a file in hand; one more is refused
	uploadTime  = 5 * time.Minute // in which one has to come: a photograph over Tor takes minutes
	uploadParts = 100             // of one
	uploadWords = 512 << 10       // bytes of all its fields but the file: words of 100 KB come back to be mended
	uploadPast  = 32 << 20        // bytes beyond what is read that are thrown away, so that whoever sent them reads the answer
)

// Uploaded is a form that came with a file.
type Uploaded struct {
	Form url.Values // the other fields
	File []byte     // empty if none was chosen
}

// uploads are the places of those in hand.
var uploads = make(chan struct{}, uploadsMost)

// Upload reads a form of multipart/form-data whose field of that name is a file of at most so many bytes; all other fields together may have 512 KiB. What comes is held in
// memory alone: nothing of it is ever in a file on the disk, and the name under which the file lay on its sender's machine is not kept. It is for a page that knows who asks.
//
// A body of that kind is read here only, so the page is registered as any other. Its time to be answered in begins anew when all has come.
func Upload(w http.ResponseWriter, r *http.Request, field string, most int64) (u Uploaded, err error) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "multipart/form-data" {
		return u, fault.New(fault.Invalid, "fault.form.type")
	}
	select {
	case uploads <- struct{}{}:
		defer func() { <-uploads }()
	default:
		return u, full
	}
	defer patience(w)()
	whole := r.Body
	r.Body = http.MaxBytesReader(w, whole, most+uploadWords+(64<<10)) // the rest is what stands between the parts
	parts, err := r.MultipartReader()
	if err != nil {
		return u, fault.New(fault.Invalid, "fault.form.broken").Because(err)
	}
	if u, err = gather(parts, field, most); err != nil {
		if fault.Is(err, fault.TooLarge) {
			_, _ = io.CopyN(io.Discard, whole, uploadPast)
		}
		return Uploaded{}, err
	}
	r.PostForm = u.Form // for whoever words a failure: the form says in which language it was read
	if v, ok := r.Context().(*visit); ok {
		*r = *r.WithContext(&visit{whole: v.whole, limit: postTime})
	}
	return u, nil
}

// gather reads the parts. Each field is there once or more, the file once.
func gather(parts *multipart.Reader, field string, most int64) (u Uploaded, err error) {
	u.Form = url.Values{}
	room, seen := int64(uploadWords), false
	for range uploadParts {
		part, err := parts.NextPart()
		if err == io.EOF {
			return u, nil
		}
		if err != nil {
			return u, unread(err, field, most)
		}
		name := part.FormName()
		switch {
		case name == "" || name == field && seen || name != field && part.FileName() != "":
			return u, fault.New(fault.Invalid, "fault.form.broken")
		case name == field:
			seen = true
			if u.File, err = io.ReadAll(io.LimitReader(part, most+1)); err != nil {
				return u, unread(err, field, most)
			}
			if int64(len(u.File)) > most {
				return u, tooLarge(field, most)
			}
		default:
			value, err := io.ReadAll(io.LimitReader(part, room+1))
			if err != nil {
				return u, unread(err, field, most)
			}
			if room -= int64(len(value) + len(name)); room < 0 {
				return u, fault.New(fault.TooLarge, "fault.form.long")
			}
			u.Form.Add(name, string(value))
		}
	}
	return u, fault.New(fault.Invalid, "fault.form.broken")
}

func unread(err error, field string, most int64) error {
	if errors.As(err, new(*http.MaxBytesError)) {
		return tooLarge(field, most)
	}
	return fault.New(fault.Invalid, "fault.form.broken").Because(err)
}

func tooLarge(field string, most int64) error {
	return fault.New(fault.TooLarge, "fault.form.file", "Most", most>>20).At(field)
}

// patience lifts the server's limits of time, which are those of small forms, and sets those of an upload; what it returns ends the waiting for the body. The connection is
// closed behind the answer, so that its limits are no later request's.
func patience(w http.ResponseWriter) (come func()) {
	line, past := http.NewResponseController(w), time.Unix(1, 0)
	if line.SetReadDeadline(time.Time{}) != nil { // no connection is behind it
		return func() {}
	}
	w.Header().Set("Connection", "close")
	_ = line.SetWriteDeadline(time.Time{})
	body := time.AfterFunc(uploadTime, func() { _ = line.SetReadDeadline(past) })
	time.AfterFunc(uploadTime+time.Minute, func() { _ = line.SetWriteDeadline(past) })
	return func() { body.Stop() }
}
