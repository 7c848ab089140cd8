package seal

import (
	"fmt"
	"log/slog"
)

const mute = "[private]"

// Private holds a value that must not be printed: no verb of fmt, no log, no JSON and no template shows it.
// Only Reveal gives it out, and internal/arch knows who may call that.
//
// The value lies inside a function because fmt calls no methods on the unexported fields of a struct it prints: there it sees the
// address of some code and goes no further, while it would follow a pointer.
type Private[T any] struct{ value func() T }

// Hide makes v private.
func Hide[T any](v T) Private[T] { return Private[T]{func() T { return v }} }

// Reveal gives the value out; of the zero Private, the zero value.
func (p Private[T]) Reveal() (v T) {
	if p.value != nil {
		v = p.value()
	}
	return v
}

func (Private[T]) String() string               { return mute }
func (Private[T]) GoString() string             { return mute }
func (Private[T]) Format(f fmt.State, _ rune)   { fmt.Fprint(f, mute) }
func (Private[T]) LogValue() slog.Value         { return slog.StringValue(mute) }
func (Private[T]) MarshalText() ([]byte, error) { return []byte(mute), nil }
func (Private[T]) MarshalJSON() ([]byte, error) { return []byte(`"` + mute + `"`), nil }
