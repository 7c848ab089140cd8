package cli

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"outcry/internal/app"
)

// seizure is what whoever takes the machine would have today: three lists, each on top of the one before, and what makes them longer than they need be.
type seizure struct {
	Disk    []string    `json:"disk"`            // the machine was off
	Secret  []string    `json:"disk_and_secret"` // and the secret with its shares was found
	Running []string    `json:"running"`         // it was on
	Checks  []finding   `json:"checks"`
	Counts  app.Seizure `json:"counts"`
}

// seized says what lies here today, in plain words.
func seized(ctx context.Context, a *app.App) (*seizure, error) {
	n, err := a.Seizure(ctx)
	if err != nil {
		return nil, err
	}
	z := &seizure{Counts: n}
	z.Disk = append(z.Disk, "the texts, the log and the count, which are public anyway, and drafts")
	if n.Waiting > 0 {
		z.Disk = append(z.Disk, counted(int(n.Waiting), "waiting mail")+", which the disk alone does not open")
	}
	if n.Marks > 0 {
		z.Disk = append(z.Disk, "marks against signing twice, which tell nothing without secret and share")
	}
	if len(n.Passwords) > 0 {
		z.Disk = append(z.Disk, "the passwords in outcry.yaml: "+strings.Join(n.Passwords, ", "))
	}
	if a.SecretFile != "" && a.Together() != nil || len(n.Secrets) > 0 {
		z.Disk = append(z.Disk, "the unlock secret, which lies on the same disk: so all of the next list, too")
	}
	if len(n.Others) > 0 {
		z.Disk = append(z.Disk, "what else lies in the data folder: "+strings.Join(n.Others, ", "))
	}
	z.Secret = append(z.Secret, "the log's key, with which other pasts can be signed in its name")
	if n.Waiting > 0 {
		z.Secret = append(z.Secret, "the addresses in "+counted(int(n.Waiting), "waiting mail")+", and in what the disk still holds of the mails of the last four days")
	} else {
		z.Secret = append(z.Secret, "the addresses in what the disk still holds of the mails of the last four days")
	}
	if len(n.Testable) > 0 {
		z.Secret = append(z.Secret, fmt.Sprintf("any list of addresses can be tested against the %s of %s", counted(int(n.Marks), "signer"), strings.Join(n.Testable, ", ")))
	} else {
		z.Secret = append(z.Secret, "no letter has a share here, so no list of addresses can be tested")
	}
	z.Running = append(z.Running, "all of that, and the addresses of recent askers in its memory, whether or not they confirmed")
	z.Checks = worse(a.Config, n)
	return z, nil
}

// worse finds what gives more than it must. None of it is a fault: a small campaign may choose it, knowing.
func worse(c app.Config, n app.Seizure) (list []finding) {
	add := func(check string, found bool, says, fix, well string) {
		if found {
			list = append(list, finding{check, note, says, fix})
		} else {
			list = append(list, finding{Check: check, State: fine, Says: well})
		}
	}
	where, err := app.Device(c.Data)
	safe := err == nil && encrypted(where)
	add("disk", !safe, "the data folder's disk is not encrypted, as far as the system shows", "encrypt it: then a machine that is off gives nothing at all", "the data folder's disk is encrypted: while the machine is off it gives nothing")
	if c.SecretFile != "" {
		dir := filepath.Dir(c.SecretFile)
		add("secret", c.Together() != nil, "the secret lies on the data's disk: who has the one has both", "start locked (outcry serve --locked), or keep it in memory or on a stick", whereSecret(dir))
	}
	add("copies", len(n.Secrets) > 0, "an unlock secret lies in the data folder, and so in every backup of it: "+strings.Join(n.Secrets, ", "), "take it out, and run outcry secret rotate: backups keep it",
		"no unlock secret lies in the data folder")
	open := swaps()
	add("swap", len(open) > 0, "memory can be swapped out in the clear to "+strings.Join(open, ", "), "run swapoff -a and take swap out of /etc/fstab, or encrypt it", "nothing is swapped to a disk in the clear")
	err = pinnable()
	add("memory", err != nil && len(open) > 0, fmt.Sprint(err), "set LimitMEMLOCK=infinity, as the service file does", "the server's memory stays off the disk")
	add("core", false, "", "", "the server makes no core dumps, and no other process may read its memory")
	add("password", len(n.Passwords) > 0, "outcry.yaml holds passwords: "+strings.Join(n.Passwords, ", "), "give them as OUTCRY_SMTP and OUTCRY_DATABASE from a file in memory", "outcry.yaml holds no password")
	add("backups", len(n.Others) > 0, "the data folder holds more than the program's own: "+strings.Join(n.Others, ", "), "keep backups and exports elsewhere", "the data folder holds nothing but the program's own")
	add("day-keys", n.Overdue > 0, counted(n.Overdue, "day key")+" should have been destroyed: no server has run for days", "start the server, or run any command that writes", "no day key is older than 96 hours")
	add("change", n.Prepared, "a change of the secret was cut short: both secrets lie here", "run outcry secret rotate again", "no change of the secret is unfinished")
	if len(n.Unshared) > 0 {
		list = append(list, finding{"shares", note, "not closed, and without a share here: " + strings.Join(n.Unshared, ", "), "nobody can sign these letters; close them, or bring their shares back"})
	}
	return list
}

// whereSecret says where a secret lies that is not on the data's disk.
func whereSecret(dir string) string {
	if inMemory(dir) {
		return "the secret lies in memory: it is gone when the machine is off"
	}
	return "the secret is on another disk than the data"
}

func (z *seizure) print(out io.Writer) {
	list := func(head string, says []string) {
		fmt.Fprintln(out, head)
		for _, s := range says {
			fmt.Fprintf(out, "  - %s\n", s)
		}
	}
	fmt.Fprintln(out, "\nIf this machine were taken today:")
	list("The disk alone, the machine off, gives", z.Disk)
	list("The secret and its shares as well give also", z.Secret)
	list("The machine, running, gives", z.Running)
	fmt.Fprintln(out, "What makes it more, or keeps it less:")
	printFindings(out, z.Checks)
}
