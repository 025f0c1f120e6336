package pcapfile

import (
	"fmt"

	"vxwall/pipeline"
)

// Link types, by their number in capture files (pcap-linktype(7)). Raw IP has
// several: 12 and 14 are those of BSD systems, 228 and 229 say the version.
var linkTypes = map[uint16]pipeline.LinkType{
	1:  pipeline.LinkEthernet,
	12: pipeline.LinkRaw, 14: pipeline.LinkRaw, 101: pipeline.LinkRaw, 228: pipeline.LinkRaw, 229: pipeline.LinkRaw,
	0: pipeline.LinkNull, 108: pipeline.LinkNull,
	113: pipeline.LinkSLL,
	276: pipeline.LinkSLL2,
}

// foreignLinks are the names of link types that captures often have and that
// are not accepted.
var foreignLinks = map[uint16]string{
	6: "token ring", 8: "SLIP", 9: "PPP", 10: "FDDI", 50: "PPP in HDLC", 51: "PPPoE", 105: "802.11",
	119: "802.11 with Prism header", 127: "802.11 with radiotap header", 147: "private use", 163: "802.11 with AVS header",
	166: "PPP with direction", 187: "Bluetooth HCI", 189: "USB of Linux", 192: "PPI", 195: "802.15.4", 201: "Bluetooth HCI with direction",
	220: "USB of Linux, padded", 227: "CAN", 239: "netfilter log", 249: "USB of Windows", 253: "netlink", 289: "ERF",
}

const acceptedLinks = "accepted: Ethernet (1), raw IP (12, 14, 101, 228, 229), BSD loopback (0, 108), " +
	"Linux cooked capture (113), Linux cooked capture v2 (276)"

// foreignLink is the error for a link type that is not accepted.
func foreignLink(number uint16) error {
	if name, ok := foreignLinks[number]; ok {
		return fmt.Errorf("link type %d, %s (%s)", number, name, acceptedLinks)
	}
	return fmt.Errorf("link type %d (%s)", number, acceptedLinks)
}
