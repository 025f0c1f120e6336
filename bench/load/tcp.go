package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"time"

	"github.com/vishvananda/netlink"
)

// TCPTrial is one TCP connection through a system.
type TCPTrial struct {
	Bytes   uint64        `json:"bytes"`
	Elapsed time.Duration `json:"elapsed_ns"`
	Bits    float64       `json:"bps"` // payload
}

// tcpPort is the server's; Policy allows it.
const tcpPort = 5201

// Addresses of the two ends inside FirstVNI.
var tcpClient, tcpServer = plus(clients4, 5000), plus(servers4, 5000)

// TryTCP sends over one connection from a kernel VXLAN device in gen to one in sink
// for some time. Sender and receiver run on the load's core. The system must be a bump
// in the wire.
func TryTCP(ctx context.Context, t *Topology, s System, d time.Duration) (out TCPTrial, err error) {
	stop, err := s.Start(ctx, t)
	if err != nil {
		return out, err
	}
	var gen, sink undo
	defer func() {
		err = errors.Join(err, t.Gen.Do(gen.run), t.Sink.Do(sink.run), stop())
	}()
	left := side{t.Port(Gen0), genVTEP, sinkVTEP.at(t.Port(Sink0)), FirstVNI, serverMAC}
	right := side{t.Port(Sink0), sinkVTEP, genVTEP.at(t.Port(Gen0)), FirstVNI, clientMAC}
	err = t.Gen.Do(func() error { return left.host(&gen, clientMAC, tcpClient) })
	if err == nil {
		err = t.Sink.Do(func() error { return right.host(&sink, serverMAC, tcpServer) })
	}
	if err != nil {
		return out, err
	}
	return transfer(ctx, t, d)
}

// host makes a port a tunnel endpoint with one workload of its own.
func (s side) host(u *undo, mac net.HardwareAddr, ip netip.Addr) error {
	if err := address(u, s.port, s.local.IP4); err != nil {
		return err
	}
	route := &netlink.Route{LinkIndex: s.port.Index, Scope: netlink.SCOPE_LINK, Dst: &net.IPNet{IP: s.peer.IP4.AsSlice(), Mask: net.CIDRMask(32, 32)}}
	if err := netlink.RouteReplace(route); err != nil {
		return fmt.Errorf("set route to %s: %w", s.peer.IP4, err)
	}
	u.add(func() error { return netlink.RouteDel(route) })
	if err := neighbour(u, s.port, s.peer); err != nil {
		return err
	}
	device := &netlink.Vxlan{
		LinkAttrs: netlink.LinkAttrs{Name: "vxlan0", MTU: portMTU - 150, HardwareAddr: mac},
		VxlanId:   s.vni, VtepDevIndex: s.port.Index, SrcAddr: s.local.IP4.AsSlice(), Group: s.peer.IP4.AsSlice(), Port: vxlanPort,
	}
	if err := add(u, device); err != nil {
		return err
	}
	a := &netlink.Addr{IPNet: &net.IPNet{IP: ip.AsSlice(), Mask: net.CIDRMask(8, 32)}}
	if err := netlink.AddrAdd(device, a); err != nil {
		return fmt.Errorf("set address %s: %w", ip, err)
	}
	other := tcpServer
	if ip == tcpServer {
		other = tcpClient
	}
	n := &netlink.Neigh{LinkIndex: device.Index, State: netlink.NUD_PERMANENT, IP: other.AsSlice(), HardwareAddr: s.workload}
	if err := netlink.NeighSet(n); err != nil {
		return fmt.Errorf("set MAC address of %s: %w", other, err)
	}
	return nil
}

// transfer connects and sends for some time.
func transfer(ctx context.Context, t *Topology, d time.Duration) (out TCPTrial, err error) {
	var listener net.Listener
	err = t.Sink.Do(func() (err error) {
		listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp4", netip.AddrPortFrom(tcpServer, tcpPort).String())
		return err
	})
	if err != nil {
		return out, fmt.Errorf("listen in sink: %w", err)
	}
	defer listener.Close()
	received := make(chan TCPTrial, 1)
	go func() {
		runtime.LockOSThread()
		_ = pinTask(0, t.Place.Load) // transmit says so if it cannot be done
		received <- receive(listener)
	}()
	var conn net.Conn
	err = t.Gen.Do(func() (err error) {
		conn, err = (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp4", listener.Addr().String())
		return err
	})
	if err != nil {
		return out, fmt.Errorf("connect from gen to sink: %w", err)
	}
	if err := transmit(conn, d, t.Place.Load); err != nil {
		return out, err
	}
	select {
	case out = <-received:
		return out, nil
	case <-time.After(d + 10*time.Second):
		return out, errors.New("receive in sink: the connection did not end")
	}
}

// transmit writes until the time is over, then closes the connection.
func transmit(conn net.Conn, d time.Duration, core int) error {
	defer conn.Close()
	result := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with its binding
		if err := pinTask(0, core); err != nil {
			result <- err
			return
		}
		buffer := make([]byte, 1<<17)
		end := time.Now().Add(d)
		_ = conn.SetWriteDeadline(end.Add(5 * time.Second)) // a TCP connection has deadlines
		for time.Now().Before(end) {
			if _, err := conn.Write(buffer); err != nil {
				result <- fmt.Errorf("send: %w", err)
				return
			}
		}
		result <- nil
	}()
	return <-result
}

// receive reads one connection to its end.
func receive(listener net.Listener) (out TCPTrial) {
	conn, err := listener.Accept()
	if err != nil {
		return out
	}
	defer conn.Close()
	buffer := make([]byte, 1<<18)
	var begin time.Time
	for {
		n, err := conn.Read(buffer)
		if begin.IsZero() {
			begin = time.Now()
		}
		out.Bytes += uint64(n)
		if err != nil {
			break
		}
	}
	out.Elapsed = time.Since(begin)
	out.Bits = float64(out.Bytes) * 8 / out.Elapsed.Seconds()
	return out
}
