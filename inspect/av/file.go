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
	files   []*file
	held    [2]int // packets held per direction
	stopped *Finding
}

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
	return slices.ContainsFunc(c.files, func(f *file) bool { return f.state == pending && f.dir == dir })
}
