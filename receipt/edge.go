package receipt

import "golang.org/x/mod/sumdb/tlog"

// edge is the right edge of a growing tree: the roots of its complete subtrees, the widest first. It is all that is needed to
// know the root at every size the tree goes through.
type edge struct {
	size  int64
	roots []tlog.Hash // one for every bit set in size
}

// push appends a leaf. Each time it completes a subtree whose hash stands in a tile above level 0, above is told the tile level
// and the hash; within a level the hashes come in their order.
func (e *edge) push(leaf tlog.Hash, above func(level int, h tlog.Hash)) {
	h := leaf
	for height, left := 0, e.size; left&1 == 1; left >>= 1 {
		last := len(e.roots) - 1
		h = tlog.NodeHash(e.roots[last], h)
		e.roots = e.roots[:last]
		if height++; height%tileHeight == 0 {
			above(height/tileHeight, h)
		}
	}
	e.roots = append(e.roots, h)
	e.size++
}

// root is the tree's root at the present size.
func (e *edge) root() tlog.Hash {
	if e.size == 0 {
		empty, _ := tlog.TreeHash(0, nil) // reads nothing, so can't fail
		return empty
	}
	last := len(e.roots) - 1
	h := e.roots[last]
	for i := last - 1; i >= 0; i-- {
		h = tlog.NodeHash(e.roots[i], h)
	}
	return h
}
