package evade

import (
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"vxwall/bench/load"
)

// Receiver is the TCP of the kernel, with a reader, behind a TUN device.
type Receiver struct {
	ns       *load.Namespace
	tun      int
	listener net.Listener
	mu       sync.Mutex
	read     map[uint16]chan []byte // by the attacker's port
	readers  sync.WaitGroup
}

// NewReceiver makes one. It takes root.
func NewReceiver() (*Receiver, error) {
	ns, err := load.NewNamespace("evade", -1)
	if err != nil {
		return nil, err
	}
	r := &Receiver{ns: ns, tun: -1, read: map[uint16]chan []byte{}}
	if err := ns.Do(r.setUp); err != nil {
		r.Close()
		return nil, fmt.Errorf("make receiver: %w", err)
	}
	r.readers.Add(1)
	go r.accept()
	return r, nil
}

// setUp makes the device and the listener, in the namespace.
func (r *Receiver) setUp() (err error) {
	if r.tun, err = openTUN(receiver[:]); err != nil {
		return err
	}
	// Fast open for everyone, without a cookie: 2 server | 0x200 no cookie | 0x400 all listeners.
	if err := os.WriteFile("/proc/sys/net/ipv4/tcp_fastopen", []byte("1538"), 0); err != nil {
		return fmt.Errorf("set fast open: %w", err)
	}
	r.listener, err = net.Listen("tcp4", fmt.Sprintf("%s:%d", net.IP(receiver[:]), receiverPort))
	return err
}

// openTUN makes a device with an address, in the namespace of the thread.
func openTUN(address net.IP) (fd int, err error) {
	if fd, err = unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0); err != nil {
		return -1, fmt.Errorf("open TUN: %w", err)
	}
	request, err := unix.NewIfreq("evade0")
	if err != nil {
		return fd, err
	}
	request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, request); err != nil {
		return fd, fmt.Errorf("make TUN device: %w", err)
	}
	link, err := netlink.LinkByName("evade0")
	if err != nil {
		return fd, fmt.Errorf("find TUN device: %w", err)
	}
	if err := netlink.AddrAdd(link, &netlink.Addr{IPNet: &net.IPNet{IP: address, Mask: net.CIDRMask(24, 32)}}); err != nil {
		return fd, fmt.Errorf("set address: %w", err)
	}
	if err := netlink.LinkSetUp(link); err != nil {
		return fd, fmt.Errorf("set device up: %w", err)
	}
	return fd, nil
}

// accept reads each connection to its end.
func (r *Receiver) accept() {
	defer r.readers.Done()
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.readers.Add(1)
		go r.readAll(conn)
	}
}

func (r *Receiver) readAll(conn net.Conn) {
	defer r.readers.Done()
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	data, _ := io.ReadAll(conn) // a reset is an end too
	if tcp, ok := conn.(*net.TCPConn); ok {
		tcp.SetLinger(0) // no packets of a connection that is done with
	}
	r.result(uint16(conn.RemoteAddr().(*net.TCPAddr).Port)) <- data
}

// result is where the data of a port come when its connection has ended.
func (r *Receiver) result(port uint16) chan []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.read[port]
	if c == nil {
		c = make(chan []byte, 1)
		r.read[port] = c
	}
	return c
}

// Read returns what was read of a connection that has ended; false if it never was one.
func (r *Receiver) Read(port uint16, wait time.Duration) ([]byte, bool) {
	defer func() {
		r.mu.Lock()
		delete(r.read, port)
		r.mu.Unlock()
	}()
	select {
	case data := <-r.result(port):
		return data, true
	case <-time.After(wait):
		return nil, false
	}
}

// send gives the kernel a packet.
func (r *Receiver) send(packet []byte) error {
	_, err := unix.Write(r.tun, packet)
	return err
}

// receive returns a packet of the kernel's, nil if none comes in time.
func (r *Receiver) receive(buffer []byte, wait time.Duration) []byte {
	for {
		if n, err := unix.Read(r.tun, buffer); err == nil {
			return buffer[:n]
		}
		poll := []unix.PollFd{{Fd: int32(r.tun), Events: unix.POLLIN}}
		if n, err := unix.Poll(poll, int(wait.Milliseconds())); err != unix.EINTR && (err != nil || n == 0) {
			return nil
		}
	}
}

// Close ends the receiver and its namespace.
func (r *Receiver) Close() {
	if r.listener != nil {
		r.listener.Close()
	}
	if r.tun >= 0 {
		unix.Close(r.tun)
	}
	r.readers.Wait()
	r.ns.Close()
}
