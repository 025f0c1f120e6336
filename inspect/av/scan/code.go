package scan

import (
	"bytes"
	"encoding/binary"

	"vxwall/rules/clamav"
)

// op is an instruction of a piece's code. Operands follow it.
type op byte

const (
	opEnd      op = iota
	opLit         // n, bytes
	opFold        // n, bytes in lower case: letters of either case match
	opMask        // n, values, masks
	opSkip        // n: any bytes
	opGap         // least, most: any number of bytes between
	opAlt         // negated, length of the rest, alternatives: each n, values, masks
	opBoundary    // kind, side, negated
)

// Sides of a boundary: which byte is looked at.
const (
	sideLeft = iota
	sideRight
	sideBoth
)

// word is the boundary of a full word in UTF-16; the others are ClamAV's letters.
const wideWord = 'w'

// coder writes the code of a piece.
type coder struct {
	code []byte
	fold bool
	wide bool
}

func (c *coder) n(n int) { c.code = binary.LittleEndian.AppendUint16(c.code, uint16(n)) }

// widen puts a zero behind each byte, as in UTF-16.
func (c *coder) widen(values, masks []byte) (v, m []byte) {
	if !c.wide {
		return values, masks
	}
	for i, b := range values {
		v = append(v, b, 0)
		if masks != nil {
			m = append(m, masks[i], 0xff)
		}
	}
	return v, m
}

// run writes bytes in a row, of which some have masks: as stretches of one sort each.
func (c *coder) run(values, masks []byte) {
	values, masks = c.widen(values, masks)
	for len(values) > 0 {
		n := len(values)
		sort := 0
		if masks != nil {
			sort = sortOf(masks[0])
			for n = 1; n < len(masks) && sortOf(masks[n]) == sort; n++ {
			}
		}
		c.stretch(values[:n], masks, sort)
		values = values[n:]
		if masks != nil {
			masks = masks[n:]
		}
	}
}

func sortOf(mask byte) int {
	switch mask {
	case 0xff:
		return 0
	case 0:
		return 1
	}
	return 2
}

func (c *coder) stretch(values, masks []byte, sort int) {
	switch {
	case sort == 1:
		c.code = append(c.code, byte(opSkip))
		c.n(len(values))
	case sort == 2:
		c.code = append(c.code, byte(opMask))
		c.n(len(values))
		c.code = append(append(c.code, values...), masks[:len(values)]...)
	case c.fold && hasLetter(values):
		c.code = append(c.code, byte(opFold))
		c.n(len(values))
		for _, b := range values {
			c.code = append(c.code, fold(b))
		}
	default:
		c.code = append(c.code, byte(opLit))
		c.n(len(values))
		c.code = append(c.code, values...)
	}
}

func hasLetter(values []byte) bool {
	for _, b := range values {
		if b|0x20 >= 'a' && b|0x20 <= 'z' {
			return true
		}
	}
	return false
}

// special writes alternatives or a boundary.
func (c *coder) special(s *clamav.Special, side byte) {
	negated := byte(0)
	if s.Negated {
		negated = 1
	}
	if s.Boundary != 0 {
		c.boundary(s.Boundary, side, negated)
		return
	}
	c.code = append(c.code, byte(opAlt), negated)
	at := len(c.code)
	c.n(0)
	for _, a := range s.Alternatives {
		masks := a.Mask
		if masks == nil {
			masks = bytes.Repeat([]byte{0xff}, len(a.Bytes))
		}
		values, masks := c.widen(a.Bytes, masks)
		c.n(len(values))
		for i, b := range values {
			if c.fold && masks[i] == 0xff && b|0x20 >= 'a' && b|0x20 <= 'z' {
				values[i], masks[i] = b&^0x20, 0xdf
			}
		}
		c.code = append(append(c.code, values...), masks...)
	}
	binary.LittleEndian.PutUint16(c.code[at:], uint16(len(c.code)-at-2))
}

func (c *coder) boundary(kind, side, negated byte) {
	c.code = append(c.code, byte(opBoundary), kind, side, negated)
}

func (c *coder) gap(least, most int) {
	if least == most {
		if least > 0 {
			c.code = append(c.code, byte(opSkip))
			c.n(least)
		}
		return
	}
	c.code = append(c.code, byte(opGap))
	c.n(least)
	c.n(most)
}

func fold(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b | 0x20
	}
	return b
}

// isWord says whether a byte is a letter or a digit.
func isWord(b byte) bool { return '0' <= b && b <= '9' || 'a' <= b|0x20 && b|0x20 <= 'z' }
