package translog

import (
	"crypto/rand"
	"fmt"
	"math/big"

	"golang.org/x/mod/sumdb/tlog"

	"outcry/internal/kernel/db"
)

const (
	height = 8 // of a tile, as c2sp.org/tlog-tiles has it
	width  = 1 << height
)

// edge is the right edge of the tree: the tile at each level that is not full yet. It is all one needs to append and to know the root.
type edge struct {
	size  int64
	tiles [][]byte // by tile level; hashes one after another
	full  []tile   // filled since the last save
}

type tile struct {
	level int
	n     int64
	data  []byte
}

// add appends a leaf's hash; a tile that fills up becomes one hash of the tile above.
func (e *edge) add(h tlog.Hash) {
	e.size++
	for level := 0; ; level++ {
		if level == len(e.tiles) {
			e.tiles = append(e.tiles, nil)
		}
		e.tiles[level] = append(e.tiles[level], h[:]...)
		if len(e.tiles[level]) < width*tlog.HashSize {
			return
		}
		data := e.tiles[level]
		e.tiles[level] = nil
		e.full = append(e.full, tile{level, (e.size >> (height * (level + 1))) - 1, data})
		h = fold(data)
	}
}

// fold is the root of a full tile.
func fold(data []byte) tlog.Hash {
	hashes := make([]tlog.Hash, width)
	for i := range hashes {
		copy(hashes[i][:], data[i*tlog.HashSize:])
	}
	for len(hashes) > 1 {
		for i := range len(hashes) / 2 {
			hashes[i] = tlog.NodeHash(hashes[2*i], hashes[2*i+1])
		}
		hashes = hashes[:len(hashes)/2]
	}
	return hashes[0]
}

// open lists the tiles that are not full.
func (e *edge) open() (tiles []tile) {
	for level, data := range e.tiles {
		if len(data) > 0 {
			tiles = append(tiles, tile{level, e.size >> (height * (level + 1)), data})
		}
	}
	return tiles
}

// root is the tree's root: every subtree it is made of ends at the edge.
func (e *edge) root() (tlog.Hash, error) {
	return tlog.TreeHash(e.size, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			t := tlog.TileForIndex(height, index)
			if t.L >= len(e.tiles) {
				return nil, fmt.Errorf("translog: level %d is not at the edge", t.L)
			}
			h, err := tlog.HashFromTile(t, e.tiles[t.L], index)
			if err != nil {
				return nil, err
			}
			out[i] = h
		}
		return out, nil
	}))
}

func loadEdge(tx *db.Tx, size int64) (*edge, error) {
	e := &edge{size: size}
	for level := 0; size>>(height*level) > 0; level++ {
		have := int(size >> (height * level) % width)
		var data []byte
		if have > 0 {
			n := size >> (height * (level + 1))
			var err error
			if data, err = selectTile(tx, level, n); err != nil {
				return nil, err
			}
			if len(data) != have*tlog.HashSize {
				return nil, fmt.Errorf("translog: tile %d/%d has %d bytes, the log's size of %d says %d", level, n, len(data), size, have*tlog.HashSize)
			}
		}
		e.tiles = append(e.tiles, data)
	}
	return e, nil
}

func (e *edge) save(tx *db.Tx) error {
	for _, t := range append(e.full, e.open()...) {
		if err := upsertTile(tx, t); err != nil {
			return err
		}
	}
	e.full = nil
	return nil
}

// shuffle draws an order by crypto/rand.
func shuffle(leaves []Leaf) {
	for i := len(leaves) - 1; i > 0; i-- {
		j, err := rand.Int(rand.Reader, big.NewInt(int64(i+1)))
		if err != nil {
			panic(err) // crypto/rand does not fail
		}
		k := int(j.Int64())
		leaves[i], leaves[k] = leaves[k], leaves[i]
	}
}
