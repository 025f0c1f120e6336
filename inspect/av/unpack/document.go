package unpack

import (
	"bufio"
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
)

// pdf opens the streams of a PDF file that are deflated (ISO 32000-1, 7.3.8), and those
// in hexadecimal digits.
func (c *container) pdf() error {
	for n, data := 0, c.data; ; n++ {
		at := bytes.Index(data, []byte("stream"))
		if at < 0 {
			return nil
		}
		dictionary := data[max(0, at-512):at]
		data = bytes.TrimLeft(data[at+len("stream"):], "\r")
		data = bytes.TrimPrefix(data, []byte("\n"))
		end := bytes.Index(data, []byte("endstream"))
		if end < 0 {
			end = len(data)
		}
		content := bytes.TrimSuffix(bytes.TrimSuffix(data[:end], []byte("\n")), []byte("\r")) // the line's end in front of endstream
		if err := c.pdfStream(fmt.Sprintf("stream %d", n), dictionary, content); err != nil {
			return err
		}
		data = data[min(len(data), end+len("endstream")):]
	}
}

func (c *container) pdfStream(name string, dictionary, data []byte) error {
	if bytes.Contains(dictionary, []byte("ASCIIHexDecode")) || bytes.Contains(dictionary, []byte("/AHx")) {
		data = hexDigits(data)
	}
	if bytes.Contains(dictionary, []byte("FlateDecode")) || bytes.Contains(dictionary, []byte("/Fl")) {
		r, err := zlib.NewReader(bytes.NewReader(data))
		if err != nil {
			c.broken(c.path(name), err)
			return nil
		}
		return c.member(name, r)
	}
	return c.member(name, bytes.NewReader(data))
}

// hexDigits decodes hexadecimal digits, and leaves out what are none.
func hexDigits(text []byte) []byte {
	digits := make([]byte, 0, len(text))
	for _, b := range text {
		if '0' <= b && b <= '9' || 'a' <= b|0x20 && b|0x20 <= 'f' {
			digits = append(digits, b)
		}
	}
	digits = digits[:len(digits)&^1]
	data := make([]byte, len(digits)/2)
	_, _ = hex.Decode(data, digits)
	return data
}

// html opens what stands in a page itself, in base64 (RFC 2397).
func (c *container) html() error {
	for n, data := 0, c.data; ; n++ {
		at := bytes.Index(data, []byte(";base64,"))
		if at < 0 {
			return nil
		}
		data = data[at+len(";base64,"):]
		end := bytes.IndexAny(data, "\"'<>)")
		if end < 0 {
			end = len(data)
		}
		in := base64.NewDecoder(base64.StdEncoding, &digits{in: bufio.NewReader(bytes.NewReader(data[:end]))})
		if err := c.member(fmt.Sprintf("data %d", n), in); err != nil {
			return err
		}
		data = data[end:]
	}
}

// rtf opens the objects that stand in a document in hexadecimal digits.
func (c *container) rtf() error {
	for n, data := 0, c.data; ; n++ {
		at := bytes.Index(data, []byte("objdata"))
		if at < 0 {
			return nil
		}
		data = data[at+len("objdata"):]
		end := bytes.IndexAny(data, "{}")
		if end < 0 {
			end = len(data)
		}
		if err := c.object(fmt.Sprintf("object %d", n), hexDigits(data[:end])); err != nil {
			return err
		}
		data = data[end:]
	}
}

// object shows an OLE 1 object ([MS-OLEDS] 2.2.4 and 2.2.5): what is packed in it, and the
// whole of it.
func (c *container) object(name string, data []byte) error {
	if packed := packaged(data); packed != nil {
		if err := c.member(name, bytes.NewReader(packed)); err != nil {
			return err
		}
	}
	return c.member(name, bytes.NewReader(data))
}

// packaged finds the file in a "Package": after its names stands its length.
func packaged(data []byte) []byte {
	for _, magic := range []string{"MZ", "PK\x03\x04", "\x7fELF", "%PDF", "Rar!"} {
		for from := 0; ; {
			at := bytes.Index(data[from:], []byte(magic))
			if at < 0 {
				break
			}
			at += from
			if at >= 4 {
				if n := binary.LittleEndian.Uint32(data[at-4:]); n > 0 && uint64(at)+uint64(n) <= uint64(len(data)) {
					return data[at : at+int(n)]
				}
			}
			from = at + 1
		}
	}
	return nil
}

var errOLE2 = errors.New("bad OLE2 header")

// ole2 opens the streams of a compound file ([MS-CFB]).
func (c *container) ole2() error {
	f, err := openCompound(c.data)
	if err != nil {
		return err
	}
	for i := range f.entries {
		e := &f.entries[i]
		if e.kind != 2 {
			continue
		}
		data, err := c.read(f.stream(e))
		if final(err) {
			return err
		}
		if err := c.object(e.name, data); err != nil {
			return err
		}
	}
	return nil
}

// program opens archives that are appended to a program: from the first beginning of one.
func (c *container) program() error {
	for _, magic := range []string{"PK\x03\x04", "Rar!\x1a\x07", "7z\xbc\xaf\x27\x1c"} {
		if at := bytes.Index(c.data, []byte(magic)); at > 0 {
			if err := c.show("appended", c.data[at:]); err != nil {
				return err
			}
		}
	}
	return nil
}
