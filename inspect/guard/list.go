package guard

// Entry is a binding.
type Entry struct {
	VNI, VLAN       uint32
	Subject, Holder [16]byte // as in pipeline.Finding
	Since, Seen     int64    // ns; 0 if it was never heard
	Moves           int      // within the last while
	Static          bool
}

// MACs calls f with the bindings of MAC addresses to VTEPs, until it returns false.
func (g *Guard) MACs(now int64, f func(*Entry) bool) { g.macs.each(now, f) }

// Addresses does so with those of IP addresses to MAC addresses.
func (g *Guard) Addresses(now int64, f func(*Entry) bool) { g.addresses.each(now, f) }

// VTEPs does so with those of VTEPs to ports.
func (g *Guard) VTEPs(now int64, f func(*Entry) bool) { g.ports.each(now, f) }

// ForgetMAC forgets where a MAC address is, and the IP addresses that are bound to it. It
// returns how many bindings that were; static ones stay.
func (g *Guard) ForgetMAC(vni uint32, mac [6]byte) int {
	subject := macSubject(mac)
	return g.macs.forget(vni, func(d *detail) bool { return d.subject == subject }) +
		g.addresses.forget(vni, func(d *detail) bool { return d.holder == subject })
}

// ForgetAddress forgets whose an IP address is.
func (g *Guard) ForgetAddress(vni uint32, addr [16]byte) int {
	return g.addresses.forget(vni, func(d *detail) bool { return d.subject == addr })
}

// ForgetVTEP forgets at which port a VTEP is, and the MAC addresses behind it, of all
// networks.
func (g *Guard) ForgetVTEP(vtep [16]byte) int {
	return g.ports.forget(0, func(d *detail) bool { return d.subject == vtep }) +
		g.macs.forget(anyVNI, func(d *detail) bool { return d.holder == vtep })
}

// anyVNI is none that a packet has.
const anyVNI = maxVNI + 1

func (t *table) each(now int64, f func(*Entry) bool) {
	var found [ways]Entry
	for set := range t.sets {
		for i := range t.copySet(set, now, &found) {
			if !f(&found[i]) {
				return
			}
		}
	}
}

// copySet copies the bindings of a set: its lock is held for no longer.
func (t *table) copySet(set int, now int64, found *[ways]Entry) (n int) {
	mu := t.lock(uint64(set))
	mu.Lock()
	defer mu.Unlock()
	s := &t.sets[set]
	for w := range ways {
		d, seen := &t.details[set*ways+w], s.seen[w].Load()
		if s.id[w].Load() == 0 || now-seen > t.rules.age {
			continue
		}
		found[n] = Entry{
			VNI: uint32(d.network & maxVNI), VLAN: uint32(d.network >> 24), Subject: d.subject, Holder: d.holder,
			Since: d.since, Seen: seen, Moves: int(d.moves), Static: d.static,
		}
		if d.static {
			found[n].Seen = 0
		}
		n++
	}
	return n
}

// forget forgets bindings of a VNI, whatever their VLAN.
func (t *table) forget(vni uint32, which func(*detail) bool) (n int) {
	for set := range t.sets {
		mu := t.lock(uint64(set))
		mu.Lock()
		for w := range ways {
			d := &t.details[set*ways+w]
			if t.sets[set].id[w].Load() != 0 && !d.static && (vni == anyVNI || uint32(d.network&maxVNI) == vni) && which(d) {
				t.drop(uint64(set), w)
				n++
			}
		}
		mu.Unlock()
	}
	return n
}
