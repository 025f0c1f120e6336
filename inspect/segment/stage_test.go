package segment_test

import (
	"testing"
	"time"

	"vxwall/inspect/segment"
	"vxwall/pipeline"
	. "vxwall/pipeline/pipelinetest"
	"vxwall/rules"
)

// stageOf compiles a policy text.
func stageOf(t testing.TB, revision uint32, bindings *segment.Bindings, text string) *segment.Stage {
	t.Helper()
	set, problems := rules.Parse(rules.Options{}, rules.Source{Name: "test.toml", Text: []byte(text)})
	if set == nil {
		t.Fatal(problems)
	}
	return segment.NewStage(set, segment.Compile(set, time.Now()), revision, bindings)
}

func newBindings() *segment.Bindings { return segment.NewBindings([2]uint64{11, 22}) }

const shopPolicy = `
[[segment]]
name = "web"
vni = [100]
prefix = ["10.1.0.0/24", "2001:db8:1::/64"]
[[segment]]
name = "db"
vni = [100]
prefix = ["10.2.0.0/24", "2001:db8:2::/64"]
[[segment]]
name = "ops"
group = [17]
[[segment]]
name = "known"
group = [40]
[[segment]]
name = "card"
mac = ["02:00:00:00:09:09"]
[[acl]]
name = "web-to-db"
from = ["web"]
to = ["db"]
service = ["udp/5432", "tcp/5432", "icmp/echo-request"]
action = "allow"
[[acl]]
name = "telnet"
from = ["any"]
to = ["any"]
service = ["tcp/23"]
action = "reject"
[[acl]]
name = "ops"
from = ["ops"]
to = ["db"]
service = ["udp/22"]
action = "allow"
[[acl]]
name = "to-known"
from = ["web"]
to = ["known"]
service = ["udp/40"]
action = "allow"
[[acl]]
name = "card"
from = ["card"]
to = ["any"]
service = ["udp/99"]
action = "allow"
`

var (
	web4 = IPv4{Src: "10.1.0.5", Dst: "10.2.0.9"}
	db4  = IPv4{Src: "10.2.0.9", Dst: "10.1.0.5"}
	web6 = IPv6{Src: "2001:db8:1::5", Dst: "2001:db8:2::9"}
)

func TestStageSuite(t *testing.T) {
	StageSuite(t, func() pipeline.Stage { return stageOf(t, 1, newBindings(), shopPolicy) })
}

// forwarded and the rest are outcomes as Outcome.String writes them.
const (
	forwarded = "forwarded"
	denied    = "segment: segment-denied"
	rejected  = "segment: segment-rejected"
	control   = "segment: control-denied"
)

