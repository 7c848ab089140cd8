package mail

import (
	"context"
	"slices"
	"sync"
)

// sinkSize is how many messages the demo remembers.
const sinkSize = 200

// Sink takes every message and keeps the last 200 in memory, for the demo's own mailbox. It never writes to the disk.
// The zero value is ready; it is safe for concurrent use.
type Sink struct {
	mu     sync.Mutex
	list   []*Message // oldest first
	closed bool
}

// Send keeps a copy of m. It refuses what [SMTP.Send] would refuse without asking a server. A message that is sent again takes the
// place of its first copy, as in a mailbox that knows Message-IDs.
func (s *Sink) Send(ctx context.Context, m *Message) error {
	if _, _, err := check(m); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return failed(StepConnect, err)
	}
	kept := *m
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.list = slices.DeleteFunc(s.list, func(old *Message) bool { return old.ID == kept.ID })
	if len(s.list) == sinkSize {
		s.list = slices.Delete(s.list, 0, 1)
	}
	s.list = append(s.list, &kept)
	return nil
}

// List gives the messages, the newest first. They are shared and not to be changed.
func (s *Sink) List() []*Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := slices.Clone(s.list)
	slices.Reverse(list)
	return list
}

// Find gives the message with that ID, or nil.
func (s *Sink) Find(id string) *Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.list {
		if m.ID == id {
			return m
		}
	}
	return nil
}

// Close forgets everything.
func (s *Sink) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list, s.closed = nil, true
	return nil
}
