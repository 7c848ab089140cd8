// Package fault is the closed list of ways in which a request or a command can fail, and the words' key for each.
//
// A package that refuses something returns a [*Error] with a kind, a key of the catalogue and, for a form, the field at fault.
// Only web turns it into words for a person; an error that is no fault is unknown and says nothing to the outside.
package fault

import (
	"errors"
	"fmt"
)

// Kind is what sort of failure it is: it decides the HTTP status and the exit code, never the words.
type Kind uint8

const (
	Internal Kind = iota // ours: nothing is told outside
	Invalid              // the input is wrong and its author can mend it
	NotFound             // there is no such thing
	Gone                 // there was: expired, closed, withdrawn
	Refused              // a rule forbids it
	Conflict             // the state has moved meanwhile
	TooLarge             // more than we read
	TooMany              // a budget is spent; later it may work
	Busy                 // overloaded, or a part of us is away: try again
	Locked               // the unlock secret has not been given yet
	Method               // the address is right, the way of asking is not
)

var kinds = [...]string{"internal", "invalid", "not found", "gone", "refused", "conflict", "too large", "too many", "busy", "locked", "method"}

// String names the kind for logs.
func (k Kind) String() string {
	if int(k) < len(kinds) {
		return kinds[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Error is a failure with words for a person. Args never hold a private value: they are printed.
type Error struct {
	Kind  Kind
	Key   string         // of the locale catalogue, for instance "fault.email.incomplete"
	Field string         // the form's field at fault; empty if none
	Args  map[string]any // what the sentence names
	cause error          // for our own log, never for a page
}

// New makes a fault; pairs are the names and values of the sentence's arguments.
func New(kind Kind, key string, pairs ...any) *Error {
	e := &Error{Kind: kind, Key: key}
	for i := 0; i+1 < len(pairs); i += 2 {
		if e.Args == nil {
			e.Args = map[string]any{}
		}
		e.Args[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return e
}

// At returns a copy that names the form's field.
func (e *Error) At(field string) *Error {
	c := *e
	c.Field = field
	return &c
}

// Because returns a copy that remembers its cause.
func (e *Error) Because(err error) *Error {
	c := *e
	c.cause = err
	return &c
}

func (e *Error) Error() string {
	if e.cause != nil {
		return e.Kind.String() + ": " + e.Key + ": " + e.cause.Error()
	}
	return e.Kind.String() + ": " + e.Key
}

func (e *Error) Unwrap() error { return e.cause }

// Of finds the fault in a chain of errors; an unknown error is nil.
func Of(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return nil
}

// Is tells whether err is a fault of that kind.
func Is(err error, kind Kind) bool {
	e := Of(err)
	return e != nil && e.Kind == kind
}

// In names the package at whose border an error passes; nil stays nil. Each border wraps once.
func In(pkg string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", pkg, err)
}
