package receipt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"filippo.io/torchwood"
	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = torchwood.TileHeight
	tileWidth  = torchwood.TileWidth

	parallel = 8                // requests at a time
	patience = 30 * time.Second // for one answer, to its last byte
	tries    = 4                // of one request
	longest  = 20 * time.Second // pause that a site may ask of us
)

// site reads a site under its public URL. Every answer has a bound; only what may pass by itself is tried again.
type site struct {
	base   string // without a trailing slash
	client *http.Client
	pause  func(context.Context, time.Duration) error
}

// get returns the body of an answer 200 of at most limit bytes. An error is a *Fault of kind unavailable, missing (the site has
// nothing there) or malformed (it is longer), or that of ctx.
func (s *site) get(ctx context.Context, path string, limit int64) ([]byte, error) {
	var fault *Fault
	wait, asked := time.Second/2, time.Duration(0)
	for try := range tries {
		if try > 0 {
			if err := s.pause(ctx, max(wait, asked)); err != nil {
				return nil, err
			}
			wait *= 4
		}
		body, after, err := s.ask(ctx, path, limit)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err == nil {
			return body, nil
		}
		if !errors.As(err, &fault) {
			fault = faultf(FaultUnavailable, "%v", err)
			asked = min(after, longest)
			continue
		}
		return nil, fault
	}
	return nil, fault
}

// ask tries once. An error that is no *Fault may pass by itself, perhaps after the returned time.
func (s *site) ask(ctx context.Context, path string, limit int64) (body []byte, after time.Duration, err error) {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+path, nil)
	if err != nil {
		return nil, 0, faultf(FaultUnavailable, "%v", err)
	}
	req.Header.Set("User-Agent", "outcry-recount/1")
	resp, err := s.client.Do(req)
	if err != nil {
		if e := (*url.Error)(nil); errors.As(err, &e) {
			err = fmt.Errorf("%s: %w", path, e.Err) // the address is known to whoever asked
		}
		return nil, 0, err
	}
	defer resp.Body.Close()
	switch code := resp.StatusCode; {
	case code == http.StatusOK:
	case code == http.StatusGone:
		return nil, 0, takenOut(faultf(FaultMissing, "the site has nothing at %s any more", path))
	case code == http.StatusNotFound:
		return nil, 0, faultf(FaultMissing, "the site has nothing at %s", path)
	case code == http.StatusTooManyRequests || code >= 500:
		seconds, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
		return nil, time.Duration(min(max(seconds, 0), 3600)) * time.Second, fmt.Errorf("%s answers %d", path, code)
	default:
		return nil, 0, faultf(FaultUnavailable, "%s answers %d", path, code)
	}
	body, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if err != nil {
		return nil, 0, fmt.Errorf("%s breaks off: %w", path, err)
	}
	if int64(len(body)) > limit {
		return nil, 0, faultf(FaultMalformed, "%s is longer than the %d bytes it can have", path, limit)
	}
	return body, 0, nil
}

// tile reads a tile or, at level -1, a bundle. Of a partial one that is gone the full one is read instead, as c2sp.org/tlog-tiles
// allows; wider says so, and that there may be more in it than was asked for.
func (s *site) tile(ctx context.Context, t tlog.Tile) (data []byte, wider bool, err error) {
	each := int64(tlog.HashSize)
	if t.L < 0 {
		each = 2 + 0xFFFF
	}
	data, err = s.get(ctx, "/log/"+torchwood.TilePath(t), int64(t.W)*each)
	if t.W == tileWidth || !isKind(err, FaultMissing) {
		return data, false, err
	}
	t.W = tileWidth
	full, fullErr := s.get(ctx, "/log/"+torchwood.TilePath(t), tileWidth*each)
	if isKind(fullErr, FaultMissing) {
		return nil, false, err
	}
	return full, true, fullErr
}

// hashes reads a tile of hashes: t.W of them, exactly.
func (s *site) hashes(ctx context.Context, t tlog.Tile) ([]tlog.Hash, error) {
	data, _, err := s.tile(ctx, t)
	if err != nil {
		return nil, err
	}
	if len(data) < t.W*tlog.HashSize {
		return nil, faultf(FaultTile, "the tile %s has %d bytes, not %d", torchwood.TilePath(t), len(data), t.W*tlog.HashSize)
	}
	hashes := make([]tlog.Hash, t.W)
	for i := range hashes {
		copy(hashes[i][:], data[i*tlog.HashSize:])
	}
	return hashes, nil
}

// ReadTiles, SaveTiles and ReadEndpoint make a site a torchwood.TileReader, for reading a hash with its proof.
func (s *site) ReadTiles(ctx context.Context, tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, t := range tiles {
		hashes, err := s.hashes(ctx, t)
		if err != nil {
			return nil, err
		}
		for _, h := range hashes {
			data[i] = append(data[i], h[:]...)
		}
	}
	return data, nil
}

func (s *site) SaveTiles([]tlog.Tile, [][]byte) {}

func (s *site) ReadEndpoint(ctx context.Context, path string) ([]byte, error) {
	return s.get(ctx, "/log/"+path, maxCheckpoint)
}

// inOrder fetches n things, some at a time, and has them used one by one in their order by the caller's goroutine. It returns the
// first error of either, in that order, when nothing of it runs any more.
func inOrder[T any](ctx context.Context, n int64, fetch func(context.Context, int64) (T, error), use func(int64, T) error) error {
	type result struct {
		value T
		err   error
	}
	ctx, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer stop()
	var ahead []chan result
	next := int64(0)
	for i := range n {
		for next < n && next < i+parallel {
			c, at := make(chan result, 1), next
			running.Go(func() {
				v, err := fetch(ctx, at)
				c <- result{v, err}
			})
			ahead = append(ahead, c)
			next++
		}
		r := <-ahead[0]
		ahead = ahead[1:]
		if r.err != nil {
			return r.err
		}
		if err := use(i, r.value); err != nil {
			return err
		}
	}
	return nil
}

// sleep waits, or returns ctx's error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
