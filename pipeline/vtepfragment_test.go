package pipeline_test

import (
	"testing"

	"vxwall/pipeline"
	"vxwall/pipeline/overlay"
	pt "vxwall/pipeline/pipelinetest"
)

// TestVTEPFragmentsOfTwoNetworks: a VNI becomes another network's while a fragment that
// showed it is held. It does not leave there for a verdict that was given here.
func TestVTEPFragmentsOfTwoNetworks(t *testing.T) {
	s := spec()
	fabrics(s)
	cfg := vtepConfig(s)
	inner := []pt.Layer{pt.Eth{Dst: macC}, pt.IPv4{ID: 5}, pt.UDP{Src: 5000, Dst: 9999}, message(120)}
	fromB := pt.VXLAN{VNI: 5100, From: pt.VTEPb, To: vtepUs}
	here := pt.Split(append([]pt.Layer{fromA()}, inner...), 48, 96)
	there := pt.Split(append([]pt.Layer{fromB}, inner...), 48, 96)
	q := pt.NewQueue(here[0], there[1], here[2])
	q.Batch, q.Room = 2, 64
	q.BeforeRecv = func(next int) {
		if next != 2 {
			return
		}
		s := spec()
		s.Peers[peerB].Side, s.Networks[0].VNIs = 1, []overlay.VNI{{Side: 0, VNI: 100}}
		s.Networks = append(s.Networks, overlay.Network{
			ID: 200, VNIs: []overlay.VNI{{Side: 0, VNI: 200}, {Side: 1, VNI: 5100}},
			Entries: []overlay.Entry{{MAC: hardware(macC), Peer: peerC}},
		})
		if err := cfg.Overlay.Publish(s); err != nil {
			t.Fatal(err)
		}
	}
	var current pipeline.Current
	var recorder pt.Recorder
	current.Publish(program(1, pt.AllowAll()))
	if err := pipeline.NewWorker(cfg, q, &current, &recorder).Run(); err != nil {
		t.Fatal(err)
	}
	if len(q.Sent) != 2 || len(recorder.Drops) != 1 || recorder.Drops[0].Handle != 2 || recorder.Drops[0].Reason != pipeline.UnknownVNI {
		t.Errorf("%d sent, dropped %+v", len(q.Sent), recorder.Drops)
	}
}
