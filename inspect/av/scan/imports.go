package scan

import (
	"bytes"
	"strconv"
)

const (
	// maxImports is how much of a program is kept from its import directory on. Names that
	// lie elsewhere are not seen, and such a program has no hash of imports.
	maxImports = 10 << 10
	maxLibrary = 256
)

// importTable is what a program's hash of imports is made of.
type importTable struct {
	data  []byte // of the file, from the import directory on
	known bool   // the hash was looked up
}

// keepImports keeps the bytes of the import directory.
func (s *Scanner) keepImports() {
	t := &s.importTable
	if cap(t.data) == 0 || s.program.imports == 0 || t.known {
		return
	}
	from := s.program.imports + int64(len(t.data))
	if from < s.base || from >= s.size {
		return
	}
	n := min(maxImports-len(t.data), int(s.size-from))
	t.data = append(t.data, s.window[from-s.base:][:n]...)
	if len(t.data) == maxImports {
		s.knowsImports()
		t.known = true
	}
}

// knowsImports looks the hash of the imports up.
func (s *Scanner) knowsImports() {
	t := &s.importTable
	if len(t.data) == 0 || t.known || s.hit.Name != "" {
		return
	}
	text, ok := s.importText()
	if !ok {
		return
	}
	for i, create := range algorithms {
		l := &s.db.imports.lists[i]
		if !l.wants(int64(len(text))) {
			continue
		}
		h := create()
		h.Write(text)
		if n, ok := l.find(h.Sum(nil), int64(len(text))); ok {
			s.hit = s.db.hit(n)
			return
		}
	}
}

// at returns the bytes of the import table at an address, nil if they are not there.
func (s *Scanner) at(address uint32, n int) []byte {
	from := s.program.offset(address) - s.program.imports
	if from < 0 || from+int64(n) > int64(len(s.importTable.data)) {
		return nil
	}
	return s.importTable.data[from:]
}

// importText writes "library.function" of each import, with commas between.
func (s *Scanner) importText() (text []byte, ok bool) {
	for at := 0; ; at += 20 {
		if at+20 > len(s.importTable.data) {
			return nil, false
		}
		row := s.importTable.data[at : at+20]
		names, library := le.Uint32(row), le.Uint32(row[12:])
		if library == 0 {
			return text, len(text) > 0
		}
		if names == 0 {
			names = le.Uint32(row[16:])
		}
		name := s.name(library)
		if name == nil {
			return nil, false
		}
		if dot := bytes.LastIndexByte(name, '.'); dot > 0 {
			switch string(bytes.ToLower(name[dot:])) {
			case ".dll", ".ocx", ".sys":
				name = name[:dot]
			}
		}
		if text, ok = s.functions(text, name, names); !ok {
			return nil, false
		}
	}
}

// name returns a text that ends in zero.
func (s *Scanner) name(address uint32) []byte {
	data := s.at(address, 1)
	end := bytes.IndexByte(data[:min(len(data), maxLibrary)], 0)
	if end < 0 {
		return nil
	}
	return data[:end]
}

// functions writes the imports of one library.
func (s *Scanner) functions(text, library []byte, names uint32) ([]byte, bool) {
	width := uint32(4)
	if s.program.wide {
		width = 8
	}
	for ; ; names += width {
		entry := s.at(names, int(width))
		if entry == nil || len(text) > 4*maxImports {
			return nil, false
		}
		value := uint64(le.Uint32(entry))
		ordinal := value>>31 != 0
		if s.program.wide {
			value = le.Uint64(entry)
			ordinal = value>>63 != 0
		}
		if value == 0 {
			return text, true
		}
		if len(text) > 0 {
			text = append(text, ',')
		}
		text = append(append(text, bytes.ToLower(library)...), '.')
		if ordinal {
			text = strconv.AppendUint(append(text, "ord"...), value&0xffff, 10)
			continue
		}
		name := s.name(uint32(value) + 2)
		if name == nil {
			return nil, false
		}
		text = append(text, bytes.ToLower(name)...)
	}
}
