package doctor

import (
	"context"
	"fmt"
	"strings"
)

// lookTap is about the copies that a mirror sends.
func lookTap(_ context.Context, p *patient) []Finding {
	switch {
	case p.mode() != "tap":
		return nil
	case p.daemon == nil || p.daemon.Mode != "tap":
		return one(NotChecked, "", "whether copies come, only the running vxwall knows")
	}
	return judgeCopies(p.daemon.Packets.Received.Packets, p.daemon.Packets.Truncated, p.tapPorts())
}

// tapPorts are the UDP ports that copies come to, in words.
func (p *patient) tapPorts() string {
	var words []string
	for _, port := range p.Config.LinkPorts() {
		words = append(words, fmt.Sprint(port))
	}
	return strings.Join(words, ", ")
}

// cutTooShort is the share of cut copies from which on that is worth a word: 1 of so many.
const cutTooShort = 10

func judgeCopies(received, truncated uint64, ports string) []Finding {
	if received == 0 {
		f := finding(Warning, "", "no copy has come yet")
		return []Finding{f.advise("does the mirror send to an address of this machine, UDP port %s, and is that let in (security group)? tcpdump sees no packet that XDP takes; `vxwall status` counts them", ports)}
	}
	if truncated > received/cutTooShort {
		f := finding(Warning, "", "%d of %d copies are cut off", truncated, received)
		return []Finding{f.advise("have the mirror copy at least 128 bytes of each packet, 192 over IPv6; more, if payloads are to be judged")}
	}
	return one(OK, "", "%d copies came, %d of them cut off", received, truncated)
}
