package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"outcry/internal/kernel/translog"
)

// State is how a look at something came out.
type State string

const (
	Fine  State = "ok"
	Note  State = "note"  // as it may be, with something to know
	Wrong State = "wrong" // to be mended
)

// Finding is one thing that was looked at.
type Finding struct {
	Check string
	State State
	Says  string // in English; empty if Err says it
	Fix   string // likewise, and what its owner does about it; empty if it is fine
	Err   error
	Args  []any // of the sentence that the desk has for it
}

// Findings look at what a running server rests on: witnesses, mail, its name, the clock, the disk, and where the secret lies. It changes nothing and sends nothing.
func (a *App) Findings(ctx context.Context) (list []Finding) {
	add := func(check string, bad State, err error, says, fix string, args ...any) {
		f := Finding{Check: check, State: Fine, Says: says, Args: args}
		if err != nil {
			f.State, f.Says, f.Fix, f.Err = bad, "", fix, err
		}
		list = append(list, f)
	}
	list = append(list, a.witnessed(ctx)...)
	count, err := a.Jobs.Count(ctx)
	noun := "mails"
	if count.Waiting == 1 {
		noun = "mail"
	}
	add("queue", Wrong, err, fmt.Sprintf("%d %s to be sent; %d could not be delivered in the last week", count.Waiting, noun, count.Dead), "", "Waiting", count.Waiting, "Dead", count.Dead)
	add("mail", Wrong, a.CheckMail(ctx), "the mail server would take mail from us", "mend --smtp, or smtp in outcry.yaml; until then nobody can sign")
	if u, err := url.Parse(a.URL); err != nil || a.URL == "" || Loopback(u.Host) {
		add("name", Note, errors.New("the public URL is this machine's own, so nobody else can reach the site"), "", "for a real site, set url in outcry.yaml")
	} else {
		add("name", Wrong, hasAddress(ctx, u.Hostname()), u.Hostname()+" is known to the network", "have the name point at this server, or mend url in outcry.yaml", "Host", u.Hostname())
	}
	if a.Designated != "" {
		state, says, err := a.registryOld()
		add("links", state, err, says, "bring the list up to date from the authorities' own, or mend designated in outcry.yaml; docs/archive.md")
	}
	add("clock", Note, clockKept(), "a time service keeps the clock", "turn on the system's time service: promises to signers and the log's batches go by the clock")
	room, err := vacantOn(a.Data)
	if err == nil && room < roomLeast {
		err = fmt.Errorf("only %d MiB are free on the data folder's disk", room>>20)
	}
	add("disk", Wrong, err, fmt.Sprintf("%d MiB are free", room>>20), "make room: signing stops when the disk is full", "Room", int64(room>>20))
	if !a.Config.Locked && a.SecretFile != "" {
		add("seizure", Note, a.Together(), "the secret is on another disk than the data",
			"whoever takes this disk has both: keep the secret on another, such as a USB stick that is pulled out, or on a RAM disk")
	}
	return list
}

// roomLeast is how many bytes have to be free on the data folder's disk.
const roomLeast = 512 << 20

// witnessed holds the log against what its witnesses show; nothing where there are none, and no proof of old.
func (a *App) witnessed(ctx context.Context) []Finding {
	seen, unseen, err := a.CheckWitnesses(ctx)
	f := Finding{Check: "witness", State: Fine, Says: fmt.Sprintf("%d of %d show a past of this log", seen, len(a.Witnesses))}
	switch {
	case err != nil:
		f.State, f.Says, f.Err = Wrong, "", err
		if errors.Is(err, translog.ErrAnother) {
			f.Err, f.Fix = fmt.Errorf("%w: nothing is signed any more", err), translog.WayOut
		}
	case len(a.Witnesses) == 0:
		return nil
	case len(unseen) > 0:
		f.State, f.Says = Note, f.Says+"; not so "+strings.Join(unseen, ", ")
		f.Fix = "ask those who run them: a witness that is away proves nothing about a restored backup"
	}
	return []Finding{f}
}

// listOld is after how many days a list of designated organisations is to be looked at again: authorities add to theirs every week.
const listOld = 30

// registryOld tells how old the list of designated organisations is.
func (a *App) registryOld() (State, string, error) {
	r, err := a.Registry()
	if err != nil {
		return Wrong, "", err
	}
	days, err := a.RegistryAge()
	if err != nil {
		return Wrong, "", err
	}
	noun, unit := "addresses", "days"
	if r.Size() == 1 {
		noun = "address"
	}
	if days == 1 {
		unit = "day"
	}
	says := fmt.Sprintf("the list of designated organisations has %d %s up to %s and was written %d %s ago", r.Size(), noun, r.Newest(), days, unit)
	if days > listOld {
		return Note, "", errors.New(says)
	}
	return Fine, says, nil
}

// hasAddress looks a host up; an onion's name is its key.
func hasAddress(ctx context.Context, host string) error {
	if strings.HasSuffix(host, ".onion") {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err := net.DefaultResolver.LookupHost(ctx, host)
	return err
}

// Loopback tells an address of this machine alone, with a port or without.
func Loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Together tells, as an error, that secret and data lie on one device.
func (c Config) Together() error {
	a, err1 := Device(c.Data)
	b, err2 := Device(filepath.Dir(c.SecretFile))
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if a == b {
		return errors.New("data and secret lie on one disk")
	}
	return nil
}

// Device is the number of the device that a path lies on.
func Device(path string) (uint64, error) {
	var st syscall.Stat_t
	err := syscall.Stat(path, &st)
	return uint64(st.Dev), err
}

// vacantOn is the room on a disk, in bytes.
func vacantOn(path string) (uint64, error) {
	var st syscall.Statfs_t
	err := syscall.Statfs(path, &st)
	return st.Bavail * uint64(st.Bsize), err
}
