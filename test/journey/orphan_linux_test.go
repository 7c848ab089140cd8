package journey

import (
	"os/exec"
	"syscall"
)

// leash has a process die with us, however we end.
func leash(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
