package pipeline_test

import (
	"testing"

	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

// accuser is a guard that finds the same in every packet.
type accuser struct {
	findings []pipeline.Finding
	nested   []pipeline.Finding
}

func (a accuser) Watcher() pipeline.Watcher                  { return a }
func (a accuser) Check(*pipeline.Packet) []pipeline.Finding  { return a.findings }
func (a accuser) Nested(*pipeline.Packet) []pipeline.Finding { return a.nested }

func guardRefusals() map[string]refusal {
	all := map[string]refusal{}
	for _, reason := range []pipeline.Reason{
		pipeline.OwnPacket, pipeline.VTEPUnknown, pipeline.VTEPWrongVNI, pipeline.VTEPBothPorts, pipeline.MACMoved, pipeline.AddressMoved,
	} {
		all[reason.String()] = refusal{
			reason: reason, stage: "guard", frames: one(v100(pt.IPv4{}, pt.UDP{})),
			config: func(c *pipeline.Config) {
				c.Guard = accuser{findings: []pipeline.Finding{{Reason: reason, Enforce: true}}}
			},
		}
	}
	all["nested"] = refusal{
		reason: pipeline.NestedTunnel, stage: "guard", frames: one(v100(pt.IPv4{}, pt.GRE{}, pt.IPv4{}, pt.UDP{})),
		config: func(c *pipeline.Config) {
			c.Guard = accuser{nested: []pipeline.Finding{{Reason: pipeline.NestedTunnel, Enforce: true}}}
		},
	}
	return all
}

// TestGuardComesFirst: what the guard refuses begins no flow, touches none, and no
// stage sees it.
func TestGuardComesFirst(t *testing.T) {
	seen := 0
	stages := []pipeline.Stage{pt.Seen(func(*pipeline.Packet) { seen++ })}
	cfg := smallConfig()
	cfg.Guard = accuser{findings: []pipeline.Finding{{Reason: pipeline.MACMoved, Enforce: true, Report: true}}}
	r := pt.Run(cfg, stages, v100(pt.IPv4{}, pt.UDP{}), pt.Split([]pt.Layer{pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{}, pt.UDP{}, pt.Zeros(64)}, 8)[0])
	if seen != 0 || r.Counters.Flows.Created != 0 || len(r.Sent) != 0 || len(r.Founds) != 2 || len(r.Drops) != 2 || r.Drops[0].HasFlow {
		t.Errorf("seen by %d stages, %d flows, %d sent, %d findings, dropped %+v", seen, r.Counters.Flows.Created, len(r.Sent), len(r.Founds), r.Drops)
	}
}

// TestGuardReports: what is not enforced passes and counts; what is accepted is only
// told, and what comes behind it is still heeded.
func TestGuardReports(t *testing.T) {
	accepted := pipeline.Finding{Reason: pipeline.MACMoved, Accepted: true, Enforce: true, Report: true}
	for name, c := range map[string]struct {
		findings          []pipeline.Finding
		passes            bool
		counted, reported int
	}{
		"nothing":              {nil, true, 0, 0},
		"accepted":             {[]pipeline.Finding{accepted}, true, 0, 1},
		"reported":             {[]pipeline.Finding{{Reason: pipeline.AddressMoved, Report: true}}, true, 1, 1},
		"counted":              {[]pipeline.Finding{{Reason: pipeline.AddressMoved}}, true, 1, 0},
		"accepted and refused": {[]pipeline.Finding{accepted, {Reason: pipeline.AddressMoved, Enforce: true}}, false, 0, 1},
	} {
		cfg := smallConfig()
		cfg.Guard = accuser{findings: c.findings}
		r := pt.Run(cfg, []pipeline.Stage{pt.AllowAll()}, v100(pt.IPv4{}, pt.UDP{}))
		counted := int(r.Counters.Suspected[pipeline.AddressMoved].Packets)
		if r.Outcomes[0].Forwarded != c.passes || counted != c.counted || len(r.Founds) != c.reported {
			t.Errorf("%s: %v, %d counted, %d reported", name, r.Outcomes[0], counted, len(r.Founds))
		}
	}
}

// TestPort: the link says where a frame came in.
func TestPort(t *testing.T) {
	var ports []int
	stage := pt.Seen(func(p *pipeline.Packet) { ports = append(ports, p.Port()) })
	frame := v100(pt.IPv4{}, pt.UDP{})
	pt.Rig{Config: smallConfig(), Stages: []pipeline.Stage{stage}}.RunInputs(pt.Input{Bytes: frame, Port: 1}, pt.Input{Bytes: frame})
	if len(ports) != 2 || ports[0] != 1 || ports[1] != 0 {
		t.Error(ports)
	}
}
