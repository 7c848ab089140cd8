package casefile

// InOrder are the events in order of time, whatever their order in the file; those of a day that nobody told stand at either end.
func (f *File) InOrder() []*Event { return f.ordered() }
