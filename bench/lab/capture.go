package lab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Frame is an Ethernet frame as it passed a network interface.
type Frame struct {
	Data []byte
	Sent bool      // it left through the interface, it did not come in
	Time time.Time // by the kernel's clock
}

// Capture collects frames until it is stopped.
type Capture struct {
	filter  func([]byte) bool
	socket  *os.File
	reading sync.WaitGroup
	stop    sync.Once
	mu      sync.Mutex
	frames  []Frame
	bytes   int
	dropped uint64
}

const (
	captureRoom  = 256 << 20 // bytes that a capture keeps at most
	captureQuiet = 50 * time.Millisecond
)

// Capture collects the frames of a network interface of a place, "" for its
// Device, that a filter likes; nil likes all. With GRO a VTEP receives several TCP segments as
// one frame: see Options.Exact. The caller must stop it.
func (l *Lab) Capture(p Place, device string, filter func(frame []byte) bool) (*Capture, error) {
	if device == "" {
		device = p.Device()
	}
	c := &Capture{filter: filter}
	err := l.In(p, func() (err error) {
		c.socket, err = packetSocket(device, unix.ETH_P_ALL)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("capture on %s of %s: %w", device, p, err)
	}
	c.reading.Go(c.read)
	l.atDown(func() error { c.Stop(); return nil })
	return c, nil
}

// Stop ends the capture and returns the frames, and how many more there were that
// it had no room for. It may be called again.
func (c *Capture) Stop() (frames []Frame, dropped uint64) {
	c.stop.Do(func() {
		c.socket.SetReadDeadline(time.Now().Add(captureQuiet)) // what the socket holds already is read
		c.reading.Wait()
		c.countDropped()
		c.socket.Close()
	})
	return c.Frames(), c.dropped
}

// Frames are the frames until now.
func (c *Capture) Frames() []Frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clip(c.frames)
}

func (c *Capture) read() {
	raw, err := c.socket.SyscallConn()
	if err != nil {
		return
	}
	b, control := make([]byte, 1<<17), make([]byte, 256)
	for {
		var n, m int
		var from unix.Sockaddr
		var readErr error
		err := raw.Read(func(fd uintptr) bool {
			n, m, _, from, readErr = unix.Recvmsg(int(fd), b, control, 0)
			return readErr != unix.EAGAIN
		})
		if errors.Join(err, readErr) != nil {
			return
		}
		c.take(b[:n], control[:m], from)
	}
}

// take keeps a copy of a frame, with the VLAN tag that the kernel took out.
func (c *Capture) take(b, control []byte, from unix.Sockaddr) {
	at, tag := time.Now(), []byte(nil)
	messages, err := unix.ParseSocketControlMessage(control)
	for _, m := range messages {
		switch {
		case err != nil:
		case m.Header.Level == unix.SOL_SOCKET && m.Header.Type == unix.SO_TIMESTAMPNS:
			at = time.Unix(int64(binary.NativeEndian.Uint64(m.Data)), int64(binary.NativeEndian.Uint64(m.Data[8:])))
		case m.Header.Level == unix.SOL_PACKET && m.Header.Type == unix.PACKET_AUXDATA:
			tag = vlanTag(m.Data)
		}
	}
	data := slices.Clone(b)
	if tag != nil && len(b) >= macAddresses {
		data = slices.Concat(b[:macAddresses], tag, b[macAddresses:])
	}
	if c.filter != nil && !c.filter(data) {
		return
	}
	link, _ := from.(*unix.SockaddrLinklayer)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bytes += len(data); c.bytes > captureRoom {
		c.dropped++
		return
	}
	c.frames = append(c.frames, Frame{Data: data, Sent: link != nil && link.Pkttype == unix.PACKET_OUTGOING, Time: at})
}

// macAddresses are the bytes of an Ethernet frame before a VLAN tag.
const macAddresses = 12

// vlanTag is the VLAN tag that struct tpacket_auxdata (linux/if_packet.h) tells
// of, nil if there is none.
func vlanTag(aux []byte) []byte {
	if len(aux) < 20 || binary.NativeEndian.Uint32(aux)&unix.TP_STATUS_VLAN_VALID == 0 {
		return nil
	}
	tag := binary.BigEndian.AppendUint16(nil, binary.NativeEndian.Uint16(aux[18:]))
	return binary.BigEndian.AppendUint16(tag, binary.NativeEndian.Uint16(aux[16:]))
}

// countDropped adds what found no room in the socket.
func (c *Capture) countDropped() {
	raw, err := c.socket.SyscallConn()
	if err != nil {
		return
	}
	raw.Control(func(fd uintptr) {
		if stats, err := unix.GetsockoptTpacketStats(int(fd), unix.SOL_PACKET, unix.PACKET_STATISTICS); err == nil {
			c.mu.Lock()
			c.dropped += uint64(stats.Drops)
			c.mu.Unlock()
		}
	})
}

// SendFrames sends Ethernet frames, as they are, out of a network interface of a
// place, "" for its Device.
func (l *Lab) SendFrames(p Place, device string, frames ...[]byte) error {
	if device == "" {
		device = p.Device()
	}
	return l.In(p, func() error {
		socket, err := packetSocket(device, 0)
		if err != nil {
			return fmt.Errorf("send frames from %s: %w", p, err)
		}
		defer socket.Close()
		for _, frame := range frames {
			if _, err := socket.Write(frame); err != nil {
				return fmt.Errorf("send frame of %d bytes from %s: %w", len(frame), p, err)
			}
		}
		return nil
	})
}

// packetSocket opens an AF_PACKET socket of the current namespace for frames of
// an EtherType; 0 receives none.
func packetSocket(device string, etherType uint16) (*os.File, error) {
	port, err := net.InterfaceByName(device)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", device, err)
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("open packet socket: %w", err)
	}
	err = errors.Join(
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, bufferBytes),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TIMESTAMPNS, 1),
		unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_AUXDATA, 1),
		unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: bigEndian(etherType), Ifindex: port.Index}))
	if err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("ready packet socket: %w", err)
	}
	return os.NewFile(uintptr(fd), device), nil
}

// bigEndian is htons(3).
func bigEndian(v uint16) uint16 {
	return binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, v))
}
