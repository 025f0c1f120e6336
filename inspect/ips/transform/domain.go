package transform

import (
	"bytes"

	"golang.org/x/net/publicsuffix"
)

// domain leaves the registered domain of a host name: the public suffix and one label more.
// The library makes an error value each time, when it looks whether the name is an address:
// domain and tld are the transforms that allocate.
func domain(dst, src []byte) []byte {
	suffix, _ := publicsuffix.PublicSuffix(text(src))
	rest := len(src) - len(suffix) - 1
	if rest <= 0 || src[rest] != '.' {
		return dst
	}
	return append(dst, src[bytes.LastIndexByte(src[:rest], '.')+1:]...)
}

// tld leaves the public suffix of a host name.
func tld(dst, src []byte) []byte {
	suffix, _ := publicsuffix.PublicSuffix(text(src))
	return append(dst, suffix...)
}
