package pcapfile

import (
	"errors"
	"fmt"

	"vxwall/pipeline"
)

// An interface description block (draft-ietf-opsawg-pcapng section 4.2):
//
//	0        8           10         12        16
//	| header | link type | reserved | snaplen | options | length |
const (
	idbOptions = 16

	optionEnd        = 0
	optionResolution = 9
	optionOffset     = 14

	// maxInterfaces bounds what a section may make us remember.
	maxInterfaces = 1 << 12
)

// netInterface is what packets of a pcapng file refer to.
type netInterface struct {
	clock   clock
	snaplen uint32
	number  uint16 // of the link type
	link    pipeline.LinkType
	foreign bool // the link type is not accepted
}

// newInterface reads a whole block.
func newInterface(order byteOrder, block []byte) (netInterface, error) {
	if len(block) < idbOptions+blockTrailer {
		return netInterface{}, errors.New("interface description too short")
	}
	i := netInterface{number: order.u16(block[8:]), snaplen: order.u32(block[12:])}
	link, ok := linkTypes[i.number]
	i.link, i.foreign = link, !ok
	resolution, offset := uint8(6), int64(0)
	options := block[idbOptions : len(block)-blockTrailer]
	for len(options) >= 4 {
		code, n := order.u16(options), int(order.u16(options[2:]))
		if code == optionEnd {
			break
		}
		if options = options[4:]; n > len(options) {
			return i, errors.New("interface description: an option is longer than the block")
		}
		switch {
		case code == optionResolution && n == 1:
			resolution = options[0]
		case code == optionOffset && n == 8:
			offset = order.s64(options)
		}
		options = options[min((n+3)&^3, len(options)):]
	}
	i.clock = newClock(resolution, offset)
	return i, nil
}

// refuse is the error for a packet of a foreign interface.
func (i *netInterface) refuse(index int) error {
	return fmt.Errorf("interface %d has %w", index, foreignLink(i.number))
}