func TestVerdicts(t *testing.T) {
	udp := func(port uint16) UDP { return UDP{Src: 40000, Dst: port} }
	tests := map[string]struct {
		frames [][]byte
		want   []string
	}{
		"allowed, and the answer": {[][]byte{
			Frame(VXLAN{VNI: 100}, Eth{}, web4, udp(5432)),
			Frame(VXLAN{VNI: 100, Back: true}, Eth{}, db4, UDP{Src: 5432, Dst: 40000})}, []string{forwarded, forwarded}},
		"IPv6":        {[][]byte{Frame(VXLAN{VNI: 100, V6: true}, Eth{}, web6, udp(5432))}, []string{forwarded}},
		"ICMP":        {[][]byte{Frame(VXLAN{VNI: 100}, Eth{}, web4, ICMP{Type: 8, ID: 1})}, []string{forwarded}},
		"ICMPv6":      {[][]byte{Frame(VXLAN{VNI: 100}, Eth{}, web6, ICMP6{Type: 128, ID: 1})}, []string{forwarded}},
		"other VNI":   {[][]byte{Frame(VXLAN{VNI: 200}, Eth{}, web4, udp(5432))}, []string{denied}},
		"other way":   {[][]byte{Frame(VXLAN{VNI: 100}, Eth{}, db4, udp(5432))}, []string{denied}},
		"reject":      {[][]byte{Frame(VXLAN{VNI: 100}, Eth{}, web4, TCP{Src: 1, Dst: 23, Flags: "S"})}, []string{rejected}},
		"group":       {[][]byte{Frame(VXLAN{VNI: 100, Group: 17}, Eth{}, IPv4{Src: "10.9.0.1", Dst: "10.2.0.9"}, udp(22))}, []string{forwarded}},
		"no group":    {[][]byte{Frame(VXLAN{VNI: 100}, Eth{}, IPv4{Src: "10.9.0.1", Dst: "10.2.0.9"}, udp(22))}, []string{denied}},
		"MAC":         {[][]byte{Frame(VXLAN{VNI: 100}, Eth{Src: "02:00:00:00:09:09"}, web4, udp(99))}, []string{forwarded}},
		"another MAC": {[][]byte{Frame(VXLAN{VNI: 100}, Eth{}, web4, udp(99))}, []string{denied}},
		"group lost in mid-flow": {[][]byte{
			Frame(VXLAN{VNI: 100, Group: 17}, Eth{}, IPv4{Src: "10.9.0.1", Dst: "10.2.0.9"}, udp(22)),
			Frame(VXLAN{VNI: 100}, Eth{}, IPv4{Src: "10.9.0.1", Dst: "10.2.0.9"}, udp(22))}, []string{forwarded, denied}},
		"MAC changed in mid-flow": {[][]byte{
			Frame(VXLAN{VNI: 100}, Eth{Src: "02:00:00:00:09:09"}, web4, udp(99)),
			Frame(VXLAN{VNI: 100}, Eth{}, web4, udp(99))}, []string{forwarded, denied}},
		"receiver's group, not known": {[][]byte{Frame(VXLAN{VNI: 100}, Eth{}, web4, udp(40))}, []string{denied}},
		"receiver's group, learned while denied": {[][]byte{
			Frame(VXLAN{VNI: 100}, Eth{}, web4, udp(40)),
			Frame(VXLAN{VNI: 100, Group: 40}, Eth{}, ARP{Sender: "10.2.0.9", Target: "10.1.0.5"}),
			Frame(VXLAN{VNI: 100}, Eth{}, web4, udp(40))}, []string{denied, forwarded, forwarded}},
		"receiver's group, learned in another VNI": {[][]byte{
			Frame(VXLAN{VNI: 200, Group: 40}, Eth{}, ARP{Sender: "10.2.0.9", Target: "10.1.0.5"}),
			Frame(VXLAN{VNI: 100}, Eth{}, web4, udp(40))}, []string{forwarded, denied}},
		"receiver's group, from a packet that was denied for not knowing one": {[][]byte{
			Frame(VXLAN{VNI: 100, Group: 40, Back: true}, Eth{}, db4, UDP{Src: 7, Dst: 7}),
			Frame(VXLAN{VNI: 100}, Eth{}, web4, udp(40))}, []string{denied, forwarded}},
		"receiver's group, from an address that contradicts itself": {[][]byte{
			Frame(VXLAN{VNI: 100, Group: 10}, Eth{}, ARP{Sender: "10.2.0.9", Target: "10.1.0.5"}),
			Frame(VXLAN{VNI: 100, Group: 40}, Eth{}, ARP{Sender: "10.2.0.9", Target: "10.1.0.5"}),
			Frame(VXLAN{VNI: 100}, Eth{}, web4, udp(40))}, []string{forwarded, forwarded, denied}},
		"receiver's group is another when it answers": {[][]byte{
			Frame(VXLAN{VNI: 100, Group: 40}, Eth{}, ARP{Sender: "10.2.0.9", Target: "10.1.0.5"}),
			Frame(VXLAN{VNI: 100}, Eth{}, web4, udp(40)),
			Frame(VXLAN{VNI: 100, Group: 20, Back: true}, Eth{}, db4, UDP{Src: 40, Dst: 40000}),
			Frame(VXLAN{VNI: 100}, Eth{}, web4, udp(40)),
			Frame(VXLAN{VNI: 100}, Eth{}, web4, UDP{Src: 40001, Dst: 40})}, []string{forwarded, forwarded, denied, forwarded, denied}},
		"ICMP error about an allowed flow": {[][]byte{
			Frame(VXLAN{VNI: 100}, Eth{}, web4, udp(5432)),
			Frame(VXLAN{VNI: 100, Back: true}, Eth{}, db4, ICMP{Type: 3, Code: 3}, Quote(28, web4, udp(5432)))}, []string{forwarded, forwarded}},
		"ICMP error about a denied flow": {[][]byte{
			Frame(VXLAN{VNI: 100}, Eth{}, web4, udp(1)),
			Frame(VXLAN{VNI: 100, Back: true}, Eth{}, db4, ICMP{Type: 3, Code: 3}, Quote(28, web4, udp(1)))}, []string{denied, denied}},
		"ICMP error about nothing": {[][]byte{
			Frame(VXLAN{VNI: 100, Back: true}, Eth{}, db4, ICMP{Type: 3, Code: 3}, Quote(28, web4, udp(5432)))}, []string{denied}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			want(t, run(t, shopPolicy, test.frames), test.want)
		})
	}
}

