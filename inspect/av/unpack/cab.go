package unpack

import (
	"bytes"
	"io"

	"github.com/klauspost/compress/flate"
)

// cabinet is the head of a Microsoft cabinet.
type cabinet struct {
	data    []byte
	files   int // where the files are listed
	nFiles  int
	folders []cabFolder
	reserve int // bytes before each block of data
}

// cabFolder is a stream of blocks that holds files one after the other.
type cabFolder struct {
	at, blocks, method int
	list               []extent
}

// openCab shows the files of a cabinet, folder by folder. Those that go on in
// another cabinet are shown as far as they stand in this one.
func openCab(w *walker, b box) error {
	c, err := readCab(b.data)
	if err != nil {
		return err
	}
	if err := c.read(w); err != nil {
		w.settle(err, b.kind)
	}
	for i := range c.folders {
		f := &c.folders[i]
		if len(f.list) == 0 {
			continue
		}
		if err := w.inTime(); err != nil {
			return err
		}
		r, err := c.reader(w, f)
		if err == nil {
			err = w.extents(b, r, int64(len(b.data)), f.list)
		}
		if over(err) {
			return err
		}
		w.settle(err, b.kind)
	}
	return nil
}

func readCab(data []byte) (c cabinet, err error) {
	if len(data) < 36 {
		return c, io.ErrUnexpectedEOF
	}
	c = cabinet{data: data, files: int(le32(data[16:])), nFiles: int(le16(data[28:]))}
	flags, at, folderReserve := le16(data[30:]), 36, 0
	if flags&4 != 0 {
		if len(data) < 40 {
			return c, io.ErrUnexpectedEOF
		}
		at, folderReserve, c.reserve = 40+int(le16(data[36:])), int(data[38]), int(data[39])
	}
	for _, flag := range []uint16{1, 1, 2, 2} { // names of the cabinets before and after
		if flags&flag == 0 {
			continue
		}
		end := bytes.IndexByte(data[min(at, len(data)):], 0)
		if end < 0 {
			return c, io.ErrUnexpectedEOF
		}
		at += end + 1
	}
	for range le16(data[26:]) {
		if at+8 > len(data) {
			return c, io.ErrUnexpectedEOF
		}
		f := cabFolder{at: int(le32(data[at:])), blocks: int(le16(data[at+4:])), method: int(le16(data[at+6:]))}
		c.folders = append(c.folders, f)
		at += 8 + folderReserve
	}
	return c, nil
}

// read lists the files of each folder.
func (c *cabinet) read(w *walker) error {
	at := c.files
	for n := range c.nFiles {
		if n >= w.lim.Members {
			return nil
		}
		if at < 0 || at+16 > len(c.data) {
			return io.ErrUnexpectedEOF
		}
		h := c.data[at:]
		end := bytes.IndexByte(h[16:], 0)
		if end < 0 || end > 1024 {
			return errFormat
		}
		folder := int(le16(h[8:]))
		switch folder { // going on from the cabinet before, to the next, or both
		case 0xfffd, 0xffff:
			folder = 0
		case 0xfffe:
			folder = len(c.folders) - 1
		}
		if folder < 0 || folder >= len(c.folders) {
			return errFormat
		}
		f := &c.folders[folder]
		f.list = append(f.list, extent{name: h[16 : 16+end], at: int64(le32(h[4:])), size: int64(le32(h))})
		at += 16 + end + 1
	}
	return nil
}

// reader reads what a folder unpacks to.
func (c *cabinet) reader(w *walker, f *cabFolder) (io.Reader, error) {
	blocks := &cabBlocks{c: c, at: f.at, left: f.blocks}
	switch f.method & 15 {
	case 0:
		return &cabStored{blocks: blocks}, nil
	case 1:
		return &mszip{blocks: blocks}, nil
	case 3:
		bits := f.method >> 8 & 31
		in, err := blocks.join(w)
		if err != nil {
			return nil, err
		}
		d, err := newLZX(in, bits)
		if err != nil {
			return nil, err
		}
		return w.lzxReader(d, bits), nil
	}
	return nil, errMethod // 2 is Quantum
}

// cabBlocks goes through the blocks of a folder.
type cabBlocks struct {
	c        *cabinet
	at, left int
}

func (b *cabBlocks) next() ([]byte, error) {
	if b.left == 0 {
		return nil, io.EOF
	}
	head := 8 + b.c.reserve
	if b.at < 0 || b.at+head > len(b.c.data) {
		return nil, io.ErrUnexpectedEOF
	}
	start := b.at + head
	n := int(le16(b.c.data[b.at+4:]))
	b.left--
	if start+n > len(b.c.data) {
		b.left, n = 0, len(b.c.data)-start
	}
	b.at = start + n
	return b.c.data[start : start+n], nil
}

// join is all blocks in one, for LZX does not stop at their ends.
func (b *cabBlocks) join(w *walker) (all []byte, err error) {
	for {
		p, err := b.next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		if len(all)+len(p) > w.room()/2 {
			return nil, LimitMemory
		}
		all = append(all, p...)
	}
}

type cabStored struct {
	blocks *cabBlocks
	rest   []byte
}

func (s *cabStored) Read(p []byte) (int, error) {
	for len(s.rest) == 0 {
		var err error
		if s.rest, err = s.blocks.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

// mszip reads blocks of DEFLATE, each with what the one before gave as its dictionary.
type mszip struct {
	blocks *cabBlocks
	block  io.Reader
	window []byte
}

func (m *mszip) Read(p []byte) (int, error) {
	for {
		if m.block == nil {
			in, err := m.blocks.next()
			if err != nil {
				return 0, err
			}
			if !bytes.HasPrefix(in, []byte("CK")) {
				return 0, errFormat
			}
			m.block = flate.NewReaderDict(bytes.NewReader(in[2:]), m.window)
		}
		n, err := m.block.Read(p)
		m.window = append(m.window, p[:n]...)
		if over := len(m.window) - 1<<15; over > 1<<15 {
			m.window = append(m.window[:0], m.window[over:]...)
		}
		if err == io.EOF {
			m.block, err = nil, nil
			m.window = m.window[max(0, len(m.window)-1<<15):]
		}
		if n > 0 || err != nil {
			return n, err
		}
	}
}
