package unpack

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"hash/crc32"
	"io"
	"testing"
)

func zipped(t testing.TB, name string, bodies ...[]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, body := range bodies {
		f, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(body); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func gzipped(body []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(body)
	z.Close()
	return out.Bytes()
}

func deflated(body []byte) []byte {
	var out bytes.Buffer
	z, _ := flate.NewWriter(&out, 9)
	io.Copy(z, bytes.NewReader(body))
	z.Close()
	return out.Bytes()
}

// localOnly is a zip member without a central directory.
func localOnly(name string, method uint16, packed []byte, size int) []byte {
	out := []byte("PK\x03\x04\x14\x00\x00\x00")
	out = binary.LittleEndian.AppendUint16(out, method)
	out = append(out, make([]byte, 8)...)
	out = binary.LittleEndian.AppendUint32(out, uint32(len(packed)))
	out = binary.LittleEndian.AppendUint32(out, uint32(size))
	out = binary.LittleEndian.AppendUint16(out, uint16(len(name)))
	out = append(out, 0, 0)
	return append(append(out, name...), packed...)
}

// central is an entry of the central directory.
func central(name string, method uint16, packed, size, header int) []byte {
	out := append([]byte("PK\x01\x02\x14\x00\x14\x00\x00\x00"), byte(method), byte(method>>8))
	out = append(out, make([]byte, 8)...)
	out = binary.LittleEndian.AppendUint32(out, uint32(packed))
	out = binary.LittleEndian.AppendUint32(out, uint32(size))
	out = binary.LittleEndian.AppendUint16(out, uint16(len(name)))
	out = append(out, make([]byte, 12)...)
	out = binary.LittleEndian.AppendUint32(out, uint32(header))
	return append(out, name...)
}

// zipTail is the end of the central directory.
func zipTail(entries, size, at int) []byte {
	out := []byte("PK\x05\x06\x00\x00\x00\x00")
	out = binary.LittleEndian.AppendUint16(out, uint16(entries))
	out = binary.LittleEndian.AppendUint16(out, uint16(entries))
	out = binary.LittleEndian.AppendUint32(out, uint32(size))
	out = binary.LittleEndian.AppendUint32(out, uint32(at))
	return append(out, 0, 0)
}

// rar4 holds one stored member.
func rar4(name string, body []byte) []byte {
	block := func(kind byte, flags uint16, rest []byte) []byte {
		out := []byte{kind, byte(flags), byte(flags >> 8)}
		out = binary.LittleEndian.AppendUint16(out, uint16(7+len(rest)))
		out = append(out, rest...)
		return append(binary.LittleEndian.AppendUint16(nil, uint16(crc32.ChecksumIEEE(out))), out...)
	}
	head := binary.LittleEndian.AppendUint32(nil, uint32(len(body)))
	head = binary.LittleEndian.AppendUint32(head, uint32(len(body)))
	head = append(head, 3)
	head = binary.LittleEndian.AppendUint32(head, crc32.ChecksumIEEE(body))
	head = append(head, 0, 0, 0, 0x40, 29, 0x30)
	head = binary.LittleEndian.AppendUint16(head, uint16(len(name)))
	head = append(append(head, 0, 0, 0, 0), name...)
	out := append([]byte("Rar!\x1a\x07\x00"), block(0x73, 0, make([]byte, 6))...)
	out = append(append(out, block(0x74, 0x8000, head)...), body...)
	return append(out, block(0x7b, 0x4000, nil)...)
}

// rar5 holds one stored member.
func rar5(name string, body []byte) []byte {
	block := func(fields []byte) []byte {
		out := append(binary.AppendUvarint(nil, uint64(len(fields))), fields...)
		return append(binary.LittleEndian.AppendUint32(nil, crc32.ChecksumIEEE(out)), out...)
	}
	head := []byte{2, 2}
	head = binary.AppendUvarint(head, uint64(len(body)))
	head = append(head, 4)
	head = binary.AppendUvarint(head, uint64(len(body)))
	head = append(head, 0)
	head = binary.LittleEndian.AppendUint32(head, crc32.ChecksumIEEE(body))
	head = append(head, 0, 0)
	head = append(binary.AppendUvarint(head, uint64(len(name))), name...)
	out := append([]byte("Rar!\x1a\x07\x01\x00"), block([]byte{1, 0, 0})...)
	out = append(append(out, block(head)...), body...)
	return append(out, block([]byte{5, 0, 0})...)
}

// isoImage holds one file.
func isoImage(name string, body []byte) []byte {
	record := func(at, size int, flags byte, name string) []byte {
		out := make([]byte, 33, 64)
		binary.LittleEndian.PutUint32(out[2:], uint32(at))
		binary.LittleEndian.PutUint32(out[10:], uint32(size))
		out[25], out[32] = flags, byte(len(name))
		out = append(out, name...)
		if len(out)%2 == 1 {
			out = append(out, 0)
		}
		out[0] = byte(len(out))
		return out
	}
	out := make([]byte, 19*isoSector)
	copy(out[16*isoSector:], "\x01CD001\x01")
	copy(out[16*isoSector+156:], record(18, isoSector, 2, "\x00"))
	copy(out[17*isoSector:], "\xffCD001\x01")
	root := record(18, isoSector, 2, "\x00")
	root = append(root, record(18, isoSector, 2, "\x01")...)
	root = append(root, record(19, len(body), 0, name)...)
	copy(out[18*isoSector:], root)
	return append(out, body...)
}

// seen keeps all members, for tests.
type seen struct {
	names  []string
	bodies [][]byte
	kinds  []Kind
	locked int
}

func (s *seen) Begin(m *Member) {
	s.names, s.kinds, s.bodies = append(s.names, string(m.Name)), append(s.kinds, m.Kind), append(s.bodies, nil)
	if m.Encrypted {
		s.locked++
	}
}

func (s *seen) Write(p []byte) error {
	last := len(s.bodies) - 1
	s.bodies[last] = append(s.bodies[last], p...)
	return nil
}

func (s *seen) End(*Member) {}

// has says whether a member had this body.
func (s *seen) has(body string) bool {
	for _, b := range s.bodies {
		if string(b) == body {
			return true
		}
	}
	return false
}
