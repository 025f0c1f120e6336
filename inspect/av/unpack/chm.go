package unpack

import (
	"bytes"
	"encoding/binary"
	"io"
)

// chm is a file of compiled help: a directory of names, and two sections of
// which the second is packed as one LZX stream.
type chm struct {
	data     []byte
	content  int // where section 0 begins
	sections [2][]extent
	special  map[string]extent // of section 0, by the last part of their names
}

var chmSpecial = []string{"MSCompressed/Content", "MSCompressed/ControlData"}

func openCHM(w *walker, b box) error {
	c := chm{data: b.data, special: map[string]extent{}}
	if len(b.data) < 0x60 {
		return io.ErrUnexpectedEOF
	}
	directory := int(binary.LittleEndian.Uint64(b.data[0x48:]) & (1<<40 - 1))
	c.content = int(binary.LittleEndian.Uint64(b.data[0x58:]) & (1<<40 - 1))
	if err := c.directory(directory, w.lim.Members); err != nil {
		return err
	}
	for _, e := range c.sections[0] {
		body, err := c.body(e)
		if err != nil {
			w.settle(err, b.kind)
			continue
		}
		m := Member{Name: e.name, Packed: e.size, Claimed: e.size}
		if err := w.show(b, m, bytes.NewReader(body)); err != nil {
			return err
		}
	}
	if len(c.sections[1]) == 0 {
		return nil
	}
	r, packed, err := c.packed(w)
	if err != nil {
		return err
	}
	return w.extents(b, r, packed, c.sections[1])
}

// directory reads the chunks that list names (PMGL).
func (c *chm) directory(at, most int) error {
	if at < 0 || at+84 > len(c.data) || string(c.data[at:at+4]) != "ITSP" {
		return errFormat
	}
	h := c.data[at:]
	first, size, count := int(le32(h[8:])), int(le32(h[16:])), int(le32(h[44:]))
	if size < 64 {
		return errFormat
	}
	for at += first; count > 0 && at+size <= len(c.data); count-- {
		if chunk := c.data[at : at+size]; string(chunk[:4]) == "PMGL" {
			free := int(min(le32(chunk[4:]), uint32(size-20)))
			c.chunk(chunk[20 : size-free])
		}
		if len(c.sections[0])+len(c.sections[1]) > most {
			return LimitMembers
		}
		at += size
	}
	return nil
}

// chunk reads entries: length of the name, name, section, offset, size.
func (c *chm) chunk(in []byte) {
	for len(in) > 0 {
		n := encInt(&in)
		if n <= 0 || n > int64(len(in)) {
			return
		}
		name := in[:n]
		in = in[n:]
		section := encInt(&in)
		e := extent{name: name, at: encInt(&in), size: encInt(&in)}
		if section < 0 || section > 1 || e.at < 0 || e.size <= 0 {
			continue
		}
		for _, s := range chmSpecial {
			if section == 0 && bytes.HasSuffix(name, []byte(s)) {
				c.special[s] = e
			}
		}
		if !bytes.HasPrefix(name, []byte("::")) {
			c.sections[section] = append(c.sections[section], e)
		}
	}
}

// encInt reads a number of seven bits a byte, the highest first; -1 if there is none.
func encInt(in *[]byte) (v int64) {
	for range 8 {
		if len(*in) == 0 {
			return -1
		}
		c := (*in)[0]
		*in = (*in)[1:]
		v = v<<7 | int64(c&0x7f)
		if c < 0x80 {
			return v
		}
	}
	return -1
}

// body is an extent of section 0.
func (c *chm) body(e extent) ([]byte, error) {
	at := int64(c.content) + e.at
	if at < 0 || at > int64(len(c.data)) || e.size > int64(len(c.data))-at {
		return nil, errUnreachable
	}
	return c.data[at : at+e.size], nil
}

// packed reads section 1.
func (c *chm) packed(w *walker) (io.Reader, int64, error) {
	content, err := c.body(c.special[chmSpecial[0]])
	if err != nil {
		return nil, 0, err
	}
	control, err := c.body(c.special[chmSpecial[1]])
	if err != nil || len(control) < 20 || string(control[4:8]) != "LZXC" {
		return nil, 0, errFormat
	}
	every, size := int64(le32(control[12:])), int64(le32(control[16:]))
	if le32(control[8:]) == 2 { // counted in frames
		every, size = every*lzxFrame, size*lzxFrame
	}
	bits := 15
	for bits < 21 && 1<<bits < size {
		bits++
	}
	d, err := newLZX(content, bits)
	if err != nil || every%lzxFrame != 0 {
		return nil, 0, errFormat
	}
	d.every = every
	return w.lzxReader(d, bits), int64(len(content)), nil
}
