package pipeline

import "unsafe"

// before returns a frame with n bytes of the room in front of it: whoever lent
// the frame vouches for them (Queue.Headroom, stream.Config.Headroom).
func before(frame []byte, n int) []byte {
	start := unsafe.Add(unsafe.Pointer(unsafe.SliceData(frame)), -n)
	return unsafe.Slice((*byte)(start), n+len(frame))
}
