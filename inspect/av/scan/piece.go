package scan

import "vxwall/rules/clamav"

// piece is a part of a pattern.
type piece struct {
	*clamav.Piece
	pattern int32
	gram    uint16 // where its gram begins
}

// matches says whether a piece is at the beginning of data, which is long enough.
func (p *piece) matches(data []byte) bool {
	value := p.Value
	data = data[:len(value)]
	switch {
	case p.Mask == nil && !p.Fold:
		return string(data) == string(value)
	case p.Mask == nil:
		for i, b := range data {
			if fold(b) != value[i] {
				return false
			}
		}
		return true
	}
	for i, b := range data {
		if p.Fold {
			b = fold(b)
		}
		if b&p.Mask[i] != value[i] {
			return false
		}
	}
	for i := range p.Choices {
		c := &p.Choices[i]
		if p.chosen(c, data[c.At:c.At+len(c.Any[0])]) == c.Not {
			return false
		}
	}
	return true
}

// chosen says whether data are one of the alternatives.
func (p *piece) chosen(c *clamav.Choice, data []byte) bool {
	for _, one := range c.Any {
		same := true
		for i := range data {
			b := data[i]
			if p.Fold {
				b = fold(b)
			}
			same = same && b == one[i]
		}
		if same {
			return true
		}
	}
	return false
}

func fold(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b | 0x20
	}
	return b
}

// wordByte says whether a byte is a letter or a digit.
func wordByte(b byte) bool { return '0' <= b && b <= '9' || 'a' <= b|0x20 && b|0x20 <= 'z' }
