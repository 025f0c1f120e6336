package unpack

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// zipEntry is a member as one of its two headers has it.
type zipEntry struct {
	name         []byte
	flags        uint16
	method       uint16
	packed, size int64
	header       int // where the local header stands
	data         int // where the packed bytes begin
	end          int // where they end; len(file) while that is not known
}

// zipMostEnd is how long the end of a zip may be: 22 bytes and a comment.
const zipMostEnd = 22 + 1<<16 - 1

var (
	zipLocal   = []byte("PK\x03\x04")
	zipCentral = []byte("PK\x01\x02")
	zipEnd     = []byte("PK\x05\x06")
)

// openZip shows the members of the central directory, and those that have a
// local header only: unpackers differ in which of the two they believe, and so a
// member may hide from one that believes the other. Members that share bytes are
// shown once (the bomb of David Fifield lets thousands share the same).
func openZip(w *walker, b box) error {
	entries, bad := zipDirectory(b.data, w.lim.Members)
	slices.SortStableFunc(entries, func(a, b zipEntry) int { return cmp.Compare(a.header, b.header) })
	at := 0
	for i := range entries {
		e := &entries[i]
		local, err := zipHead(b.data, e.header)
		if err == nil && e.header < at {
			err = errOverlap
		}
		if err != nil {
			if bad == nil {
				bad = err
			}
			continue
		}
		if err := zipGap(w, b, at, e.header); err != nil {
			return err
		}
		if at, err = zipBoth(w, b, *e, local); err != nil {
			return err
		}
	}
	if err := zipGap(w, b, at, len(b.data)); err != nil {
		return err
	}
	return bad
}

// zipBoth shows a member that has both headers, twice if they contradict each
// other in what would be unpacked. It says where the member ends.
func zipBoth(w *walker, b box, e, local zipEntry) (end int, err error) {
	e.data = local.data
	e.end = min(e.data+int(min(e.packed, int64(len(b.data)))), len(b.data))
	alike := local.method == e.method && (local.flags&8 != 0 || local.packed == e.packed || local.packed == 1<<32-1)
	if !alike {
		w.settle(errFormat, b.kind)
		if _, err := zipShow(w, b, local); err != nil {
			return 0, err
		}
	}
	_, err = zipShow(w, b, e)
	return e.end, err
}

// zipGap shows the members whose local headers stand in data[at:to], where the
// central directory knows of nothing.
func zipGap(w *walker, b box, at, to int) error {
	for at < to {
		i := bytes.Index(b.data[at:to], zipLocal)
		if i < 0 {
			return nil
		}
		at += i
		e, err := zipHead(b.data, at)
		if err != nil || !e.plausible() {
			at += len(zipLocal)
			continue
		}
		e.end = min(e.end, max(to, e.data))
		if at, err = zipShow(w, b, e); err != nil {
			return err
		}
		at = max(at, e.data)
	}
	return nil
}

// plausible says that a header found by its four bytes is one.
func (e *zipEntry) plausible() bool {
	return e.method <= 99 && len(e.name) > 0 && !bytes.ContainsRune(e.name, 0)
}

// zipHead reads a local header.
func zipHead(file []byte, at int) (e zipEntry, err error) {
	if at < 0 || at+30 > len(file) || !bytes.HasPrefix(file[at:], zipLocal) {
		return e, errUnreachable
	}
	h := file[at:]
	names, extra := int(le16(h[26:])), int(le16(h[28:]))
	e = zipEntry{
		flags: le16(h[6:]), method: le16(h[8:]), packed: int64(le32(h[18:])), size: int64(le32(h[22:])),
		header: at, data: at + 30 + names + extra, end: len(file),
	}
	if e.data > len(file) {
		return e, errUnreachable
	}
	e.name = h[30 : 30+names]
	e.wide(h[30+names : 30+names+extra])
	if e.flags&8 == 0 || e.packed > 0 {
		e.end = int(min(int64(len(file)), int64(e.data)+e.packed))
	}
	return e, nil
}

// zipDirectory reads the central directory, found from the end of the file. What
// stands before the archive (a program that extracts itself) shifts all offsets.
func zipDirectory(file []byte, most int) (list []zipEntry, bad error) {
	end := bytes.LastIndex(file, zipEnd)
	if end < 0 || end+22 > len(file) {
		return nil, nil
	}
	size, offset := int(le32(file[end+12:])), int(le32(file[end+16:]))
	at, shift := end-size, end-size-offset
	if at < 0 || !bytes.HasPrefix(file[at:], zipCentral) {
		// Not where it should be: ZIP64 has its own end between the two.
		if at, shift = bytes.Index(file, zipCentral), 0; at < 0 {
			return nil, nil
		}
	}
	for at+46 <= len(file) && bytes.HasPrefix(file[at:], zipCentral) {
		h := file[at:]
		names, extra, comment := int(le16(h[28:])), int(le16(h[30:])), int(le16(h[32:]))
		next := 46 + names + extra + comment
		if next > len(h) {
			return list, errUnreachable
		}
		e := zipEntry{
			flags: le16(h[8:]), method: le16(h[10:]), packed: int64(le32(h[20:])), size: int64(le32(h[24:])),
			header: int(le32(h[42:])), name: h[46 : 46+names],
		}
		e.wide(h[46+names : 46+names+extra])
		e.header += shift
		if e.header < 0 || !bytes.HasPrefix(file[min(e.header, len(file)):], zipLocal) {
			e.header -= shift // some count from the beginning of the file
		}
		if list = append(list, e); len(list) > most {
			return list, LimitMembers
		}
		at += next
	}
	return list, nil
}

// wide reads the sizes of ZIP64 from the extra field.
func (e *zipEntry) wide(extra []byte) {
	for len(extra) >= 4 {
		id, n := le16(extra), int(le16(extra[2:]))
		if extra = extra[4:]; n > len(extra) {
			return
		}
		field := extra[:n]
		extra = extra[n:]
		if id != 1 {
			continue
		}
		for _, v := range []*int64{&e.size, &e.packed} {
			if *v == 1<<32-1 && len(field) >= 8 {
				*v = int64(binary.LittleEndian.Uint64(field) & (1<<62 - 1))
				field = field[8:]
			}
		}
		if e.header == 1<<32-1 && len(field) >= 8 {
			e.header = int(binary.LittleEndian.Uint64(field) & (1<<62 - 1))
		}
	}
}

func le16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }
func le32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
