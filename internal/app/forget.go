package app

import (
	"context"
	"runtime"
	"time"
)

// forgetEvery is how long what nobody holds any more stays in memory at most, about: two collections empty the pools too.
const forgetEvery = 12 * time.Second

// forget has unused memory collected also while nothing happens: by itself Go may wait for two minutes, with the addresses of the last askers in it.
func (a *App) forget(ctx context.Context) {
	tick := time.NewTicker(forgetEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			runtime.GC()
		}
	}
}
