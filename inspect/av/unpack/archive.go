package unpack

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/bzip2"
	"compress/flate"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"

	"github.com/bodgit/sevenzip"
	"github.com/klauspost/compress/zstd"
	"github.com/nwaples/rardecode/v2"
	"github.com/ulikunitz/xz"
)

// maxWindow bounds the memory that a header may ask for.
const maxWindow = 64 << 20

// zip opens an archive by its directory, and by the headers in front of its members:
// readers differ in which of them they believe.
func (c *container) zip() error {
	shown := map[int64]bool{}
	if r, err := zip.NewReader(bytes.NewReader(c.data), int64(len(c.data))); err == nil || errors.Is(err, zip.ErrInsecurePath) {
		r.RegisterDecompressor(12, func(in io.Reader) io.ReadCloser { return io.NopCloser(bzip2.NewReader(in)) })
		r.RegisterDecompressor(93, func(in io.Reader) io.ReadCloser { return openZstd(in) })
		r.RegisterDecompressor(95, func(in io.Reader) io.ReadCloser { return openXZ(in) })
		for _, f := range r.File {
			if at, err := f.DataOffset(); err == nil {
				shown[at] = true
			}
			if err := c.zipMember(f); err != nil {
				return err
			}
		}
	}
	return c.zipHeaders(shown)
}

func (c *container) zipMember(f *zip.File) error {
	if f.Flags&1 != 0 {
		c.encrypted(f.Name)
		return nil
	}
	in, err := f.Open()
	if err != nil {
		c.broken(c.path(f.Name), err)
		return nil
	}
	defer in.Close()
	return c.member(f.Name, in)
}

// zipHeaders opens the members that the directory does not have, by the headers in front
// of them (APPNOTE.TXT 4.3.7).
func (c *container) zipHeaders(shown map[int64]bool) error {
	const headerLen = 30
	for at := 0; ; {
		next := bytes.Index(c.data[at:], []byte("PK\x03\x04"))
		if next < 0 || at+next+headerLen > len(c.data) {
			return nil
		}
		at += next
		h := c.data[at:]
		name, extra := int(binary.LittleEndian.Uint16(h[26:])), int(binary.LittleEndian.Uint16(h[28:]))
		start := at + headerLen + name + extra
		if start > len(c.data) {
			return nil
		}
		if shown[int64(start)] {
			at = start
			continue
		}
		if err := c.zipLocal(h, c.data[start:], string(h[headerLen:headerLen+name])); err != nil {
			return err
		}
		at += 4
	}
}

func (c *container) zipLocal(header, data []byte, name string) error {
	size := int(binary.LittleEndian.Uint32(header[18:]))
	if size > 0 && size < len(data) {
		data = data[:size]
	}
	switch method := binary.LittleEndian.Uint16(header[8:]); {
	case binary.LittleEndian.Uint16(header[6:])&1 != 0:
		c.encrypted(name)
		return nil
	case method == zip.Store:
		return c.member(name, bytes.NewReader(data))
	case method == zip.Deflate:
		return c.member(name, flate.NewReader(bytes.NewReader(data)))
	}
	return nil
}

func (c *container) gzip() error {
	r, err := gzip.NewReader(bytes.NewReader(c.data))
	if err != nil {
		return err
	}
	return c.member("gzip", r)
}

func (c *container) bzip2() error { return c.member("bzip2", bzip2.NewReader(bytes.NewReader(c.data))) }

func (c *container) xz() error {
	in := openXZ(bytes.NewReader(c.data))
	defer in.Close()
	return c.member("xz", in)
}

func openXZ(in io.Reader) io.ReadCloser {
	r, err := xz.ReaderConfig{DictCap: maxWindow, SingleStream: false}.NewReader(in)
	if err != nil {
		return io.NopCloser(failing{err})
	}
	return io.NopCloser(r)
}

func (c *container) zstd() error {
	in := openZstd(bytes.NewReader(c.data))
	defer in.Close()
	return c.member("zstd", in)
}

func openZstd(in io.Reader) io.ReadCloser {
	r, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxWindow), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return io.NopCloser(failing{err})
	}
	return r.IOReadCloser()
}

// failing is a reader that does not.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func (c *container) tar() error {
	r := tar.NewReader(bytes.NewReader(c.data))
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := c.member(h.Name, r); err != nil {
			return err
		}
	}
}

func (c *container) sevenZip() error {
	r, err := sevenzip.NewReader(bytes.NewReader(c.data), int64(len(c.data)))
	if err != nil {
		var locked *sevenzip.ReadError
		if errors.As(err, &locked) && locked.Encrypted {
			c.encrypted("7z")
			return nil
		}
		return err
	}
	for _, f := range r.File {
		if err := c.sevenZipMember(f); err != nil {
			return err
		}
	}
	return nil
}

func (c *container) sevenZipMember(f *sevenzip.File) error {
	in, err := f.Open()
	if err != nil {
		var locked *sevenzip.ReadError
		if errors.As(err, &locked) && locked.Encrypted {
			c.encrypted(f.Name)
			return nil
		}
		c.broken(c.path(f.Name), err)
		return nil
	}
	defer in.Close()
	return c.member(f.Name, in)
}

func (c *container) rar() error {
	r, err := rardecode.NewReader(bytes.NewReader(c.data), rardecode.MaxDictionarySize(maxWindow))
	if err != nil {
		return c.rarFailed(err)
	}
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return c.rarFailed(err)
		}
		if h.IsDir {
			continue
		}
		if h.Encrypted {
			c.encrypted(h.Name)
			continue
		}
		if err := c.member(h.Name, r); err != nil {
			return err
		}
	}
}

func (c *container) rarFailed(err error) error {
	if errors.Is(err, rardecode.ErrArchiveEncrypted) || errors.Is(err, rardecode.ErrArchivedFileEncrypted) {
		c.encrypted("rar")
		return nil
	}
	return err
}
