package machine

import "golang.org/x/sys/unix"

// InMemory tells a folder that is on no disk at all: what is written there is as safe as it is fast, which is not at all.
func InMemory(dir string) bool {
	var fs unix.Statfs_t
	return unix.Statfs(dir, &fs) == nil && (int64(fs.Type) == unix.TMPFS_MAGIC || int64(fs.Type) == unix.RAMFS_MAGIC)
}
