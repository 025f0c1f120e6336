package afxdp

import (
	"sync/atomic"
	"testing"
	"time"

	pt "vxwall/pipeline/pipelinetest"
)

// Ways of dying, and how a rig gets there from queue 0 of port 0.
var deaths = map[string]func(*rig){
	"no socket":       func(r *rig) { r.deafen(0, 0) },
	"never beaten":    func(r *rig) { r.control().area.Queues[0].Until = 0 },
	"heartbeat stale": func(r *rig) { atomic.AddUint64(&r.control().area.Queues[0].Until, -r.control().clock.ticks(2*hour)) },
	"down":            func(r *rig) { r.control().setDown(true) },
}

func TestDeath(t *testing.T) {
	for name, die := range deaths {
		for action, want := range map[Fallback]string{Relay: relayed, Drop: dropped} {
			t.Run(name+"/"+action.String(), func(t *testing.T) {
				r := newRig(t, func(c *Config) { c.OnDeath = action })
				frame := plain(v100, pt.IPv4{}, dns)
				r.offer(0, frame, offloadForward)
				die(r)
				for _, frames := range []map[string][]byte{sound(), unclear()} {
					for name, frame := range frames {
						if got := r.run(0, frame); got != want+"appliance-down" {
							t.Errorf("%s: %s", name, got)
						}
					}
				}
				r.expect(0, frame, want+"appliance-down")
				for name, frame := range notVXLAN() {
					if got := r.run(0, frame); got != relayed+"not-vxlan" {
						t.Errorf("%s: %s", name, got)
					}
				}
				if name != "down" {
					r.expect(1, frame, toSocket)
				}
			})
		}
	}
}

func TestDownAndUp(t *testing.T) {
	r := newRig(t, nil)
	frame := plain(v100, pt.IPv4{}, dns)
	r.control().setDown(true)
	r.expect(0, frame, relayed+"appliance-down")
	r.control().setDown(false)
	r.expect(0, frame, toSocket)
}

// A VNI has its own action, as far as it can be read.
func TestDeathByVNI(t *testing.T) {
	for action, own := range map[Fallback]Fallback{Relay: Drop, Drop: Relay} {
		wants := map[Fallback]string{Relay: relayed + "appliance-down", Drop: dropped + "appliance-down"}
		r := newRig(t, func(c *Config) {
			c.OnDeath, c.OnDeathVNI = action, map[uint32]Fallback{100: own, 0xffffff: own, 7: action}
		})
		r.control().setDown(true)
		for name, frame := range sound() {
			if got := r.run(0, frame); got != wants[own] {
				t.Errorf("%s of VNI 100: %s", name, got)
			}
		}
		for name, frame := range unclear() {
			if got := r.run(0, frame); got != wants[action] {
				t.Errorf("%s: %s", name, got)
			}
		}
		r.expect(0, pt.Frame(pt.VXLAN{VNI: 0xffffff}), wants[own])
		r.expect(0, pt.Frame(pt.VXLAN{VNI: 7}), wants[action])
		r.expect(0, pt.Frame(pt.VXLAN{VNI: 101}), wants[action])
	}
}

// A heart that beats keeps the queue alive, one that stops does so for the limit and
// a tick of the coarse clock.
func TestHeartbeat(t *testing.T) {
	const limit = time.Second
	r := newRig(t, func(c *Config) { c.Heartbeat = limit })
	frame := plain(v100, pt.IPv4{}, dns)
	for start := time.Now(); time.Since(start) < limit*5/4; time.Sleep(limit / 20) {
		r.control().beat(0, 0)
		r.expect(0, frame, toSocket)
	}
	last := time.Now()
	r.control().beat(0, 0)
	for r.run(0, frame) == toSocket {
		time.Sleep(time.Millisecond)
	}
	if took := time.Since(last); took < limit || took > limit+10*time.Second {
		t.Errorf("dead after %v, limit %v", took, limit)
	}
	r.control().beat(0, 0)
	r.expect(0, frame, toSocket)
}

func TestOverload(t *testing.T) {
	for action, want := range map[Fallback]string{Relay: relayed, Drop: dropped} {
		r := newRig(t, func(c *Config) { c.Overload, c.Ring = action, 4 })
		frame, c := plain(v100, pt.IPv4{}, dns), r.control()
		for range 4 {
			r.expect(0, frame, toSocket)
		}
		r.expect(0, frame, want+"overload")
		r.expect(1, frame, toSocket)
		if n := c.redirected(0, 0); n != 4 {
			t.Errorf("%d frames redirected, want 4", n)
		}
		c.taken(0, 0, 1)
		r.expect(0, frame, toSocket)
		r.expect(0, frame, want+"overload")
		c.taken(0, 0, 100) // more than there were: not taken for a huge backlog
		r.expect(0, frame, toSocket)
		r.offer(0, frame, offloadForward)
		c.taken(0, 0, 0)
		r.expect(0, frame, forwarded) // costs the worker nothing
		r.expect(0, pt.Frame(pt.Eth{}, pt.ARP{}), relayed+"not-vxlan")
		r.deafen(0, 0)
		r.expect(0, plain(v100, pt.IPv6{}, dns), relayed+"appliance-down")
	}
}
