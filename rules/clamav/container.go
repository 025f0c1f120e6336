package clamav

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
)

// headerLen is the length of a container's header: fields with colons between them, and
// blanks (libclamav/cvd.c).
const headerLen = 512

// The public key of ClamAV's databases (libclamav/dsig.c).
const (
	keyModulus = "118640995551645342603070001658453189751527774412027743746599405743243142607464144767361060640655844749760788890022283424922762488917565551002467771109669598189410434699034532232228621591089508178591428456220796841621637175567590476666928698770143328137383952820383197532047771780196576957695822641224262693037"
	keyPublic  = "100001027"
)

// ErrSignature says that a container's digital signature is not ClamAV's.
var ErrSignature = errors.New("digital signature is wrong: the file was changed, or is none of ClamAV's; get it anew with freshclam")

// container reads a .cvd, whose digital signature must be right, or a .cld, which freshclam
// made of one and which has none.
func container(r *reader, name string, in io.Reader) {
	at := Pos{File: name}
	data, err := io.ReadAll(in)
	if err != nil {
		r.problem(at, "", err)
		return
	}
	if len(data) < headerLen || !bytes.HasPrefix(data, []byte("ClamAV-VDB:")) {
		r.problem(at, "", errors.New("no ClamAV container: expected one that begins with ClamAV-VDB"))
		return
	}
	if strings.HasSuffix(name, ".cvd") {
		if err := verify(data); err != nil {
			r.problem(at, "", err)
			return
		}
	}
	if err := r.members(name, data[headerLen:]); err != nil {
		r.problem(at, "", err)
	}
}

// verify checks the MD5 sum in a container's header and its signature.
func verify(data []byte) error {
	fields := strings.Split(string(data[:headerLen]), ":")
	if len(fields) < 8 {
		return errors.New("header has too few fields")
	}
	sum := md5.Sum(data[headerLen:])
	if hex.EncodeToString(sum[:]) != fields[5] {
		return errors.New("content does not have the MD5 sum of the header: the file is damaged; get it anew with freshclam")
	}
	if !signed(sum[:], fields[6]) {
		return ErrSignature
	}
	return nil
}

// signed says whether a signature is that of an MD5 sum: its sixteen last bytes, raised to
// the public exponent, are the sum. Digits of the signature have six bits, the least
// significant first.
func signed(sum []byte, signature string) bool {
	const digits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/"
	if len(signature) > 1000 {
		return false
	}
	c := new(big.Int)
	for i := len(signature) - 1; i >= 0; i-- {
		digit := strings.IndexByte(digits, signature[i])
		if digit < 0 {
			return false
		}
		c.Lsh(c, 6)
		c.Or(c, big.NewInt(int64(digit)))
	}
	n, _ := new(big.Int).SetString(keyModulus, 10)
	e, _ := new(big.Int).SetString(keyPublic, 10)
	plain := new(big.Int).Exp(c, e, n).Bytes()
	return len(plain) >= len(sum) && bytes.Equal(plain[len(plain)-len(sum):], sum)
}

// members reads the databases in a container.
func (r *reader) members(name string, data []byte) error {
	var in io.Reader = bytes.NewReader(data)
	if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return fmt.Errorf("open container: %w", err)
		}
		in = io.LimitReader(unpacked, maxDatabase)
	}
	t := tar.NewReader(bufio.NewReader(in))
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("open container: %w", err)
		}
		kind := kindOf(h.Name)
		switch {
		case h.Typeflag != tar.TypeReg, kind == nil: // COPYING and the like
		case strings.HasSuffix(h.Name, ".cvd"), strings.HasSuffix(h.Name, ".cld"):
			r.problem(Pos{File: name}, "", errors.New("a container in the container is not read"))
		default:
			r.told = 0
			kind(r, name+"/"+h.Name, t)
		}
	}
}
