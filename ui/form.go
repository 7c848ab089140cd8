package ui

import "strings"

// Problem is one thing to mend in a form that came back.
type Problem struct {
	Field string // id of the field to go to; empty where no field is at fault
	Text  string // what to do, in the words that stand beside the field too
}

// Field is one line to type into. What was typed is kept in Value when the form comes back with an Error.
type Field struct {
	ID           string // also the name that is posted, unless Name says otherwise
	Name         string
	Label        string
	Hint         string
	Error        string // what to do about it; empty when nothing is wrong
	Value        string
	Type         string // "text" when empty; "email" brings its keyboard, its autocomplete and its direction
	InputMode    string
	Autocomplete string
	Dir          string // "ltr" for what is never written from right to left; "auto" when empty
	MaxLength    int    // in UTF-16 units; 0 is no limit
}

// summary is what stands over a list of problems: there may be nothing to correct.
func summary(problems []Problem) string {
	for _, p := range problems {
		if p.Field != "" {
			return "form.summary"
		}
	}
	return "form.refused"
}

// full is the field with what follows from its type.
func (f Field) full() Field {
	if f.Name == "" {
		f.Name = f.ID
	}
	if f.Type == "" {
		f.Type = "text"
	}
	if f.Type == "email" {
		f.InputMode = either(f.InputMode, "email")
		f.Autocomplete = either(f.Autocomplete, "email")
		f.Dir = either(f.Dir, "ltr")
	}
	f.Dir = either(f.Dir, "auto")
	return f
}

// plain tells that the value is no prose: nothing is to correct it.
func (f Field) plain() bool { return f.Dir == "ltr" }

// describedBy names the elements that are read with the field: its hint, then its error.
func (f Field) describedBy() string {
	var ids []string
	if f.Hint != "" {
		ids = append(ids, f.ID+"-hint")
	}
	if f.Error != "" {
		ids = append(ids, f.ID+"-error")
	}
	return strings.Join(ids, " ")
}

func either(value, otherwise string) string {
	if value != "" {
		return value
	}
	return otherwise
}
