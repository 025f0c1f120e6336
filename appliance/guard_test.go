package appliance

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"vxwall/appliance/admin"
	pt "vxwall/pipeline/pipelinetest"
)

// guardBox is a daemon with a guard, two senders behind VTEPs A and B, and a third
// who says that he is the first.
func guardBox(t *testing.T, mode string) *box {
	b := newBox(t, 1)
	b.daemon.Config.Guard.Mode = mode
	b.daemon.Config.Guard.MoveAfter = 300 * time.Millisecond
	b.daemon.Config.Guard.Binding = []GuardBindingConfig{{VNI: 7, MAC: "02:00:00:00:00:07", Addresses: []string{"10.0.0.7"}}}
	b.start()
	b.send(0, said("192.0.2.1", pt.MACa, "10.1.0.5"), said("192.0.2.2", pt.MACb, "fd00::9"), said("192.0.2.2", pt.MACa, "10.1.0.5"))
	return b
}

// said is ARP, or a packet from an IPv6 address.
func said(vtep, mac, ip string) []byte {
	tunnel := pt.VXLAN{VNI: 100, From: vtep}
	if strings.Contains(ip, ":") {
		return pt.Frame(tunnel, pt.Eth{Src: mac}, pt.IPv6{Src: ip}, pt.UDP{})
	}
	return pt.Frame(tunnel, pt.Eth{Src: mac}, pt.ARP{Sender: ip, MAC: mac})
}

// bindingLines lists bindings in a line each.
func (b *box) bindingLines(q admin.BindingQuery) (lines []string) {
	b.t.Helper()
	list, err := b.client.Bindings(context.Background(), &q)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, k := range list.Bindings {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%d %s %s %v %s", k.VNI, k.MAC, k.VTEP, k.Addresses, k.Source)))
	}
	for _, v := range list.VTEPs {
		lines = append(lines, v.VTEP+" "+v.Port)
	}
	return lines
}

// TestBindings: what the guard knows is listed, by query, and forgotten on request.
func TestBindings(t *testing.T) {
	b := guardBox(t, "enforce")
	first, second := "100 02:00:00:00:01:0a 192.0.2.1 [10.1.0.5] learned", "100 02:00:00:00:01:0b 192.0.2.2 [] learned"
	static := "7 02:00:00:00:00:07  [10.0.0.7] static"
	vtepA, vtepB := "192.0.2.1 eth1", "192.0.2.2 eth1"
	vni := uint32(100)
	for name, c := range map[string]struct {
		q    admin.BindingQuery
		want []string
	}{
		"all":     {admin.BindingQuery{}, []string{static, first, second, vtepA, vtepB}},
		"VNI":     {admin.BindingQuery{VNI: &vni}, []string{first, second}},
		"MAC":     {admin.BindingQuery{VNI: &vni, Host: "02-00-00-00-01-0B"}, []string{second}},
		"address": {admin.BindingQuery{Host: "10.1.0.5"}, []string{first}},
		"VTEP":    {admin.BindingQuery{Host: "192.0.2.2"}, []string{second, vtepB}},
		"nobody":  {admin.BindingQuery{Host: "192.0.2.99"}, nil},
	} {
		if got := b.bindingLines(c.q); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	list, err := b.client.Bindings(context.Background(), &admin.BindingQuery{VNI: &vni, Limit: 1})
	if err != nil || len(list.Bindings) != 1 || list.Matching != 2 {
		t.Errorf("%+v, %v", list, err)
	}
	for _, c := range []struct {
		q    admin.BindingQuery
		want int
	}{
		{admin.BindingQuery{VNI: &vni, Host: "10.1.0.5"}, 1}, {admin.BindingQuery{VNI: &vni, Host: pt.MACa}, 1},
		{admin.BindingQuery{Host: "192.0.2.2"}, 2}, {admin.BindingQuery{Host: "10.0.0.7"}, 0},
	} {
		if f, err := b.client.Forget(context.Background(), &c.q); err != nil || f.Forgotten != c.want {
			t.Errorf("%+v: %+v, %v", c.q, f, err)
		}
	}
	if got := b.bindingLines(admin.BindingQuery{}); !slices.Equal(got, []string{static, vtepA}) {
		t.Errorf("%q", got)
	}
	for _, q := range []admin.BindingQuery{{Host: "here"}, {Limit: -1}} {
		if _, err := b.client.Bindings(context.Background(), &q); err == nil {
			t.Errorf("%+v: no error", q)
		}
	}
	if _, err := b.client.Forget(context.Background(), &admin.BindingQuery{}); err == nil {
		t.Error("everything may be forgotten at once")
	}
}

// TestGuardStatus: what the guard does shows in the status, with or without it.
func TestGuardStatus(t *testing.T) {
	b := guardBox(t, "learn")
	s := b.status()
	if g := s.Guard; g == nil || g.Mode != "learn" || g.MACs != 2 || g.VTEPs != 2 || len(g.SuspectBy) != 1 || g.SuspectBy[0].Reason != "mac-moved" || g.SuspectBy[0].Packets != 1 {
		t.Errorf("%+v", g)
	}
	if !slices.ContainsFunc(s.Attention, func(line string) bool { return strings.HasPrefix(line, "1 packets reported by the guard") }) {
		t.Errorf("%q", s.Attention)
	}
	plain := newBox(t, 1).start()
	if plain.status().Guard != nil {
		t.Error("a guard that is off has a status")
	}
	if _, err := plain.client.Bindings(context.Background(), &admin.BindingQuery{}); err == nil || !strings.Contains(err.Error(), "the guard is off") {
		t.Error(err)
	}
}

// TestGuardInquiry: with offload, a move is believed once the link was asked.
func TestGuardInquiry(t *testing.T) {
	b := guardBox(t, "enforce")
	time.Sleep(400 * time.Millisecond)
	b.wait("a move", func() bool {
		b.send(0, said("192.0.2.2", pt.MACa, "10.1.0.5"))
		return b.status().Guard.Moves == 1
	})
	if n := b.status().Packets.Dropped.Packets; n < 2 { // the claim before, and the one that made the guard ask
		t.Errorf("%d dropped", n)
	}
}
