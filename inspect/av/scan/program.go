package scan

import "encoding/binary"

// program is what is known of a PE file from its headers (PE format, "COFF File Header"
// and what follows).
type program struct {
	entry    int64 // offset of the entry point in the file, -1 for none
	count    int   // sections
	imports  int64 // offset of the import directory, 0 for none
	wide     bool  // 64 bits
	sections [maxSections]section
}

// section is one of a PE file.
type section struct {
	start, size    int64 // in the file
	address, width uint32
}

// maxSections is how many sections ClamAV looks at.
const maxSections = 96

var le = binary.LittleEndian

// parse reads the headers of a PE file.
func (p *program) parse(head []byte) {
	*p = program{entry: -1}
	if !isPE(head) {
		return
	}
	at := int(le.Uint32(head[60:])) + 4
	optional := at + 20
	if optional+64 > len(head) {
		return
	}
	table := optional + int(le.Uint16(head[at+16:]))
	p.wide = le.Uint16(head[optional:]) == 0x20b
	p.count = min(int(le.Uint16(head[at+2:])), maxSections)
	align := int64(le.Uint32(head[optional+36:]))
	for i := range p.count {
		row := table + 40*i
		if row+40 > len(head) {
			p.count = i
			break
		}
		p.sections[i] = readSection(head[row:], align)
	}
	p.places(head, optional, uint32(table))
}

// readSection reads a row of the table of sections. Places in the file are multiples of the
// alignment, as the loader of Windows has it.
func readSection(row []byte, align int64) section {
	start, size := int64(le.Uint32(row[20:])), int64(le.Uint32(row[16:]))
	if align > 0 && align <= 1<<16 {
		if start%align != 0 && start%0x200 == 0 {
			align = 0x200
		}
		start, size = start/align*align, (size+align-1)/align*align
	}
	return section{start: start, size: size, address: le.Uint32(row[12:]), width: le.Uint32(row[8:])}
}

// places finds the entry point and the import directory.
func (p *program) places(head []byte, optional int, headers uint32) {
	entry := le.Uint32(head[optional+16:])
	if p.entry = p.offset(entry); p.entry < 0 && entry < headers {
		p.entry = int64(entry)
	}
	directory := optional + 96 + 8
	if p.wide {
		directory += 16
	}
	if directory+8 <= len(head) && le.Uint32(head[directory:]) != 0 {
		p.imports = max(0, p.offset(le.Uint32(head[directory:])))
	}
}

// offset returns where in the file an address is, -1 if in no section.
func (p *program) offset(address uint32) int64 {
	for i := range p.sections[:p.count] {
		s := &p.sections[i]
		if address >= s.address && int64(address-s.address) < max(int64(s.width), s.size) {
			return s.start + int64(address-s.address)
		}
	}
	return -1
}
