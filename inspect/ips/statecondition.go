package ips

import (
	"hash/fnv"

	"vxwall/rules/suricata"
)

// nameKey is what a name is remembered by. Bits outlive engines, so it is made of the
// name alone.
func nameKey(kind, name string) uint64 {
	h := fnv.New64a()
	// A hash takes all that is written to it.
	_, _ = h.Write([]byte(kind + "\x00" + name))
	return h.Sum64()
}

// stateCondition compiles what asks for, or changes, what is remembered.
func (b *builder) stateCondition(m *suricata.Match) (condition, effect) {
	switch {
	case m.Int != nil:
		return newFlowInt(m.Int)
	case m.Bits == nil:
		return nil, nil
	}
	var keys []uint64
	for _, name := range m.Bits.Names {
		keys = append(keys, nameKey(m.Keyword, name))
	}
	var bits bitStore
	if m.Keyword == "flowbits" {
		bits = flowBits{}
	} else {
		bits = &hostBits{track: m.Bits.Track, expire: int64(m.Bits.Expire) * 1e9}
	}
	switch m.Bits.Op {
	case suricata.BitIsSet:
		return &bitAsk{bits, keys, true}, nil
	case suricata.BitIsNotSet:
		return &bitAsk{bits, keys, false}, nil
	}
	return nil, &bitChange{bits, keys, m.Bits.Op}
}

// bitStore is where bits are kept.
type bitStore interface {
	has(d *Detector, key uint64) bool
	change(d *Detector, key uint64, on bool)
}

// bitAsk asks whether one of several bits is set, or not set.
type bitAsk struct {
	bits bitStore
	keys []uint64
	set  bool
}

func (a *bitAsk) holds(d *Detector) bool {
	for _, key := range a.keys {
		if a.bits.has(d, key) == a.set {
			return true
		}
	}
	return false
}

// bitChange sets, unsets or toggles bits.
type bitChange struct {
	bits bitStore
	keys []uint64
	op   suricata.BitsOp
}

func (c *bitChange) act(d *Detector) {
	for _, key := range c.keys {
		on := c.op == suricata.BitSet || c.op == suricata.BitToggle && !c.bits.has(d, key)
		c.bits.change(d, key, on)
	}
}

// flowBits are bits of the flow.
type flowBits struct{}

func (flowBits) has(d *Detector, key uint64) bool {
	return d.session != nil && d.state.find(d.session.vars, key) != nil
}

func (flowBits) change(d *Detector, key uint64, on bool) {
	switch {
	case d.session == nil:
	case on:
		d.state.put(&d.session.vars, key)
	default:
		d.state.remove(&d.session.vars, key)
	}
}

// hostBits are xbits and hostbits: bits of addresses, in one network.
type hostBits struct {
	track  string
	expire int64 // nanoseconds
}

// defaultExpire is how long bits of hosts are kept, as in Suricata.
const defaultExpire = 30e9

func (h *hostBits) key(d *Detector, key uint64) hostKey {
	k := hostKey{vni: d.in.Key.VNI, kind: hostBit, id: key}
	switch h.track {
	case "ip_src", "src":
		k.a = d.in.Key.Src
	case "ip_dst", "dst":
		k.a = d.in.Key.Dst
	case "tx":
		k.id ^= uint64(d.in.Session)<<32 ^ d.txID*0x9e37_79b9_7f4a_7c15
	default:
		k.a, k.b = ordered(d.in.Key.Src, d.in.Key.Dst)
	}
	return k
}

// ordered returns two addresses the smaller first: a pair has no direction.
func ordered(a, b [16]byte) (low, high [16]byte) {
	if compare(&a, &b) > 0 {
		return b, a
	}
	return a, b
}

func (h *hostBits) has(d *Detector, key uint64) bool {
	k := h.key(d, key)
	return d.state.hosts.find(&k, d.in.Time) != nil
}

func (h *hostBits) change(d *Detector, key uint64, on bool) {
	k := h.key(d, key)
	if !on {
		if e := d.state.hosts.find(&k, d.in.Time); e != nil {
			*e = hostEntry{}
		}
		return
	}
	expire := h.expire
	if expire == 0 {
		expire = defaultExpire
	}
	e, evicted := d.state.hosts.put(&k, d.in.Time, d.in.Time+expire)
	if e.expires = d.in.Time + expire; evicted {
		d.state.Lost.Hosts++
	}
}

// flowInt is a number of the flow.
type flowInt struct {
	key, other uint64 // other: the name of the value, if it is a variable
	named      bool
	value      uint64
	op         string
}

func newFlowInt(i *suricata.Int) (condition, effect) {
	f := &flowInt{key: nameKey("flowint", i.Name), op: i.Op, value: uint64(i.Value.N)}
	if i.Value.Name != "" {
		f.named, f.other = true, nameKey("flowint", i.Value.Name)
	}
	switch i.Op {
	case "+", "-", "=":
		return nil, f
	}
	return f, nil
}

// operand is the value on the right side: false if it is a variable that is not set.
func (f *flowInt) operand(d *Detector) (uint64, bool) {
	if !f.named {
		return f.value, true
	}
	n := d.state.find(d.session.vars, f.other)
	if n == nil {
		return 0, false
	}
	return n.value, true
}

func (f *flowInt) holds(d *Detector) bool {
	if d.session == nil {
		return false
	}
	n := d.state.find(d.session.vars, f.key)
	switch {
	case f.op == "isset":
		return n != nil
	case f.op == "notset":
		return n == nil
	case n == nil:
		return false
	}
	v, ok := f.operand(d)
	if !ok {
		return false
	}
	switch f.op {
	case ">":
		return n.value > v
	case "<":
		return n.value < v
	case ">=":
		return n.value >= v
	case "<=":
		return n.value <= v
	case "!=":
		return n.value != v
	}
	return n.value == v
}

func (f *flowInt) act(d *Detector) {
	if d.session == nil {
		return
	}
	v, ok := f.operand(d)
	if !ok {
		return
	}
	n := d.state.put(&d.session.vars, f.key)
	switch {
	case n == nil:
	case f.op == "+":
		n.value += v
	case f.op == "-":
		n.value -= min(v, n.value)
	default:
		n.value = v
	}
}
