package ips

import (
	"encoding/binary"

	"vxwall/rules/suricata"
)

// tagDefault is how many packets a tag without limits records.
const tagDefault = 256

// tagKeep is how long a tag that counts packets or bytes is kept.
const tagKeep = 3600e9

// mark begins to record packets of the flow or host that a rule matched in.
func (d *Detector) mark(r *rule) {
	for i := range r.tags {
		t := &r.tags[i]
		k := d.tagKey(t.Host && t.Direction != "dst", t.Host)
		keep := int64(tagKeep)
		limit := uint64(t.Count)
		if t.Metric == "seconds" {
			keep = int64(t.Count) * 1e9
		}
		if limit == 0 {
			limit = tagDefault
		}
		e, evicted := d.state.hosts.put(&k, d.in.Time, d.in.Time+keep)
		if evicted {
			d.state.Lost.Hosts++
		}
		e.count, e.by, e.metric, e.expires = limit, r.sig, tagMetric(t), d.in.Time+keep
	}
}

// metrics of tags.
const (
	tagPackets uint8 = iota
	tagBytes
	tagSeconds
)

func tagMetric(t *suricata.Tag) uint8 {
	switch t.Metric {
	case "bytes":
		return tagBytes
	case "seconds":
		return tagSeconds
	}
	return tagPackets
}

// tagKey is what a tag is known by: the flow, or an address of a network.
func (d *Detector) tagKey(source, host bool) hostKey {
	k := hostKey{kind: hostTag, vni: d.in.Key.VNI}
	switch {
	case host && source:
		k.a = d.in.Key.Src
	case host:
		k.a = d.in.Key.Dst
	default:
		k.id = 1
		if d.in.Flow != nil {
			binary.BigEndian.PutUint64(k.a[:], d.in.Flow.ID)
		}
	}
	return k
}

// tagged asks whether the packet is to be recorded because of a tag that began before it.
func (d *Detector) tagged() {
	if !d.engine.tags {
		return
	}
	for _, k := range [3]hostKey{d.tagKey(false, false), d.tagKey(true, true), d.tagKey(false, true)} {
		e := d.state.hosts.find(&k, d.in.Time)
		if e == nil {
			continue
		}
		d.out.Tagged, d.out.TaggedBy = true, e.by
		left := uint64(0)
		switch e.metric {
		case tagPackets:
			left = 1
		case tagBytes:
			left = min(e.count, uint64(len(d.in.L3)))
		}
		if e.count -= left; e.count == 0 {
			*e = hostEntry{}
		}
	}
}
