package unpack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strconv"
)

var errCPIO = errors.New("bad cpio header")

// cpioText opens archives with headers in hexadecimal digits (cpio(5), "New ASCII
// Format").
func (c *container) cpioText() error {
	const headerLen = 110
	for data := c.data; len(data) >= headerLen; {
		size, err := strconv.ParseUint(string(data[54:62]), 16, 32)
		if err != nil {
			return errCPIO
		}
		nameLen, err := strconv.ParseUint(string(data[94:102]), 16, 32)
		if err != nil {
			return errCPIO
		}
		start := (headerLen + nameLen + 3) &^ 3
		end := (start + size + 3) &^ 3
		if nameLen == 0 || start+size > uint64(len(data)) {
			return errCPIO
		}
		more, err := c.cpioMember(data[headerLen:headerLen+nameLen-1], data[start:start+size])
		if err != nil || !more {
			return err
		}
		data = data[min(end, uint64(len(data))):]
	}
	return nil
}

// cpioOld opens archives with headers in octal digits ("Portable ASCII Format").
func (c *container) cpioOld() error {
	const headerLen = 76
	for data := c.data; len(data) >= headerLen; {
		nameLen, err := strconv.ParseUint(string(data[59:65]), 8, 32)
		if err != nil {
			return errCPIO
		}
		size, err := strconv.ParseUint(string(data[65:76]), 8, 34)
		if err != nil {
			return errCPIO
		}
		start := headerLen + nameLen
		if nameLen == 0 || start+size > uint64(len(data)) {
			return errCPIO
		}
		more, err := c.cpioMember(data[headerLen:start-1], data[start:start+size])
		if err != nil || !more {
			return err
		}
		data = data[start+size:]
	}
	return nil
}

// cpioBinary opens archives with headers of 16-bit words in either order of bytes ("Old
// Binary Format").
func (c *container) cpioBinary() error {
	const headerLen = 26
	var order binary.ByteOrder = binary.LittleEndian
	if c.data[0] == 0x71 {
		order = binary.BigEndian
	}
	for data := c.data; len(data) >= headerLen; {
		nameLen := int(order.Uint16(data[20:]))
		size := int(order.Uint16(data[22:]))<<16 | int(order.Uint16(data[24:]))
		start := headerLen + (nameLen+1)&^1
		if order.Uint16(data) != 0o70707 || nameLen == 0 || start+size > len(data) {
			return errCPIO
		}
		more, err := c.cpioMember(data[headerLen:headerLen+nameLen-1], data[start:start+size])
		if err != nil || !more {
			return err
		}
		data = data[min(len(data), start+(size+1)&^1):]
	}
	return nil
}

// cpioMember shows a member, and says whether more may come.
func (c *container) cpioMember(name, data []byte) (more bool, err error) {
	if string(name) == "TRAILER!!!" {
		return false, nil
	}
	return true, c.member(string(name), bytes.NewReader(data))
}
