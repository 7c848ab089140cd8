//go:build !linux

package journey

import "errors"

func cutPower(string) error { return errors.New("power can be cut on Linux only") }