const everybody = "ff:ff:ff:ff:ff:ff"

func TestControl(t *testing.T) {
	dhcp := Frame(VXLAN{VNI: 100}, Eth{Dst: everybody}, IPv4{Src: "0.0.0.0", Dst: "255.255.255.255"}, UDP{Src: 68, Dst: 67}, Bytes{1}, Zeros(235), Bytes{99, 130, 83, 99})
	dhcp6 := Frame(VXLAN{VNI: 100}, Eth{}, IPv6{Src: "fe80::1", Dst: "ff02::1:2"}, UDP{Src: 546, Dst: 547}, Bytes{1, 0, 0, 1})
	fakeDHCP := Frame(VXLAN{VNI: 100}, Eth{}, IPv4{Src: "10.1.0.5", Dst: "10.6.0.1"}, UDP{Src: 67, Dst: 67}, Zeros(500))
	source68 := Frame(VXLAN{VNI: 100}, Eth{}, web4, UDP{Src: 68, Dst: 53})
	arp := Frame(VXLAN{VNI: 100}, Eth{Dst: everybody}, ARP{Sender: "10.1.0.5", Target: "10.1.0.6"})
	nd := Frame(VXLAN{VNI: 100}, Eth{}, IPv6{Src: "fe80::1", Dst: "ff02::1:ff00:1", HopLimit: 255}, ICMP6{Type: 135}, Zeros(20))
	farND := Frame(VXLAN{VNI: 100}, Eth{}, IPv6{Src: "fe80::1", Dst: "fe80::2", HopLimit: 64}, ICMP6{Type: 135}, Zeros(20))
	broadcast := Frame(VXLAN{VNI: 100}, Eth{Dst: everybody}, IPv4{Src: "10.1.0.5", Dst: "255.255.255.255"}, UDP{Src: 1, Dst: 137})
	multicast := Frame(VXLAN{VNI: 100}, Eth{Dst: "01:00:5e:00:00:fb"}, IPv4{Src: "10.1.0.5", Dst: "224.0.0.251"}, UDP{Src: 5353, Dst: 5353})
	lldp := Frame(VXLAN{VNI: 100}, Eth{Type: 0x88cc}, Zeros(30))
	masked := Frame(VXLAN{VNI: 100}, Eth{Dst: everybody}, IPv4{Src: "10.1.0.5", Dst: "10.2.0.9"}, UDP{Src: 1, Dst: 137})
	noARP := Frame(VXLAN{VNI: 100}, Eth{Type: 0x0806}, Zeros(40))
	softND := Frame(VXLAN{VNI: 100}, Eth{}, IPv6{Src: "fe80::1", Dst: "ff02::1:ff00:1", HopLimit: 64}, ICMP6{Type: 135}, Zeros(20))
	all := [][]byte{dhcp, dhcp6, source68, arp, nd, farND, broadcast, multicast, lldp}
	tests := map[string]struct {
		policy string
		frames [][]byte
		want   []string
	}{
		"defaults": {"", all, []string{forwarded, forwarded, denied, forwarded, forwarded, denied, denied, denied, control}},
		"all denied": {`[control]
arp = "deny"
nd = "deny"
dhcp = "deny"
broadcast = "deny"
multicast = "deny"`, all, []string{control, control, denied, control, control, denied, control, control, control}},
		"all allowed": {`[control]
broadcast = "allow"
multicast = "allow"
other = "allow"`, all, []string{forwarded, forwarded, denied, forwarded, forwarded, denied, forwarded, forwarded, forwarded}},
		"left to the rules": {`[policy]
default = "allow"
[control]
nd = "policy"
dhcp = "policy"`, all, []string{forwarded, forwarded, forwarded, forwarded, forwarded, forwarded, forwarded, forwarded, control}},
		"one receiver's address is no broadcast": {`[control]
broadcast = "allow"
multicast = "allow"`, [][]byte{broadcast, masked}, []string{forwarded, denied}},
		"what passed as control opens nothing": {"", [][]byte{nd, softND, nd}, []string{forwarded, denied, forwarded}},
		"what is no ARP or DHCP":               {"", [][]byte{noARP, fakeDHCP}, []string{control, denied}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) { want(t, run(t, test.policy, test.frames), test.want) })
	}
}

