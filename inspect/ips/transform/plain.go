package transform

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
)

func lowercase(dst, src []byte) []byte {
	for _, b := range src {
		if b >= 'A' && b <= 'Z' {
			b += 'a' - 'A'
		}
		dst = append(dst, b)
	}
	return dst
}

func uppercase(dst, src []byte) []byte {
	for _, b := range src {
		if b >= 'a' && b <= 'z' {
			b -= 'a' - 'A'
		}
		dst = append(dst, b)
	}
	return dst
}

func isSpace(b byte) bool { return b == ' ' || b >= '\t' && b <= '\r' }

func stripSpace(dst, src []byte) []byte {
	for _, b := range src {
		if !isSpace(b) {
			dst = append(dst, b)
		}
	}
	return dst
}

// compressSpace makes one of each run of white space: its first byte.
func compressSpace(dst, src []byte) []byte {
	for i, b := range src {
		if !isSpace(b) || i == 0 || !isSpace(src[i-1]) {
			dst = append(dst, b)
		}
	}
	return dst
}

func toMD5(dst, src []byte) []byte {
	sum := md5.Sum(src)
	return append(dst, sum[:]...)
}

func toSHA1(dst, src []byte) []byte {
	sum := sha1.Sum(src)
	return append(dst, sum[:]...)
}

func toSHA256(dst, src []byte) []byte {
	sum := sha256.Sum256(src)
	return append(dst, sum[:]...)
}

func dotPrefix(dst, src []byte) []byte { return append(append(dst, '.'), src...) }

// urlDecode decodes %xx and +. What is no such escape stays.
func urlDecode(dst, src []byte) []byte {
	for i := 0; i < len(src); i++ {
		b := src[i]
		switch {
		case b == '+':
			b = ' '
		case b == '%' && i+2 < len(src) && hexDigit(src[i+1]) < 16 && hexDigit(src[i+2]) < 16:
			b = hexDigit(src[i+1])<<4 | hexDigit(src[i+2])
			i += 2
		}
		dst = append(dst, b)
	}
	return dst
}

// hexDigit is the value of a digit, 255 for none.
func hexDigit(b byte) byte {
	switch {
	case b >= '0' && b <= '9':
		return b - '0'
	case b|0x20 >= 'a' && b|0x20 <= 'f':
		return b | 0x20 - 'a' + 10
	}
	return 255
}

// headerLowercase makes the names of headers lower case, not their values.
func headerLowercase(dst, src []byte) []byte {
	name := true
	for _, b := range src {
		switch {
		case b == ':':
			name = false
		case b == '\n':
			name = true
		case name && b >= 'A' && b <= 'Z':
			b += 'a' - 'A'
		}
		dst = append(dst, b)
	}
	return dst
}

// stripPseudo takes out the lines that begin with a colon (HTTP/2).
func stripPseudo(dst, src []byte) []byte {
	for len(src) > 0 {
		end := bytes.IndexByte(src, '\n') + 1
		if end == 0 {
			end = len(src)
		}
		if src[0] != ':' {
			dst = append(dst, src[:end]...)
		}
		src = src[end:]
	}
	return dst
}
