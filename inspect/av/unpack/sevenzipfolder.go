package unpack

// szFolder is a graph of coders that makes one stream of some packed ones.
type szFolder struct {
	coders []szCoder
	binds  [][2]int // in stream, out stream that feeds it
	packs  []int    // in streams that packed ones feed
	at     []uint64 // of the packed streams
	packed []uint64 // their sizes
	outs   []uint64 // sizes of the out streams
	size   uint64
	sizes  []uint64 // of the members
}

type szCoder struct {
	id      uint64
	props   []byte
	ins     int
	firstIn int
}

const szMostCoders = 8

// streams reads where packed streams are, how folders unpack them, and how
// members share what comes out.
func (p *szParser) streams() {
	sub := false
	for p.err == nil {
		switch p.byte() {
		case szEnd:
			if !sub {
				p.whole()
			}
			return
		case szPackInfo:
			p.packInfo()
		case szUnpackInfo:
			p.unpackInfo()
		case szSubStreams:
			sub = true
			p.whole()
			p.subStreams()
		default:
			p.fail()
		}
	}
}

func (p *szParser) packInfo() {
	p.packAt = szHead + p.number()
	n := p.count()
	for p.err == nil {
		switch p.byte() {
		case szEnd:
			return
		case szSize:
			for range n {
				p.packed = append(p.packed, p.number())
			}
		case szDigests:
			p.digests(n)
		default:
			p.fail()
		}
	}
}

func (p *szParser) unpackInfo() {
	for p.err == nil {
		switch p.byte() {
		case szEnd:
			return
		case szFolders:
			n := p.count()
			if p.byte() != 0 {
				p.fail()
			}
			for ; n > 0 && p.err == nil; n-- {
				p.folder()
			}
		case szUnpackSizes:
			for i := range p.folders {
				p.folders[i].unpackSizes(p)
			}
		case szDigests:
			p.digests(len(p.folders))
		default:
			p.fail()
		}
	}
}

// folder reads coders, what is bound to what, and gives it its packed streams.
func (p *szParser) folder() {
	f := szFolder{}
	ins := 0
	n := p.number()
	if n == 0 || n > szMostCoders {
		p.fail()
		return
	}
	for range n {
		c := p.coder()
		c.firstIn = ins
		ins += c.ins
		f.coders = append(f.coders, c)
	}
	for range n - 1 {
		f.binds = append(f.binds, [2]int{int(p.number()), int(p.number())})
	}
	packs := ins - len(f.binds)
	for i := range packs {
		if packs > 1 {
			i = int(p.number())
		} else {
			i = f.unbound(ins)
		}
		f.packs = append(f.packs, i)
	}
	if packs < 1 || packs > len(p.packed) {
		p.fail()
		return
	}
	for _, size := range p.packed[:packs] {
		f.at, f.packed = append(f.at, p.packAt), append(f.packed, size)
		p.packAt += size
	}
	p.packed = p.packed[packs:]
	p.folders = append(p.folders, f)
}

// coder reads one coder: what it is, its streams, its properties.
func (p *szParser) coder() (c szCoder) {
	flags := p.byte()
	c.ins = 1
	for _, b := range p.take(uint64(flags & 15)) {
		c.id = c.id<<8 | uint64(b)
	}
	if flags&0x10 != 0 {
		c.ins = int(min(p.number(), 5))
		if p.number() != 1 || c.ins > 4 {
			p.fail()
		}
	}
	if flags&0x20 != 0 {
		c.props = p.take(p.number())
	}
	return c
}

// unbound is the first in stream that no coder feeds.
func (f *szFolder) unbound(ins int) int {
	for i := range ins {
		if _, bound := f.feeder(i); !bound {
			return i
		}
	}
	return 0
}

// feeder is the coder that feeds an in stream.
func (f *szFolder) feeder(in int) (coder int, ok bool) {
	for _, b := range f.binds {
		if b[0] == in {
			return b[1], true
		}
	}
	return 0, false
}

// last is the coder whose out stream feeds no other.
func (f *szFolder) last() int {
	for c := range f.coders {
		feeds := false
		for _, b := range f.binds {
			feeds = feeds || b[1] == c
		}
		if !feeds {
			return c
		}
	}
	return 0
}

func (f *szFolder) unpackSizes(p *szParser) {
	for range f.coders {
		f.outs = append(f.outs, p.number())
	}
	f.size = f.outs[f.last()]
}

// whole makes each folder one member, until it is said otherwise.
func (p *szParser) whole() {
	for i := range p.folders {
		p.folders[i].sizes = []uint64{p.folders[i].size}
	}
}

// subStreams reads the sizes of members within folders: all but the last of each.
func (p *szParser) subStreams() {
	unknown, total := len(p.folders), 0
	for p.err == nil {
		switch p.byte() {
		case szEnd:
			return
		case szNumUnpack:
			unknown = 0
			for i := range p.folders {
				n := p.count()
				total += n
				if total > 2*p.most {
					p.err = LimitMembers
					return
				}
				p.folders[i].sizes = make([]uint64, n)
				if n == 1 {
					p.folders[i].sizes[0] = p.folders[i].size
				}
				unknown += n
			}
		case szSize:
			for i := range p.folders {
				p.folders[i].split(p)
			}
		case szDigests:
			p.digests(unknown)
		default:
			p.fail()
		}
	}
}

func (f *szFolder) split(p *szParser) {
	left := f.size
	for i := range f.sizes {
		if i == len(f.sizes)-1 {
			f.sizes[i] = left
			return
		}
		f.sizes[i] = min(p.number(), left)
		left -= f.sizes[i]
	}
}
