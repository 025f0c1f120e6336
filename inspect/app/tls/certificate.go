package tls

import (
	"crypto/sha1"
	"encoding/hex"
	"time"
)

const (
	maxCertificates = 16 // of a chain that are kept
	maxNames        = 64 // subjectAltNames that are kept
)

// chain is the certificates of a server; what is said of one is said of the first
// (RFC 5246 section 7.4.2).
type chain struct {
	raw    []byte
	ends   []int // of each certificate in raw
	length int   // of the whole list on the wire

	subject, issuer     []byte
	serial, fingerprint []byte
	notBefore, notAfter int64 // seconds since 1970
	names               [][]byte
	sound               bool
}

func (c *chain) reset() {
	*c = chain{
		raw: c.raw[:0], ends: c.ends[:0], subject: c.subject[:0], issuer: c.issuer[:0],
		serial: c.serial[:0], fingerprint: c.fingerprint[:0], names: c.names[:0],
	}
}

// memory is what is kept of certificates.
func (c *chain) memory() int { return cap(c.raw) }

// certificate returns certificate n of the chain, first that of the server.
func (c *chain) certificate(n int) ([]byte, bool) {
	if n >= len(c.ends) {
		return nil, false
	}
	start := 0
	if n > 0 {
		start = c.ends[n-1]
	}
	return c.raw[start:c.ends[n]], true
}

// parse reads the message with the certificates, and says whether it and the first
// certificate are sound.
func (c *chain) parse(body []byte) bool {
	c.reset()
	r := reader{b: body}
	list := r.list(3)
	c.length = len(list.b)
	for len(list.b) > 0 && len(c.ends) < maxCertificates {
		one := list.list(3)
		if list.failed {
			return false
		}
		c.raw = append(c.raw, one.b...)
		c.ends = append(c.ends, len(c.raw))
	}
	first, ok := c.certificate(0)
	if !ok || r.failed {
		return false
	}
	c.sound = c.read(first)
	return c.sound
}

// read takes a certificate apart (RFC 5280 section 4.1).
func (c *chain) read(raw []byte) bool {
	sum := sha1.Sum(raw)
	c.fingerprint = appendColons(c.fingerprint, sum[:], false)
	whole := der{raw}
	outer, ok := whole.expect(tagSequence)
	if !ok {
		return false
	}
	tbs, ok := outer.expect(tagSequence)
	if !ok {
		return false
	}
	tbs.expect(tagContext0) // version
	serial, ok := tbs.expect(tagInteger)
	if !ok {
		return false
	}
	c.serial = appendColons(c.serial, serial.b, true)
	if _, ok = tbs.expect(tagSequence); !ok { // signature algorithm
		return false
	}
	issuer, ok := tbs.expect(tagSequence)
	if !ok {
		return false
	}
	c.issuer = appendDN(c.issuer, issuer)
	validity, ok := tbs.expect(tagSequence)
	if !ok {
		return false
	}
	c.notBefore, c.notAfter = moment(&validity), moment(&validity)
	subject, ok := tbs.expect(tagSequence)
	if !ok {
		return false
	}
	c.subject = appendDN(c.subject, subject)
	c.extensions(tbs)
	return true
}

// extensions looks for other names of the subject (RFC 5280 section 4.2.1.6).
func (c *chain) extensions(tbs der) {
	for len(tbs.b) > 0 {
		tag, value, ok := tbs.next()
		if !ok || tag != tagContext3 {
			continue
		}
		inside := der{value}
		list, _ := inside.expect(tagSequence)
		for one, ok := list.expect(tagSequence); ok; one, ok = list.expect(tagSequence) {
			if oid, _ := one.expect(tagOID); string(oid.b) == "\x55\x1d\x11" {
				c.alternatives(one)
			}
		}
	}
}

func (c *chain) alternatives(extension der) {
	for len(extension.b) > 0 {
		tag, value, ok := extension.next()
		if !ok {
			return
		}
		if tag != tagOctets {
			continue
		}
		inside := der{value}
		list, _ := inside.expect(tagSequence)
		for len(list.b) > 0 && len(c.names) < maxNames {
			tag, name, ok := list.next()
			if !ok {
				return
			}
			if tag == tagDNSName {
				c.names = append(c.names, name)
			}
		}
	}
}

// moment reads a time (RFC 5280 section 4.1.2.5), 0 if it is none.
func moment(d *der) int64 {
	tag, value, _ := d.next()
	layout := "20060102150405Z"
	if tag == tagUTCTime {
		layout = layout[2:]
	}
	t, err := time.Parse(layout, string(value))
	if err != nil {
		return 0
	}
	if tag == tagUTCTime && t.Year() >= 2050 {
		t = t.AddDate(-100, 0, 0)
	}
	return t.Unix()
}

// attributes are short names of what a distinguished name says (RFC 4519).
var attributes = map[string]string{
	"\x55\x04\x03": "CN", "\x55\x04\x04": "SN", "\x55\x04\x05": "serialNumber", "\x55\x04\x06": "C", "\x55\x04\x07": "L",
	"\x55\x04\x08": "ST", "\x55\x04\x09": "street", "\x55\x04\x0a": "O", "\x55\x04\x0b": "OU", "\x55\x04\x0c": "title",
	"\x55\x04\x0d": "description", "\x55\x04\x0f": "businessCategory", "\x55\x04\x11": "postalCode", "\x55\x04\x2a": "GN",
	"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01": "emailAddress", "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19": "DC",
	"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01": "UID",
}

// appendDN appends a distinguished name as Suricata writes it: "C=US, O=Example, CN=a".
func appendDN(dst []byte, name der) []byte {
	start := len(dst)
	for {
		set, ok := name.expect(tagSet)
		if !ok {
			return dst
		}
		for {
			pair, ok := set.expect(tagSequence)
			if !ok {
				break
			}
			oid, _ := pair.expect(tagOID)
			_, value, ok := pair.next()
			if !ok {
				break
			}
			if len(dst) > start {
				dst = append(dst, ", "...)
			}
			dst = append(append(append(dst, attribute(oid.b)...), '='), value...)
		}
	}
}

func attribute(oid []byte) string {
	if name := attributes[string(oid)]; name != "" {
		return name
	}
	return "unknown"
}

// appendColons appends bytes in hexadecimal, with colons between them.
func appendColons(dst, b []byte, upper bool) []byte {
	for i, c := range b {
		if i > 0 {
			dst = append(dst, ':')
		}
		dst = hex.AppendEncode(dst, []byte{c})
		if upper {
			for k := len(dst) - 2; k < len(dst); k++ {
				if dst[k] >= 'a' {
					dst[k] -= 'a' - 'A'
				}
			}
		}
	}
	return dst
}
