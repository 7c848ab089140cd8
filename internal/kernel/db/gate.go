package db

import (
	"context"
	"database/sql/driver"
	"math/rand/v2"
	"sync"
	"time"
)

// gate stands before the driver that makes connections. After one that failed, everyone is told the same for a moment and nobody tries: a server that is
// just starting would otherwise be asked as often as people press a button.
type gate struct {
	driver.Connector

	mu   sync.Mutex
	last error // mu; while it is set, nobody tries
}

// shut is how long nobody tries, and half as much again by chance, so that nodes that lost the server together don't come back together.
const shut = 100 * time.Millisecond

// Connect makes a connection, or returns what was wrong with the last one.
func (g *gate) Connect(ctx context.Context) (driver.Conn, error) {
	g.mu.Lock()
	last := g.last
	g.mu.Unlock()
	if last != nil {
		return nil, last
	}
	c, err := g.Connector.Connect(ctx)
	if err == nil || ctx.Err() != nil { // who gave up says nothing of the server
		return c, err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.last == nil {
		g.last = err
		time.AfterFunc(shut+rand.N(shut/2), g.open)
	}
	return nil, err
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last = nil
}
