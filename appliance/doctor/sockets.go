package doctor

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// socket is a UDP socket of this network namespace.
type socket struct {
	addr  netip.Addr // unspecified: any
	port  uint16
	inode uint64
}

// udpSockets lists the UDP sockets that are bound to one of some ports.
func udpSockets(ports []uint16) (list []socket, err error) {
	for _, file := range []string{"/proc/thread-self/net/udp", "/proc/thread-self/net/udp6"} {
		f, err := os.Open(file)
		if os.IsNotExist(err) { // no IPv6
			continue
		}
		if err != nil {
			return nil, err
		}
		all := parseSockets(f)
		f.Close()
		for _, s := range all {
			if slices.Contains(ports, s.port) {
				list = append(list, s)
			}
		}
	}
	return list, nil
}

// parseSockets reads /proc/net/udp. Lines that it does not understand are left out.
func parseSockets(r io.Reader) (list []socket) {
	for s := bufio.NewScanner(r); s.Scan(); {
		fields := strings.Fields(s.Text())
		if len(fields) < 10 {
			continue
		}
		addr, port, ok := strings.Cut(fields[1], ":")
		number, err := strconv.ParseUint(port, 16, 16)
		inode, err1 := strconv.ParseUint(fields[9], 10, 64)
		ip, ok1 := kernelAddr(addr)
		if ok && ok1 && err == nil && err1 == nil {
			list = append(list, socket{ip, uint16(number), inode})
		}
	}
	return list
}

// kernelAddr reads an address as words of the machine's byte order, which is
// little-endian wherever vxwall's BPF programs run.
func kernelAddr(text string) (netip.Addr, bool) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != 4 && len(b) != 16 {
		return netip.Addr{}, false
	}
	for i := 0; i < len(b); i += 4 {
		slices.Reverse(b[i : i+4])
	}
	return netip.AddrFromSlice(b)
}

// process is one that has a socket.
type process struct {
	pid  int
	name string
	unit string // of systemd, "" if it is none
}

// ownerOf finds who has a socket; the zero process if it is the kernel, or nobody is found.
func ownerOf(inode uint64) process {
	want := fmt.Sprintf("socket:[%d]", inode)
	files, _ := filepath.Glob("/proc/[0-9]*/fd/*")
	for _, file := range files {
		if target, err := os.Readlink(file); err != nil || target != want {
			continue
		}
		pid := strings.Split(file, "/")[2]
		p := process{name: "?"}
		p.pid, _ = strconv.Atoi(pid)
		if comm, err := os.ReadFile("/proc/" + pid + "/comm"); err == nil {
			p.name = strings.TrimSpace(string(comm))
		}
		if groups, err := os.ReadFile("/proc/" + pid + "/cgroup"); err == nil {
			p.unit = unitOf(string(groups))
		}
		return p
	}
	return process{}
}

// unitOf reads the service out of /proc/PID/cgroup (cgroups(7)). Only what is below
// system.slice was named by the service manager of the machine; elsewhere users have
// groups with names of their own.
func unitOf(text string) string {
	for line := range strings.Lines(text) {
		_, rest, _ := strings.Cut(line, ":")
		controllers, path, _ := strings.Cut(rest, ":")
		below, ok := strings.CutPrefix(strings.TrimSpace(path), "/system.slice/")
		if !ok || controllers != "" && controllers != "name=systemd" {
			continue
		}
		for _, unit := range strings.Split(below, "/") {
			if strings.HasSuffix(unit, ".service") {
				return unit
			}
		}
	}
	return ""
}

func (p process) String() string { return fmt.Sprintf("process %d (%s)", p.pid, p.name) }

// end is the command that ends it.
func (p process) end() string {
	if p.unit != "" {
		return shell("systemctl stop %s", p.unit)
	}
	return fmt.Sprintf("kill %d", p.pid)
}
