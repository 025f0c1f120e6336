package segment_test

import (
	"testing"
	"time"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	. "vxwall/pipeline/pipelinetest"
	"vxwall/pipeline/wire"
)

// offloading is a queue that counts the flow directions it is given.
type offloading struct {
	*Queue
	offloaded int
}

func (*offloading) Release()                                   {}
func (o *offloading) Offload(*pipeline.Packet) bool            { o.offloaded++; return true }
func (o *offloading) Recall(_ *flow.Key, _ *flow.Handled) bool { return true }

func TestFinal(t *testing.T) {
	groups := `
[[segment]]
name = "ops"
group = [17]
[[acl]]
name = "to-ops"
from = ["any"]
to = ["ops"]
service = ["udp/22"]
action = "allow"`
	plain := `
[[segment]]
name = "web"
prefix = ["10.1.0.0/24"]
[[acl]]
name = "from-web"
from = ["web"]
to = ["any"]
service = ["udp/5432"]
action = "allow"`
	cases := map[string]struct {
		policy string
		frame  []byte
		want   bool
	}{
		"allowed":              {plain, Frame(VXLAN{VNI: 100}, Eth{}, web4, UDP{Src: 40000, Dst: 5432}), true},
		"denied":               {plain, Frame(VXLAN{VNI: 100}, Eth{}, web4, UDP{Src: 40000, Dst: 9}), true},
		"rejected":             {"[policy]\ndefault = \"reject\"", Frame(VXLAN{VNI: 100}, Eth{}, web4, UDP{Src: 40000, Dst: 9}), false},
		"between DHCP's ports": {"[policy]\ndefault = \"allow\"", Frame(VXLAN{VNI: 100}, Eth{}, web4, UDP{Src: 68, Dst: 67}), false},
		"unknown group":        {groups, Frame(VXLAN{VNI: 100}, Eth{}, web4, UDP{Src: 40000, Dst: 22}), false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			q := &offloading{Queue: NewQueue()}
			for i := range 8 {
				q.Add(Input{Bytes: c.frame, Time: Start + int64(i)})
			}
			var current pipeline.Current
			current.Publish(&pipeline.Program{Revision: 1, Stages: []pipeline.Stage{stageOf(t, 1, newBindings(), c.policy)}})
			if err := pipeline.NewWorker(pipeline.Default(), q, &current, Silent{}).Run(); err != nil {
				t.Fatal(err)
			}
			if got := q.offloaded == 1; got != c.want {
				t.Errorf("offloaded %d times", q.offloaded)
			}
		})
	}
}

// TestOffloadedFlowTeaches: the last packet before a flow is handed over says as
// whom its sender speaks, so that a false sender is not believed as long as flows
// come back from time to time.
func TestOffloadedFlowTeaches(t *testing.T) {
	policy := `
[[segment]]
name = "web"
prefix = ["10.1.0.0/24"]
group = [17, 40]
[[acl]]
name = "web"
from = ["web"]
to = ["any"]
service = ["udp/5432"]
action = "allow"`
	said := func(group, port uint16) []byte {
		return Frame(VXLAN{VNI: 100, Group: group}, Eth{}, web4, UDP{Src: port, Dst: 5432})
	}
	q := &offloading{Queue: NewQueue()}
	for i, frame := range [][]byte{
		said(40, 1), said(40, 1), said(40, 1), said(40, 1), said(40, 1), said(40, 1), said(40, 1), said(17, 2), said(40, 1),
	} {
		q.Add(Input{Bytes: frame, Time: Start + int64(i)})
	}
	var current pipeline.Current
	bindings := newBindings()
	current.Publish(&pipeline.Program{Revision: 1, Stages: []pipeline.Stage{stageOf(t, 1, bindings, policy)}})
	if err := pipeline.NewWorker(pipeline.Default(), q, &current, Silent{}).Run(); err != nil || q.offloaded != 1 {
		t.Fatal(q.offloaded, err)
	}
	sender := wire.Map4([4]byte{10, 1, 0, 5})
	bindings.Learn(100, &sender, 17, Start+int64(11*time.Minute))
	if group, known := bindings.Group(100, &sender); known {
		t.Errorf("the false sender's group %d is believed", group)
	}
}
