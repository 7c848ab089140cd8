//go:build !linux

package journey

import "os/exec"

func leash(*exec.Cmd) {}
