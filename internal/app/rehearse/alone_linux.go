package rehearse

import (
	"os/exec"
	"syscall"
)

// alone keeps a Ctrl-C for us, who then end the server in order, and has the server die if we are killed.
func alone(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
