package ips

import (
	"encoding/binary"
	"slices"

	"vxwall/rules/suricata"
)

// filter is a threshold, detection_filter, rate_filter or suppress of a rule.
type filter struct {
	*suricata.Threshold
	id        uint64
	addresses *addrSet // of suppress; nil: all
}

// voice is what filters leave of a match.
type voice uint8

const (
	voiceNone   voice = iota // the rule does not match, yet
	voiceSilent              // its verdict counts, it raises no alert
	voiceAlert
)

// filter compiles the filters of the rule: its own, and those of the threshold file.
func (b *builder) filter() {
	id := uint64(b.sig.GID)<<32 | uint64(b.sig.SID)
	var own *suricata.Threshold
	for i := range b.sig.Matches {
		if f := b.sig.Matches[i].Filter; f != nil {
			own = f
		}
	}
	for i := range b.options.Thresholds {
		t := &b.options.Thresholds[i]
		if t.GID != 0 && t.GID != b.sig.GID || t.SID != 0 && t.SID != b.sig.SID {
			continue
		}
		f := filter{Threshold: t, id: id ^ uint64(t.Kind)<<60}
		switch {
		case t.Kind == suricata.Suppress && !t.Addresses.Any():
			f.addresses = &addrSet{spans: spansOf(&t.Addresses)}
		case t.Kind != suricata.Suppress && t.Kind != suricata.RateFilter && t.SID != 0:
			own = nil // the file's word counts
		}
		b.rule.filters = append(b.rule.filters, f)
	}
	if own != nil {
		b.rule.filters = append(b.rule.filters, filter{Threshold: own, id: id})
	}
	// What asks how often a rule matched comes before what only silences it.
	slices.SortStableFunc(b.rule.filters, func(a, c filter) int { return int(c.Kind) - int(a.Kind) })
}

// filtered asks the filters of a rule that matched, and says with what action it does.
func (d *Detector) filtered(r *rule) (voice, suricata.Action) {
	v, action := voiceAlert, r.action
	for i := range r.filters {
		f := &r.filters[i]
		switch f.Kind {
		case suricata.Suppress:
			if d.suppressed(f) {
				v = min(v, voiceSilent)
			}
		case suricata.RateFilter:
			if d.rate(f) {
				action = rateAction(f.NewAction, action)
			}
		default:
			v = min(v, d.count(f))
		}
	}
	if r.noalert {
		v = min(v, voiceSilent)
	}
	return v, action
}

func rateAction(name string, old suricata.Action) suricata.Action {
	switch name {
	case "alert":
		return suricata.Alert
	case "drop":
		return suricata.Drop
	case "reject":
		return suricata.Reject
	case "pass":
		return suricata.Pass
	}
	return old
}

func (d *Detector) suppressed(f *filter) bool {
	if f.addresses == nil {
		return true
	}
	src, dst := f.addresses.has(&d.in.Key.Src), f.addresses.has(&d.in.Key.Dst)
	switch f.Track {
	case "by_src":
		return src
	case "by_dst":
		return dst
	}
	return src || dst
}

// trackKey is what a filter counts by.
func (d *Detector) trackKey(f *filter, kind hostKind) hostKey {
	k := hostKey{vni: d.in.Key.VNI, kind: kind, id: f.id}
	switch f.Track {
	case "by_src":
		k.a = d.in.Key.Src
	case "by_dst":
		k.a = d.in.Key.Dst
	case "by_both":
		k.a, k.b = ordered(d.in.Key.Src, d.in.Key.Dst)
	case "by_flow":
		if d.in.Flow != nil {
			binary.BigEndian.PutUint64(k.a[:], d.in.Flow.ID)
		}
	}
	return k
}

// count counts a match, and says whether the rule speaks. Windows begin with their first match.
func (d *Detector) count(f *filter) voice {
	k := d.trackKey(f, hostThreshold)
	now, window := d.in.Time, int64(f.Seconds)*1e9
	if f.Kind == suricata.Backoff {
		window = backoffWindow
	}
	e, evicted := d.state.hosts.put(&k, now, now+window)
	if evicted {
		d.state.Lost.Hosts++
	}
	e.count++
	n, limit := e.count, uint64(f.Count)
	switch f.Kind {
	case suricata.Limit:
		return either(n <= limit, voiceSilent)
	case suricata.ThresholdKind:
		if n >= limit {
			e.expires = 0
		}
		return either(n >= limit, voiceNone)
	case suricata.Both:
		if n > limit {
			return voiceSilent
		}
		return either(n == limit, voiceNone)
	case suricata.Backoff:
		e.expires = now + window
		for limit < n {
			limit *= uint64(max(f.Multiplier, 2))
		}
		return either(n == limit, voiceSilent)
	}
	return either(n > limit, voiceNone) // detection_filter
}

// backoffWindow is how long a flow that is quiet is remembered.
const backoffWindow = 3600e9

func either(speaks bool, otherwise voice) voice {
	if speaks {
		return voiceAlert
	}
	return otherwise
}

// rate counts a match for rate_filter, and says whether its action holds now: since the
// count was reached, for the time of its timeout.
func (d *Detector) rate(f *filter) bool {
	k := d.trackKey(f, hostRate)
	now := d.in.Time
	if d.state.hosts.find(&k, now) != nil {
		return true
	}
	counted := d.trackKey(f, hostThreshold)
	e, evicted := d.state.hosts.put(&counted, now, now+int64(f.Seconds)*1e9)
	if evicted {
		d.state.Lost.Hosts++
	}
	if e.count++; e.count <= uint64(f.Count) {
		return false
	}
	e.expires = 0
	d.state.hosts.put(&k, now, now+int64(f.Timeout)*1e9)
	return true
}
