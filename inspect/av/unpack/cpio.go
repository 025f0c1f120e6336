package unpack

import (
	"bytes"
	"encoding/binary"
	"io"
	"strconv"
)

// cpioHead is what the heads of cpio's formats have in common.
type cpioHead struct {
	name, size int // lengths
	head       int // length of the head itself
	align      int // of what follows the name, and of the data
}

// openCpio shows the members of a cpio: binary of either byte order, octal, or hexadecimal.
func openCpio(w *walker, b box) error {
	for in := b.data; ; {
		h, err := readCpio(in)
		if err != nil {
			return err
		}
		data := pad(h.head+h.name, h.align)
		if h.name < 1 || data > len(in) {
			return io.ErrUnexpectedEOF
		}
		name := bytes.TrimRight(in[h.head:h.head+h.name], "\x00")
		if string(name) == "TRAILER!!!" {
			return nil
		}
		body := in[data:min(len(in), data+h.size)]
		if h.size > 0 {
			m := Member{Name: name, Packed: int64(len(body)), Claimed: int64(h.size)}
			if err := w.show(b, m, bytes.NewReader(body)); err != nil {
				return err
			}
		}
		in = in[min(len(in), pad(data+h.size, h.align)):]
	}
}

func pad(n, align int) int { return (n + align - 1) / align * align }

func readCpio(in []byte) (h cpioHead, err error) {
	switch {
	case len(in) >= 26 && in[0] == 0xc7 && in[1] == 0x71:
		return cpioBinary(in, binary.LittleEndian), nil
	case len(in) >= 26 && in[0] == 0x71 && in[1] == 0xc7:
		return cpioBinary(in, binary.BigEndian), nil
	case len(in) >= 76 && bytes.HasPrefix(in, []byte("070707")):
		h = cpioHead{head: 76, align: 1}
		h.name, h.size = number(in[59:65], 8, &err), number(in[65:76], 8, &err)
		return h, err
	case len(in) >= 110 && (bytes.HasPrefix(in, []byte("070701")) || bytes.HasPrefix(in, []byte("070702"))):
		h = cpioHead{head: 110, align: 4}
		h.name, h.size = number(in[94:102], 16, &err), number(in[54:62], 16, &err)
		return h, err
	}
	return h, errFormat
}

func cpioBinary(in []byte, order binary.ByteOrder) cpioHead {
	return cpioHead{
		name: int(order.Uint16(in[20:])), head: 26, align: 2,
		size: int(order.Uint16(in[22:]))<<16 + int(order.Uint16(in[24:])),
	}
}

// number reads digits; its error stays in err.
func number(digits []byte, base int, err *error) int {
	v, e := strconv.ParseUint(string(digits), base, 40)
	if e != nil {
		*err = errFormat
	}
	return int(v)
}
