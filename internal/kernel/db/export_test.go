package db

import (
	"database/sql/driver"
	"time"
)

// Hurry makes a database give up sooner than it does in earnest.
func Hurry(d *DB, turn, patience time.Duration) { d.turn, d.patience = turn, patience }

// Gated is a connector behind the gate.
func Gated(c driver.Connector) driver.Connector { return &gate{Connector: c} }
