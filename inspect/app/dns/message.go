package dns

import "encoding/binary"

const (
	minRecord  = 11       // the root's name, type, class, TTL and length
	maxRecords = 256      // of a message that are kept; more is an event
	maxNames   = 64 << 10 // bytes of their names together
)

// section of a message.
type section uint8

const (
	questions section = iota
	answers
	authorities
	additionals
)

// record is a question or a resource record. name and data are offsets.
type record struct {
	section          section
	kind, class      uint16
	ttl              uint32
	name, nameTo     int // in message.names
	data, dataTo     int // in message.raw
	target, targetTo int // the name that the data are, or begin with, in message.names; empty for none
}

// message is one DNS message.
type message struct {
	raw     []byte // its own copy
	names   []byte // of all records, decoded
	records []record
	damaged bool // ends early, or contradicts itself
	many    bool // had more records than are kept
}

func (m *message) id() uint16     { return binary.BigEndian.Uint16(m.raw) }
func (m *message) flags() uint16  { return binary.BigEndian.Uint16(m.raw[2:]) }
func (m *message) response() bool { return m.raw[2]&0x80 != 0 }
func (m *message) opcode() int    { return int(m.raw[2] >> 3 & 15) }

// rcode is the response code, with the upper bits that an OPT record brings (RFC 6891
// section 6.1.3).
func (m *message) rcode() int {
	code := int(m.raw[3] & 15)
	for i := range m.records {
		if r := &m.records[i]; r.section == additionals && r.kind == typeOPT {
			code |= int(r.ttl>>24) << 4
		}
	}
	return code
}

// reserved says whether the bit is set that must be zero.
func (m *message) reserved() bool { return m.raw[3]&0x40 != 0 }

func (m *message) name(r *record) []byte { return m.names[r.name:r.nameTo] }

// target is the name that a record's data are, nil for none.
func (m *message) target(r *record) []byte { return m.names[r.target:r.targetTo] }

func (m *message) data(r *record) []byte { return m.raw[r.data:r.dataTo] }

// parse takes a message apart, as far as it is sound. It has a header.
func (m *message) parse(raw []byte) {
	m.raw = append(m.raw[:0], raw...)
	m.names, m.records, m.damaged, m.many = m.names[:0], m.records[:0], false, false
	at := headerLen
	for s := questions; s <= additionals; s++ {
		for range binary.BigEndian.Uint16(raw[4+2*s:]) {
			if len(m.records) == maxRecords || len(m.names) > maxNames {
				m.many = true
				return
			}
			if at = m.take(s, at); at < 0 {
				m.damaged = true
				return
			}
		}
	}
}

// take reads the record at an offset and returns where the next begins, -1 if the
// message is damaged.
func (m *message) take(s section, at int) int {
	r := record{section: s, name: len(m.names)}
	names, at, ok := appendName(m.names, m.raw, at)
	if !ok || at+4 > len(m.raw) {
		return -1
	}
	m.names, r.nameTo = names, len(names)
	r.kind, r.class = binary.BigEndian.Uint16(m.raw[at:]), binary.BigEndian.Uint16(m.raw[at+2:])
	at += 4
	if s != questions {
		if at+6 > len(m.raw) {
			return -1
		}
		r.ttl = binary.BigEndian.Uint32(m.raw[at:])
		r.data = at + 6
		r.dataTo = r.data + int(binary.BigEndian.Uint16(m.raw[at+4:]))
		if r.dataTo > len(m.raw) {
			return -1
		}
		at = r.dataTo
		m.point(&r)
	}
	m.records = append(m.records, r)
	return at
}

// targets are the types whose data are a name, or begin with one, and where it begins.
var targets = map[uint16]int{typeNS: 0, typeCNAME: 0, typePTR: 0, typeDNAME: 0, typeSOA: 0, typeMX: 2}

// point decodes the name that a record points to.
func (m *message) point(r *record) {
	at, ok := targets[r.kind]
	if !ok || r.data+at >= r.dataTo {
		return
	}
	names, _, ok := appendName(m.names, m.raw, r.data+at)
	if ok {
		r.target, r.targetTo = len(m.names), len(names)
		m.names = names
	}
}
