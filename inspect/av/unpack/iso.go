package unpack

import (
	"bytes"
	"unicode/utf16"
)

const isoSector = 2048

// openISO shows the files of an ISO 9660 image: those of the plain tree and those
// of Joliet's, each place once, whichever tree knows of it.
func openISO(w *walker, b box) error {
	i := iso{w: w, b: b, seen: map[int64]bool{}}
	for at := 16 * isoSector; at+isoSector <= len(b.data); at += isoSector {
		d := b.data[at:]
		if string(d[1:6]) != "CD001" || d[0] == 255 {
			break
		}
		if d[0] != 1 && d[0] != 2 {
			continue
		}
		i.wide = d[0] == 2 && string(d[88:90]) == "%/"
		if err := i.directory(d[156:190]); err != nil {
			return err
		}
	}
	return i.bad
}

type iso struct {
	w    *walker
	b    box
	seen map[int64]bool // places shown, or directories gone through
	wide bool           // names are UTF-16
	todo [][]byte       // records of directories
	bad  error
}

// directory goes through a tree, without recursion: its depth is the image's to choose.
func (i *iso) directory(root []byte) error {
	i.todo = append(i.todo[:0], root)
	for len(i.todo) > 0 {
		record := i.todo[len(i.todo)-1]
		i.todo = i.todo[:len(i.todo)-1]
		if err := i.w.inTime(); err != nil {
			return err
		}
		in, ok := i.place(record)
		if !ok {
			continue
		}
		if err := i.records(in); err != nil {
			return err
		}
	}
	return nil
}

// place is what a record points at, if it was not seen before.
func (i *iso) place(record []byte) ([]byte, bool) {
	at, size := int64(le32(record[2:]))*isoSector, int64(le32(record[10:]))
	if size == 0 || i.seen[at] {
		return nil, false
	}
	i.seen[at] = true
	if at >= int64(len(i.b.data)) {
		i.bad = errUnreachable
		return nil, false
	}
	if at+size > int64(len(i.b.data)) {
		i.bad = errUnreachable
		size = int64(len(i.b.data)) - at
	}
	return i.b.data[at : at+size], true
}

// records goes through the records of a directory. None crosses a sector.
func (i *iso) records(in []byte) error {
	for at := 0; at < len(in); {
		n := int(in[at])
		if n == 0 {
			at = (at/isoSector + 1) * isoSector
			continue
		}
		if len(i.seen)+len(i.todo) > 2*i.w.lim.Members {
			return LimitMembers
		}
		if n < 34 || at+n > len(in) || 33+int(in[at+32]) > n {
			i.bad = errFormat
			return nil
		}
		record := in[at : at+n]
		at += n
		name := record[33 : 33+int(record[32])]
		if len(name) == 1 && name[0] < 2 {
			continue // the directory itself, and the one above
		}
		if record[25]&2 != 0 {
			i.todo = append(i.todo, record)
			continue
		}
		body, ok := i.place(record)
		if !ok {
			continue
		}
		m := Member{Name: i.name(name), Packed: int64(len(body)), Claimed: int64(le32(record[10:]))}
		if err := i.w.show(i.b, m, bytes.NewReader(body)); err != nil {
			return err
		}
	}
	return nil
}

func (i *iso) name(name []byte) []byte {
	if !i.wide {
		return name
	}
	units := make([]uint16, len(name)/2)
	for j := range units {
		units[j] = uint16(name[2*j])<<8 | uint16(name[2*j+1])
	}
	return []byte(string(utf16.Decode(units)))
}
