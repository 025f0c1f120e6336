package dns

import (
	"encoding/binary"
	"net/netip"
	"strconv"

	"vxwall/inspect/app"
)

// Describe implements app.Content, in the form of EVE's third version.
func (t *transaction) Describe(f app.Fields) bool {
	f.Int("version", 3)
	kind := "request"
	if t.response() {
		kind = "response"
	}
	f.String("type", []byte(kind))
	f.Int("tx_id", int64(t.tx.ID))
	f.Int("id", int64(t.id()))
	f.String("flags", strconv.AppendUint(nil, uint64(t.flags()), 16))
	for _, bit := range []struct {
		name string
		mask uint16
	}{{"qr", 0x8000}, {"aa", 0x0400}, {"tc", 0x0200}, {"rd", 0x0100}, {"ra", 0x0080}, {"z", 0x0040}} {
		if t.flags()&bit.mask != 0 {
			f.Bool(bit.name, true)
		}
	}
	f.Int("opcode", int64(t.opcode()))
	f.String("rcode", []byte(codeName(t.rcode())))
	t.list(f, "queries", questions)
	t.list(f, "answers", answers)
	t.list(f, "authorities", authorities)
	t.list(f, "additionals", additionals)
	return true
}

// list describes the records of a section, if it has any.
func (t *transaction) list(f app.Fields, key string, s section) {
	open := false
	for i := range t.records {
		r := &t.records[i]
		if r.section != s {
			continue
		}
		if !open {
			f.List(key)
			open = true
		}
		f.Object("")
		t.record(f, r)
		f.End()
	}
	if open {
		f.End()
	}
}

func (t *transaction) record(f app.Fields, r *record) {
	f.String("rrname", t.name(r))
	if len(t.name(r)) == maxName {
		f.Bool("rrname_truncated", true)
	}
	f.String("rrtype", []byte(kindName(r.kind)))
	if r.section == questions {
		return
	}
	f.Int("ttl", int64(r.ttl))
	t.value(f, r)
}

// value describes the data of a record, of the types that have a form of their own.
func (t *transaction) value(f app.Fields, r *record) {
	data := t.data(r)
	switch r.kind {
	case typeA, typeAAAA:
		if addr, ok := netip.AddrFromSlice(data); ok {
			f.String("rdata", []byte(addr.String()))
		}
	case typeNS, typeCNAME, typePTR, typeDNAME:
		f.String("rdata", t.inside(r, 0))
	case typeMX:
		f.String("rdata", t.inside(r, 2))
	case typeTXT:
		f.String("rdata", text(data))
	case typeSOA:
		t.authority(f, r)
	case typeSRV:
		t.service(f, r)
	case typeSSHFP:
		fingerprint(f, data)
	}
}

// inside is the name at an offset of a record's data.
func (t *transaction) inside(r *record, at int) []byte {
	name, _, _ := appendName(nil, t.raw, r.data+at)
	return name
}

// text joins the strings of a TXT record (RFC 1035 section 3.3.14).
func text(data []byte) []byte {
	var joined []byte
	for len(data) > 0 {
		n := min(int(data[0]), len(data)-1)
		joined, data = append(joined, data[1:1+n]...), data[1+n:]
	}
	return joined
}

// authority describes an SOA record (RFC 1035 section 3.3.13).
func (t *transaction) authority(f app.Fields, r *record) {
	first, at, ok := appendName(nil, t.raw, r.data)
	if !ok {
		return
	}
	second, at, ok := appendName(nil, t.raw, at)
	if !ok || at+20 > r.dataTo {
		return
	}
	f.Object("soa")
	f.String("mname", first)
	f.String("rname", second)
	for i, key := range []string{"serial", "refresh", "retry", "expire", "minimum"} {
		f.Int(key, int64(binary.BigEndian.Uint32(t.raw[at+4*i:])))
	}
	f.End()
}

// service describes an SRV record (RFC 2782).
func (t *transaction) service(f app.Fields, r *record) {
	data := t.data(r)
	if len(data) < 6 {
		return
	}
	f.Object("srv")
	for i, key := range []string{"priority", "weight", "port"} {
		f.Int(key, int64(binary.BigEndian.Uint16(data[2*i:])))
	}
	f.String("name", t.inside(r, 6))
	f.End()
}

// fingerprint describes an SSHFP record (RFC 4255).
func fingerprint(f app.Fields, data []byte) {
	if len(data) < 3 {
		return
	}
	var text []byte
	for i, c := range data[2:] {
		if i > 0 {
			text = append(text, ':')
		}
		text = append(text, "0123456789abcdef"[c>>4], "0123456789abcdef"[c&15])
	}
	f.Object("sshfp")
	f.String("fingerprint", text)
	f.Int("algo", int64(data[0]))
	f.Int("type", int64(data[1]))
	f.End()
}