func run(t *testing.T, policy string, frames [][]byte) *Result {
	t.Helper()
	return Run(pipeline.Default(), []pipeline.Stage{stageOf(t, 1, newBindings(), policy)}, frames...)
}

func want(t *testing.T, got *Result, outcomes []string) {
	t.Helper()
	for i, w := range outcomes {
		if got := got.Outcomes[i].String(); got != w {
			t.Errorf("frame %d: %s, want %s", i+1, got, w)
		}
	}
}

// TestReload judges a flow again with its next packet once a new policy is in
// force, whatever direction that packet has.
func TestReload(t *testing.T) {
	there := Frame(VXLAN{VNI: 100}, Eth{}, web4, UDP{Src: 40000, Dst: 5432})
	back := Frame(VXLAN{VNI: 100, Back: true}, Eth{}, db4, UDP{Src: 5432, Dst: 40000})
	for name, frames := range map[string][2][]byte{"sender": {there, there}, "receiver": {there, back}} {
		t.Run(name, func(t *testing.T) {
			var current pipeline.Current
			bindings := newBindings()
			publish := func(revision uint32, policy string) {
				stage := stageOf(t, revision, bindings, policy)
				current.Publish(&pipeline.Program{Revision: revision, Stages: []pipeline.Stage{stage}})
			}
			q := NewQueue(frames[0], frames[1], frames[1])
			q.Batch = 1
			w := pipeline.NewWorker(pipeline.Default(), q, &current, Silent{})
			for revision, policy := range []string{shopPolicy, "", shopPolicy} {
				publish(uint32(revision+1), policy)
				if err := w.Step(); err != nil {
					t.Fatal(err)
				}
			}
			if len(q.Sent) != 2 || q.Sent[0].Handle != 1 || q.Sent[1].Handle != 3 {
				t.Errorf("forwarded %v, want the first and the third", q.Sent)
			}
		})
	}
}

func TestBindings(t *testing.T) {
	b := newBindings()
	addr := func(i int) *[16]byte {
		return &[16]byte{0: 0x20, 12: byte(i >> 24), 13: byte(i >> 16), 14: byte(i >> 8), 15: byte(i)}
	}
	if _, known := b.Group(1, addr(1)); known {
		t.Error("an empty table knows something")
	}
	const n = 1000
	for i := range n {
		b.Learn(uint32(i%7), addr(i), uint16(i), Start)
	}
	for i := range n {
		if group, known := b.Group(uint32(i%7), addr(i)); !known || group != uint16(i) {
			t.Errorf("address %d: group %d, %v", i, group, known)
		}
		if _, known := b.Group(uint32(i%7)+1, addr(i)); known {
			t.Errorf("address %d is known in another VNI", i)
		}
	}
	for i := range 1 << 20 { // a flood pushes out, but does not grow
		b.Learn(9, addr(i), 1, Start)
	}
	if group, known := b.Group(9, addr(1<<20-1)); !known || group != 1 {
		t.Error("the newest address is not known")
	}
}

