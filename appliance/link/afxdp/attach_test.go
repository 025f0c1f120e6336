package afxdp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"vxwall/appliance/link/afxdp/vethtest"
	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

// wired is a wire whose ends receive by NAPI, without which a veth takes no
// redirected frames, and a configuration for it that pins nowhere.
func wired(t testing.TB, c vethtest.Config) (*vethtest.Wire, *Config) {
	t.Helper()
	w := vethtest.New(t, c)
	for _, end := range w.Ends {
		attachOther(t, end.Index)
	}
	cfg := DefaultConfig()
	cfg.Ports, cfg.Pin, cfg.Offload = w.Ports, "", 16
	return w, &cfg
}

// attachOther attaches a program of somebody else that passes all.
func attachOther(t testing.TB, ifindex int) {
	t.Helper()
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.XDP, Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 2), asm.Return()}})
	check(t, err)
	t.Cleanup(func() { program.Close() })
	l, err := link.AttachXDP(link.XDPOptions{Program: program, Interface: ifindex})
	check(t, err)
	t.Cleanup(func() { l.Close() })
}

// bpffs mounts a bpf file system and returns a directory that is yet to be made
// on it.
func bpffs(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	check(t, unix.Mount("bpf", dir, "bpf", 0, "mode=0700"))
	t.Cleanup(func() { check(t, unix.Unmount(dir, unix.MNT_DETACH)) })
	return filepath.Join(dir, "vxwall")
}

// attachBoth attaches to both ports of a wire, each in a mode.
func attachBoth(t testing.TB, p *program, w *vethtest.Wire, mode, want Mode) (note string) {
	t.Helper()
	for port, index := range w.Index {
		chosen, n, err := p.attach(port, index, mode)
		check(t, err)
		if chosen != want {
			t.Errorf("port %d runs %s, want %s (%s)", port, chosen, want, n)
		}
		note = n
	}
	return note
}

// attached returns the id of the XDP program on a device, 0 for none.
func attached(t testing.TB, index int) uint32 {
	t.Helper()
	dev, err := netlink.LinkByIndex(index)
	check(t, err)
	if xdp := dev.Attrs().Xdp; xdp != nil && xdp.Attached {
		return xdp.ProgId
	}
	return 0
}

// crossing sends frames in at a port and wants to see them leave the other one as they were.
func crossing(t *testing.T, w *vethtest.Wire, port int, frames [][]byte) {
	t.Helper()
	w.Ends[1-port].Received(0, 0)
	w.Ends[port].Send(frames...)
	got := w.Ends[1-port].Received(len(frames), 5*time.Second)
	if len(got) != len(frames) {
		t.Fatalf("%d frames of %d crossed from port %d", len(got), len(frames), port)
	}
	for i := range frames {
		if !bytes.Equal(got[i], untagged(frames[i])) {
			t.Errorf("frame %x left as %x", frames[i], got[i])
		}
	}
}

// untagged is a frame as a packet socket shows it: without its outer tag.
func untagged(frame []byte) []byte {
	if tpid := binary.BigEndian.Uint16(frame[12:]); tpid == 0x8100 || tpid == 0x88a8 {
		return append(bytes.Clone(frame[:12]), frame[16:]...)
	}
	return frame
}

func crossers() (frames [][]byte) {
	for name, frame := range notVXLAN() {
		if len(frame) < 1500 && name != "802.3 length" {
			frames = append(frames, frame)
		}
	}
	return append(frames, plain(v100, pt.IPv4{}, dns, data), pt.Frame(pt.Eth{Dst: "33:33:00:00:00:01"}, pt.IPv6{}, dns, pt.Zeros(1400)))
}

