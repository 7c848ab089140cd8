package mail

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// SMTP is the transport to a mail server. Make it with [New]; it is safe for concurrent use.
type SMTP struct {
	config Config
	relay  relay
	from   string

	slots chan struct{} // one for each message being sent; its size is Connections
	done  chan struct{} // closed by Close

	mu     sync.Mutex
	closed bool           // mu
	kept   []*session     // mu; idle, the most recently used last
	quits  sync.WaitGroup // idle connections that are just being hung up; Add under mu while not closed
}

// Format keeps the password out of whatever prints a transport.
func (*SMTP) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "mail.SMTP") }

// Send hands m to the server. It waits for one of the kept connections or opens one.
//
// If the server hung up while a kept connection lay idle, the message goes over a new connection, once, and only if the server can't
// have taken it: nothing is repeated after the end of the content was sent. ctx should allow a few times [Config.Timeout].
func (s *SMTP) Send(ctx context.Context, m *Message) error {
	l, err := compose(m, s.from, s.config.Host, s.config.Now())
	if err != nil {
		return err
	}
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()

	if c := s.take(); c != nil {
		taken, err := s.deliver(ctx, c, l)
		if err == nil || taken || ctx.Err() != nil || !hungUp(err) {
			return err
		}
		s.config.Log.Debug("mail: a kept connection was gone, opening another")
	}
	c, err := s.open(ctx)
	if err != nil {
		return err
	}
	_, err = s.deliver(ctx, c, l)
	return err
}

// Check signs in, asks for nothing and hangs up. Its error says what an operator can mend.
func (s *SMTP) Check(ctx context.Context) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer s.leave()
	c, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer s.quit(c)
	c.step = StepCheck
	return c.within(ctx, s.config.Timeout, c.client.Noop)
}

// Close implements [Transport]. It takes at most as long as a message that is being sent.
func (s *SMTP) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.done)
	idle := s.kept
	s.kept = nil
	s.mu.Unlock()

	for _, c := range idle {
		c.idle.Stop()
		s.quit(c)
	}
	for range cap(s.slots) {
		s.slots <- struct{}{}
	}
	s.quits.Wait()
	return nil
}

func (s *SMTP) enter(ctx context.Context) error {
	select {
	case <-s.done:
		return ErrClosed
	default:
	}
	select {
	case s.slots <- struct{}{}:
		return nil
	case <-s.done:
		return ErrClosed
	case <-ctx.Done():
		return failed(StepConnect, ctx.Err())
	}
}

func (s *SMTP) leave() { <-s.slots }

// take gives the connection that was used last, so that in quiet times the others grow old and are hung up.
func (s *SMTP) take() *session {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) == 0 {
		return nil
	}
	c := s.kept[len(s.kept)-1]
	s.kept = s.kept[:len(s.kept)-1]
	c.idle.Stop()
	return c
}

// keep puts a working connection back, for IdleTimeout.
func (s *SMTP) keep(c *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		s.quits.Go(func() { s.quit(c) })
		return
	}
	s.kept = append(s.kept, c)
	if c.idle == nil {
		c.idle = time.AfterFunc(s.config.IdleTimeout, func() { s.expire(c) })
		return
	}
	c.idle.Reset(s.config.IdleTimeout)
}

// expire hangs up on c unless somebody has taken it in the meantime.
func (s *SMTP) expire(c *session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, k := range s.kept {
		if k == c {
			s.kept = append(s.kept[:i], s.kept[i+1:]...)
			s.quits.Go(func() { s.quit(c) })
			return
		}
	}
}

// quit says goodbye, briefly: nothing depends on the answer.
func (s *SMTP) quit(c *session) {
	_ = c.within(context.Background(), min(s.config.Timeout, 2*time.Second), c.client.Quit)
	c.drop()
}
