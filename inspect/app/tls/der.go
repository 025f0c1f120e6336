package tls

// Tags of ASN.1 (X.690).
const (
	tagInteger  = 0x02
	tagOID      = 0x06
	tagUTCTime  = 0x17
	tagTime     = 0x18
	tagSequence = 0x30
	tagSet      = 0x31
	tagContext0 = 0xa0
	tagContext3 = 0xa3
	tagOctets   = 0x04
	tagDNSName  = 0x82
)

// der walks over elements in the distinguished encoding.
type der struct{ b []byte }

// next takes the next element: its tag and what it holds. It is not ok at the end, and if
// the element does not fit.
func (d *der) next() (tag byte, value []byte, ok bool) {
	if len(d.b) < 2 {
		return 0, nil, false
	}
	tag = d.b[0]
	length, head := int(d.b[1]), 2
	if length >= 0x80 {
		n := length & 0x7f
		if n == 0 || n > 3 || len(d.b) < 2+n {
			return 0, nil, false
		}
		length = 0
		for _, c := range d.b[2 : 2+n] {
			length = length<<8 | int(c)
		}
		head += n
	}
	if length > len(d.b)-head {
		return 0, nil, false
	}
	value = d.b[head : head+length]
	d.b = d.b[head+length:]
	return tag, value, true
}

// expect takes the next element if it has a tag.
func (d *der) expect(tag byte) (der, bool) {
	if len(d.b) == 0 || d.b[0] != tag {
		return der{}, false
	}
	_, value, ok := d.next()
	return der{value}, ok
}
