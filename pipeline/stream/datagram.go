package stream

import "slices"

// Piece is a held fragment.
type Piece struct {
	Frame  []byte // copy of the frame, with Config.Headroom bytes in front of it
	buffer []byte // which it lies in
	Data   int    // offset in Frame of the fragment's data
	Offset int
	Length int
	Handle uint64
	Link   uint8
}

// Datagram is a set of held fragments. It is borrowed from the Defrag until
// Take.
type Datagram struct {
	Pieces []Piece // in order of arrival

	key     Key
	since   int64
	length  int     // of the data; 0 until the last fragment came
	covered int     // bytes of data that came
	spoilt  Outcome // why no more pieces are taken, 0 if they are
}

// reach is the end of the data that came so far.
func (g *Datagram) reach() int {
	reach := 0
	for i := range g.Pieces {
		reach = max(reach, g.Pieces[i].Offset+g.Pieces[i].Length)
	}
	return reach
}

func (p *Piece) data() []byte { return p.Frame[p.Data : p.Data+p.Length] }

// First returns the piece with the datagram's beginning, nil if it did not
// come.
func (g *Datagram) First() *Piece {
	for i := range g.Pieces {
		if g.Pieces[i].Offset == 0 {
			return &g.Pieces[i]
		}
	}
	return nil
}

// Assemble appends the data of a complete datagram to dst.
func (g *Datagram) Assemble(dst []byte) []byte {
	n := len(dst)
	dst = slices.Grow(dst, g.length)[:n+g.length]
	for i := range g.Pieces {
		copy(dst[n+g.Pieces[i].Offset:], g.Pieces[i].data())
	}
	return dst
}
