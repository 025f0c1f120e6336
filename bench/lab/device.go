package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// parameters of a namespace, below /proc/sys/net, which its devices inherit. IPv6
// is as silent as can be: no link-local addresses, router solicitations or
// duplicate address detection.
var parameters = map[string]string{
	"ipv6/conf/all/router_solicitations":     "0",
	"ipv6/conf/default/router_solicitations": "0",
	"ipv6/conf/all/accept_dad":               "0",
	"ipv6/conf/default/accept_dad":           "0",
	"ipv6/conf/default/addr_gen_mode":        "1",
}

// readyNamespace readies the current, new namespace.
func readyNamespace() error {
	for key, value := range parameters {
		if err := sysctl(key, value); err != nil {
			return err
		}
	}
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return fmt.Errorf("find lo: %w", err)
	}
	return linkUp(lo)
}

// sysctl sets a parameter below net/ of the current namespace.
func sysctl(key, value string) error {
	if err := os.WriteFile("/proc/sys/net/"+key, []byte(value), 0); err != nil {
		return fmt.Errorf("set sysctl: %w", err)
	}
	return nil
}

func linkUp(link netlink.Link) error {
	if err := netlink.LinkSetUp(link); err != nil {
		return fmt.Errorf("set %s up: %w", link.Attrs().Name, err)
	}
	return nil
}

// addAddresses gives an interface its place's addresses. ARP and ND ask 30 times, each
// tenth of a second, instead of each second: a first question may come before the wall
// forwards.
func addAddresses(link netlink.Link, p Place) error {
	if err := patientNeighbours(link.Attrs().Name); err != nil {
		return err
	}
	for _, text := range []string{p.Addr4().String() + "/24", p.Addr6().String() + "/64"} {
		addr, err := netlink.ParseAddr(text)
		if err != nil {
			return fmt.Errorf("parse address: %w", err)
		}
		addr.Flags = unix.IFA_F_NODAD
		if err := netlink.AddrAdd(link, addr); err != nil {
			return fmt.Errorf("add address %s to %s: %w", text, link.Attrs().Name, err)
		}
	}
	return nil
}

// patientNeighbours sets how ARP and ND ask.
func patientNeighbours(device string) error {
	for _, family := range []string{"ipv4", "ipv6"} {
		neigh := family + "/neigh/" + device
		err := errors.Join(sysctl(neigh+"/retrans_time_ms", "100"), sysctl(neigh+"/mcast_solicit", "30"))
		if err != nil {
			return err
		}
	}
	return nil
}

// sendOffloads are what ethtool calls tx, tso and gso: with them a frame may reach the
// next port larger than the MTU and without its checksums, which an XDP program
// on the way cannot mend.
var sendOffloads = []string{
	"tx-checksum-ip-generic", "tx-checksum-sctp", "tx-generic-segmentation",
	"tx-tcp-segmentation", "tx-tcp-ecn-segmentation", "tx-tcp-mangleid-segmentation", "tx-tcp6-segmentation",
	"tx-udp-segmentation", "tx-gso-list",
}

// setFeatures switches features of an interface of the current namespace, by
// ETHTOOL_MSG_FEATURES_SET (linux/ethtool_netlink.h).
func setFeatures(device string, on bool, names ...string) error {
	family, err := netlink.GenlFamilyGet("ethtool")
	if err != nil {
		return fmt.Errorf("find ethtool netlink: %w", err)
	}
	header := nl.NewRtAttr(unix.ETHTOOL_A_FEATURES_HEADER|unix.NLA_F_NESTED, nil)
	header.AddRtAttr(unix.ETHTOOL_A_HEADER_DEV_NAME, nl.ZeroTerminated(device))
	wanted := nl.NewRtAttr(unix.ETHTOOL_A_FEATURES_WANTED|unix.NLA_F_NESTED, nil)
	bits := wanted.AddRtAttr(unix.ETHTOOL_A_BITSET_BITS|unix.NLA_F_NESTED, nil)
	for _, name := range names {
		bit := bits.AddRtAttr(unix.ETHTOOL_A_BITSET_BITS_BIT|unix.NLA_F_NESTED, nil)
		bit.AddRtAttr(unix.ETHTOOL_A_BITSET_BIT_NAME, nl.ZeroTerminated(name))
		if on {
			bit.AddRtAttr(unix.ETHTOOL_A_BITSET_BIT_VALUE, nil)
		}
	}
	req := nl.NewNetlinkRequest(int(family.ID), unix.NLM_F_ACK)
	req.AddData(&nl.Genlmsg{Command: unix.ETHTOOL_MSG_FEATURES_SET, Version: 1})
	req.AddData(header)
	req.AddData(wanted)
	if _, err := req.Execute(unix.NETLINK_GENERIC, 0); err != nil {
		return fmt.Errorf("set %s of %s: %w", strings.Join(names, ", "), device, err)
	}
	return nil
}

// setThreaded moves NAPI of an interface of the current namespace into kernel
// threads. The file for it is seen in a sysfs that was mounted in the namespace.
func (l *Lab) setThreaded(device string) error {
	dir := filepath.Join(l.Dir(), "sys")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	if err := unix.Mount("sysfs", dir, "sysfs", 0, ""); err != nil {
		return fmt.Errorf("mount sysfs: %w", err)
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	if err := os.WriteFile(filepath.Join(dir, "class/net", device, "threaded"), []byte("1"), 0); err != nil {
		return fmt.Errorf("set threaded NAPI: %w", err)
	}
	return nil
}
