package unpack

import (
	"encoding/binary"
	"io"
	"unicode/utf16"
)

// compound is a compound file: a file system in a file ([MS-CFB]).
type compound struct {
	data       []byte
	sector     int // bytes
	table      []uint32
	mini       []byte // the stream that short ones are in
	miniTable  []uint32
	entries    []entry
	miniCutoff uint64
}

// entry is a stream or a folder.
type entry struct {
	name  string
	kind  byte // 2: stream, 5: root
	start uint32
	size  uint64
}

const (
	lastSector = 0xfffffffa // from here on numbers are no sectors
	miniSector = 64
	// maxEntries bounds what a directory has.
	maxEntries = 1 << 14
)

func openCompound(data []byte) (*compound, error) {
	if len(data) < 512 {
		return nil, errOLE2
	}
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(data[at:]) }
	shift := binary.LittleEndian.Uint16(data[30:])
	if shift != 9 && shift != 12 {
		return nil, errOLE2
	}
	f := &compound{data: data, sector: 1 << shift, miniCutoff: uint64(u32(56))}
	f.readTable(u32(68))
	f.readDirectory(u32(48))
	f.miniTable = words(f.all(u32(60), uint64(len(data))))
	return f, nil
}

// at returns a sector, nil if there is none.
func (f *compound) at(n uint32) []byte {
	start := (uint64(n) + 1) * uint64(f.sector)
	if n >= lastSector || start+uint64(f.sector) > uint64(len(f.data)) {
		return nil
	}
	return f.data[start : start+uint64(f.sector)]
}

// readTable reads which sector follows which: the numbers of the table's own sectors are in
// the header, and in sectors that begin with more.
func (f *compound) readTable(more uint32) {
	list := words(f.data[76:512])
	for seen := 0; seen < len(f.data)/f.sector; seen++ {
		b := f.at(more)
		if b == nil {
			break
		}
		w := words(b)
		list = append(list, w[:len(w)-1]...)
		more = w[len(w)-1]
	}
	for _, n := range list {
		if b := f.at(n); b != nil && len(f.table) <= len(f.data)/f.sector+f.sector {
			f.table = append(f.table, words(b)...)
		}
	}
}

func words(b []byte) []uint32 {
	w := make([]uint32, len(b)/4)
	for i := range w {
		w[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return w
}

// all reads a chain of sectors, at most so many bytes.
func (f *compound) all(start uint32, most uint64) []byte {
	data, _ := io.ReadAll(&chain{f: f, next: start, left: min(most, uint64(len(f.data)))})
	return data
}

func (f *compound) readDirectory(start uint32) {
	const entryLen = 128
	data := f.all(start, maxEntries*entryLen)
	for ; len(data) >= entryLen; data = data[entryLen:] {
		units := make([]uint16, min(32, binary.LittleEndian.Uint16(data[64:])/2))
		for i := range units {
			units[i] = binary.LittleEndian.Uint16(data[2*i:])
		}
		if n := len(units); n > 0 && units[n-1] == 0 {
			units = units[:n-1]
		}
		e := entry{
			name: string(utf16.Decode(units)), kind: data[66],
			start: binary.LittleEndian.Uint32(data[116:]), size: uint64(binary.LittleEndian.Uint32(data[120:])),
		}
		if e.kind == 5 {
			f.mini = f.all(e.start, e.size)
		}
		f.entries = append(f.entries, e)
	}
}

// stream returns the bytes of an entry.
func (f *compound) stream(e *entry) io.Reader {
	size := min(e.size, uint64(len(f.data)))
	return &chain{f: f, next: e.start, left: size, mini: e.size < f.miniCutoff}
}

// chain reads sectors one after the other.
type chain struct {
	f     *compound
	next  uint32
	left  uint64
	block []byte
	mini  bool
}

// Read implements io.Reader.
func (c *chain) Read(b []byte) (int, error) {
	if len(c.block) == 0 {
		c.advance()
	}
	if c.left == 0 || len(c.block) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:min(uint64(len(b)), c.left)], c.block)
	c.block = c.block[n:]
	c.left -= uint64(n)
	return n, nil
}

// advance goes to the next sector.
func (c *chain) advance() {
	table := c.f.table
	if c.mini {
		table = c.f.miniTable
		start := uint64(c.next) * miniSector
		if start+miniSector > uint64(len(c.f.mini)) {
			return
		}
		c.block = c.f.mini[start : start+miniSector]
	} else {
		c.block = c.f.at(c.next)
	}
	if uint64(c.next) < uint64(len(table)) {
		c.next = table[c.next]
	} else {
		c.next = lastSector
	}
}
