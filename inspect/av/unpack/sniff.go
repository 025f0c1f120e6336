package unpack

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"
)

// SniffLen is how many bytes of a file Sniff looks at: ISO 9660 names itself
// late. All other kinds show in the first 1024.
const SniffLen = 0x8006

// magic is what a kind of file begins with.
type magic struct {
	at   int
	text string
	kind Kind
}

var magics = []magic{
	{0, "PK\x03\x04", ZIP}, {0, "PK\x05\x06", ZIP}, {0, "PK00PK\x03\x04", ZIP}, {0, "PK\x07\x08PK\x03\x04", ZIP},
	{0, "\x1f\x8b", GZ}, {0, "BZh", BZ}, {0, "\xfd7zXZ\x00", XZ}, {0, "\x28\xb5\x2f\xfd", ZSTD},
	{0, "7z\xbc\xaf\x27\x1c", SevenZip}, {0, "Rar!\x1a\x07", RAR}, {0, "MSCF", CAB}, {0, "\x60\xea", ARJ},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE2}, {0, "{\\rt", RTF}, {0, "ITSF", CHM},
	{0, "MZ", PE}, {0, "\x7fELF", ELF},
	{0, "\xfe\xed\xfa\xce", MachO}, {0, "\xfe\xed\xfa\xcf", MachO}, {0, "\xce\xfa\xed\xfe", MachO}, {0, "\xcf\xfa\xed\xfe", MachO},
	{0, "070707", CPIOODC}, {0, "070701", CPIONewc}, {0, "070702", CPIOCRC}, {0, "\x71\xc7", CPIOOld}, {0, "\xc7\x71", CPIOOld},
	{0, "SZDD\x88\xf0\x27\x33", SZDD}, {0, "(This file must be converted with BinHex 4.0)", BinHex},
	{0, "\x78\x9f\x3e\x22", TNEF}, {8, "\x19\x04\x00\x10", SIS}, {0, "\x7a\x1a\x20\x10", SIS},
	{257, "ustar", TAR}, {0x8001, "CD001", ISO},
	{0, "GIF8", GIF}, {0, "\x89PNG", PNG}, {0, "\xff\xd8\xff", JPEG}, {0, "II*\x00", TIFF}, {0, "MM\x00*", TIFF},
	{0, "RIFF", RIFF}, {0, "RIFX", RIFF}, {0, "FWS", SWF}, {0, "CWS", SWF}, {0, "ZWS", SWF},
	{0, "%!PS-Adobe-", PS}, {0, "\x4c\x00\x00\x00\x01\x14\x02\x00", LNK}, {0, "#!", Script},
}

// Sniff says what kind of file begins with head. It looks at SniffLen bytes at
// most; with less of the file it may miss a kind, not mistake one.
func Sniff(head []byte) Kind {
	for _, m := range magics {
		if len(head) >= m.at+len(m.text) && string(head[m.at:m.at+len(m.text)]) == m.text {
			return refine(m.kind, head)
		}
	}
	switch {
	case len(head) >= 4 && head[0]&0xf0 == 0x50 && string(head[1:4]) == "\x2a\x4d\x18": // a frame to be skipped
		return ZSTD
	case len(head) >= 4 && bytes.HasPrefix(head, []byte("\xca\xfe\xba\xbe")):
		return fat(head)
	case bytes.Contains(head[:min(1024, len(head))], []byte("%PDF-")):
		return PDF
	case lzmaHead(head):
		return LZMA
	case tarHead(head):
		return OldTAR
	}
	return sniffText(head[:min(1024, len(head))])
}

// refine tells kinds apart that begin alike.
func refine(k Kind, head []byte) Kind {
	switch k {
	case ZIP:
		if bytes.Contains(head[:min(2048, len(head))], []byte("[Content_Types].xml")) {
			return OOXML
		}
	case GZ:
		if len(head) > 2 && head[2] != 8 {
			return Unknown
		}
	case BZ:
		if len(head) < 4 || head[3] < '1' || head[3] > '9' {
			return sniffText(head)
		}
	}
	return k
}

// fat tells a Java class from a Mach-O of several architectures: the one has a
// version where the other has a small count.
func fat(head []byte) Kind {
	if len(head) >= 8 && binary.BigEndian.Uint32(head[4:]) < 40 {
		return UniMachO
	}
	return Java
}

// lzmaHead knows the file of lzma-alone, which has no magic: usual properties, a
// dictionary of a power of two (or three halves of one), a size below 256 GiB or unknown.
func lzmaHead(head []byte) bool {
	if len(head) < 14 || head[0] != 0x5d || head[13] != 0 {
		return false
	}
	dict, size := binary.LittleEndian.Uint32(head[1:]), binary.LittleEndian.Uint64(head[5:])
	odd := dict >> min(31, uint(trailing(dict)))
	return dict >= 1<<12 && (odd == 1 || odd == 3 || dict == 1<<32-1) && (size < 1<<38 || size == 1<<64-1)
}

func trailing(v uint32) (n int) {
	for ; v != 0 && v&1 == 0; v >>= 1 {
		n++
	}
	return n
}

// tarHead knows a tar without magic by the checksum of its first header.
func tarHead(head []byte) bool {
	if len(head) < 512 || head[0] == 0 {
		return false
	}
	want, err := strconv.ParseUint(strings.Trim(string(head[148:156]), " \x00"), 8, 32)
	if err != nil {
		return false
	}
	sum := uint64(8 * ' ')
	for i, c := range head[:512] {
		if i < 148 || i >= 156 {
			sum += uint64(c)
		}
	}
	return sum == want
}