func TestBindingsThatContradict(t *testing.T) {
	b, addr := newBindings(), &[16]byte{1}
	minute := int64(time.Minute)
	steps := []struct {
		after int64 // minutes from the start
		group uint16
		known bool
	}{
		{0, 5, true}, {1, 5, true}, {2, 6, false}, {3, 5, false}, {4, 5, false}, {12, 5, false}, {13, 5, true}, {14, 5, true},
		{200, 6, false}, {205, 6, false}, {210, 6, true},
	}
	for _, s := range steps {
		b.Learn(100, addr, s.group, Start+s.after*minute)
		if group, known := b.Group(100, addr); known != s.known || known && group != s.group {
			t.Errorf("minute %d: group %d, %v", s.after, group, known)
		}
	}
}

// TestUnknownGroupIsNotLetPast: where a rule denies a group, a receiver whose
// group is not known yet waits.
func TestUnknownGroupIsNotLetPast(t *testing.T) {
	const policy = `
[policy]
default = "allow"
[[segment]]
name = "secret"
group = [20]
[[segment]]
name = "open"
prefix = ["10.7.0.0/16"]
[[acl]]
name = "open"
from = ["any"]
to = ["open"]
action = "allow"
[[acl]]
name = "secret"
from = ["any"]
to = ["secret"]
action = "deny"
`
	there := Frame(VXLAN{VNI: 100}, Eth{}, web4, UDP{Src: 9, Dst: 9})
	speaks := func(group uint16) []byte {
		return Frame(VXLAN{VNI: 100, Group: group}, Eth{}, ARP{Sender: "10.2.0.9", Target: "10.1.0.5"})
	}
	want(t, run(t, policy, [][]byte{there, speaks(30), there}), []string{denied, forwarded, forwarded})
	want(t, run(t, policy, [][]byte{there, speaks(20), there}), []string{denied, forwarded, denied})
	want(t, run(t, policy, [][]byte{there, speaks(0), there}), []string{denied, forwarded, forwarded})
	unreachable := Frame(VXLAN{VNI: 100, Back: true}, Eth{}, db4, ICMP{Type: 3, Code: 3}, Quote(28, web4, UDP{Src: 9, Dst: 9}))
	want(t, run(t, policy, [][]byte{there, unreachable, there}), []string{denied, denied, denied})
	early := Frame(VXLAN{VNI: 100}, Eth{}, IPv4{Src: "10.1.0.5", Dst: "10.7.0.9"}, UDP{Src: 9, Dst: 9})
	want(t, run(t, policy, [][]byte{early}), []string{forwarded})
}

// TestCautiousIsBounded: segments that include each other twice over many
// levels must not make one packet cost what their number of paths is.
func TestCautiousIsBounded(t *testing.T) {
	set := &rules.Set{Policy: rules.Policy{Default: rules.Allow}}
	const levels = 30
	for i := range levels {
		seg := rules.Segment{Name: "s", VNI: []rules.Range{{Lo: 7, Hi: 7}}, Group: []rules.Range{{Lo: 20, Hi: 20}}}
		if i < levels-1 {
			seg.Include = []int{i + 1, i + 1}
		}
		set.Segments = append(set.Segments, seg)
	}
	set.ACL = []rules.ACL{{
		Name: "no", From: rules.Endpoint{Any: true}, To: rules.Endpoint{Segments: []int{0}},
		Service: []rules.Match{rules.AnyService}, Action: rules.Deny, Enabled: true,
	}}
	p := segment.Compile(set, time.Now())
	q := segment.Query{VNI: 100, To: segment.Endpoint{NoGroup: true}}
	undecided := segment.Decision{Rule: segment.NoRule, Action: rules.Allow, UsedUnknownGroup: true}
	start := time.Now()
	if d := p.Cautious(&q, undecided); d.Action != rules.Deny || time.Since(start) > time.Second {
		t.Errorf("%+v after %v", d, time.Since(start))
	}
	if n := testing.AllocsPerRun(100, func() { p.Cautious(&q, undecided) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
