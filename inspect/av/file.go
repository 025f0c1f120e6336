package av

import (
	"slices"

	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// state is how far a file is judged.
type state uint8

const (
	open     state = iota // more may come
	pending               // all came; a goroutine judges it
	judged                // the finding is there
	reported              // and was acted upon
)

// maxName is how much of a file's name is kept.
const maxName = 255

// file is a file that is being judged by a worker.
type file struct {
	id      uint32 // app.File.ID
	dir     flow.Direction
	state   state
	present bool // its transaction is there still
	gather  bool // whole has all bytes so far
	over    bool // there was no room for whole
	named   uint8
	size    uint64
	looked  uint64 // the size at which it was judged, when its sender paused
	engine  Engine
	scanner Scanner
	whole   []byte // its bytes, if it may have to be judged as a whole; from the worker's room
	job     *job   // while it is pending
	finding Finding
	name    [maxName]byte
}

func (f *file) setName(name []byte) { f.named = uint8(copy(f.name[:], name)) }

func (f *file) nameBytes() []byte { return f.name[:f.named] }

// content is what is known of the files of a session.
type content struct {
	flow    uint32 // number of its flow
	session *app.Session
	parsers uint32 // of the session: files are counted anew by each
	files   []*file
	gates   [2]gate
	stopped *Finding
}

// gate holds back the packets of a direction that bring bytes from a place in the stream on.
type gate struct {
	closed bool
	last   bool   // at the last packet of a file
	seq    uint32 // the first TCP sequence number that does not pass
	since  int64  // when it was closed here, nanoseconds since 1970
	held   int    // packets
}

// stops says whether a packet with so many sequence numbers from seq on does not pass.
func (g *gate) stops(seq uint32, n int) bool { return g.closed && int32(seq+uint32(n)-g.seq) > 0 }

// find returns the state of a file, nil if it has none.
func (c *content) find(id uint32) *file {
	for _, f := range c.files {
		if f.id == id {
			return f
		}
	}
	return nil
}

// waits says whether a file of a direction waits for its finding.
func (c *content) waits(dir flow.Direction) bool {
	return c.has(dir, func(f *file) bool { return f.state == pending })
}

// unfinished says whether a file of a direction may have to be judged as a whole, once it
// is there.
func (c *content) unfinished(dir flow.Direction) bool {
	return c.has(dir, func(f *file) bool { return f.state == open && f.gather && f.size > 0 })
}

func (c *content) has(dir flow.Direction, what func(*file) bool) bool {
	return slices.ContainsFunc(c.files, func(f *file) bool { return f.dir == dir && what(f) })
}