func TestAttach(t *testing.T) {
	for mode, want := range map[Mode]Mode{Auto: Native, Native: Native, Generic: Generic} {
		t.Run(mode.String(), func(t *testing.T) {
			w, cfg := wired(t, vethtest.Config{})
			p, err := loadProgram(cfg)
			check(t, err)
			if note := attachBoth(t, p, w, mode, want); note != "" {
				t.Errorf("note %q", note)
			}
			crossing(t, w, 0, crossers())
			crossing(t, w, 1, crossers())
			k, err := p.kernel()
			check(t, err)
			for port := range 2 {
				n, down := k.Relayed[port][pipeline.NotVXLAN].Packets, k.Relayed[port][pipeline.ApplianceDown].Packets
				if n != uint64(len(crossers())-1) || down != 1 {
					t.Errorf("port %d: %d not VXLAN, %d without an appliance", port, n, down)
				}
			}
			check(t, p.close())
			if attached(t, w.Index[0]) != 0 || attached(t, w.Index[1]) != 0 {
				t.Error("still attached after close")
			}
		})
	}
}

// A driver that refuses native XDP, here for its MTU, gets generic XDP and a
// note, or an error if native is asked for.
func TestAttachFallsBack(t *testing.T) {
	w, cfg := wiredJumbo(t)
	p := load(t, cfg)
	_, _, err := p.attach(0, w.Index[0], Native)
	wantConfigError(t, err, "native XDP is refused")
	note := attachBoth(t, p, w, Auto, Generic)
	if !strings.Contains(note, "native") {
		t.Errorf("note %q", note)
	}
}

func wiredJumbo(t *testing.T) (*vethtest.Wire, *Config) {
	w := vethtest.New(t, vethtest.Config{MTU: 9000})
	cfg := DefaultConfig()
	cfg.Ports, cfg.Pin = w.Ports, ""
	return w, &cfg
}

func wantConfigError(t *testing.T, err error, text string) {
	t.Helper()
	if e := new(ConfigError); !errors.As(err, &e) || !strings.Contains(err.Error(), text) {
		t.Errorf("error %v, want one with %q", err, text)
	} else {
		t.Log(err)
	}
}

func TestAttachForeign(t *testing.T) {
	for _, pinned := range []bool{false, true} {
		w, cfg := wired(t, vethtest.Config{})
		if pinned {
			cfg.Pin = bpffs(t)
		}
		attachOther(t, w.Index[0])
		id := attached(t, w.Index[0])
		p := load(t, cfg)
		for _, mode := range []Mode{Auto, Native, Generic} {
			_, _, err := p.attach(0, w.Index[0], mode)
			wantConfigError(t, err, "or run: bpftool link detach id ")
		}
		if attached(t, w.Index[0]) != id {
			t.Error("somebody else's program is gone")
		}
	}
}

func TestNoSuchPort(t *testing.T) {
	_, cfg := wired(t, vethtest.Config{})
	cfg.Ports[1] = "nowhere"
	_, err := loadProgram(cfg)
	wantConfigError(t, err, "nowhere")
}

func TestPinNotOnBPF(t *testing.T) {
	w, cfg := wired(t, vethtest.Config{})
	cfg.Pin = filepath.Join(t.TempDir(), "some", "where")
	_, _, err := load(t, cfg).attach(0, w.Index[0], Auto)
	wantConfigError(t, err, "mount -t bpf bpf /sys/fs/bpf")
	if _, err := os.Stat(filepath.Dir(cfg.Pin)); !os.IsNotExist(err) {
		t.Error("made a directory elsewhere")
	}
}

// TestRemoval: the command that is printed takes the program off, whatever holds it.
func TestRemoval(t *testing.T) {
	w, _ := wired(t, vethtest.Config{})
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.XDP, Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 2), asm.Return()}})
	check(t, err)
	defer program.Close()
	dev, err := netlink.LinkByName(w.Ports[0])
	check(t, err)
	for flags, want := range map[int]string{unix.XDP_FLAGS_DRV_MODE: "ip link set dev port0 xdp off", unix.XDP_FLAGS_SKB_MODE: "ip link set dev port0 xdpgeneric off"} {
		check(t, netlink.LinkSetXdpFdWithFlags(dev, program.FD(), flags))
		command := removal(w.Ports[0], attached(t, w.Index[0]))
		if command != want {
			t.Errorf("got %s, want %s", command, want)
		}
		out, err := exec.Command("sh", "-c", command).CombinedOutput()
		if id := attached(t, w.Index[0]); err != nil || id != 0 {
			t.Errorf("%s: %v %s; program %d is on the port", command, err, out, id)
		}
	}
}
