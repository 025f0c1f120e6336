package appliance

import (
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"

	"vxwall/appliance/link/afxdp"
)

// Limits of the kernel on names: struct sockaddr_un, IFNAMSIZ; both with a zero
// byte at the end.
const (
	maxSocketPath = 107
	maxInterface  = 15
)

// checkPlaces checks what names ports, files, sockets and addresses.
func (c *Config) checkPlaces() (errs []KeyError) {
	wrong := func(key, format string, args ...any) {
		errs = append(errs, KeyError{key, fmt.Sprintf(format, args...)})
	}
	d := &c.Datapath
	if n := len(d.VXLANPorts); n == 0 || n > afxdp.MaxVXLANPorts || slices.Contains(d.VXLANPorts, 0) {
		wrong("datapath.vxlan_ports", "want 1 to %d UDP ports, each 1 to 65535", afxdp.MaxVXLANPorts)
	}
	if !c.goodPorts() {
		wrong("datapath.ports", "want two different network interfaces, such as [\"eth1\", \"eth2\"]")
	}
	if d.Pin != "" && !filepath.IsAbs(d.Pin) {
		wrong("datapath.pin", "%q is no absolute path (\"\" for none)", d.Pin)
	}
	if len(c.Rules.Paths) == 0 {
		wrong("rules.paths", "want at least one file or directory")
	}
	if s := c.Admin.Socket; !filepath.IsAbs(s) || len(s) > maxSocketPath {
		wrong("admin.socket", "%q is no absolute path of at most %d bytes", s, maxSocketPath)
	}
	if c.Admin.Group == "" {
		wrong("admin.group", "%q is no group of this machine", c.Admin.Group)
	}
	if _, ok := c.Admin.permissions(); !ok {
		wrong("admin.permissions", "%q is no octal number of 0600 to 0666", c.Admin.Permissions)
	}
	if !isListen(c.Metrics.Listen) {
		wrong("metrics.listen", "%q is no address such as 127.0.0.1:9789 (\"\" for none)", c.Metrics.Listen)
	}
	if h := c.Health.Listen; !isListen(h) || h != "" && portOf(h) < 1024 {
		wrong("health.listen", "%q is no address such as 0.0.0.0:8080, with a port from 1024 on (\"\" for none)", h)
	}
	return errs
}

// goodPorts says whether the ports may be those of the mode, or are left out.
func (c *Config) goodPorts() bool {
	ports := c.Datapath.Ports
	most, least := 2, 2
	if c.Datapath.Mode == "vtep" || c.taps() {
		least = 1
	}
	if n := len(ports); n == 0 {
		return true
	} else if n < least || n > most || n == 2 && ports[0] == ports[1] {
		return false
	}
	return !slices.ContainsFunc(ports, func(name string) bool { return !isInterface(name) })
}

func isInterface(name string) bool {
	return name != "" && len(name) <= maxInterface && name != "." && name != ".." &&
		!slices.ContainsFunc([]byte(name), func(c byte) bool { return c <= ' ' || c == '/' || c == ':' || c >= 0x7f })
}

// permissions returns the mode of the admin socket. Its owner can always use it.
func (a *AdminConfig) permissions() (mode uint32, ok bool) {
	n, err := strconv.ParseUint(a.Permissions, 8, 32)
	return uint32(n), err == nil && n&^0o666 == 0 && n&0o600 == 0o600
}

func isListen(address string) bool {
	if address == "" {
		return true
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// portOf is the port of an address that isListen accepts.
func portOf(address string) uint64 {
	_, port, _ := net.SplitHostPort(address)
	n, _ := strconv.ParseUint(port, 10, 16)
	return n
}
