package mail_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"sync"
	"testing"

	"outcry/internal/kernel/mail"
)

// decoded undoes base64; multipart undoes quoted-printable by itself.
func decoded(p *multipart.Part) io.Reader {
	if p.Header.Get("Content-Transfer-Encoding") == "base64" {
		return base64.NewDecoder(base64.StdEncoding, p)
	}
	return p
}

func TestSinkKeepsTheLast(t *testing.T) {
	var s mail.Sink
	for i := range 250 {
		if err := s.Send(t.Context(), note(i)); err != nil {
			t.Fatal(err)
		}
	}
	list := s.List()
	if len(list) != 200 || list[0].ID != note(249).ID || list[199].ID != note(50).ID {
		t.Fatalf("%d messages from %s to %s, want 200 from 249 to 50", len(list), list[0].ID, list[len(list)-1].ID)
	}
	if s.Find(note(49).ID) != nil || s.Find(note(50).ID) == nil {
		t.Error("Find and List disagree")
	}
	// The same message again is the same letter in the mailbox, on top.
	if err := s.Send(t.Context(), note(100)); err != nil {
		t.Fatal(err)
	}
	if list := s.List(); len(list) != 200 || list[0].ID != note(100).ID {
		t.Errorf("%d messages, %s on top; want 200, and the repeated one", len(list), list[0].ID)
	}
}

func TestSinkKeepsACopy(t *testing.T) {
	var s mail.Sink
	m := note(1)
	if err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	m.Text = "changed"
	if got := s.Find(m.ID).Text; got == "changed" {
		t.Error("the kept message changes with the caller's")
	}
}

func TestSinkEnds(t *testing.T) {
	var s mail.Sink
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Send(ctx, note(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that ended: %v", err)
	}
	if err := s.Send(t.Context(), note(1)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), note(2)); !errors.Is(err, mail.ErrClosed) || len(s.List()) != 0 {
		t.Errorf("closed: %v with %d messages, want ErrClosed with none", err, len(s.List()))
	}
}

func TestSinkTogether(t *testing.T) {
	var s mail.Sink
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 50 {
				if err := s.Send(t.Context(), note(i*50+j)); err != nil {
					t.Error(err)
				}
				_ = fmt.Sprint(s.List(), s.Find(note(j).ID))
			}
		})
	}
	all.Wait()
	if n := len(s.List()); n != 200 {
		t.Errorf("%d messages, want 200", n)
	}
}
