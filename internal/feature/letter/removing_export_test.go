package letter

import "testing"

// Chunk makes a transaction of removing and restoring so small, until the test ends.
func Chunk(t testing.TB, n int) {
	was := chunkRemoved
	chunkRemoved = n
	t.Cleanup(func() { chunkRemoved = was })
}
