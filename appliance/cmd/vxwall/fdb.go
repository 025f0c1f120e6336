package main

import (
	"bytes"
	"fmt"
	"net"
	"text/tabwriter"

	"vxwall/appliance/admin"
)

const fdbExamples = `  vxwall fdb                             behind which VTEP every MAC address is
  vxwall fdb --vni 100 --source learned
  vxwall fdb --mac 02:00:00:00:00:01 --json
  vxwall fdb --peer rack1
`

type fdbCmd struct {
	adminFlags
	VNI    *uint32 `placeholder:"N" help:"Of this VXLAN network."`
	MAC    string  `name:"mac" placeholder:"MAC" help:"This MAC address alone."`
	Peer   string  `placeholder:"NAME" help:"Behind this peer: its name or address."`
	Source string  `enum:",static,kernel,learned" default:"" placeholder:"WORD" help:"static (of the configuration), kernel (of a device that is followed) or learned."`
	Limit  int     `default:"1000" placeholder:"N" help:"At most so many (default: 1000)."`
}

// Run prints the forwarding database of a VTEP.
func (c *fdbCmd) Run(e *env) error {
	if err := checkVNI(c.VNI); err != nil {
		return err
	}
	if c.Limit < 1 || c.Limit > admin.MaxEntries {
		return usageError{fmt.Errorf("--limit: %d is not within 1 to %d", c.Limit, admin.MaxEntries)}
	}
	mac := c.MAC
	if mac != "" && mac != "flood" {
		parsed, err := net.ParseMAC(mac)
		if err != nil || len(parsed) != 6 {
			return usageError{fmt.Errorf("--mac: %q is no MAC address, such as 02:00:00:00:00:01", mac)}
		}
		mac = parsed.String()
	}
	client, err := c.client(e)
	if err != nil {
		return err
	}
	f, err := client.FDB(e.ctx, &admin.FDBQuery{Limit: c.Limit, VNI: c.VNI, MAC: mac, Peer: c.Peer, Source: c.Source})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e, &f)
	}
	_, err = e.stdout.Write(fdbText(&f))
	return err
}

// fdbText writes entries for people.
func fdbText(f *admin.FDB) []byte {
	var b bytes.Buffer
	if len(f.Entries) > 0 {
		w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
		fmt.Fprintf(w, "network\tMAC address\tpeer\taddress\tfrom\n")
		for i := range f.Entries {
			e := &f.Entries[i]
			from := e.Source
			if e.Source == admin.FromPackets {
				from += ", idle " + lasted(e.Idle)
			}
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", e.Network, e.MAC, e.Peer, withPort(e.Address, e.Port), from)
		}
		w.Flush()
	}
	if len(f.Entries) < f.Matching {
		fmt.Fprintf(&b, "%s of %s (--limit shows more)\n", entries(len(f.Entries)), grouped(f.Matching))
	} else {
		fmt.Fprintf(&b, "%s\n", entries(f.Matching))
	}
	return b.Bytes()
}

func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return grouped(n) + " entries"
}
