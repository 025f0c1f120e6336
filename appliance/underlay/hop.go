package underlay

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// route is the kernel's answer to how a peer is reached.
type route struct {
	index   int
	next    netip.Addr
	source  netip.Addr
	mtu     int // of the route, 0 for that of the device
	trouble string
}

// routes asks the kernel about peers.
type router struct {
	*netlink.Handle
	local []netip.Addr
}

// ask asks for the route to a peer: from the address that the kernel would choose, if it is
// one of ours, else from the first of ours that is of the family.
func (r *router) ask(peer netip.Addr) route {
	answer := r.get(peer, nil)
	if answer.trouble == "" && slices.Contains(r.local, answer.source) {
		return answer
	}
	at := slices.IndexFunc(r.local, func(a netip.Addr) bool { return a.Is4() == peer.Is4() })
	if at < 0 {
		return route{trouble: "there is no own address of its family"}
	}
	source := r.local[at]
	answer = r.get(peer, &netlink.RouteGetOptions{SrcAddr: source.AsSlice()})
	answer.source = source
	return answer
}

func (r *router) get(peer netip.Addr, o *netlink.RouteGetOptions) route {
	list, err := r.RouteGetWithOptions(peer.AsSlice(), o)
	if err != nil && o != nil && errors.Is(err, unix.EINVAL) {
		return route{trouble: fmt.Sprintf("%v is no address of this machine: ip addr add %v dev PORT", netipOf(o.SrcAddr), netipOf(o.SrcAddr))}
	}
	if err != nil || len(list) == 0 {
		return route{trouble: fmt.Sprintf("no route: %v", err)}
	}
	k := &list[0]
	if k.Type == unix.RTN_LOCAL {
		return route{trouble: "it is an address of this machine"}
	}
	answer := route{index: k.LinkIndex, next: peer, source: netipOf(k.Src), mtu: k.MTU}
	if via, ok := k.Via.(*netlink.Via); ok {
		answer.next = netipOf(via.Addr)
	} else if len(k.Gw) > 0 {
		answer.next = netipOf(k.Gw)
	}
	return answer
}

func netipOf(ip []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(ip)
	return a.Unmap()
}

// hop joins a route with what the mirror knows of its next hop.
func (m *mirror) hop(r *route, ports []Port) Hop {
	h := Hop{Source: r.source, Next: r.next, Trouble: r.trouble}
	if h.Trouble != "" {
		return h
	}
	h.Port = slices.IndexFunc(ports, func(p Port) bool { return p.Index == r.index })
	if h.Port < 0 {
		h.Port, h.Trouble = 0, fmt.Sprintf("the route leads out of %s, which is no port of ours", m.nameOf(r.index))
		return h
	}
	d := m.devices[r.index]
	h.From, h.MTU = d.mac, d.mtu
	if r.mtu > 0 {
		h.MTU = min(h.MTU, r.mtu)
	}
	n := m.neighbours[nextHop{r.index, r.next}]
	h.MAC = n.mac
	switch {
	case !d.up:
		h.Trouble = fmt.Sprintf("port %s is down", d.name)
	case n.mac != MAC{}:
	case n.state&netlink.NUD_FAILED != 0:
		h.Trouble = fmt.Sprintf("%v does not answer %s on %s", r.next, question(r.next), d.name)
	default:
		h.Trouble = fmt.Sprintf("the MAC address of %v is being asked for", r.next)
	}
	return h
}

func question(next netip.Addr) string {
	if next.Is4() {
		return "ARP"
	}
	return "neighbour discovery"
}

func (m *mirror) nameOf(index int) string {
	if d, ok := m.devices[index]; ok {
		return d.name
	}
	return fmt.Sprint("device ", index)
}

// resting are the states of a next hop that nobody is asking about just now, and
// that has not been heard of lately.
const resting = netlink.NUD_STALE | netlink.NUD_FAILED

// poke has the kernel ask for a next hop that is not known, or was not heard of
// lately, as if it had a packet for it (NTF_USE, net/core/neighbour.c neigh_add): the
// frames that we send it does not see.
func (m *mirror) poke(r *router, hop nextHop) error {
	n, known := m.neighbours[hop]
	if known && n.state != netlink.NUD_NONE && n.state&resting == 0 {
		return nil
	}
	return r.NeighSet(&netlink.Neigh{LinkIndex: hop.index, IP: hop.addr.AsSlice(), State: netlink.NUD_NONE, Flags: netlink.NTF_USE})
}
