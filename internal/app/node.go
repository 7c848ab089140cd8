package app

import (
	"context"
	"log/slog"
	"net"
	"time"

	"golang.org/x/sys/unix"

	"outcry/internal/feature/letter"
	"outcry/internal/kernel/db"
	"outcry/internal/kernel/web"
)

// A node is one of several servers of an installation: they share a database, a secret and its folder of shares, and nothing else. What a node keeps in memory
// is either its own business (budgets, connections) or a copy of rows that it must know to be old; docs/operate/nodes.md lists both.

const (
	viewersMost = 50_000
	filesKept   = 256 // of the process's open files, for the database, the mail server and whatever else is no reader's

	lookTime = time.Minute // after which a look at the database that brings nothing is given up
)

// hear has this node look at once when another tells that something has changed; without that it looks once a second all the same. A page with a name that
// its signer has hidden is dropped as soon as it is heard, and every page when it is not known what was missed.
func (a *App) hear(ctx context.Context) {
	a.DB.Listen(ctx, func(w db.Word) {
		if w == db.Hidden || w == db.Unsure {
			a.pages.Moved()
		}
		a.look()
	})
}

// bury destroys this node's share of each letter that has been closed. Where nodes share a folder, who closed the letter has done so; a copy in a folder of this
// node's own would keep the closed letter's signers testable.
func (a *App) bury() {
	for _, l := range a.Book.Letters("") {
		if l.State != letter.Closed || a.buried[l.ID] {
			continue
		}
		if err := a.secret.DropPepper(l.ID.String()); err != nil {
			a.Config.Log.Error("the share of a closed letter could not be destroyed", slog.String("letter", l.ID.String()), slog.Any("error", err))
			continue
		}
		a.buried[l.ID] = true
	}
}

// connections is how many readers may be connected at the same time, watching or not. Beyond the process's open files nothing works, and least of all signing.
func connections() int {
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err != nil {
		files.Cur = 1024 // what a process has by custom
	}
	most := int(min(files.Cur, 1<<20))
	return most - min(filesKept, most/2)
}

// viewers is how many may watch at the same time: a part of the connections is kept for who signs.
func viewers() int {
	most := connections()
	return min(viewersMost, most-min(filesKept, most/2))
}

// bounded is a listener that takes no more connections than this process can serve.
func bounded(l net.Listener) net.Listener { return web.Bounded(l, connections()) }
