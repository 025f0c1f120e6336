package afxdp

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"vxwall/appliance/link/afxdp/vethtest"
	"vxwall/pipeline"
)

// rig is a loaded program over two veth ports, with a socket and a beating heart
// behind queue 0 of each.
type rig struct {
	*program
	t    testing.TB
	wire *vethtest.Wire
}

func newRig(t testing.TB, change func(*Config)) *rig {
	t.Helper()
	wire := vethtest.New(t, vethtest.Config{Queues: [2]int{2, 2}})
	cfg := DefaultConfig()
	cfg.Ports, cfg.Pin, cfg.Offload, cfg.Heartbeat = wire.Ports, "", 1024, hour
	if change != nil {
		change(&cfg)
	}
	r := &rig{program: load(t, &cfg), t: t, wire: wire}
	for port := range cfg.ports() {
		r.listen(port, 0)
	}
	return r
}

func load(t testing.TB, cfg *Config) *program {
	t.Helper()
	p, err := loadProgram(cfg)
	check(t, err)
	t.Cleanup(func() { check(t, p.close()) })
	return p
}

// on is the rig with another test to fail.
func (r *rig) on(t testing.TB) *rig {
	c := *r
	c.t = t
	return &c
}

// listen puts a socket behind a queue, which a worker looks after. A socket with
// an RX ring is all that the map asks for.
func listen(t testing.TB, p *program, port, queue int) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_XDP, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	check(t, err)
	t.Cleanup(func() { unix.Close(fd) })
	check(t, unix.SetsockoptInt(fd, unix.SOL_XDP, unix.XDP_RX_RING, 64))
	check(t, p.sockets().Put(uint32(port*MaxQueues+queue), uint32(fd)))
	p.control().beat(port, queue)
}

func (r *rig) listen(port, queue int) { r.t.Helper(); listen(r.t, r.program, port, queue) }

// deafen takes the socket behind a queue away.
func (r *rig) deafen(port, queue int) {
	r.t.Helper()
	check(r.t, r.sockets().Delete(uint32(port*MaxQueues+queue)))
}

// actions are the names of XDP actions (linux/bpf.h).
var actions = []string{"ABORTED", "DROP", "PASS", "TX", "REDIRECT"}

// run runs the program of a port on a frame that came in at queue 0, and says
// what it returned and what it counted, like "REDIRECT to-socket". It fails the
// test if the frame comes out changed, or does not count exactly once.
func (r *rig) run(port int, frame []byte) string {
	r.t.Helper()
	return r.runOptions(port, ebpf.RunOptions{Data: frame})
}

// runQueue is run for any queue of a port whose program is attached.
func (r *rig) runQueue(port, queue int, frame []byte) string {
	r.t.Helper()
	context := make([]byte, 24) // struct xdp_md: data, data_end, data_meta, ingress_ifindex, rx_queue_index …
	binary.NativeEndian.PutUint32(context[4:], uint32(len(frame)))
	binary.NativeEndian.PutUint32(context[12:], uint32(r.wire.Index[port]))
	binary.NativeEndian.PutUint32(context[16:], uint32(queue))
	return r.runOptions(port, ebpf.RunOptions{Data: frame, Context: context})
}

func (r *rig) runOptions(port int, options ebpf.RunOptions) string {
	r.t.Helper()
	frame, before := options.Data, r.counters()
	options.DataOut = make([]byte, len(frame)+64)
	action, err := r.ports[port].xdp.Run(&options)
	check(r.t, err)
	if !bytes.Equal(options.DataOut, frame) {
		r.t.Fatalf("frame changed from %x to %x", frame, options.DataOut)
	}
	what := ""
	for name, now := range r.counters() {
		if now == before[name] {
			continue
		}
		if grown := now.Bytes - before[name].Bytes; now.Packets-before[name].Packets != 1 || grown != uint64(len(frame)) || name[0] != '0'+byte(port) {
			r.t.Errorf("%s counts %v after %v, for one frame of %d bytes", name, now, before[name], len(frame))
		}
		what += name[1:]
	}
	return actions[action] + what
}

// counters returns all that is counted, by port and name.
func (r *rig) counters() map[string]pipeline.Tally {
	r.t.Helper()
	k, err := r.kernel()
	check(r.t, err)
	all := map[string]pipeline.Tally{}
	for port := range k.ToSocket {
		all[fmt.Sprint(port, " to-socket")] = k.ToSocket[port]
		all[fmt.Sprint(port, " forwarded")] = k.Forwarded[port]
		for reason := range k.Relayed[port] {
			all[fmt.Sprint(port, " relayed ", pipeline.Reason(reason))] = k.Relayed[port][reason]
			all[fmt.Sprint(port, " dropped ", pipeline.Reason(reason))] = k.Dropped[port][reason]
		}
	}
	return all
}

// expect runs a frame and compares.
func (r *rig) expect(port int, frame []byte, want string) {
	r.t.Helper()
	if got := r.run(port, frame); got != want {
		r.t.Errorf("%q, want %q", got, want)
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
