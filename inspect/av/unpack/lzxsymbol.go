package unpack

// step decodes a byte, a copy, or what the frame takes of a stored block.
func (d *lzx) step(w *window, room int) error {
	if d.kind == 3 {
		for n := min(room, d.left); n > 0; n-- {
			w.put(byte(d.byte()))
		}
		return nil
	}
	s, err := d.mainCode.decode(d.bit)
	if err != nil {
		return err
	}
	if s < 256 {
		w.put(byte(s))
		return nil
	}
	s -= 256
	n := s & 7
	if n == 7 {
		more, err := d.lengthCode.decode(d.bit)
		if err != nil {
			return err
		}
		n += more
	}
	n += 2
	if err := d.position(s >> 3); err != nil {
		return err
	}
	if n > room {
		return errFormat
	}
	return w.copy(d.rep[0], n)
}

// position reads a distance into rep[0].
func (d *lzx) position(slot int) error {
	if slot < 3 {
		d.rep[0], d.rep[slot] = d.rep[slot], d.rep[0]
		return nil
	}
	base, extra := lzxPosition(slot)
	v := 0
	switch {
	case d.kind != 2 || extra < 3:
		v = d.take(extra)
	default:
		v = d.take(extra-3) << 3
		low, err := d.alignCode.decode(d.bit)
		if err != nil {
			return err
		}
		v += low
	}
	d.rep[2], d.rep[1], d.rep[0] = d.rep[1], d.rep[0], base+v-2
	return nil
}

// lzxPosition is where a slot begins, and the bits within.
func lzxPosition(slot int) (base int, extra uint) {
	switch {
	case slot < 4:
		return slot, 0
	case slot < 36:
		extra = uint(slot/2 - 1)
		return (2 + slot&1) << extra, extra
	}
	return (slot - 34) << 17, 17
}

// lzxBits reads bits of little-endian 16-bit words, the highest first.
type lzxBits struct {
	in   []byte
	acc  uint64
	have uint
	over int
}

func (b *lzxBits) take(n uint) int {
	for b.have < n {
		b.acc = b.acc<<16 | uint64(b.byte()|b.byte()<<8)
		b.have += 16
	}
	b.have -= n
	return int(b.acc >> b.have & (1<<n - 1))
}

func (b *lzxBits) bit() int { return b.take(1) }

// byte reads one between words.
func (b *lzxBits) byte() int {
	if len(b.in) == 0 {
		b.over++
		return 0
	}
	c := b.in[0]
	b.in = b.in[1:]
	return int(c)
}

// lzxCalls undoes the translation of calls (E8) in what an lzx gives, frame by
// frame. The last ten bytes of a frame are never translated.
type lzxCalls struct {
	r     *windowReader
	d     *lzx
	frame []byte
	rest  []byte
	pos   int64
	err   error
}

func (c *lzxCalls) Read(p []byte) (int, error) {
	if len(c.rest) == 0 {
		if c.err != nil {
			return 0, c.err
		}
		c.next()
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

func (c *lzxCalls) next() {
	if c.frame == nil {
		c.frame = make([]byte, lzxFrame)
	}
	n := 0
	for n < lzxFrame && c.err == nil {
		var got int
		got, c.err = c.r.Read(c.frame[n:])
		n += got
	}
	c.rest = c.frame[:n]
	if c.d.translate != 0 && c.pos < 1<<30 {
		for i := 0; i < n-10; i++ {
			if c.frame[i] == 0xe8 {
				c.relative(c.frame[i+1:i+5], c.pos+int64(i))
				i += 4
			}
		}
	}
	c.pos += int64(n)
}

func (c *lzxCalls) relative(address []byte, at int64) {
	v := int64(int32(le32(address)))
	if v < -at || v >= c.d.translate {
		return
	}
	if v >= 0 {
		v -= at
	} else {
		v += c.d.translate
	}
	address[0], address[1], address[2], address[3] = byte(v), byte(v>>8), byte(v>>16), byte(v>>24)
}

// lzxReader reads LZX in memory.
func (w *walker) lzxReader(d *lzx, windowBits int) *lzxCalls {
	return &lzxCalls{r: w.windowed(d, 1<<windowBits), d: d}
}
