package guard_test

import (
	"testing"

	"vxwall/inspect/guard"
	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

// tagged is a packet with a VLAN tag.
func tagged(vtep string, vlan uint16, mac, ip string) []byte {
	return pt.Frame(pt.VXLAN{VNI: 100, From: vtep, To: vtepB}, pt.Eth{Src: mac}, pt.VLAN{ID: vlan}, pt.IPv4{Src: ip}, pt.UDP{Src: 1, Dst: 2})
}

// TestStrippedTags: a tag that is taken off makes no other network, or a sender could
// pretend to be anybody by putting one on.
func TestStrippedTags(t *testing.T) {
	for action, words := range map[pipeline.VLANAction][]string{
		pipeline.VLANPass:  {"ok", "ok", "ok"},
		pipeline.VLANStrip: {"ok", "mac-moved", "address-moved"},
	} {
		cfg := pipeline.Default()
		cfg.VLAN = action
		r := runWith(cfg, guard.New(config(guard.Enforce)), at(0, arp(vtepA, macA, "10.0.0.1"), tagged(vtepC, 7, macA, "10.0.0.9"), tagged(vtepC, 7, macX, "10.0.0.1")))
		want(t, r, words...)
	}
}
