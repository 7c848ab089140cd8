package site

import (
	"context"
	"io"
	"net/http"

	"filippo.io/torchwood"

	"outcry/internal/kernel/fault"
	"outcry/internal/kernel/translog"
)

// The log's files, as c2sp.org/tlog-tiles lays them out under the public URL and /log.

// checkpoint is the newest that enough witnesses signed, with their signatures; where nobody is asked, the newest there is.
func (s *Site) checkpoint(w http.ResponseWriter, r *http.Request) error {
	return note(w, r, s.Log.Served)
}

// newest is the newest checkpoint, whoever has signed it by now beside the log: what the site's numbers are of.
func (s *Site) newest(w http.ResponseWriter, r *http.Request) error {
	return note(w, r, s.Log.Head)
}

func note(w http.ResponseWriter, r *http.Request, read func(context.Context) (translog.Head, error)) error {
	head, err := read(r.Context())
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	_, err = w.Write(head.Note)
	return err
}

func (s *Site) key(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := io.WriteString(w, s.Log.Key()+"\n")
	return err
}

// tile serves hashes and entries. What it serves never changes: a partial tile is named by its width.
func (s *Site) tile(w http.ResponseWriter, r *http.Request) error {
	t, err := torchwood.ParseTilePath("tile/" + r.PathValue("path"))
	if err != nil {
		return fault.New(fault.NotFound, "fault.not_found").Because(err)
	}
	var data []byte
	if t.L < 0 {
		data, err = s.Log.Bundle(r.Context(), t.N, t.W)
	} else {
		data, err = s.Log.Tile(r.Context(), t.L, t.N, t.W)
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, err = w.Write(data)
	return err
}

// health says whether the database answers; it tells nothing else.
func (s *Site) health(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if err := s.DB.Check(r.Context()); err != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, err := io.WriteString(w, "database\n")
		return err
	}
	says := "ok\n"
	if s.Locked != nil && s.Locked() { // it answers as it should, so nobody should start it anew: it waits for a person
		says = "locked\n"
	}
	_, err := io.WriteString(w, says)
	return err
}
