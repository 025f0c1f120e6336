package scan

import "encoding/binary"

// program is what is known of a PE file from its headers (PE format, "COFF File Header"
// and what follows).
type program struct {
	known    bool
	entry    int64 // offset of the entry point in the file, -1 for none
	count    int   // sections
	sections [maxSections]section
}

// section is one of a PE file.
type section struct{ start, size int64 }

// maxSections is how many sections are looked at.
const maxSections = 32

// parse reads the headers of a PE file.
func (p *program) parse(head []byte) {
	*p = program{known: true, entry: -1}
	if !isPE(head) {
		return
	}
	at := int(binary.LittleEndian.Uint32(head[60:])) + 4
	if at+20 > len(head) {
		return
	}
	p.count = int(binary.LittleEndian.Uint16(head[at+2:]))
	optional := at + 20
	table := optional + int(binary.LittleEndian.Uint16(head[at+16:]))
	if optional+20 > len(head) {
		return
	}
	entry := binary.LittleEndian.Uint32(head[optional+16:])
	for i := range min(p.count, maxSections) {
		row := table + 40*i
		if row+40 > len(head) {
			p.count = i
			return
		}
		size, address := binary.LittleEndian.Uint32(head[row+8:]), binary.LittleEndian.Uint32(head[row+12:])
		raw, start := binary.LittleEndian.Uint32(head[row+16:]), binary.LittleEndian.Uint32(head[row+20:])
		p.sections[i] = section{start: int64(start), size: int64(raw)}
		if entry >= address && entry-address < max(size, raw) {
			p.entry = int64(start) + int64(entry-address)
		}
	}
	if p.entry < 0 && table > 0 && entry < uint32(table) { // in the headers
		p.entry = int64(entry)
	}
}

// section returns the place of a section, and whether there is one.
func (p *program) section(n int) (section, bool) {
	if n < 0 || n >= min(p.count, maxSections) {
		return section{}, false
	}
	return p.sections[n], true
}
