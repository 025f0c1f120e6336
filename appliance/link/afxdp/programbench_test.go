package afxdp

import (
	"fmt"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"

	pt "vxwall/pipeline/pipelinetest"
)

// redirectOnly is a program that sends all to the other port of a rig, and looks at nothing.
func redirectOnly(t testing.TB, r *rig) *ebpf.Program {
	t.Helper()
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "redirect_only", Type: ebpf.XDP, AttachType: ebpf.AttachXDP,
		Instructions: asm.Instructions{
			asm.LoadMapPtr(asm.R1, r.maps[wireMapPorts].FD()),
			asm.Mov.Imm(asm.R2, 1),
			asm.Mov.Imm(asm.R3, 1),
			asm.FnRedirectMap.Call(),
			asm.Return(),
		},
	})
	check(t, err)
	t.Cleanup(func() { program.Close() })
	return program
}

// BenchmarkProgram measures one run on a frame of 64 bytes inside, in the kernel,
// beside a program that only redirects; 50 bytes more of underlay.
func BenchmarkProgram(b *testing.B) {
	r := newRig(b, func(c *Config) { c.Offload, c.Ring = 1<<17, 1<<30 })
	udp, tcp := plain(v100, pt.IPv4{}, dns, pt.Zeros(22)), plain(v100, pt.IPv4{}, middle, pt.Zeros(10))
	six := plain(pt.VXLAN{VNI: 100, V6: true}, pt.IPv6{}, middle, pt.Zeros(10))
	for i := range 1000 {
		r.offer(0, plain(v100, pt.IPv4{}, pt.UDP{Src: uint16(i), Dst: 53}), offloadForward)
	}
	for _, frame := range [][]byte{udp, tcp, six} {
		r.offer(0, frame, offloadForward)
	}
	xdp := r.ports[0].xdp
	for _, c := range []struct {
		name    string
		program *ebpf.Program
		frame   []byte
	}{
		{"redirect only", redirectOnly(b, r), udp},
		{"not VXLAN", xdp, pt.Frame(pt.Eth{}, pt.ARP{})},
		{"forwarded UDP", xdp, udp},
		{"forwarded TCP", xdp, tcp},
		{"forwarded TCP on IPv6", xdp, six},
		{"to socket", xdp, plain(v100, pt.IPv4{}, pt.ICMP{}, pt.Zeros(22))},
	} {
		b.Run(fmt.Sprintf("%s %dB", c.name, len(c.frame)), func(b *testing.B) {
			var took time.Duration
			for range b.N {
				_, each, err := c.program.Benchmark(c.frame, 1<<20, nil)
				check(b, err)
				took += each
			}
			b.ReportMetric(float64(took.Nanoseconds())/float64(b.N), "ns/frame")
			b.ReportMetric(0, "ns/op")
		})
	}
}
