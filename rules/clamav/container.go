package clamav

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
)

// headerSize is the length of a container's header, which is filled with spaces.
const headerSize = 512

// maxMembers bounds the files of a container.
const maxMembers = 1000

// header is the first line of a container.
type header struct {
	version   uint32
	md5       string
	signature string
}

func readHeader(text []byte) (h header, f *fault) {
	if len(text) < headerSize {
		return h, bad("header", "%d bytes: expected %d", len(text), headerSize)
	}
	fields := strings.Split(strings.TrimRight(string(text[:headerSize]), " \x00\r\n"), ":")
	if fields[0] != "ClamAV-VDB" || len(fields) < 8 {
		return h, bad("header", "expected ClamAV-VDB and at least seven more fields")
	}
	version, f := number("header version", fields[2], 32)
	if f != nil {
		return h, f
	}
	level, f := number("header level", fields[4], 32)
	if f != nil {
		return h, f
	}
	if level > Level+100 {
		return h, bad("header level", "%d: made for a much later engine than %d", level, Level)
	}
	return header{uint32(version), fields[5], fields[6]}, nil
}

// container reads a .cvd, whose MD5 is signed, or a .cld, which is put together locally and
// has only its list of members signed.
func (l *loader) container(name string, text []byte) {
	h, f := readHeader(text)
	if f != nil {
		l.problem(name, f)
		return
	}
	body := text[headerSize:]
	signed := !strings.HasSuffix(strings.ToLower(name), ".cld")
	if signed && !l.opts.Unsigned {
		sum := md5.Sum(body)
		if hex.EncodeToString(sum[:]) != strings.ToLower(h.md5) {
			l.problem(name, bad("MD5", "what follows the header is not what it says: damaged"))
			return
		}
		if !l.key.verifyMD5(sum[:], h.signature) {
			l.problem(name, bad("digital signature", "not one of ClamAV's"))
			return
		}
	}
	l.members(name, body, h.version, signed)
}

// members reads the files of a container, compressed or not.
func (l *loader) members(name string, body []byte, version uint32, signed bool) {
	var from io.Reader = bytes.NewReader(body)
	if bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(from)
		if err != nil {
			l.problem(name, bad("", "%v", err))
			return
		}
		from = z
	}
	info := memberList{signed: signed}
	archive := tar.NewReader(from)
	for n := 0; ; n++ {
		head, err := archive.Next()
		if err == io.EOF {
			break
		}
		if err != nil || n >= maxMembers {
			l.problem(name, bad("", "%v", cmpError(err)))
			return
		}
		text, err := l.read(archive)
		if err != nil {
			l.problem(name+"/"+head.Name, bad("", "%v", err))
			return
		}
		if f := l.member(&info, head, text); f != nil {
			l.problem(name+"/"+head.Name, f)
			continue
		}
		official := !l.opts.Unsigned
		l.file(File{Name: name + "/" + head.Name, Official: official, Version: version}, text)
	}
}

func cmpError(err error) error {
	if err != nil {
		return err
	}
	return errors.New("more files than a container has")
}

// member checks a file against the list of members, which comes first.
func (l *loader) member(info *memberList, head *tar.Header, text []byte) *fault {
	switch {
	case head.Typeflag != tar.TypeReg || strings.ContainsAny(head.Name, "/\\"):
		return bad("", "not a plain file: containers have no directories and links")
	case strings.HasSuffix(head.Name, ".info"):
		return info.read(text, l)
	case info.signed || l.opts.Unsigned || !known(head.Name):
		return nil
	}
	want, ok := info.hashes[head.Name]
	if !ok || want != sha256.Sum256(text) {
		return bad("", "the container's signed list does not have it so: damaged")
	}
	return nil
}

// memberList is a container's .info: names, sizes and hashes of its files. It is
// what makes a .cld trustworthy.
type memberList struct {
	signed bool // the whole container is
	hashes map[string][32]byte
}

func (m *memberList) read(text []byte, l *loader) *fault {
	at := bytes.LastIndex(text, []byte("DSIG:"))
	if at < 0 {
		return bad("digital signature", "missing")
	}
	signature := strings.TrimSpace(string(text[at+5:]))
	if !l.opts.Unsigned && !l.infoKey.verifySHA256(sha256.Sum256(text[:at]), signature) {
		return bad("digital signature", "not one of ClamAV's")
	}
	m.hashes = map[string][32]byte{}
	for line := range strings.Lines(string(text[:at])) {
		f := strings.Split(strings.TrimSpace(line), ":")
		var h [32]byte
		if len(f) != 3 || len(f[2]) != 64 {
			continue
		}
		if _, err := hex.Decode(h[:], []byte(f[2])); err == nil && len(m.hashes) < maxMembers {
			m.hashes[f[0]] = h
		}
	}
	return nil
}
