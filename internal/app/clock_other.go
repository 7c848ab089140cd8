//go:build !linux

package app

import "errors"

func clockKept() error {
	return errors.New("the system does not say whether a time service keeps the clock")
}
