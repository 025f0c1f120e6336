package unpack

import (
	"bytes"
	"io"
	"unicode/utf16"
)

// ole2 reads Microsoft's compound files: a file system of sectors in a file.
type ole2 struct {
	data   []byte
	sector int    // size of a sector
	fat    []byte // the allocation table, four bytes a sector
	mini   []byte // the table of the small sectors
	small  []byte // the stream that holds them
	cutoff int64  // streams below it lie in small sectors
}

const (
	oleMini     = 64 // size of a small sector
	oleEntry    = 128
	oleLastReal = 0xfffffffa // sector numbers beyond are marks
)

// openOLE2 shows the streams, and what is packed within those that are known.
func openOLE2(w *walker, b box) error {
	o, err := readOLE2(w, b.data)
	if err != nil {
		return err
	}
	directory, err := o.large(le32(b.data[48:])).join(int64(len(b.data)))
	if err != nil {
		return err
	}
	if err := o.smallStream(w, directory, le32(b.data[60:])); err != nil {
		w.settle(err, b.kind)
	}
	for ; len(directory) >= oleEntry; directory = directory[oleEntry:] {
		entry := directory[:oleEntry]
		if entry[66] != 2 {
			continue
		}
		if err := o.show(w, b, entry); err != nil {
			return err
		}
	}
	return nil
}

// readOLE2 reads the head and the allocation table.
func readOLE2(w *walker, data []byte) (o ole2, err error) {
	if len(data) < 512 {
		return o, io.ErrUnexpectedEOF
	}
	shift := le16(data[30:])
	if shift < 7 || shift > 16 {
		return o, errFormat
	}
	o = ole2{data: data, sector: 1 << shift, cutoff: int64(le32(data[56:]))}
	list := data[76:512]
	next := le32(data[68:])
	for hops := 0; ; hops++ {
		for ; len(list) >= 4; list = list[4:] {
			if s := o.at(le32(list)); s != nil && len(o.fat) < len(data) {
				o.fat = append(o.fat, s...)
			}
		}
		s := o.at(next)
		if s == nil || hops > len(data)>>shift {
			return o, nil
		}
		list, next = s[:o.sector-4], le32(s[o.sector-4:])
	}
}

// at is a sector, if it is one and whole.
func (o *ole2) at(n uint32) []byte {
	from := (int64(n) + 1) * int64(o.sector)
	if n > oleLastReal || from+int64(o.sector) > int64(len(o.data)) {
		return nil
	}
	return o.data[from : from+int64(o.sector)]
}

// oleChain is a list of sectors, in a table.
type oleChain struct {
	table, sectors []byte
	size           int // of a sector
	first          uint32
}

// join joins the sectors of a chain, until there are most bytes. One that goes in
// a circle ends with as many sectors as there are.
func (c oleChain) join(most int64) (out []byte, err error) {
	table, sectors, size := c.table, c.sectors, c.size
	for n, hops := c.first, 0; n <= oleLastReal && int64(len(out)) < most; hops++ {
		from := int64(n) * int64(size)
		if hops > len(sectors)/size || from >= int64(len(sectors)) {
			return out, errUnreachable
		}
		out = append(out, sectors[from:min(from+int64(size), int64(len(sectors)))]...)
		if int64(n)*4+4 > int64(len(table)) {
			return out, errUnreachable
		}
		n = le32(table[n*4:])
	}
	return out, nil
}

// smallStream reads the small sectors, which the root entry holds.
func (o *ole2) smallStream(w *walker, directory []byte, table uint32) (err error) {
	if len(directory) < oleEntry || directory[66] != 5 {
		return nil
	}
	if len(o.data) > w.room()/2 {
		return LimitMemory
	}
	most := int64(len(o.data))
	if o.mini, err = o.large(table).join(most); err != nil {
		return err
	}
	o.small, err = o.large(le32(directory[116:])).join(most)
	return err
}

// large is a chain of sectors of the file.
func (o *ole2) large(first uint32) oleChain {
	return oleChain{table: o.fat, sectors: o.data[min(o.sector, len(o.data)):], size: o.sector, first: first}
}

// show shows a stream and what is in it.
func (o *ole2) show(w *walker, b box, entry []byte) error {
	if len(o.data) > w.room()/2 {
		return w.settle(LimitMemory, b.kind)
	}
	first, size := le32(entry[116:]), int64(le32(entry[120:]))
	if size == 0 {
		return nil
	}
	chain := o.large(first)
	if size < o.cutoff {
		chain = oleChain{table: o.mini, sectors: o.small, size: oleMini, first: first}
	}
	body, err := chain.join(size)
	if int64(len(body)) > size {
		body = body[:size]
	}
	if err != nil {
		w.settle(err, b.kind)
	}
	w.held += int64(cap(body))
	defer func() { w.held -= int64(cap(body)) }()
	m := Member{Name: oleName(entry), Packed: size, Claimed: size}
	if err := w.show(b, m, bytes.NewReader(body)); err != nil {
		return err
	}
	return oleWithin(w, b, string(m.Name), body)
}

func oleName(entry []byte) []byte {
	n := min(int(le16(entry[64:]))/2, 32)
	units := make([]uint16, 0, 32)
	for i := range max(0, n-1) {
		units = append(units, le16(entry[2*i:]))
	}
	return []byte(string(utf16.Decode(units)))
}

// oleWithin opens streams that hold files in some way of their own.
func oleWithin(w *walker, b box, name string, body []byte) error {
	switch name {
	case "\x01Ole10Native":
		if len(body) > 4 {
			return olePackage(w, b, body[4:])
		}
	case "PowerPoint Document":
		return olePowerPoint(w, b, body)
	case "EncryptedPackage":
		return w.settle(errEncrypted, b.kind)
	}
	return oleMacros(w, b, body)
}

// olePackage shows the file in a Package: two bytes, label, path, two numbers,
// another path with its length, and the file with its.
func olePackage(w *walker, b box, in []byte) error {
	if len(in) < 2 {
		return nil
	}
	label, rest, _ := bytes.Cut(in[2:], []byte{0})
	_, rest, ok := bytes.Cut(rest, []byte{0})
	if !ok || len(rest) < 8 {
		return nil
	}
	n := int64(le32(rest[4:]))
	if n > int64(len(rest))-12 {
		return nil
	}
	rest = rest[8+n:]
	size := int64(le32(rest))
	body := rest[4:][:min(size, int64(len(rest)-4))]
	m := Member{Name: label, Packed: int64(len(body)), Claimed: size}
	return w.show(b, m, bytes.NewReader(body))
}

// olePowerPoint shows the objects that a presentation holds packed: records of
// type 0x1011, with zlib after the size of what it packs.
func olePowerPoint(w *walker, b box, in []byte) error {
	for len(in) >= 8 {
		kind, packed := le16(in[2:]), le16(in)>>4 == 1
		size := int64(le32(in[4:]))
		container := in[0]&15 == 15
		in = in[8:]
		if container {
			continue // its records follow
		}
		body := in[:min(size, int64(len(in)))]
		in = in[len(body):]
		if kind != 0x1011 {
			continue
		}
		m, r := Member{Packed: int64(len(body)), Claimed: -1}, io.Reader(bytes.NewReader(body))
		if packed && len(body) > 4 {
			m.Claimed, r = int64(le32(body)), zlibReader(body[4:])
		}
		if err := w.show(b, m, r); err != nil {
			return err
		}
	}
	return nil
}
