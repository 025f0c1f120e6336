package afxdp

import (
	"errors"
	"fmt"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"

	"vxwall/appliance/link/afxdp/ring"
)

// Trial is what came of trying XDP on a port: of each way, why it does not work.
type Trial struct {
	Native, Generic error
	Copy, ZeroCopy  error         // of AF_XDP, in the better of the modes that work
	Took            time.Duration // to attach the program natively
}

// ErrNotTried is of what was left alone.
var ErrNotTried = errors.New("not tried")

// Try attaches a program that lets every frame pass to a port, in both modes, binds an
// AF_XDP socket to its first queue, and takes all of that off again. Frames pass as
// before, but some drivers set their queues up anew for a program, and lose a few. While
// a socket has a queue without copying, nothing comes in there: it is tried if asked for. A
// port that has a program is left alone.
func Try(at *PortFacts, zeroCopy bool) (t Trial, err error) {
	if at.Program != 0 {
		return Trial{ErrNotTried, ErrNotTried, ErrNotTried, ErrNotTried, 0}, nil
	}
	const pass = 2 // XDP_PASS
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type: ebpf.XDP, License: "MIT", Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, pass), asm.Return()},
	})
	if err != nil {
		return t, fmt.Errorf("load program to try: %w", err)
	}
	defer program.Close()
	sockets := func() { t.Copy, t.ZeroCopy = trySockets(at, zeroCopy) }
	options := link.XDPOptions{Program: program, Interface: at.Index, Flags: link.XDPDriverMode}
	begin := time.Now()
	t.Native = during(options, func() { t.Took = time.Since(begin); sockets() })
	options.Flags = link.XDPGenericMode
	t.Generic = during(options, func() {
		if t.Native != nil {
			sockets()
		}
	})
	if t.Native != nil && t.Generic != nil {
		t.Copy, t.ZeroCopy = ErrNotTried, ErrNotTried
	}
	return t, nil
}

// during calls f while a program is attached.
func during(o link.XDPOptions, f func()) error {
	l, err := link.AttachXDP(o)
	if err != nil {
		return err
	}
	f()
	return l.Close() // it is not pinned: that takes the program off
}

// trySockets binds a socket that copies, and one that does not, one after the other.
func trySockets(at *PortFacts, zeroCopy bool) (copies, without error) {
	if without = ErrNotTried; zeroCopy {
		without = trySocket(at, true)
	}
	return trySocket(at, false), without
}

func trySocket(at *PortFacts, zeroCopy bool) error {
	umem, err := ring.NewUMEM(2*MinRing, frameSize(at.MTU))
	if err != nil {
		return err
	}
	s, err := umem.Open(ring.Config{Interface: at.Index, Ring: MinRing, ZeroCopy: zeroCopy})
	if err == nil {
		err = s.Close()
	}
	return errors.Join(err, umem.Close())
}
