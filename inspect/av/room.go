package av

// room is the memory of a worker for files that are kept whole. It belongs to one
// goroutine.
type room struct {
	left int // bytes that may be taken
}

// grow returns whole with data behind it. It reports false, and takes nothing, if there
// is no room. most is the longest a file may be.
func (r *room) grow(whole, data []byte, most int) ([]byte, bool) {
	need := len(whole) + len(data)
	if need > most {
		return whole, false
	}
	if need > cap(whole) {
		size := min(most, max(2*cap(whole), need, 4096))
		if size-cap(whole) > r.left {
			return whole, false
		}
		r.left -= size - cap(whole)
		bigger := make([]byte, len(whole), size)
		copy(bigger, whole)
		whole = bigger
	}
	return append(whole, data...), true
}

// free takes a file's memory back.
func (r *room) free(whole []byte) { r.left += cap(whole) }
