package live

// Topics is how many names the hub remembers.
func Topics(h *Hub) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.topics)
}
