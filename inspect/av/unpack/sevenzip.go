package unpack

import (
	"bytes"
	"encoding/binary"
	"io"
	"math/bits"
	"unicode/utf16"
)

// Properties of 7z's headers (7zFormat.txt).
const (
	szEnd           = 0x00
	szHeader        = 0x01
	szArchiveProps  = 0x02
	szMoreStreams   = 0x03
	szMainStreams   = 0x04
	szFiles         = 0x05
	szPackInfo      = 0x06
	szUnpackInfo    = 0x07
	szSubStreams    = 0x08
	szSize          = 0x09
	szDigests       = 0x0a
	szFolders       = 0x0b
	szUnpackSizes   = 0x0c
	szNumUnpack     = 0x0d
	szEmptyStream   = 0x0e
	szNames         = 0x11
	szEncodedHeader = 0x17
)

const (
	szHead       = 32      // bytes of the head that says where the header stands
	szMostHeader = 8 << 20 // an unpacked header
)

// open7z shows the members of a 7z archive, folder by folder.
func open7z(w *walker, b box) error {
	if len(b.data) < szHead {
		return io.ErrUnexpectedEOF
	}
	at, size := binary.LittleEndian.Uint64(b.data[12:]), binary.LittleEndian.Uint64(b.data[20:])
	body := uint64(len(b.data) - szHead)
	if at > body || size > body-at {
		return errUnreachable
	}
	header := b.data[szHead+at:][:size]
	for range 4 { // a packed header may be packed again
		p := szParser{in: header, most: w.lim.Members}
		switch p.byte() {
		case szEncodedHeader:
			next, err := szUnpackHeader(w, b, &p)
			if err != nil {
				return err
			}
			header = next
		case szHeader:
			return szShow(w, b, &p)
		default:
			return errFormat
		}
	}
	return errFormat
}

// szUnpackHeader unpacks a header that is packed like a member.
func szUnpackHeader(w *walker, b box, p *szParser) ([]byte, error) {
	p.streams()
	if p.err != nil {
		return nil, p.err
	}
	if len(p.folders) == 0 || p.folders[0].size > szMostHeader {
		return nil, errFormat
	}
	r, err := p.folders[0].reader(w, b.data)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = w.guard(func() error {
		_, err := io.Copy(&out, io.LimitReader(r, int64(p.folders[0].size)))
		return err
	})
	w.res.Size += int64(out.Len())
	return out.Bytes(), err
}

// szShow shows the members that a header lists.
func szShow(w *walker, b box, p *szParser) error {
	p.header()
	names := p.names
	for i := range p.folders {
		f := &p.folders[i]
		var list []extent
		at := int64(0)
		for _, size := range f.sizes {
			e := extent{at: at, size: int64(size)}
			if len(names) > 0 {
				e.name, names = names[0], names[1:]
			}
			list = append(list, e)
			at += e.size
		}
		if err := w.inTime(); err != nil {
			return err
		}
		r, err := f.reader(w, b.data)
		switch {
		case err == errEncrypted:
			err = szLocked(w, b, list)
		case err == nil:
			err = w.extents(b, r, int64(len(b.data)), list)
		}
		if over(err) {
			return err
		}
		w.settle(err, b.kind)
	}
	return p.err
}

// szLocked shows members that cannot be read.
func szLocked(w *walker, b box, list []extent) error {
	for _, e := range list {
		if err := w.show(b, Member{Name: e.name, Packed: -1, Claimed: e.size, Encrypted: true}, nil); err != nil {
			return err
		}
	}
	return nil
}

// szParser reads a header. Once it has failed all it reads is zero.
type szParser struct {
	in      []byte
	err     error
	most    int // members, and with them whatever is counted
	packAt  uint64
	packed  []uint64
	folders []szFolder
	names   [][]byte
}

func (p *szParser) fail() {
	p.in = nil
	if p.err == nil {
		p.err = errFormat
	}
}

func (p *szParser) take(n uint64) []byte {
	if n > uint64(len(p.in)) {
		p.fail()
		return nil
	}
	out := p.in[:n]
	p.in = p.in[n:]
	return out
}

func (p *szParser) byte() byte {
	if b := p.take(1); b != nil {
		return b[0]
	}
	return 0
}

// number: the ones at the top of the first byte say how many bytes follow.
func (p *szParser) number() (v uint64) {
	first := p.byte()
	more := bits.LeadingZeros8(^first)
	for i, c := range p.take(uint64(more)) {
		v |= uint64(c) << (8 * i)
	}
	if more < 8 {
		v |= uint64(first&(1<<(7-more)-1)) << (8 * more)
	}
	return v & (1<<62 - 1)
}

// count reads how many there are of something, which none can have more of than limits allow.
func (p *szParser) count() int {
	n := p.number()
	if n > uint64(p.most)*2 {
		p.in, p.err = nil, LimitMembers
		return 0
	}
	return int(n)
}

// bools reads bits; all of them may be set by one byte.
func (p *szParser) bools(n int, short bool) []bool {
	list := make([]bool, n)
	if short && p.byte() != 0 {
		for i := range list {
			list[i] = true
		}
		return list
	}
	packed := p.take(uint64(n+7) / 8)
	for i := range list {
		list[i] = packed != nil && packed[i/8]>>(7-i%8)&1 == 1
	}
	return list
}

// digests passes over checks: what unpacks is scanned, right or wrong.
func (p *szParser) digests(n int) {
	for _, there := range p.bools(n, true) {
		if there {
			p.take(4)
		}
	}
}

// header reads what follows szHeader.
func (p *szParser) header() {
	for p.err == nil {
		switch id := p.byte(); id {
		case szEnd:
			return
		case szArchiveProps:
			for p.byte() != szEnd {
				p.take(p.number())
			}
		case szMoreStreams:
			more := szParser{in: p.in, most: p.most}
			more.streams()
			p.in = more.in
		case szMainStreams:
			p.streams()
		case szFiles:
			p.files()
		default:
			p.fail()
		}
	}
}

// files reads names; those of members without bytes are dropped.
func (p *szParser) files() {
	n := p.count()
	empty := make([]bool, n)
	var names [][]byte
	for p.err == nil {
		id := p.number()
		if id == szEnd {
			break
		}
		field := szParser{in: p.take(p.number()), most: p.most}
		switch id {
		case szEmptyStream:
			empty = field.bools(n, false)
		case szNames:
			field.byte()
			names = szSplit(field.in, n)
		}
	}
	for i, name := range names {
		if !empty[i] {
			p.names = append(p.names, name)
		}
	}
}

// szSplit makes UTF-8 of up to n names of UTF-16.
func szSplit(in []byte, n int) (names [][]byte) {
	var units []uint16
	for ; len(in) >= 2 && len(names) < n; in = in[2:] {
		if u := le16(in); u != 0 {
			units = append(units, u)
			continue
		}
		names = append(names, []byte(string(utf16.Decode(units))))
		units = units[:0]
	}
	return names
}
