package appliance

import (
	"fmt"
	"net/netip"
	"strings"

	"vxwall/appliance/admin"
	"vxwall/inspect/segment"
	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
	"vxwall/rules"
)

// namer finds the names that numbers in records stand for. It belongs to one
// goroutine.
type namer struct {
	policies *Policies
	known    map[uint32]revision
}

func newNamer(p *Policies) *namer { return &namer{p, map[uint32]revision{}} }

// of returns a revision of the policy. Of one that is too old to be known the
// set is nil, and the name its number.
func (n *namer) of(number uint32) revision {
	r, ok := n.known[number]
	if !ok {
		r.set, r.name = n.policies.Policy(number)
		if r.name == "" && number != 0 {
			r.name = fmt.Sprint(number)
		}
		n.known[number] = r
	}
	return r
}

// rule is the name of what decided: a rule's, "default", or a key of [control].
func (n *namer) rule(j *flow.Judgement) string {
	if j.Revision == 0 {
		return ""
	}
	set := n.of(j.Revision).set
	if set == nil && segment.Kind(j.Kind) == segment.ByACL && j.Rule != segment.NoRule {
		return fmt.Sprintf("#%d", j.Rule)
	}
	return ruleName(set, j)
}

// ruleName names what decided by the set that it is of.
func ruleName(set *rules.Set, j *flow.Judgement) string {
	switch kind := segment.Kind(j.Kind); {
	case kind != segment.ByACL:
		return "control." + kind.String()
	case j.Rule == segment.NoRule:
		return "default"
	}
	return set.ACL[j.Rule].Name
}

// segment is the name of a segment of a judgement, "" for none.
func (n *namer) segment(j *flow.Judgement, index int32) string {
	if j.Revision == 0 || index < 0 {
		return ""
	}
	if set := n.of(j.Revision).set; set != nil && int(index) < len(set.Segments) {
		return set.Segments[index].Name
	}
	return fmt.Sprintf("#%d", index)
}

// keyOf is a flow key in words. What was not read of a packet stays empty.
func keyOf(k *flow.Key) admin.Key {
	key := admin.Key{VNI: k.VNI}
	if k.VLAN != 0 {
		key.VLAN = fmt.Sprint(k.VLAN & 0xfff)
		if outer := k.VLAN >> 16; outer != 0 {
			key.VLAN = fmt.Sprintf("%d.%s", outer, key.VLAN)
		}
	}
	if k.Nested != 0 {
		key.Nested = fmt.Sprintf("%d/%d", k.Nested>>24, k.Nested&0xffffff)
	}
	if k.Src == [16]byte{} && k.Dst == [16]byte{} {
		return key
	}
	key.Src, key.Dst = netip.AddrFrom16(k.Src).Unmap().String(), netip.AddrFrom16(k.Dst).Unmap().String()
	point := rules.Point(k.Proto, k.ICMP)
	if k.Proto == wire.ProtoTCP || k.Proto == wire.ProtoUDP || k.Proto == wire.ProtoSCTP {
		key.SrcPort, key.DstPort = k.SrcPort, k.DstPort
		point = rules.Point(k.Proto, k.DstPort)
	}
	key.Service = rules.ServiceText(point)
	key.Proto = protocolOf(key.Service)
	return key
}

// protocolOf is the protocol of a service as rules name it.
func protocolOf(service string) string {
	if strings.HasPrefix(service, "ip/") {
		return service
	}
	proto, _, _ := strings.Cut(service, "/")
	return proto
}

// addressText writes an address, "" for none.
func addressText(a [16]byte) string {
	if a == [16]byte{} {
		return ""
	}
	return netip.AddrFrom16(a).Unmap().String()
}
